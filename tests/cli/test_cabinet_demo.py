"""The pages that the demonstration shows its extension, and what it takes for success."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.cli.cabinet_demo import Complaints
from app.cli.cabinet_pages import Cabinet

MORNING = datetime(2026, 2, 18, 23, 45, tzinfo=UTC)
WELL = Complaints(
    pages=3, open=11, considered=7, drafted=4, no_ground=3, approved_by_person=4, filed=4, filed_twice=0,
    offered_again=0, confirmed=4, approved=3, rejected=1, evidence=3, evidence_twice=0, saved_share=0.8,
)  # fmt: skip


def shop(count: int) -> list[dict[str, Any]]:
    return [
        {
            "wb_id": f"feedback{number:04}",
            "nm_id": 1000 + number % 3,
            "rating": number % 4 + 1,
            "written_at": (MORNING + timedelta(minutes=number)).isoformat(),
        }
        for number in range(count)
    ]


def test_one_in_five_of_each_rating_is_still_open_and_no_other_can_be_complained_about() -> None:
    cabinet = Cabinet(shop(400), seed=1)

    rows = [row for page in cabinet.pages() for row in page]
    open_rows = [row for row in rows if row["canSubmitComplaint"]]

    assert cabinet.open == len(open_rows) == 80
    assert Counter(row["rating"] for row in open_rows) == {1: 20, 2: 20, 3: 20, 4: 20}
    assert {tuple(row["statuses"]) for row in open_rows} == {("Виден",)}


def test_pages_have_a_hundred_rows_and_depend_on_the_seed_alone() -> None:
    pages = Cabinet(shop(250), seed=1).pages()

    again, otherwise = Cabinet(reversed(shop(250)), seed=1).pages(), Cabinet(shop(250), seed=2).pages()

    assert [len(page) for page in pages] == [100, 100, 50]
    assert pages == again != otherwise


def test_a_page_that_was_read_before_a_button_was_pressed_stays_as_it_was() -> None:
    cabinet = Cabinet(shop(1), seed=1)
    [[before]] = cabinet.pages()

    line = cabinet.press(before["reviewKey"], reason="Другое", words="Жалоба")
    [[after]] = cabinet.pages()

    assert (before["statuses"], before["canSubmitComplaint"]) == (["Виден"], True)
    assert (after["statuses"], after["canSubmitComplaint"]) == (["Проверяем жалобу", "Виден"], False)
    assert line.presses == 1


def test_the_key_that_a_page_prints_is_in_moscow_time() -> None:
    [line] = Cabinet(shop(1), seed=1).lines.values()

    assert (line.key, line.printed_key) == ("1000_1_2026-02-18T23:45", "1000_1_2026-02-19T02:45")


def test_what_went_well_is_good() -> None:
    assert WELL.good
    assert "4 filed (0 twice), 3 approved, 1 rejected, 80%" in str(WELL)


@pytest.mark.parametrize(
    "trouble",
    [
        {"filed_twice": 1}, {"offered_again": 1}, {"evidence_twice": 1}, {"evidence": 2}, {"confirmed": 3},
        {"filed": 3}, {"filed": 5, "confirmed": 5}, {"approved_by_person": 5},
    ],
)  # fmt: skip
def test_one_thing_that_went_wrong_is_not(trouble: dict[str, int]) -> None:
    assert not replace(WELL, **trouble).good
