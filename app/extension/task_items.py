"""How a task looks on the wire. Builds differ in the names they read, so each fact comes under all of them."""

from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import Field

from app.cabinet.tasks import Task
from app.complaints.reasons import TABLE
from app.extension.keys import spell_key
from app.extension.wire import WireOut, WireTime

_REASONS: Final = {int(reason): entry.title for reason, entry in TABLE.items()}


class ComplaintTextOut(WireOut):
    """Объект: со строкой вместо него расширение не подаст ничего."""

    reason_id: int | None
    reason_name: str
    complaint_text: str


class ReviewOut(WireOut):
    review_id: str = Field(description="Вставляется в адреса как есть")
    review_key: str = Field(description="{nmId}_{rating}_{YYYY-MM-DDTHH:mm}, UTC", examples=["1_1_2026-01-07T20:09"])
    rating: int
    date: WireTime
    review_date: WireTime
    author_name: str
    text: str


class ProductReviewOut(ReviewOut):
    nm_id: str
    product_id: str
    created_at: WireTime


class ComplaintOut(ProductReviewOut):
    id: str
    status: Literal["draft", "pending", "approved", "rejected", "reconsidered"]
    reason_id: int | None
    reason_name: str
    complaint_text: ComplaintTextOut


class ChatOpenOut(ProductReviewOut):
    type: Literal["open", "link"]


class StatusParseOut(ReviewOut):
    current_complaint_status: Literal["none", "draft", "pending", "approved", "rejected", "reconsidered"]
    current_chat_status: Literal["unknown", "unavailable", "available", "opened"]
    current_review_status: Literal["unknown", "visible", "hidden", "excluded", "unpublished", "deleted"]


def complaint_item(task: Task) -> dict[str, Any]:
    """As `ComplaintOut`; one that the seller filed by hand has no words."""
    reason_id = task["reason_id"]
    reason_name = _REASONS.get(reason_id, "")
    item = _product_item(task)
    item["id"] = item["reviewId"]
    item["status"] = task["complaint"]
    item["reasonId"] = reason_id
    item["reasonName"] = reason_name
    item["complaintText"] = {
        "reasonId": reason_id,
        "reasonName": reason_name,
        "complaintText": task["complaint_text"] or "",
    }
    return item


def chat_item(task: Task) -> dict[str, Any]:
    """As `ChatOpenOut`."""
    item = _product_item(task)
    item["type"] = task["kind"]
    return item


def reading_item(task: Task) -> dict[str, Any]:
    """As `StatusParseOut`."""
    item = _item(task)
    item["currentComplaintStatus"] = task["complaint"]
    item["currentChatStatus"] = task["chat"]
    item["currentReviewStatus"] = task["visibility"]
    return item


def safe_id(wb_id: str) -> str:
    """Wildberries' ids are letters and digits; should one not be, it is escaped, and the path brings it back whole."""
    return wb_id if wb_id.isascii() and wb_id.isalnum() else quote(wb_id, safe="")


def _product_item(task: Task) -> dict[str, Any]:
    item = _item(task)
    item["nmId"] = item["productId"] = str(task["nm_id"])
    item["createdAt"] = item["date"]
    return item


def _item(task: Task) -> dict[str, Any]:
    written_at = task["written_at"]
    rating = task["rating"]
    return {
        "reviewId": safe_id(task["feedback_id"]),
        "reviewKey": spell_key(task["nm_id"], rating, written_at),
        "rating": rating,
        "date": written_at,
        "reviewDate": written_at,
        "authorName": task["buyer_name"],
        "text": task["words"],
    }
