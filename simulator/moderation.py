"""What WB's moderators will say about an answer, decided the moment it is sent."""

import hashlib
from typing import Protocol

from simulator.feedback import Answer, Feedback
from simulator.knobs import Knobs

PUBLISHED = "wbRu"
REJECTED = "rejected"
ANTISPAM = "rejectedAntispam"


class Decidable(Protocol):
    verdict: str
    decided_at: float


class Moderation:
    """An order for a particular feedback goes before the marker in the text, and that before the share."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.ordered: dict[str, str] = {}

    def verdict(self, wb_id: str, text: str, knobs: Knobs) -> str:
        if wb_id in self.ordered:
            return self.ordered[wb_id]
        if knobs.reject_marker and knobs.reject_marker in text:
            return REJECTED
        draw = share_of(f"{self.seed}:{wb_id}")
        if draw < knobs.reject_share:
            return ANTISPAM if draw < knobs.reject_share / 4 else REJECTED
        return PUBLISHED

    def order(self, wb_id: str, verdict: str, answer: Decidable | None, *, now: float) -> None:
        """An answer that already waits learns its fate at once."""
        self.ordered[wb_id] = verdict
        if answer is not None:
            answer.verdict, answer.decided_at = verdict, now

    def receive(self, feedback: Feedback, text: str, *, knobs: Knobs, now: float) -> Answer:
        verdict = self.verdict(feedback.id, text, knobs)
        return Answer(text=text, submitted_at=now, decided_at=now + knobs.moderation_delay, verdict=verdict)

    def reconsider(self, feedback_id: str, answer: Answer, text: str, *, knobs: Knobs, now: float) -> None:
        """An edited text is read again, and there will be no second edit."""
        answer.text, answer.editable = text, False
        answer.verdict = self.verdict(feedback_id, text, knobs)
        answer.decided_at = now + knobs.moderation_delay


def share_of(text: str) -> float:
    """A number in [0, 1) that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
