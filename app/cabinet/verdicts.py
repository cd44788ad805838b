"""Outcomes of complaints as the checking extension read them on the complaints page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from app.cabinet.applying import observe
from app.cabinet.chat_links import close_resolved
from app.cabinet.gate import Observation
from app.cabinet.matching import CHECKER_HOURS, FeedbackKey, match
from app.cabinet.pages import newly_resolved
from app.cabinet.states import ComplaintState, FiledBy, Source
from app.kit.clock import MOSCOW
from app.kit.db import Direct


class VerdictReading(NamedTuple):
    """One row of the complaints page; the key in the page's own time, the filing day as «DD.MM.YYYY» or «DD.MM»."""

    key: FeedbackKey
    complaint: ComplaintState
    filed_by: FiledBy | None
    filed_on: str
    raw: str


@dataclass(slots=True, kw_only=True)
class VerdictsReport:
    """What became of a batch; `open_keys` are the numbers of rows that no one feedback fits, and why."""

    feedbacks: int = 0
    complaints: int = 0
    chats_closed: int = 0
    unmatched: int = 0
    ambiguous: int = 0
    open_keys: dict[int, str] = field(default_factory=dict)
    hours: int = 0
    unusual_clock: bool = False


async def report_verdicts(
    connection: Direct, shop_id: UUID, readings: Sequence[VerdictReading], *, actor: str, now: datetime
) -> VerdictsReport:
    """A handful of statements; a row says what stood on the page when the batch arrived."""
    if not readings:
        return VerdictsReport()
    matched = await match(connection, shop_id, [each.key for each in readings], usual=CHECKER_HOURS)
    report = VerdictsReport(hours=matched.hours, unusual_clock=matched.unusual)
    observed: dict[str, Observation] = {}
    ahead = timedelta(hours=matched.hours)
    for number, (each, ids) in enumerate(zip(readings, matched.found, strict=True)):
        if len(ids) == 1:
            observed[ids[0]] = _observation(each, written_at=each.key.minute - ahead, actor=actor, now=now)
        else:
            report.open_keys[number] = "ambiguous" if ids else "unmatched"
    report.ambiguous = list(report.open_keys.values()).count("ambiguous")
    report.unmatched = len(report.open_keys) - report.ambiguous
    advances = await observe(connection, shop_id, observed)
    report.feedbacks = len(advances)
    report.complaints = sum(after.known is not before for before, after in advances.values())
    report.chats_closed = await close_resolved(connection, shop_id, newly_resolved(advances))
    return report


def _observation(each: VerdictReading, *, written_at: datetime, actor: str, now: datetime) -> Observation:
    return Observation(
        source=Source.CHECKER,
        observed_at=now,
        complaint=each.complaint,
        filed_by=each.filed_by,
        filed_at=filing_day(each.filed_on, written_at=written_at, now=now),
        actor=actor,
        raw=each.raw,
    )


def filing_day(said: str, *, written_at: datetime, now: datetime) -> datetime | None:
    """Midnight in Moscow; a missing year is the latest that is neither in the future nor before the feedback."""
    day, month, year = _numbers(said)
    if year:
        return _midnight(year, month, day)
    first, last = written_at.astimezone(MOSCOW).date(), now.astimezone(MOSCOW).date()
    years = (_midnight(each, month, day) for each in range(last.year, first.year - 1, -1))
    return next((each for each in years if each is not None and first <= each.date() <= last), None)


@lru_cache(maxsize=1024)
def _numbers(said: str) -> tuple[int, int, int]:
    """Day, month and year, 0 for what is missing; pages repeat a few days without end."""
    parts = [part for part in said.strip().split(".") if part]
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
        return 0, 0, 0
    day, month, *year = map(int, parts)
    return day, month, (year[0] + 2000 if year[0] < 100 else year[0]) if year else 0


@lru_cache(maxsize=1024)
def _midnight(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=MOSCOW)
    except (ValueError, OverflowError):
        return None
