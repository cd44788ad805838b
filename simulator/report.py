"""What a test asks afterwards: how many answers really reached a buyer, and how many twice."""

from collections.abc import Iterator
from typing import Any

from simulator.feedback import Feedback
from simulator.moderation import PUBLISHED
from simulator.world import World


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
    }


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
