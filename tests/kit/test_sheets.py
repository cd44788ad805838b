"""Tables open in a Russian spreadsheet and run nothing there."""

import csv
import io
import re
import zipfile

import pytest

from app.kit.sheets import LONGEST_CELL, as_csv, as_xlsx, cell


@pytest.mark.parametrize("words", ["=1+1", "+7", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_execute_is_marked_as_words(words: str) -> None:
    assert cell(words) == f"'{words}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (4.5, "4,5"), (4.0, "4"), (0.0, "0"), (10.0, "10"), (100, "100"), (True, "да"), ("a=b", "a=b")],
)
def test_numbers_have_decimal_commas(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_csv_reads_back_as_it_was_written() -> None:
    text = as_csv(["Текст", "Сумма"], [['цена; "дорого"\nочень', 12.5], ["=cmd|' /C calc'!A0", None]])

    assert text.startswith("\ufeffТекст;Сумма")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert rows[1:] == [['цена; "дорого"\nочень', "12,5"], ["'=cmd|' /C calc'!A0", ""]]


def sheet_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not [name for name in book.namelist() if "rels" in name and b"External" in book.read(name)]
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_a_workbook_holds_words_as_words_and_numbers_as_numbers() -> None:
    content = as_xlsx("Счёт", ["А", "Б"], [["=1+1", 7], ["https://evil.example", 2.5], ["{=A1}", True], ["12", None]])

    sheet = sheet_of(content)
    assert "<f>" not in sheet
    assert re.findall(r"<t[^>]*>([^<]*)</t>", sheet) == [
        "А", "Б", "=1+1", "https://evil.example", "{=A1}", "да", "12", "",
    ]  # fmt: skip
    assert re.findall(r"<v>([^<]*)</v>", sheet) == ["7", "2.5"]


def test_a_workbook_survives_hostile_words() -> None:
    content = as_xlsx("Счёт", ["А"], [["<b>&\x01\x0b</b>"], ["я" * (LONGEST_CELL + 5)], ["👍"]])

    assert "я" * LONGEST_CELL in sheet_of(content)
