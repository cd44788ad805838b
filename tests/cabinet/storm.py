"""Random sequences of reports about complaints and chats: stale, reordered, repeated, lost, from every source at once.

A simulated Wildberries knows the truth. Two filing extensions, a checking one, the WB API and a person tell of it, each
from some moment of the past, in any order. Whatever comes, nothing may go backward and nothing be offered twice.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import asyncpg

from app.cabinet.applying import observe
from app.cabinet.filing import AlreadySent, file_complaint
from app.cabinet.gate import Observation
from app.cabinet.matching import FeedbackKey
from app.cabinet.page_readings import PageReading, Shown
from app.cabinet.pages import report_pages
from app.cabinet.standings import refresh_standings
from app.cabinet.states import ChatState, ComplaintState, Source
from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.cabinet.verdicts import VerdictReading, report_verdicts
from app.kit.db import Database, Direct
from tests.cabinet.outcome import Outcome

BEGUN = datetime(2026, 3, 1, 9, tzinfo=UTC)
TICK = timedelta(minutes=10)
BATCH = 100
C = ComplaintState
TEXTS = {
    C.PENDING: "Проверяем жалобу",
    C.APPROVED: "Жалоба одобрена",
    C.REJECTED: "Жалоба отклонена",
    C.RECONSIDERED: "Жалоба пересмотрена",
}
CHATS = {
    ChatState.UNAVAILABLE: "chat_not_activated",
    ChatState.AVAILABLE: "chat_available",
    ChatState.OPENED: "chat_opened",
}
_WRITE = """
INSERT INTO feedbacks (shop_id, wb_id, nm_id, rating, text, pros, cons, written_at, written_minute, buyer_name,
  product_name, brand_name, supplier_article, size, color, order_status, matching_size, tags, photo_count, has_video,
  rating_only, was_viewed, wb_state, complaint_possible, complaint_reason, return_possible, archived, raw, fingerprint,
  first_seen_at, changed_at)
SELECT $1, wb_id, 77, 1, 'Плохо', '', '', at, at, '', '', '', '', '', '', '', '', '[]', 0, false, false, false, '',
  true, 0, false, false, '{}', ''::bytea, now(), now()
FROM unnest($2::text[], $3::timestamptz[]) AS f(wb_id, at)
"""
_RULE = """
INSERT INTO product_rules (shop_id, nm_id, work_status, complaint_ratings, chats, chat_ratings, updated_at, updated_by)
VALUES ($1, 77, 'active', '{1,2,3}', true, '{1,2,3,4}', now(), 'test') ON CONFLICT DO NOTHING
"""
_READY = f"""
WITH before AS MATERIALIZED (
  SELECT feedback_id, {COUNTS_FROM} FROM standings
  WHERE shop_id = $1 AND feedback_id = ANY($2) AND complaint = 'draft' AND NOT ready ORDER BY feedback_id FOR UPDATE
),
after AS (
  UPDATE standings s SET ready = true FROM before b WHERE s.shop_id = $1 AND s.feedback_id = b.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
SELECT count(*) FROM after
"""
_OFFERED = "SELECT feedback_id FROM standings WHERE shop_id = $1 AND feedback_id = ANY($2) AND queued_complaint"


@dataclass
class Truth:
    """One feedback as Wildberries really has it, at each tick."""

    wb_id: str
    minute: datetime
    complaint: list[ComplaintState] = field(default_factory=lambda: [C.NONE])
    chat: list[ChatState] = field(default_factory=lambda: [ChatState.UNAVAILABLE])
    filings: int = 0
    told: bool = False
    """Some report said that a complaint was filed, so it must never be offered again."""

    def file(self) -> None:
        """Wildberries takes one complaint, and has no button for a second."""
        if self.complaint[-1] is C.NONE:
            self.complaint[-1] = C.PENDING
            self.filings += 1

    def live(self, dice: random.Random) -> None:
        """One tick passes."""
        complaint, chat = self.complaint[-1], self.chat[-1]
        if complaint is C.PENDING and dice.random() < 0.3:
            complaint = dice.choice([C.APPROVED, C.REJECTED])
        elif complaint is C.REJECTED and dice.random() < 0.05:
            complaint = dice.choice([C.APPROVED, C.RECONSIDERED])
        elif complaint is C.NONE and dice.random() < 0.03:
            complaint = C.PENDING  # the seller files it himself
        if chat is not ChatState.OPENED and dice.random() < 0.2:
            chat = dice.choice(list(CHATS))
        self.complaint.append(complaint)
        self.chat.append(chat)


class Storm:
    """One sequence a feedback, `ticks` long; the feedbacks were written one a minute."""

    def __init__(self, database: Database, shop_id: UUID, *, feedbacks: int, first: int, seed: int) -> None:
        self.database, self.shop_id, self.dice = database, shop_id, random.Random(seed)
        start = datetime(2024, 1, 1, tzinfo=UTC)
        self.truths = [
            Truth(f"storm{first + number}", start + timedelta(minutes=first + number)) for number in range(feedbacks)
        ]
        self.tick = 0
        self.outcome = Outcome(sequences=feedbacks)

    @property
    def now(self) -> datetime:
        return BEGUN + TICK * self.tick

    async def run(self, ticks: int) -> Outcome:
        """From the arrival of the feedbacks to the reading of their histories."""
        async with self.database.direct() as connection:
            columns = [each.wb_id for each in self.truths], [each.minute for each in self.truths]
            await connection.execute(_RULE, self.shop_id)
            await connection.execute(_WRITE, self.shop_id, *columns)
            await refresh_standings(connection, self.shop_id, [each.wb_id for each in self.truths])
        for _ in range(ticks):
            self.tick += 1
            for each in self.truths:
                each.live(self.dice)
            await self._pass()
        await self._read_histories()
        return self.outcome

    async def _pass(self) -> None:
        reporters = [self._draft, self._file, self._file, self._pages, self._pages, self._pages, self._check, self._api]
        self.dice.shuffle(reporters)
        batches = [(reporter, self._some()) for reporter in reporters for _ in range(1 + len(self.truths) // BATCH)]
        self.dice.shuffle(batches)
        for place in range(0, len(batches), 3):
            await asyncio.gather(*(reporter(some) for reporter, some in batches[place : place + 3]))
        async with self.database.glance() as connection:
            told = [each.wb_id for each in self.truths if each.told]
            self.outcome.offered_again += await _offered(connection, self.shop_id, told)

    def _some(self) -> list[Truth]:
        return self.dice.sample(self.truths, min(BATCH, len(self.truths)))

    def _then(self) -> int:
        """A moment that somebody looked at: now, or a while ago."""
        return self.tick if self.dice.random() < 0.5 else self.dice.randint(0, self.tick)

    async def _draft(self, some: Sequence[Truth]) -> None:
        """We write drafts and approve them; a person takes some back."""
        at = self.now
        writing = Observation(source=Source.SYSTEM, observed_at=at, complaint=C.DRAFT)
        taking_back = Observation(source=Source.PERSON, observed_at=at, complaint=C.NONE)
        seen = {each.wb_id: taking_back if self.dice.random() < 0.1 else writing for each in some}
        async with self.database.direct() as connection:
            await observe(connection, self.shop_id, seen)
            await connection.fetchval(_READY, self.shop_id, sorted(seen))
            self.outcome.reports += len(seen)

    async def _file(self, some: Sequence[Truth]) -> None:
        """An operator works through what he was offered; one «sent» in five is lost, some are repeated."""
        async with self.database.glance() as connection:
            offered = set(await _offered(connection, self.shop_id, [each.wb_id for each in some]))
        self.outcome.offers += len(offered)
        for each in some[:30]:
            if each.wb_id not in offered:
                continue
            each.file()
            for _ in range(self.dice.choice([0, 1, 1, 1, 2])):
                await self._sent(each)

    async def _sent(self, each: Truth) -> None:
        each.told = True
        self.outcome.reports += 1
        try:
            async with self.database.direct() as connection:
                await file_complaint(connection, self.shop_id, each.wb_id, sent_at=self.now, actor="a", now=self.now)
        except AlreadySent:
            return
        self.outcome.filed += 1

    async def _pages(self, some: Sequence[Truth]) -> None:
        then = self._then()
        readings = [self._reading(each, then) for each in some]
        readings += self.dice.sample(readings, len(readings) // 10)
        shown = {reading.key.minute for reading in readings if not reading.missing and not reading.shown.can_submit}
        async with self.database.direct() as connection:
            read_at = BEGUN + TICK * then
            await report_pages(connection, self.shop_id, readings, read_at=read_at, actor="f", now=self.now)
        self._told([each for each in some if each.minute in shown])

    def _reading(self, each: Truth, then: int) -> PageReading:
        complaint = each.complaint[then]
        statuses = (*((TEXTS[complaint],) if complaint in TEXTS else ()), "Виден")
        if self.dice.random() < 0.02:
            return PageReading(key=FeedbackKey(77, 1, each.minute), missing=True)
        return PageReading(
            key=FeedbackKey(77, 1, each.minute),
            shown=Shown(
                statuses=statuses,
                can_submit=complaint is C.NONE,
                chat_status=CHATS[each.chat[then]] if self.dice.random() < 0.9 else None,
            ),
        )

    async def _check(self, some: Sequence[Truth]) -> None:
        then = self._then()
        filed = [each for each in some if each.complaint[then] in TEXTS]
        readings = [
            VerdictReading(
                key=FeedbackKey(77, 1, each.minute + timedelta(hours=3)), complaint=each.complaint[then],
                filed_by=None, filed_on="", raw="",
            )
            for each in filed
        ]  # fmt: skip
        async with self.database.direct() as connection:
            await report_verdicts(connection, self.shop_id, readings, actor="c", now=self.now)
        self._told(filed)

    async def _api(self, some: Sequence[Truth]) -> None:
        """Wildberries' API tells only that a complaint was filed."""
        then = self._then()
        filed = [each for each in some if each.complaint[then] is not C.NONE]
        seen = Observation(source=Source.WILDBERRIES, observed_at=BEGUN + TICK * then, complaint=C.PENDING)
        async with self.database.direct() as connection:
            await observe(connection, self.shop_id, {each.wb_id: seen for each in filed})
        self._told(filed)

    def _told(self, filed: Sequence[Truth]) -> None:
        self.outcome.reports += len(filed)
        for each in filed:
            each.told = True

    async def _read_histories(self) -> None:
        async with self.database.direct() as connection:
            rows = await connection.fetch(
                "SELECT feedback_id, track, from_state, to_state FROM standing_events WHERE shop_id = $1"
                " AND feedback_id = ANY($2) ORDER BY feedback_id, at",
                self.shop_id, [each.wb_id for each in self.truths],
            )  # fmt: skip
            standings = await connection.fetch(
                "SELECT feedback_id, complaint, chat FROM standings WHERE shop_id = $1 AND feedback_id = ANY($2)",
                self.shop_id, [each.wb_id for each in self.truths],
            )  # fmt: skip
        for stands in standings:
            self._judge(stands, [row for row in rows if row["feedback_id"] == stands["feedback_id"]])
        self.outcome.filed_twice += [each.wb_id for each in self.truths if each.filings > 1]

    def _judge(self, stands: asyncpg.Record, lines: Sequence[asyncpg.Record]) -> None:
        for track, first in (("complaint", "none"), ("chat", "unknown")):
            steps = [(line["from_state"], line["to_state"]) for line in lines if line["track"] == track]
            states = [first, *(after for _, after in steps)]
            if [before for before, _ in steps] != states[:-1] or states[-1] != stands[track]:
                self.outcome.broken_histories.append(f"{stands['feedback_id']} {track}: {states}")
            if track == "complaint" and any(
                C(before).filed and C(after).rank < C(before).rank for before, after in pairwise(states)
            ):
                self.outcome.backward.append(f"{stands['feedback_id']}: {states}")
            if track == "chat" and "opened" in states[:-1]:
                self.outcome.backward.append(f"{stands['feedback_id']} chat: {states}")


async def _offered(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> list[str]:
    return [row["feedback_id"] for row in await connection.fetch(_OFFERED, shop_id, feedback_ids)]
