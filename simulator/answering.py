"""The seller's two writes under a feedback, and what they really change."""

from simulator.book import Book
from simulator.feedback import Feedback
from simulator.knobs import Knobs
from simulator.moderation import Moderation


class Answering:
    def __init__(self, moderation: Moderation) -> None:
        self.moderation = moderation

    def post(self, book: Book, feedback: Feedback | None, text: str, *, knobs: Knobs, now: float) -> bool:
        """True if it changed something; a second one is the duplicate that must never happen."""
        if feedback is None:
            return False
        if feedback.answer is None:
            feedback.answer = self.moderation.receive(feedback, text, knobs=knobs, now=now)
            feedback.answer.posts = 1
            _mark_processed(book, feedback, knobs=knobs, now=now)
            return True
        if knobs.second_post == "ignore":
            return False
        feedback.answer.posts += 1
        self.moderation.reconsider(feedback.id, feedback.answer, text, knobs=knobs, now=now)
        return True

    def patch(self, feedback: Feedback | None, text: str, *, knobs: Knobs, now: float) -> bool:
        if feedback is None or feedback.answer is None:
            return False
        if not feedback.answer.can_be_edited(now, window_days=knobs.edit_window_days):
            return False
        feedback.answer.patches += 1
        self.moderation.reconsider(feedback.id, feedback.answer, text, knobs=knobs, now=now)
        return True

    def type_in_portal(self, book: Book, feedback: Feedback, text: str, *, knobs: Knobs, now: float) -> None:
        """A person answers by hand; it counts as nobody's POST."""
        former = feedback.answer
        feedback.answer = self.moderation.receive(feedback, text, knobs=knobs, now=now)
        if former is not None:
            feedback.answer.posts, feedback.answer.patches = former.posts, former.patches
        book.view(feedback)
        _mark_processed(book, feedback, knobs=knobs, now=now)


def _mark_processed(book: Book, feedback: Feedback, *, knobs: Knobs, now: float) -> None:
    if not feedback.is_processed(now):
        feedback.processed_at = now + knobs.index_delay
        book.place(feedback, knobs=knobs, now=now)
