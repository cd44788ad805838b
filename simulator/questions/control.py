"""What a test may make people ask, and the seller's own hands answer."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from simulator.intake import product_of
from simulator.questions.question import Question, QuestionAnswer
from simulator.world import Seller, World

Json = dict[str, Any]
BY_HAND = {"id", "text", "createdDate", "wasViewed", "isWarned", "productDetails", "answer", "state"}


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuestionsOrder(Order):
    sid: str
    questions: list[Json]


class AnswerOrder(Order):
    text: str


def control_questions(world: World) -> APIRouter:
    router = APIRouter(prefix="/__sim/questions")

    @router.post("")
    async def write_questions(order: QuestionsOrder) -> Json:
        """Partial WB objects; what they leave out is made up, what WB does not know is shown back."""
        seller = world.seller(order.sid)
        try:
            written = [_question(world, seller, wire) for wire in order.questions]
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise HTTPException(422, f"not a question: {error!r}") from error
        world.add_questions(order.sid, written)
        return {"ids": [question.id for question in written]}

    @router.get("/{wb_id}")
    async def look(wb_id: str) -> Json:
        """As WB would show it, without a token and without a cost."""
        return _found(world, wb_id)[1].wire(world.clock.now(), world.knobs)

    @router.post("/{wb_id}/answer")
    async def answer_in_portal(wb_id: str, order: AnswerOrder) -> Json:
        """Read by moderators like any other answer."""
        seller, question = _found(world, wb_id)
        now = world.clock.now()
        world.question_answering.type_in_portal(seller.questions, question, order.text, knobs=world.knobs, now=now)
        world.touch()
        return question.wire(now, world.knobs)

    @router.post("/{wb_id}/delete")
    async def delete(wb_id: str) -> Json:
        seller, _ = _found(world, wb_id)
        world.touch()
        return {"deleted": seller.questions.delete(wb_id)}

    return router


def _found(world: World, wb_id: str) -> tuple[Seller, Question]:
    found = world.find_question(wb_id)
    if found is None:
        raise HTTPException(404, f"no question {wb_id}")
    return found


def _question(world: World, seller: Seller, wire: Json) -> Question:
    now = world.clock.now()
    created = int(datetime.fromisoformat(wire["createdDate"]).timestamp()) if "createdDate" in wire else int(now)
    question = Question(
        id=wire.get("id") or seller.new_id(),
        created=created,
        product=product_of(wire, seller),
        text=wire.get("text", "Когда появится в наличии?"),
        viewed=bool(wire.get("wasViewed", False)),
        warned=bool(wire.get("isWarned", False)),
        visible_at=now + world.knobs.visibility_delay,
        overrides={name: value for name, value in wire.items() if name not in BY_HAND} or None,
    )
    if wire.get("answer"):
        question.answer = _long_ago(wire["answer"], created)
    if wire.get("state") == "none":
        question.rejected_at = 0.0
        question.answer = replace(question.answer or _long_ago({"text": "-"}, created), editable=False)
    return question


def _long_ago(given: Json, created: int) -> QuestionAnswer:
    editable = bool(given.get("editable", True))
    return QuestionAnswer(
        text=given["text"], created=created, sent_at=0, decided_at=0, verdict="wbRu", editable=editable
    )
