"""What a test may make buyers, moderators and the seller's own hands do."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from simulator.chats.writing import grow_chats
from simulator.feedback import Feedback
from simulator.intake import feedback_from, supplement_of
from simulator.questions.writing import grow_questions
from simulator.seeding import SeedOrder, grow
from simulator.world import Seller, World

Json = dict[str, Any]


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FeedbacksOrder(Order):
    sid: str
    feedbacks: list[Json]


class AnswerOrder(Order):
    text: str


class VerdictOrder(Order):
    id: str
    verdict: Literal["wbRu", "rejected", "rejectedAntispam"]


def control_feedbacks(world: World) -> APIRouter:
    router = APIRouter(prefix="/__sim")
    _arrival_routes(router, world)
    _fate_routes(router, world)
    return router


def _arrival_routes(router: APIRouter, world: World) -> None:
    @router.post("/seed")
    async def seed(order: SeedOrder) -> Json:
        seller = world.seller(order.sid)
        grown = grow(order, seller.products, now=world.clock.now())
        world.add(order.sid, grown)
        world.add_questions(order.sid, grow_questions(order, seller.products, now=world.clock.now()))
        events = grow_chats(order, seller.room, seller.products, now=world.clock.now())
        counts = {"questions": order.questions, "chats": order.chats, "events": events}
        return {"sid": order.sid, "added": len(grown), "total": len(seller.book.feedbacks)} | counts

    @router.post("/feedbacks")
    async def write_feedbacks(order: FeedbacksOrder) -> Json:
        seller, now = world.seller(order.sid), world.clock.now()
        visible_at = now + world.knobs.visibility_delay
        try:
            written = [feedback_from(wire, seller, now=now, visible_at=visible_at) for wire in order.feedbacks]
        except (TypeError, ValueError, KeyError) as error:
            raise HTTPException(422, f"not a feedback: {error!r}") from error
        world.add(order.sid, written)
        return {"ids": [feedback.id for feedback in written]}

    @router.post("/feedbacks/{wb_id}/amend")
    async def amend(wb_id: str, wire: Json) -> Json:
        """The buyer adds to it: a second row, linked both ways."""
        seller, original = _found(world, wb_id)
        now = world.clock.now()
        later = supplement_of(seller, original, wire, now=now, visible_at=now + world.knobs.visibility_delay)
        world.add(seller.sid, [later])
        return {"id": later.id, "parentFeedbackId": original.id}


def _fate_routes(router: APIRouter, world: World) -> None:
    @router.post("/feedbacks/{wb_id}/delete")
    async def delete(wb_id: str) -> Json:
        seller, _ = _found(world, wb_id)
        world.touch()
        seller.board.unpin_feedback(wb_id, world.clock.now())
        return {"deleted": seller.book.delete(wb_id)}

    @router.post("/feedbacks/{wb_id}/answer")
    async def answer_in_portal(wb_id: str, order: AnswerOrder) -> Json:
        seller, feedback = _found(world, wb_id)
        now = world.clock.now()
        world.answering.type_in_portal(seller.book, feedback, order.text, knobs=world.knobs, now=now)
        world.touch()
        return _shown(world, feedback)

    @router.get("/feedbacks/{wb_id}")
    async def look(wb_id: str) -> Json:
        """As WB would show it, without a token and without a cost."""
        return _shown(world, _found(world, wb_id)[1])

    @router.post("/moderate")
    async def moderate(order: VerdictOrder) -> Json:
        """Decides at once about a waiting answer, and about every later text under this feedback or question."""
        found, asked, now = world.find(order.id), world.find_question(order.id), world.clock.now()
        answer = found[1].answer if found else asked[1].answer if asked else None
        world.moderation.order(order.id, order.verdict, answer, now=now)
        if asked:
            asked[0].questions.place(asked[1], knobs=world.knobs, now=now)
        world.touch()
        return {"id": order.id, "verdict": order.verdict, "decided": answer is not None}


def _found(world: World, wb_id: str) -> tuple[Seller, Feedback]:
    found = world.find(wb_id)
    if found is None:
        raise HTTPException(404, f"no feedback {wb_id}")
    return found


def _shown(world: World, feedback: Feedback) -> Json:
    return feedback.wire(world.clock.now(), window_days=world.knobs.edit_window_days)
