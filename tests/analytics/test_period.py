"""Days are Moscow's, both ends belong to a period, and the one before it is as long."""

from datetime import UTC, date, datetime

import pytest

from app.analytics.period import BadPeriod, Period, moscow_day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 31, 20, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 31)),
        (datetime(2026, 3, 31, 21, 0, tzinfo=UTC), date(2026, 4, 1)),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 7, 1, 21, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_a_moscow_day_begins_at_nine_in_the_evening_utc_summer_and_winter(moment: datetime, day: date) -> None:
    assert moscow_day(moment) == day


def test_a_period_holds_both_its_days_and_no_moment_more() -> None:
    period = Period(date(2026, 4, 1), date(2026, 4, 2))

    assert period.begins_at == datetime(2026, 3, 31, 21, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 4, 2, 21, tzinfo=UTC)
    assert period.before == Period(date(2026, 3, 30), date(2026, 3, 31))
    assert period.before.ends_at == period.begins_at


def test_unless_asked_otherwise_it_is_thirty_moscow_days_with_today() -> None:
    late_evening = datetime(2026, 5, 1, 22, tzinfo=UTC)

    assert Period.asked(None, None, now=late_evening) == Period(date(2026, 4, 3), date(2026, 5, 2))
    assert Period.asked(date(2026, 5, 1), None, now=late_evening) == Period(date(2026, 5, 1), date(2026, 5, 2))
    assert Period.asked(None, date(2026, 1, 30), now=late_evening) == Period(date(2026, 1, 1), date(2026, 1, 30))
    assert Period.asked(date(2027, 1, 1), None, now=late_evening).days == 1


@pytest.mark.parametrize(
    ("since", "until"), [(date(2026, 4, 2), date(2026, 4, 1)), (date(2010, 1, 1), date(2100, 1, 1))]
)
def test_a_period_that_cannot_be_is_refused(since: date, until: date) -> None:
    with pytest.raises(BadPeriod):
        Period(since, until)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (date(2026, 1, 17), date(2026, 4, 11), date(2026, 2, 1), date(2026, 3, 31)),
        (date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2025, 12, 31), date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_whole_months_lie_within_a_period(since: date, until: date, first: date, last: date) -> None:
    months = Period(first, last)

    assert Period(since, until).whole_months == (months.begins_at, months.ends_at)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 2, 1), date(2026, 2, 27)),
        (date(2026, 2, 2), date(2026, 3, 30)),
        (date(2026, 2, 28), date(2026, 2, 28)),
    ],
)
def test_without_a_whole_month_all_its_days_come_before_the_months(since: date, until: date) -> None:
    period = Period(since, until)

    assert period.whole_months == (period.ends_at, period.ends_at)
