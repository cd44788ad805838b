"""reviewKey as each build spells it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cabinet.matching import FeedbackKey
from app.extension.keys import parse_key, spell_key
from app.extension.wire import wire_time

KEY = FeedbackKey(649502497, 3, datetime(2026, 1, 7, 20, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "ending", ["", "Z", ":37", ":37Z", ".000Z", ":00.000Z", ":37.000Z", ":37:00.000Z", ":37.123456", ":00.000Z "]
)
def test_whatever_follows_the_minute_is_dropped(ending: str) -> None:
    assert parse_key(f"649502497_3_2026-01-07T20:09{ending}") == KEY


@pytest.mark.parametrize(
    "text",
    [
        "", "_", "__", "null", "649502497_3", "649502497_3_", "649502497_3_2026-01-07", "649502497_0_2026-01-07T20:09",
        "649502497_6_2026-01-07T20:09", "649502497_33_2026-01-07T20:09", "0_3_2026-01-07T20:09",
        "-1_3_2026-01-07T20:09", "9999999999999999999_3_2026-01-07T20:09", "649502497_3_2026-02-30T20:09",
        "649502497_3_2026-13-07T20:09", "649502497_3_2026-01-07T24:00", "649502497_3_2026-01-07T20:60",
        "649502497_3_0001-01-01T00:00", "٦٤٩_3_2026-01-07T20:09", "649502497_3_2026-01-07T20:09+03:00",
        "649502497_3_2026-01-07T20:09'; DROP TABLE shops; --", "649502497_3_2026-01-07T20:09\x00", "1" * 100_000,
        " " * 100_000 + "649502497_3_2026-01-07T20:09",
    ],
)  # fmt: skip
def test_what_is_no_key_is_none(text: str) -> None:
    assert parse_key(text) is None


@given(
    st.integers(1, 10**18 - 1),
    st.integers(1, 5),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),
)
def test_a_key_written_and_read_is_the_same(nm_id: int, rating: int, moment: datetime) -> None:
    key = FeedbackKey(nm_id, rating, moment.replace(second=0, microsecond=0))

    assert parse_key(spell_key(key.nm_id, key.rating, wire_time(key.minute))) == key


def test_a_key_is_written_in_utc() -> None:
    in_moscow = KEY.minute.astimezone(timezone(timedelta(hours=3)))

    assert spell_key(KEY.nm_id, KEY.rating, wire_time(in_moscow)) == "649502497_3_2026-01-07T20:09"
