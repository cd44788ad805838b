"""The seller's three writes under a question, and what they really change."""

from enum import Enum, auto

from simulator.knobs import Knobs
from simulator.moderation import PUBLISHED, Moderation
from simulator.questions.book import QuestionBook
from simulator.questions.question import Question, QuestionAnswer


class Outcome(Enum):
    DONE = auto()
    NO_EFFECT = auto()
    IMPOSSIBLE = auto()


class QuestionAnswering:
    def __init__(self, moderation: Moderation) -> None:
        self.moderation = moderation

    def answer(self, book: QuestionBook, question: Question, text: str, *, knobs: Knobs, now: float) -> Outcome:
        """The first text, or the one edit; a repeat of the same text burns the edit and is counted."""
        former = question.answer
        if question.rejected_at is not None:
            return Outcome.IMPOSSIBLE
        if former is None or (former.is_turned_down(now) and former.former is None):
            question.answer = self._received(question, text, knobs=knobs, now=now)
            question.answer.sends = (former.sends if former else 0) + 1
        elif not former.can_be_edited(now, knobs):
            return Outcome.IMPOSSIBLE if knobs.second_question_edit == "error" else Outcome.NO_EFFECT
        else:
            self._edit(question, former, text, knobs=knobs, now=now)
        book.view(question)
        book.place(question, knobs=knobs, now=now)
        return Outcome.DONE

    def reject(self, book: QuestionBook, question: Question, text: str, *, knobs: Knobs, now: float) -> Outcome:
        """At once and without moderation [I]; an answered question can no longer be rejected [I]."""
        if question.rejected_at is not None:
            return Outcome.NO_EFFECT
        if question.answer is not None and not question.answer.is_turned_down(now):
            return Outcome.IMPOSSIBLE
        question.rejected_at = now
        turned_down = question.answer
        question.answer = QuestionAnswer(
            text=text, created=now, sent_at=now, decided_at=now, verdict=PUBLISHED, editable=False
        )
        question.answer.sends = turned_down.sends if turned_down else 0
        book.view(question)
        book.place(question, knobs=knobs, now=now)
        return Outcome.DONE

    def type_in_portal(self, book: QuestionBook, question: Question, text: str, *, knobs: Knobs, now: float) -> None:
        """A person answers by hand; it counts as nobody's PATCH."""
        former = question.answer
        question.answer = self._received(question, text, knobs=knobs, now=now)
        if former is not None:
            question.answer.former = former.public_text(now, knobs)
            question.answer.sends, question.answer.edits = former.sends, former.edits
            question.answer.repeats = former.repeats
        book.view(question)
        book.place(question, knobs=knobs, now=now)

    def _received(self, question: Question, text: str, *, knobs: Knobs, now: float) -> QuestionAnswer:
        verdict = self.moderation.verdict(question.id, text, knobs)
        decided_at = now + knobs.moderation_delay
        return QuestionAnswer(text=text, created=now, sent_at=now, decided_at=decided_at, verdict=verdict)

    def _edit(self, question: Question, answer: QuestionAnswer, text: str, *, knobs: Knobs, now: float) -> None:
        """Buyers keep reading the former text until the new one has passed [I]."""
        answer.edits += 1
        answer.repeats += text == answer.text
        answer.former = answer.public_text(now, knobs)
        answer.text, answer.editable, answer.sent_at = text, False, now
        answer.verdict = self.moderation.verdict(question.id, text, knobs)
        answer.decided_at = now + knobs.moderation_delay
