"""What the checking extension saw of an approved complaint: kept once, linked to its feedback, told to the gate."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from app.cabinet.applying import observe
from app.cabinet.chat_links import close_resolved
from app.cabinet.gate import Observation
from app.cabinet.matching import CHECKER_HOURS, MOSCOW_HOURS, FeedbackKey, match
from app.cabinet.states import ComplaintState, FiledBy, Source
from app.cabinet.verdicts import filing_day
from app.cabinet.words import verdict_of
from app.complaints.wb_dates import has_time, month_of, parse_wb_date
from app.kit.clock import MOSCOW
from app.kit.db import Direct
from app.kit.documents import document

OURS: Final = "жалоба от:"
UNKNOWN_DATE: Final = "_unknown_date"
FIRST_DAY: Final = datetime(2023, 10, 1, tzinfo=MOSCOW)
"""Wildberries took no complaints before: an earlier check is a clock that was never set."""
_ARTICUL: Final = re.compile(r"[1-9][0-9]{0,17}")
_RATINGS: Final = (1, 2, 3, 4, 5)
_KEEP: Final = """
INSERT INTO evidence (shop_id, received_at, month, feedback_id, feedback_at, incomplete, ours, check_date, cabinet_name,
  articul, external_id, rating, feedback_date, filed_on, status, has_screenshot, file_name, text_hash, drive_link,
  category, text, raw)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22::jsonb)
ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDetails:
    """In the words of the page; whatever it did not show is empty. `raw` is all that came."""

    check_date: str
    cabinet_name: str
    articul: str
    external_id: str
    rating: int | None
    feedback_date: str
    filed_on: str
    status: str
    has_screenshot: bool
    file_name: str
    drive_link: str
    category: str
    text: str
    raw: Mapping[str, Any]

    @property
    def ours(self) -> bool:
        """Our complaints say from whom they are."""
        return " ".join(self.text.split()).lower().startswith(OURS)

    @property
    def incomplete(self) -> bool:
        """Something that the page should have shown is missing, or its date cannot be read."""
        shown = (
            self.check_date, self.cabinet_name, self.articul, self.external_id, self.filed_on, self.status,
            self.file_name, self.drive_link, self.category, self.text,
        )  # fmt: skip
        return not all(shown) or self.rating is None or self.feedback_at is None

    @property
    def feedback_at(self) -> datetime | None:
        """When the feedback was written, in UTC."""
        return parse_wb_date(self.feedback_date)

    @property
    def text_hash(self) -> str:
        """Tells files apart whose names are all the same."""
        if UNKNOWN_DATE not in self.file_name.lower():
            return ""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def checked_at(self, now: datetime) -> datetime:
        """A day without a time lasts until its end; what cannot be is the receipt's time."""
        found = parse_wb_date(self.check_date)
        if found is None or found < FIRST_DAY or found > now + timedelta(days=1):
            return now
        return min(found if has_time(self.check_date) else found + timedelta(days=1, seconds=-1), now)


async def receive(connection: Direct, shop_id: UUID, details: ComplaintDetails, *, actor: str, now: datetime) -> bool:
    """Whether it is new: of equal ones that arrive at the same time exactly one is."""
    feedback_id = await _meant(connection, shop_id, details)
    made = await connection.fetchval(
        _KEEP, shop_id, now, month_of(details.checked_at(now)), feedback_id, details.feedback_at, details.incomplete,
        details.ours, details.check_date, details.cabinet_name, details.articul, details.external_id, details.rating,
        details.feedback_date, details.filed_on, details.status, details.has_screenshot, details.file_name,
        details.text_hash, details.drive_link, details.category, details.text, document(details.raw),
    )  # fmt: skip
    if made is None:
        return False
    if feedback_id is not None:
        await tell(connection, shop_id, {feedback_id: details}, actor=actor, now=now)
    return True


async def tell(
    connection: Direct, shop_id: UUID, linked: Mapping[str, ComplaintDetails], *, actor: str, now: datetime
) -> None:
    """What evidence says of complaints goes to the gate; `now` is when it was received."""
    seen = {
        feedback_id: _observation(details, observed_at=details.checked_at(now), actor=actor, now=now)
        for feedback_id, details in linked.items()
        if verdict_of(details.status) is ComplaintState.APPROVED
    }
    await observe(connection, shop_id, seen)
    await close_resolved(connection, shop_id, list(seen))


async def _meant(connection: Direct, shop_id: UUID, details: ComplaintDetails) -> str | None:
    """The only feedback of that product and minute, and of those stars where they are known."""
    written = details.feedback_at
    if written is None or not has_time(details.feedback_date) or not _ARTICUL.fullmatch(details.articul):
        return None
    # A key holds the minute as the page's clock shows it.
    minute = (written + timedelta(hours=MOSCOW_HOURS)).replace(second=0, microsecond=0)
    ratings = _RATINGS if details.rating is None else (details.rating,)
    keys = [FeedbackKey(int(details.articul), rating, minute) for rating in ratings]
    matched = await match(connection, shop_id, keys, usual=CHECKER_HOURS)
    found = {feedback_id for candidates in matched.found for feedback_id in candidates}
    return found.pop() if len(found) == 1 else None


def _observation(details: ComplaintDetails, *, observed_at: datetime, actor: str, now: datetime) -> Observation:
    by = (FiledBy.US if details.ours else FiledBy.SELLER) if details.text else None
    return Observation(
        source=Source.CHECKER,
        observed_at=observed_at,
        complaint=ComplaintState.APPROVED,
        filed_by=by,
        filed_at=_filed_at(details, now),
        actor=actor,
        raw=details.status,
    )


def _filed_at(details: ComplaintDetails, now: datetime) -> datetime | None:
    """Midnight of the day in Moscow, whether the page spelled the year out or not."""
    full = parse_wb_date(details.filed_on)
    if full is not None:
        return datetime.combine(full.astimezone(MOSCOW).date(), time(), MOSCOW)
    return filing_day(details.filed_on, written_at=details.feedback_at or FIRST_DAY, now=now)
