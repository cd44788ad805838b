"""What a test asks afterwards: how many answers really reached a buyer, and how many twice."""

from collections.abc import Iterator
from typing import Any

from simulator.feedback import Feedback
from simulator.moderation import PUBLISHED
from simulator.questions.question import Question
from simulator.world import Seller, World


def summary(world: World, sid: str | None) -> dict[str, Any]:
    """Answers are those written through the API; `answered_in_all` also counts seeded and portal ones."""
    tally, now = world.ledger.tally(sid), world.clock.now()
    answered = [feedback for feedback in _feedbacks(world, sid) if feedback.answer]
    ours = [feedback.answer for feedback in answered if feedback.answer and _is_ours(feedback)]
    states = [answer.state(now) for answer in ours]
    return {
        "calls": tally.calls,
        "calls_by_path": dict(tally.by_path),
        "over_budget": tally.over_budget,
        "answers_applied": sum(answer.posts for answer in ours),
        "edits_applied": sum(answer.patches for answer in ours),
        "duplicates": sum(answer.posts > 1 for answer in ours),
        "answered": len(ours),
        "published": states.count(PUBLISHED),
        "rejected": sum(state.startswith("rejected") for state in states),
        "answered_in_all": len(answered),
    } | _talks(world, sid)


def _talks(world: World, sid: str | None) -> dict[str, int]:
    """A duplicate is every send beyond the first of the same content to the same chat or question."""
    now, knobs = world.clock.now(), world.knobs
    sellers = [seller for seller in world.sellers.values() if sid in (None, seller.sid)]
    questions = [question for seller in sellers for question in _questions(world, seller)]
    ours = [question.answer for question in questions if question.answer and question.answer.sends]
    sent = [times for seller in sellers for times in seller.room.sent.values()]
    return {
        "question_answers_applied": sum(answer.sends for answer in ours),
        "question_edits_applied": sum(answer.edits for answer in ours),
        "question_duplicates": sum(answer.repeats for answer in ours),
        "questions_published": sum(answer.public_text(now, knobs) is not None for answer in ours),
        "questions_turned_down": sum(answer.is_turned_down(now) for answer in ours),
        "questions_rejected": sum(bool(question.rejected_at) for question in questions),
        "messages_applied": sum(sent),
        "message_duplicates": sum(times - 1 for times in sent),
        "pins": sum(not pin.cause for seller in sellers for pin in seller.board.pins.values()),
    }


def _questions(world: World, seller: Seller) -> list[Question]:
    book = world.settled_questions(seller.sid)
    return [*book.questions.values(), *book.gone.values()]


def answers(world: World, sid: str | None, *, everybodys: bool) -> dict[str, Any]:
    now = world.clock.now()
    return {
        feedback.id: {
            "text": feedback.answer.text,
            "state": feedback.answer.state(now),
            "posts": feedback.answer.posts,
            "patches": feedback.answer.patches,
        }
        for feedback in _feedbacks(world, sid)
        if feedback.answer and (everybodys or _is_ours(feedback))
    }


def _is_ours(feedback: Feedback) -> bool:
    return feedback.answer is not None and feedback.answer.posts + feedback.answer.patches > 0


def _feedbacks(world: World, sid: str | None) -> Iterator[Feedback]:
    """Deleted ones too: an answer under a vanished feedback was still sent."""
    for seller in list(world.sellers.values()):
        if sid in (None, seller.sid):
            book = world.settled(seller.sid)
            yield from book.feedbacks.values()
            yield from book.gone.values()
