"""From Wildberries' shape to rows of `feedbacks` and `replies`, in the states of a shop that uses WBRM."""

import json
import random
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from app.replies.models import ReplyState
from bench.buyers import NOW

FEEDBACK_COLUMNS = (
    "shop_id", "wb_id", "nm_id", "imt_id", "rating", "text", "pros", "cons", "written_at", "written_minute",
    "buyer_name", "product_name", "brand_name", "supplier_article", "size", "color", "order_status", "matching_size",
    "tags", "photo_count", "has_video", "rating_only", "was_viewed", "wb_state", "answer_text", "answer_state",
    "answer_editable", "complaint_possible", "complaint_reason", "return_possible", "archived", "raw", "fingerprint",
    "first_seen_at", "changed_at", "deleted_at", "reply_state",
)  # fmt: skip
REPLY_COLUMNS = (
    "shop_id", "id", "feedback_id", "revision", "state", "text", "version", "needs_human", "reasons", "writer",
    "created_at", "changed_at", "attempts", "checks", "published_at", "rejects",
)  # fmt: skip
_OURS = {ReplyState.PUBLISHED: 0.7, ReplyState.ANSWERED_ELSEWHERE: 0.08}
_OPEN = {
    ReplyState.DRAFT: 0.35, ReplyState.APPROVED: 0.01, ReplyState.PUBLISHING: 0.001, ReplyState.SENT: 0.004,
    ReplyState.ON_MODERATION: 0.01, ReplyState.REJECTED: 0.02, ReplyState.UNKNOWN: 0.002, ReplyState.FAILED: 0.005,
}  # fmt: skip


class Rows:
    """Collects rows of one shop for COPY."""

    def __init__(self, shop_id: UUID, dice: random.Random) -> None:
        self.shop_id = shop_id
        self.dice = dice
        self.feedbacks: list[tuple[Any, ...]] = []
        self.replies: list[tuple[Any, ...]] = []

    def add(self, raw: dict[str, Any]) -> None:
        """One feedback of Wildberries', and a reply of ours where there is one."""
        written = datetime.fromisoformat(raw["createdDate"].replace("Z", "+00:00"))
        silent = not (raw["text"] or raw["pros"] or raw["cons"] or raw["photoLinks"])
        state = self._state(answered=raw["answer"] is not None, silent=silent)
        self.feedbacks.append(self._feedback(raw, written, silent, state))
        if state is not None:
            self.replies.append(self._reply(raw, written, state))

    def _state(self, *, answered: bool, silent: bool) -> ReplyState | None:
        shares = _OURS if answered else {} if silent else _OPEN
        states: list[ReplyState | None] = [*shares, None]
        return self.dice.choices(states, [*shares.values(), 1 - sum(shares.values())])[0]

    def _feedback(
        self, raw: dict[str, Any], written: datetime, silent: bool, state: ReplyState | None
    ) -> tuple[Any, ...]:
        document, product, answer = json.dumps(raw, ensure_ascii=False), raw["productDetails"], raw["answer"] or {}
        archived = NOW - written > timedelta(days=30) and bool(answer or silent)
        deleted = written + timedelta(days=9) if self.dice.random() < 0.003 else None
        return (
            self.shop_id, raw["id"], product["nmId"], product["imtId"], raw["productValuation"], raw["text"],
            raw["pros"], raw["cons"], written, written.replace(second=0), raw["userName"], product["productName"],
            product["brandName"], product["supplierArticle"], product["size"], raw["color"], raw["orderStatus"],
            raw["matchingSize"], json.dumps(raw["bables"] or [], ensure_ascii=False), len(raw["photoLinks"] or ()),
            False, silent, True, raw["state"], answer.get("text"), answer.get("state"), answer.get("editable"),
            raw["isAbleSupplierFeedbackValuation"], 0, False, archived, document,
            blake2b(document.encode(), digest_size=16).digest(), written, written, deleted, state,
        )  # fmt: skip

    def _reply(self, raw: dict[str, Any], written: datetime, state: ReplyState) -> tuple[Any, ...]:
        text = raw["answer"]["text"] if raw["answer"] else "Здравствуйте! Спасибо за отзыв, нам важно ваше мнение."
        return (
            self.shop_id, UUID(int=self.dice.getrandbits(128)), raw["id"], 1, state, text, 1,
            raw["productValuation"] < 4, "[]", "templates", written, written, 0, 0, None, False,
        )  # fmt: skip
