"""`python -m tunewise`."""

from tunewise.cli import main

main()
