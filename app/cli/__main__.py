"""`python -m app.cli`."""

from app.cli.commands import cli

cli()
