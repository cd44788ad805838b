"""The methods of Wildberries' API that we use, typed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from app.wildberries import calls
from app.wildberries.calls import Answer, Caller, Operation
from app.wildberries.decoding import Garbled, decode
from app.wildberries.errors import AmbiguousOutcome, EnvelopeError, Told, WbUnavailable, envelope_told
from app.wildberries.models import (
    FeedbackIn,
    FeedbackRow,
    NewsIn,
    ParsedPage,
    SellerIn,
    UnansweredIn,
    parse_page,
)
from app.wildberries.transport import Params, WildberriesTransport

Order = Literal["dateAsc", "dateDesc"]
M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
log = structlog.get_logger(__name__)


class WildberriesApi:
    """Each method is one call of the seller's budget."""

    def __init__(self, transport: WildberriesTransport) -> None:
        self.transport = transport

    async def feedbacks(
        self,
        caller: Caller,
        *,
        is_answered: bool,
        take: int,
        skip: int,
        order: Order = "dateAsc",
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        nm_id: int | None = None,
    ) -> ParsedPage:
        """`is_answered` means processed: answered, or nothing but stars."""
        params: Params = {
            "isAnswered": is_answered,
            "take": take,
            "skip": skip,
            "order": order,
            "dateFrom": unix(date_from),
            "dateTo": unix(date_to),
            "nmId": nm_id,
        }
        return _reported(await self.read(caller, calls.FEEDBACKS, parse_page, params))

    async def archive(
        self, caller: Caller, *, take: int, skip: int, order: Order = "dateAsc", nm_id: int | None = None
    ) -> ParsedPage:
        """Answered, unanswered for 30 days, or without text and photo; knows no dates."""
        params: Params = {"take": take, "skip": skip, "order": order, "nmId": nm_id}
        return _reported(await self.read(caller, calls.ARCHIVE, parse_page, params))

    async def feedback(self, caller: Caller, wb_id: str) -> FeedbackRow:
        """Raises NotObtainable when it is deleted or was never there."""
        return await self.read(
            caller,
            calls.FEEDBACK,
            lambda data: FeedbackRow(FeedbackIn.model_validate(data), data),
            {"id": wb_id},
        )

    async def count_unanswered(self, caller: Caller) -> UnansweredIn:
        """The cheapest read there is: proves that a token may read feedbacks."""
        return await self.read(caller, calls.COUNT_UNANSWERED, UnansweredIn.model_validate)

    async def feedbacks_count(
        self,
        caller: Caller,
        *,
        is_answered: bool,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
    ) -> int:
        """How many a window holds, before paging through it."""
        params: Params = {"isAnswered": is_answered, "dateFrom": unix(date_from), "dateTo": unix(date_to)}
        return await self.read(caller, calls.COUNT, _whole, params)

    async def has_new(self, caller: Caller) -> NewsIn:
        """Whether something was not yet viewed in the cabinet."""
        return await self.read(caller, calls.NEWS, NewsIn.model_validate)

    async def seller_info(self, caller: Caller) -> SellerIn:
        """Once a day for a basic token, so only at onboarding."""
        answer = await self.transport.call(caller, calls.SELLER_INFO)
        return _understood(SellerIn.model_validate, _decoded(answer))

    async def answer(self, caller: Caller, wb_id: str, text: str) -> None:
        """Returns when Wildberries took it, which proves nothing: it does not look at the id."""
        await self.write(caller, calls.ANSWER, {"id": wb_id, "text": text})

    async def edit_answer(self, caller: Caller, wb_id: str, text: str) -> None:
        """Once within 60 days; a second edit may look like success and change nothing."""
        await self.write(caller, calls.EDIT_ANSWER, {"id": wb_id, "text": text})

    async def read(
        self, caller: Caller, operation: Operation, parse: Callable[[Any], R], params: Params | None = None
    ) -> R:
        """What the envelope's data mean; raises EnvelopeError for a 200 that carries a failure."""
        answer = await self.transport.call(caller, operation, params=params)
        return _understood(parse, _opened(_decoded(answer), token=caller.token))

    async def write(self, caller: Caller, operation: Operation, body: dict[str, Any]) -> None:
        """Sent once; raises EnvelopeError for a 200 that carries a failure, AmbiguousOutcome for one of no shape."""
        answer = await self.transport.call(caller, operation, json=body)
        if not answer.body.strip():
            return
        try:
            _opened(_decoded(answer), token=caller.token)
        except WbUnavailable as error:
            raise AmbiguousOutcome(f"{AmbiguousOutcome.message} {error.told}") from error


def unix(moment: datetime | None) -> int | None:
    """Wildberries' query times: whole seconds."""
    return None if moment is None else int(moment.timestamp())


def _decoded(answer: Answer) -> Any:
    try:
        return decode(answer.body)
    except Garbled as error:
        raise WbUnavailable(Told(answer.status, "not JSON")) from error


def _opened(body: Any, *, token: str) -> Any:
    """The envelope's data; a 200 may still carry a failure."""
    if not isinstance(body, dict) or "data" not in body:
        raise WbUnavailable(Told(200, "no envelope"))
    if body.get("error"):
        raise EnvelopeError(envelope_told(body, token=token))
    return body["data"]


def _understood(parse: Callable[[Any], R], data: Any) -> R:
    try:
        return parse(data)
    except (ValidationError, TypeError) as error:
        raise WbUnavailable(Told(200, f"unexpected shape: {type(data).__name__}")) from error


def _whole(data: Any) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise TypeError
    return data


def _reported(page: ParsedPage) -> ParsedPage:
    for item in page.broken:
        log.warning("wb_item_broken", index=item.index, wb_id=item.wb_id, error=item.error)
    return page
