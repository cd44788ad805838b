"""A buyer's question and the seller's answer, which WB reads before anybody else does."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from simulator.clock import DAY
from simulator.feedback import Product, product_details
from simulator.knobs import Knobs
from simulator.moderation import PUBLISHED

NEW = "suppliersPortalSynch"
REJECTED_BY_SELLER = "none"


@dataclass(slots=True, kw_only=True)
class QuestionAnswer:
    """`former` is the text buyers saw before the one that was sent last; the counts are of API calls only."""

    text: str
    created: float
    sent_at: float
    decided_at: float
    verdict: str
    former: str | None = None
    editable: bool = True
    sends: int = 0
    edits: int = 0
    repeats: int = 0

    def public_text(self, now: float, knobs: Knobs, *, delay: float = 0) -> str | None:
        """What buyers read; with `delay` as it was noticed by something that lags behind."""
        if now < self.sent_at + delay:
            return self.former
        if now < self.decided_at + delay:
            return self.text if knobs.question_pending == "shown" else self.former
        return self.text if self.verdict == PUBLISHED else self.former

    def is_turned_down(self, now: float) -> bool:
        return now >= self.decided_at and self.verdict != PUBLISHED

    def can_be_edited(self, now: float, knobs: Knobs) -> bool:
        return self.editable and now <= self.created + knobs.edit_window_days * DAY

    def wire(self, text: str, now: float, knobs: Knobs) -> dict[str, Any]:
        return {
            "text": text,
            "editable": self.can_be_edited(now, knobs),
            "createDate": nanosecond_text(self.created, crc32(self.text.encode())),
        }


@dataclass(slots=True, kw_only=True)
class Question:
    id: str
    created: int
    product: Product
    text: str
    viewed: bool = False
    warned: bool = False
    answer: QuestionAnswer | None = None
    rejected_at: float | None = None
    visible_at: float = 0.0
    overrides: dict[str, Any] | None = None

    @property
    def key(self) -> tuple[int, str]:
        return self.created, self.id

    def state(self, now: float, knobs: Knobs) -> str:
        if self.rejected_at is not None:
            return REJECTED_BY_SELLER
        return NEW if self.answer is None or self.answer.public_text(now, knobs) is None else PUBLISHED

    def is_listed_as_answered(self, now: float, knobs: Knobs) -> bool:
        """The lists lag behind the question itself."""
        delay = knobs.index_delay
        if self.rejected_at is not None and now >= self.rejected_at + delay:
            return knobs.seller_rejected_is_answered
        return self.answer is not None and self.answer.public_text(now, knobs, delay=delay) is not None

    def turning_points(self, knobs: Knobs) -> list[float]:
        """When it may have to change lists."""
        moments = [self.rejected_at] if self.rejected_at is not None else []
        moments += [self.answer.sent_at, self.answer.decided_at] if self.answer else []
        return [self.visible_at, *(moment + knobs.index_delay for moment in moments)]

    def wire(self, now: float, knobs: Knobs) -> dict[str, Any]:
        """There is no buyer's name in it."""
        details = product_details(self.product, "")
        del details["size"]
        shown = {
            "id": self.id,
            "text": self.text,
            "createdDate": nanosecond_text(self.created, crc32(self.id.encode())),
            "productDetails": details,
            "isWarned": self.warned,
        }
        return (
            shown
            | (self.overrides or {})
            | {
                "id": self.id,
                "state": self.state(now, knobs),
                "answer": self._answer(now, knobs),
                "wasViewed": self.viewed,
            }
        )

    def _answer(self, now: float, knobs: Knobs) -> dict[str, Any] | None:
        answer = self.answer
        if answer is None:
            return None
        if self.rejected_at is not None:
            return answer.wire(answer.text, now, knobs) | {"editable": False}
        text = answer.public_text(now, knobs)
        if text is None and answer.is_turned_down(now) and knobs.rejected_question == "answer_stays":
            text = answer.text
        return None if text is None else answer.wire(text, now, knobs)


def nanosecond_text(at: float, mark: int) -> str:
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(at))
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{mark % 10**9:09d}Z"
