"""`python -m server.cli`: the command without its script."""

from server.cli import main

main()
