"""`python -m tunewise.schemas`."""

from tunewise.schemas.build import write_schemas

write_schemas()
