"""A CSV that opens in a Russian spreadsheet and runs nothing there."""

import csv
import io

from app.analytics.series import Compared
from app.analytics.sheets import TITLES, as_csv


def test_rows_of_both_periods_stand_in_one_table() -> None:
    line = {"tag": 'цена; "дорого"\nочень', "feedbacks": 3, "negatives": 1}

    text = as_csv(Compared(now=[line], before=[{**line, "tag": "=x"}]), ["tag", "feedbacks", "negatives"])

    assert text.startswith("\ufeffПериод;Тег;")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert rows[1:] == [["текущий", 'цена; "дорого"\nочень', "3", "1"], ["предыдущий", "'=x", "3", "1"]]


def test_every_column_has_a_title() -> None:
    assert all(title and not title.startswith("=") for title in TITLES.values())
