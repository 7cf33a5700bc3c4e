"""`python -m sonde` is the `sonde` command."""

from sonde.cli.main import main

main()
