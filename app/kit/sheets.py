"""Tables for people: a CSV that a Russian spreadsheet opens by a double click, and an XLSX; neither executes a word."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
BOM: Final = "\ufeff"
LONGEST_CELL: Final = 32_767
"""Excel's own limit; a longer text would not be written at all."""


def as_csv(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """With semicolons, as Russian spreadsheets expect."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(titles)
    writer.writerows([cell(value) for value in row] for row in rows)
    return BOM + out.getvalue()


def cell(value: object) -> str:
    """Decimal commas; words that a spreadsheet would take for a formula are marked as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    words = str(value)
    return f"'{words}" if words.startswith(FORMULA) else words


def as_xlsx(name: str, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet; numbers stay numbers, and words stay words whatever they begin with."""
    out = io.BytesIO()
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(titles) - 1, 16)
        bold = book.add_format({"bold": True})
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, _words(value))
    return out.getvalue()


def _words(value: object) -> str:
    words = cell(value) if value is None or isinstance(value, bool) else str(value)
    return words[:LONGEST_CELL]
