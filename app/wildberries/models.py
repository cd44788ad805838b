"""Wildberries' answers as they come: every field but the id may be missing, null, or of tomorrow's shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

T = TypeVar("T")
_MATCHING_SIZES: Final = {"ок": "ok"}  # the documentation's prose spells it in Cyrillic


def _or_none(value: Any, parse: ValidatorFunctionWrapHandler) -> Any:
    try:
        return parse(value)
    except ValidationError:
        return None


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def _text(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value if value is not None else ""


Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""Of no weight: a surprise here must not lose the feedback."""
Moment = Annotated[datetime, AfterValidator(_in_utc)]
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Words = Annotated[str, BeforeValidator(_text)]
"""null, "" and " " are all nothing."""
Label = Annotated[str, BeforeValidator(lambda value: str(value).strip() if value is not None else "")]


class WireIn(BaseModel):
    """Unknown fields are kept, camelCase is theirs."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True, frozen=True)


class AnswerIn(WireIn):
    """`state`: none, wbRu, reviewRequired, rejected, and others that Wildberries does not document."""

    text: Annotated[str, BeforeValidator(lambda text: "" if text is None else text)] = ""
    state: Label = ""
    editable: bool | None = None


class ProductIn(WireIn):
    """`size` is "0" for goods without sizes."""

    nm_id: Int64 | None = None
    imt_id: Lenient[Int64] = None
    product_name: Label = ""
    supplier_article: Label = ""
    supplier_name: Label = ""
    brand_name: Label = ""
    size: Label = ""


class FeedbackIn(WireIn):
    """A feedback of any of the three lists; see wb-api.md §2.2 for what each field means."""

    id: Annotated[str, Field(min_length=1)]
    text: Words = ""
    pros: Words = ""
    cons: Words = ""
    product_valuation: Annotated[int, Field(ge=1, le=5)] | None = None
    created_date: Moment | None = None
    state: Label = ""
    answer: AnswerIn | None = None
    product_details: Annotated[ProductIn, BeforeValidator(lambda product: product or {})] = ProductIn()
    photo_links: Lenient[list[Any]] = None
    video: Lenient[dict[str, Any]] = None
    was_viewed: Lenient[bool] = None
    user_name: Label = ""
    order_status: Label = ""
    matching_size: Annotated[Label, AfterValidator(lambda size: _MATCHING_SIZES.get(size, size))] = ""
    is_able_supplier_feedback_valuation: Lenient[bool] = None
    supplier_feedback_valuation: Lenient[Int64] = None
    is_able_supplier_product_valuation: Lenient[bool] = None
    supplier_product_valuation: Lenient[Int64] = None
    is_able_return_product_orders: Lenient[bool] = None
    return_product_orders_date: Lenient[Moment] = None
    bables: Lenient[list[str]] = None
    last_order_shk_id: Lenient[Int64] = None
    last_order_created_at: Lenient[Moment] = None
    color: Label = ""
    subject_id: Lenient[Int64] = None
    subject_name: Label = ""
    parent_feedback_id: str | None = None
    child_feedback_id: str | None = None


class UnansweredIn(WireIn):
    """What waits for an answer, in all and since midnight."""

    count_unanswered: int = 0
    count_unanswered_today: int = 0


class NewsIn(WireIn):
    """Unviewed, not unanswered."""

    has_new_questions: bool = False
    has_new_feedbacks: bool = False


class SellerIn(WireIn):
    """The cabinet; `sid` is its identity."""

    name: Label = ""
    sid: Label = ""
    tin: Label = ""
    trade_mark: Label = ""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A feedback and the JSON it was read from."""

    feedback: FeedbackIn
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item that could not be understood; `error` names fields and reasons, not the buyer's words."""

    index: int
    wb_id: str | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """One list call: what was understood and what was not, together everything that was received."""

    items: Sequence[FeedbackRow]
    broken: Sequence[BrokenItem]
    total_unanswered: int | None = None
    total_processed: int | None = None


def parse_page(data: Any) -> ParsedPage:
    """Item by item, so that one of them cannot lose the page; `data` is the envelope's."""
    listed = data.get("feedbacks") if isinstance(data, dict) else None
    items: list[FeedbackRow] = []
    broken: list[BrokenItem] = []
    for index, raw in enumerate(listed if isinstance(listed, list) else []):
        try:
            items.append(FeedbackRow(FeedbackIn.model_validate(raw), raw))
        except ValidationError as error:
            broken.append(broken_item(index, raw, error))
    return ParsedPage(
        items=items,
        broken=broken,
        total_unanswered=_count(data, "countUnanswered"),
        total_processed=_count(data, "countArchive"),
    )


def broken_item(index: int, raw: Any, error: ValidationError) -> BrokenItem:
    """Where it broke and why."""
    wb_id = raw.get("id") if isinstance(raw, dict) else None
    why = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
    return BrokenItem(index, str(wb_id) if wb_id else None, why)


def _count(data: Any, name: str) -> int | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
