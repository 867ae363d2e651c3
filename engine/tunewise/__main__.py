"""`python -m tunewise`."""

from tunewise.commands.program import main

main()
