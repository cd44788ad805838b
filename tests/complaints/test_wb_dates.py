"""Wildberries' textual dates, all twelve months in every form they are printed in."""

from datetime import UTC, datetime

import pytest

from app.complaints.wb_dates import LONGEST, month_of, parse_wb_date

MONTHS = {
    1: "январь января янв янв.", 2: "февраль февраля фев фев. февр февр.", 3: "март марта мар мар.",
    4: "апрель апреля апр апр.", 5: "май мая", 6: "июнь июня июн июн.", 7: "июль июля июл июл.",
    8: "август августа авг авг.", 9: "сентябрь сентября сен сен. сент сент.", 10: "октябрь октября окт окт.",
    11: "ноябрь ноября ноя ноя. нояб нояб.", 12: "декабрь декабря дек дек.",
}  # fmt: skip
NAMED = [(month, name) for month, names in MONTHS.items() for name in names.split()]
EVENING = datetime(2026, 2, 18, 18, 45, tzinfo=UTC)


@pytest.mark.parametrize(("month", "name"), NAMED)
@pytest.mark.parametrize("spelled", ["{} 2026 г. в 21:45", "{} 2026 в 21:45", "{} 2026 г., 21:45", "{} 2026 21:45"])
def test_every_month_in_every_form(month: int, name: str, spelled: str) -> None:
    for shown in (name, name.capitalize(), name.upper()):
        assert parse_wb_date(f"18 {spelled.format(shown)}") == datetime(2026, month, 18, 18, 45, tzinfo=UTC)


@pytest.mark.parametrize("month", MONTHS)
def test_every_month_by_its_number(month: int) -> None:
    assert parse_wb_date(f"07.{month:02}.2026 в 21:45") == datetime(2026, month, 7, 18, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "18\u00a0февр.\u00a02026\u00a0г.\u00a0в\u00a021:45", "18\u202fфевр.\u202f2026\u202fг. в 21:45",
        "18\u00a0февр. 2026\u202fг. в\u00a021:45", "  18.02.2026 в 21:45\n", "18.02.2026\u00a0в\u202f21:45",
        "18.02.2026, 21:45", "18.02.26 в 21:45", "18.02.2026 21:45:00", "18 февраля 2026 года в 21:45",
        "18 Февр. 2026 Г. В 21:45", "2026-02-18T18:45:00.000Z", "2026-02-18 21:45", "2026-02-18T20:45+02:00",
    ],
)  # fmt: skip
def test_spaces_that_do_not_break_and_other_spellings(text: str) -> None:
    assert parse_wb_date(text) == EVENING


def test_moscows_night_is_the_day_before_in_utc() -> None:
    assert parse_wb_date("1 янв. 2026 г. в 00:10") == datetime(2025, 12, 31, 21, 10, tzinfo=UTC)
    assert parse_wb_date("01.03.2026") == datetime(2026, 2, 28, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\u00a0", "вчера в 21:45", "сегодня", "18 февр.", "18.02", "31.02.2026 в 10:00", "32 мая 2026 г.",
        "0.01.2026", "18.13.2026", "18 мартобря 2026 г. в 21:45", "18 февр. 2026 г. в 24:00", "18.02.2026 в 21:60",
        "18.02.0001 в 21:45", "18.02.9999", "февр. 18, 2026", "18 2026", "1771440300", "в 21:45", "18 mar. 2026",
        "2026-13-01", "2026-02-30T10:00:00Z", "=1+1", "18.02.2026 в 21:45; DROP TABLE evidence", "18.02.2026\x00",
        "18 февр. 2026 г. в 21:45" + " " * LONGEST, "1" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_wb_date(text) is None


def test_a_month_begins_at_midnight_in_moscow() -> None:
    assert month_of(datetime(2026, 2, 28, 21, 30, tzinfo=UTC)) == datetime(2026, 2, 28, 21, tzinfo=UTC)
    assert month_of(datetime(2026, 2, 28, 20, 30, tzinfo=UTC)) == datetime(2026, 1, 31, 21, tzinfo=UTC)
