"""Periods as Russian sellers mean them: whole days of Moscow."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from app.kit.clock import MOSCOW
from app.kit.errors import Invalid

ZONE = "Europe/Moscow"
USUAL_DAYS = 30
LONGEST_DAYS = 3660


class BadPeriod(Invalid):
    """It ends before it begins, or nobody keeps data for so long."""

    code = "BAD_PERIOD"
    message = "Неверный период: начало должно быть не позже конца, длина — не больше десяти лет."


def moscow_day(moment: datetime) -> date:
    """The date on a Moscow calendar at this moment."""
    return moment.astimezone(MOSCOW).date()


def month_of(moment: datetime) -> datetime:
    """When the Moscow month of this moment begins."""
    return datetime.combine(moment.astimezone(MOSCOW).date().replace(day=1), time(), MOSCOW)


def month_after(moment: datetime) -> datetime:
    """When the Moscow month after the one of this moment begins."""
    return month_of(month_of(moment) + timedelta(days=31))


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST_DAYS:
            raise BadPeriod

    @classmethod
    def asked(cls, since: date | None, until: date | None, *, now: datetime) -> Self:
        """The last thirty days with today, unless said otherwise."""
        until = until or max(moscow_day(now), since or date.min)
        return cls(since or until - timedelta(days=USUAL_DAYS - 1), until)

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.since, time(), MOSCOW)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.until + timedelta(days=1), time(), MOSCOW)

    @property
    def whole_months(self) -> tuple[datetime, datetime]:
        """When the first whole month begins and the last one ends; twice the period's end when there is none."""
        first, end = month_after(self.begins_at - timedelta(days=1)), month_of(self.ends_at)
        return (first, end) if first < end else (self.ends_at, self.ends_at)

    @property
    def before(self) -> "Period":
        """As long, and ends the day before."""
        return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))
