"""`python -m tunewise.schemas`."""

from tunewise.schemas.build import main

main()
