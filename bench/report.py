"""Rows of numbers as a table for people or as JSON for programs."""

import argparse
import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

Row = dict[str, str | float | bool]


def add_output(parser: argparse.ArgumentParser) -> None:
    """The option that every bench has."""
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def output(title: str, rows: Sequence[Row], asked: argparse.Namespace) -> None:
    """On stdout."""
    if asked.json:
        print(json.dumps({"bench": title, "rows": rows}, ensure_ascii=False))
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*[_shown(row.get(column, "")) for column in columns])
    Console(width=160).print(table)


def _shown(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return value if isinstance(value, str) else f"{value:,.10g}"
