"""Wildberries' cards of goods, from the content API."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.products.facts import as_words
from app.products.ports import Card, CardCursor, CardPage, CardsForbidden
from app.wildberries import calls
from app.wildberries.callers import Callers
from app.wildberries.errors import CapabilityForbidden
from app.wildberries.models import Int64, Label, Lenient, Moment, WireIn
from app.wildberries.parsing import each_whole, parsed
from app.wildberries.transport import WildberriesTransport

ANY_PHOTO: Final = -1
"""The meaning of 0 and 2 changed on 16 June 2026; this one never did."""
Rows = Annotated[list[Any], BeforeValidator(lambda rows: [] if rows is None else rows)]


class CardIn(WireIn):
    """Wildberries writes nmID and subjectID here, not nmId."""

    nm_id: Annotated[Int64, Field(alias="nmID", gt=0)]
    imt_id: Annotated[Lenient[Int64], Field(alias="imtID")] = None
    vendor_code: Label = ""
    subject_id: Annotated[Lenient[Int64], Field(alias="subjectID")] = None
    subject_name: Label = ""
    brand: Label = ""
    title: Label = ""
    description: Label = ""
    characteristics: Lenient[list[Any]] = None
    sizes: Lenient[list[Any]] = None
    photos: Lenient[list[Any]] = None
    video: Lenient[str] = None
    updated_at: Lenient[Moment] = None

    def card(self) -> Card:
        return Card(
            nm_id=self.nm_id,
            imt_id=self.imt_id,
            vendor_code=self.vendor_code,
            subject_id=self.subject_id,
            subject=self.subject_name,
            brand=self.brand,
            title=self.title,
            description=self.description,
            characteristics=_characteristics(self.characteristics or []),
            sizes=as_words(size.get("techSize") for size in _objects(self.sizes)),
            photos=as_words(photo.get("big") for photo in _objects(self.photos)),
            video=self.video,
            updated_at=self.updated_at,
        )


class CursorIn(WireIn):
    """`total` is the number of cards on this page."""

    updated_at: Lenient[str] = None
    nm_id: Annotated[Lenient[Int64], Field(alias="nmID")] = None
    total: int = 0

    def cursor(self) -> CardCursor | None:
        if not self.updated_at or self.nm_id is None:
            return None
        return CardCursor(updated_at=self.updated_at, nm_id=self.nm_id)


class CardsIn(WireIn):
    cards: Rows
    cursor: CursorIn


class WildberriesCards:
    """Satisfies products.ports.CardSource; its bucket is its own, so it keeps nobody waiting."""

    def __init__(self, transport: WildberriesTransport, callers: Callers) -> None:
        self.transport = transport
        self.callers = callers

    async def page(self, shop_id: UUID, *, after: CardCursor | None, limit: int) -> CardPage:
        cursor: dict[str, Any] = {"limit": limit}
        if after is not None:
            cursor |= {"updatedAt": after.updated_at, "nmID": after.nm_id}
        settings = {"sort": {"ascending": True}, "filter": {"withPhoto": ANY_PHOTO}, "cursor": cursor}
        async with self.callers.of_shop(shop_id) as caller:
            try:
                answer = await self.transport.call(caller, calls.CARDS, json={"settings": settings})
            except CapabilityForbidden as error:
                raise CardsForbidden(f"{CardsForbidden.message} {error.detail}".strip()) from error
        page = parsed(answer, CardsIn)
        cards = each_whole(page.cards, lambda row: CardIn.model_validate(row).card(), kind="card")
        return CardPage(
            cards=cards,
            cursor=page.cursor.cursor(),
            total=max(page.cursor.total, len(page.cards)),
            broken=len(page.cards) - len(cards),
        )


def _characteristics(items: list[Any]) -> Mapping[str, list[str]]:
    """A value is a list, a word or a number, by the kind of the characteristic."""
    found: dict[str, list[str]] = {}
    for item in _objects(items):
        name, value = str(item.get("name") or "").strip(), item.get("value")
        words = as_words(value if isinstance(value, list) else [value])
        if name and words:
            found[name] = words
    return found


def _objects(items: list[Any] | None) -> list[dict[str, Any]]:
    return [item for item in items or [] if isinstance(item, dict)]
