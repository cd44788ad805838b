"""Questions as their package wants them, and the three shapes of one PATCH."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from pydantic import BeforeValidator, Field, ValidationError

from app.questions.ports import IncomingQuestion, QuestionPage
from app.wildberries.api import WildberriesApi, unix
from app.wildberries.callers import Callers
from app.wildberries.calls import Caller, Operation
from app.wildberries.errors import NotObtainable
from app.wildberries.models import Label, Lenient, Moment, ProductIn, WireIn, Words, broken_item
from app.wildberries.transport import Params

log = structlog.get_logger(__name__)

QUESTIONS: Final = Operation(name="questions", method="GET", path="/api/v1/questions")
QUESTION: Final = Operation(name="question", method="GET", path="/api/v1/question")
CHANGE_QUESTION: Final = Operation(name="change_question", method="PATCH", path="/api/v1/questions", writes=True)
NOT_OBTAINABLE: Final = 422


class QuestionAnswerIn(WireIn):
    """The field is `createDate` here, not createdDate."""

    text: Words = ""
    editable: Lenient[bool] = None
    create_date: Lenient[Moment] = None


class QuestionIn(WireIn):
    """A question of either list; see wb-api.md §2.3."""

    id: Annotated[str, Field(min_length=1)]
    text: Words = ""
    created_date: Moment
    state: Label = ""
    answer: QuestionAnswerIn | None = None
    product_details: Annotated[ProductIn, BeforeValidator(lambda product: product or {})] = ProductIn()
    was_viewed: Lenient[bool] = None
    is_warned: Lenient[bool] = None


@dataclass(frozen=True, slots=True)
class QuestionCall:
    """How a question changes: seen, answered (also edited), or rejected with a reason for the buyer."""

    body: dict[str, Any]

    @classmethod
    def view(cls, wb_id: str) -> "QuestionCall":
        """Alone: together with a state Wildberries refuses it."""
        return cls({"id": wb_id, "wasViewed": True})

    @classmethod
    def answer(cls, wb_id: str, text: str) -> "QuestionCall":
        """Without the nested text and the state Wildberries says yes and does nothing."""
        return cls({"id": wb_id, "answer": {"text": text}, "state": "wbRu"})

    @classmethod
    def reject(cls, wb_id: str, text: str) -> "QuestionCall":
        """Hides the question from buyers; a text is required all the same."""
        return cls({"id": wb_id, "answer": {"text": text}, "state": "none"})


class WildberriesQuestions:
    """Satisfies questions.ports.QuestionSource; calls that can wait, unless they are urgent."""

    def __init__(self, api: WildberriesApi, callers: Callers, *, urgent: bool = False) -> None:
        self.api = api
        self.callers = callers
        self.urgent = urgent

    async def page(
        self,
        shop_id: UUID,
        *,
        answered: bool,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> QuestionPage:
        params: Params = {
            "isAnswered": answered,
            "take": take,
            "skip": skip,
            "order": "dateAsc",
            "dateFrom": unix(since),
            "dateTo": unix(until),
        }
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            return await self.api.read(caller, QUESTIONS, _page_of, params)

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingQuestion | None:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            return await read_one(self.api, caller, wb_id)

    async def view(self, shop_id: UUID, wb_id: str) -> None:
        async with self.callers.of_shop(shop_id) as caller:
            await change(self.api, caller, QuestionCall.view(wb_id))


class WildberriesQuestionPublisher:
    """Satisfies replies.ports.QuestionPublisher."""

    def __init__(self, api: WildberriesApi, callers: Callers) -> None:
        self.api = api
        self.callers = callers

    async def answer(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        await self._change(shop_id, QuestionCall.answer(wb_id, text), fence)

    async def edit(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        await self._change(shop_id, QuestionCall.answer(wb_id, text), fence)

    async def reject(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        await self._change(shop_id, QuestionCall.reject(wb_id, text), fence)

    async def read(self, shop_id: UUID, wb_id: str) -> IncomingQuestion | None:
        async with self.callers.of_shop(shop_id, urgent=True) as caller:
            return await read_one(self.api, caller, wb_id)

    async def _change(self, shop_id: UUID, call: QuestionCall, fence: Callable[[], None]) -> None:
        async with self.callers.of_shop(shop_id, urgent=True, fence=fence) as caller:
            await change(self.api, caller, call)


async def read_one(api: WildberriesApi, caller: Caller, wb_id: str) -> IncomingQuestion | None:
    """None only for Wildberries' 422."""
    try:
        return await api.read(caller, QUESTION, _incoming, {"id": wb_id})
    except NotObtainable as error:
        if error.status == NOT_OBTAINABLE:
            return None
        raise


async def change(api: WildberriesApi, caller: Caller, call: QuestionCall) -> None:
    """Sent once; a 200 with `error: true` raises, a 200 without an effect only a read can tell."""
    await api.write(caller, CHANGE_QUESTION, call.body)


def _page_of(data: Any) -> QuestionPage:
    listed = data.get("questions") if isinstance(data, dict) else None
    rows = listed if isinstance(listed, list) else []
    whole = list(_whole(rows))
    return QuestionPage(
        questions=whole,
        received=len(rows),
        broken=len(rows) - len(whole),
        unanswered_total=_count(data, "countUnanswered"),
        answered_total=_count(data, "countArchive"),
    )


def _whole(rows: list[Any]) -> Iterator[IncomingQuestion]:
    for index, raw in enumerate(rows):
        try:
            yield _incoming(raw)
        except ValidationError as error:
            broken = broken_item(index, raw, error)
            log.warning("wb_item_broken", index=index, wb_id=broken.wb_id, error=broken.error)


def _incoming(raw: Any) -> IncomingQuestion:
    read = QuestionIn.model_validate(raw)
    product, answer = read.product_details, read.answer
    return IncomingQuestion(
        wb_id=read.id,
        nm_id=product.nm_id or 0,
        imt_id=product.imt_id,
        text=read.text,
        written_at=read.created_date,
        product_name=product.product_name,
        brand_name=product.brand_name,
        supplier_article=product.supplier_article,
        was_viewed=bool(read.was_viewed),
        is_warned=bool(read.is_warned),
        wb_state=read.state,
        answer_text=answer.text if answer and answer.text else None,
        answer_editable=answer.editable if answer else None,
        answered_at=answer.create_date if answer else None,
        raw=raw,
    )


def _count(data: Any, name: str) -> int | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
