"""What a buyer wrote and what the seller answered, with the JSON that WB makes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from simulator.clock import DAY, MOSCOW, utc_text


@dataclass(frozen=True, slots=True)
class Product:
    nm_id: int
    imt_id: int
    name: str
    article: str
    brand: str
    subject_id: int
    subject: str
    supplier: str
    sizes: tuple[str, ...] = ("0",)
    colors: tuple[str, ...] = ("",)


@dataclass(slots=True)
class Answer:
    """`verdict` is settled when the text is sent and comes to light at `decided_at`."""

    text: str
    submitted_at: float
    decided_at: float
    verdict: str
    editable: bool = True
    posts: int = 0
    patches: int = 0

    def state(self, now: float) -> str:
        return self.verdict if now >= self.decided_at else "reviewRequired"

    def can_be_edited(self, now: float, *, window_days: float) -> bool:
        return self.editable and now <= self.submitted_at + window_days * DAY


@dataclass(slots=True, kw_only=True)
class Feedback:
    """`processed_at` is when the lists count it as processed: at birth if there is nothing to answer."""

    id: str
    created: int
    product: Product
    rating: int = 5
    text: str = ""
    pros: str = ""
    cons: str = ""
    user_name: str = ""
    size: str = "0"
    color: str = ""
    order_status: str = "buyout"
    matching_size: str = ""
    photos: int = 0
    video: bool = False
    viewed: bool = False
    complaint_able: bool = True
    complaint_reason: int = 0
    returnable: bool = False
    returned_on: str | None = None
    bables: list[str] | None = None
    parent_id: str | None = None
    child_id: str | None = None
    answer: Answer | None = None
    processed_at: float | None = None
    visible_at: float = 0.0
    overrides: dict[str, Any] | None = None
    shelf: int = 0

    @property
    def key(self) -> tuple[int, str]:
        return self.created, self.id

    def is_empty(self) -> bool:
        """Stars only: WB considers that processed."""
        return not (self.text or self.pros or self.cons or self.photos or self.video)

    def is_processed(self, now: float) -> bool:
        return self.processed_at is not None and self.processed_at <= now

    def wire(self, now: float, *, window_days: float) -> dict[str, Any]:
        """As any of the three reading methods shows it."""
        shown = self._written() | self._ordered()
        if self.overrides:
            shown |= self.overrides
        return shown | {
            "id": self.id,
            "state": "wbRu" if self.is_processed(now) else "none",
            "answer": self._answer(now, window_days),
            "wasViewed": self.viewed,
            "parentFeedbackId": self.parent_id,
            "childFeedbackId": self.child_id,
        }

    def _written(self) -> dict[str, Any]:
        mark = crc32(self.id.encode())
        return {
            "id": self.id,
            "text": self.text,
            "pros": self.pros,
            "cons": self.cons,
            "productValuation": self.rating,
            "createdDate": created_text(self.created, mark),
            "answer": None,
            "state": "none",
            "productDetails": product_details(self.product, self.size),
            "video": _video(mark) if self.video else None,
            "wasViewed": self.viewed,
            "photoLinks": [_photo(mark, number) for number in range(self.photos)] or None,
            "userName": self.user_name,
            "matchingSize": self.matching_size,
            "isAbleSupplierFeedbackValuation": self.complaint_able,
            "supplierFeedbackValuation": self.complaint_reason,
        }

    def _ordered(self) -> dict[str, Any]:
        mark = crc32(self.id.encode())
        return {
            "orderStatus": self.order_status,
            "isAbleSupplierProductValuation": False,
            "supplierProductValuation": 0,
            "isAbleReturnProductOrders": self.returnable,
            "returnProductOrdersDate": self.returned_on,
            "bables": self.bables,
            "lastOrderShkId": 10_000_000_000 + mark,
            "lastOrderCreatedAt": utc_text(self.created - (2 + mark % 12) * DAY - mark % 7000),
            "color": self.color,
            "subjectId": self.product.subject_id,
            "subjectName": self.product.subject,
        }

    def _answer(self, now: float, window_days: float) -> dict[str, Any] | None:
        if self.answer is None:
            return None
        editable = self.answer.can_be_edited(now, window_days=window_days)
        return {"text": self.answer.text, "state": self.answer.state(now), "editable": editable}


def product_details(product: Product, size: str) -> dict[str, Any]:
    return {
        "imtId": product.imt_id,
        "nmId": product.nm_id,
        "productName": product.name,
        "supplierArticle": product.article,
        "supplierName": product.supplier,
        "brandName": product.brand,
        "size": size,
    }


def created_text(created: int, mark: int) -> str:
    """WB mixes formats within one page: UTC or Moscow, and no fraction up to nine digits of it."""
    zone, suffix = (MOSCOW, "+03:00") if mark & 1 else (UTC, "Z")
    stamp = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=created)).astimezone(zone)
    digits = (0, 0, 3, 6, 9)[mark % 5]
    fraction = f".{mark % 10**digits:0{digits}d}" if digits else ""
    return f"{stamp:%Y-%m-%dT%H:%M:%S}{fraction}{suffix}"


def _photo(mark: int, number: int) -> dict[str, str]:
    basket = f"vol{mark % 2000}/part{mark % 200_000}/{mark + number}"
    place = f"https://feedback{mark % 8 + 1:02d}.wbbasket.ru/{basket}/photos"
    return {"fullSize": f"{place}/fs.webp", "miniSize": f"{place}/ms.webp"}


def _video(mark: int) -> dict[str, Any]:
    place = f"https://videofeedback01.wbbasket.ru/{mark:08x}"
    return {
        "previewImage": f"{place}/preview.webp",
        "link": f"{place}/index.m3u8",
        "durationSec": 3 + mark % 25,
    }
