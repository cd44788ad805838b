"""Reports that the extensions make, of rows that are ready for them: pages, verdicts, complaints sent, chats opened."""

import json
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone
from typing import Any

import asyncpg

from app.cabinet.states import ComplaintState
from app.extension.wire import wire_time
from app.kit.clock import utc_now
from app.kit.db import Direct
from bench.data import shop_id
from bench.extension_load import BASE, SHOP, Request

MOSCOW = timezone(timedelta(hours=3))
MOST_BATCHES = 200
MOST_SINGLES = 2000

_FRESH = """
SELECT s.nm_id, s.rating, f.written_minute AS minute, f.written_at, s.feedback_id, 'none' AS complaint
FROM standings s JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.page_read_at IS NULL AND NOT s.key_shared AND f.deleted_at IS NULL AND s.rating <= 4
ORDER BY s.nm_id, f.written_at DESC, s.feedback_id LIMIT $2
"""
_KNOWN = """
SELECT p.nm_id, p.rating, p.minute, p.minute AS written_at, s.feedback_id, s.complaint, p.statuses, p.can_submit,
  p.chat_status, p.rating_excluded
FROM page_states p JOIN standings s ON s.shop_id = p.shop_id AND s.feedback_id = p.feedback_id
WHERE p.shop_id = $1 AND s.rating <= 4 ORDER BY p.nm_id, p.minute DESC, p.rating LIMIT $2
"""
_FILED = """
SELECT s.nm_id, s.rating, f.written_minute AS minute, s.complaint, s.filed_by, s.filed_at
FROM standings s JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.complaint = ANY($2::text[]) AND NOT s.key_shared
ORDER BY hashtext(s.feedback_id) LIMIT $3
"""
_READY = """
SELECT feedback_id FROM standings WHERE shop_id = $1 AND queued_complaint ORDER BY hashtext(feedback_id) LIMIT $2
"""
_OFFERED = """
SELECT s.nm_id, s.rating, f.written_minute AS minute, s.feedback_id
FROM standings s JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.chat = 'available' AND NOT s.chat_linked ORDER BY hashtext(s.feedback_id) LIMIT $2
"""


async def new_pages(connection: Direct, rows: int) -> list[Request]:
    """Of feedbacks whose pages nobody has read yet, product by product."""
    found = await connection.fetch(_FRESH, shop_id(0), rows * MOST_BATCHES)
    lines = [
        _page_row(
            row,
            ["Жалоба отклонена", "Выкуп", "Виден"] if n % 8 == 0 else ["Выкуп", "Виден"],
            n % 8 != 0 and n % 3 == 0,
            ("chat_available", "chat_not_activated", None)[n % 3],
        )
        for n, row in enumerate(found)
    ]
    return [_pages(batch) for batch in _whole(lines, rows)]


async def known_pages(connection: Direct, rows: int) -> list[Request]:
    """As they were, but of every twentieth the chat was switched on or off, and of another a complaint was filed."""
    found = await connection.fetch(_KNOWN, shop_id(0), rows * MOST_BATCHES)
    lines = []
    for n, row in enumerate(found):
        statuses, chat = json.loads(row["statuses"]), row["chat_status"]
        if n % 20 == 0 and chat != "chat_opened":
            chat = "chat_not_activated" if chat == "chat_available" else "chat_available"
        if n % 20 == 10 and row["complaint"] == "none":
            statuses = ["Проверяем жалобу", *statuses]
        lines.append(_page_row(row, statuses, row["can_submit"], chat))
    return [_pages(batch) for batch in _whole(lines, rows)]


def _page_row(row: asyncpg.Record, statuses: list[str], can_submit: bool, chat: str | None) -> dict[str, Any]:
    return {
        "reviewKey": _key(row),
        "productId": str(row["nm_id"]),
        "rating": row["rating"],
        "reviewDate": wire_time(row["written_at"]),
        "statuses": statuses,
        "canSubmitComplaint": can_submit,
        "chatStatus": chat,
        "ratingExcluded": False,
    }


def _pages(batch: list[dict[str, Any]]) -> Request:
    read_at = wire_time(utc_now() - timedelta(minutes=1))
    return _post("/review-statuses", {"storeId": SHOP, "parsedAt": read_at, "reviews": batch})


async def verdicts(connection: Direct, rows: int) -> list[Request]:
    """A quarter of each batch was decided just now, the others are as they were: the page shows them all."""
    decided = [state.value for state in ComplaintState if state.rank > ComplaintState.PENDING.rank]
    pending = await connection.fetch(_FILED, shop_id(0), ["pending"], rows // 4 * MOST_BATCHES)
    known = await connection.fetch(_FILED, shop_id(0), decided, (rows - rows // 4) * MOST_BATCHES)
    fresh, old = _whole(pending, rows // 4), _whole(known, rows - rows // 4)
    return [
        _post("/complaint-statuses", {"storeId": SHOP, "results": [_verdict(row, n) for n, row in enumerate(a + b)]})
        for a, b in zip(fresh, old, strict=False)
    ]


_SAID = {
    "approved": "Жалоба одобрена",
    "rejected": "Жалоба отклонена",
    "reconsidered": "Жалоба пересмотрена",
}


def _verdict(row: asyncpg.Record, n: int) -> dict[str, Any]:
    """Keys and days in Moscow's time, as the page prints them."""
    said = _SAID.get(row["complaint"]) or _SAID[("approved", "rejected")[n % 2]]
    return {
        "reviewKey": _key(row, hours=3),
        "status": said,
        "filedBy": "R5" if row["filed_by"] == "us" else "Продавец",
        "complaintDate": f"{row['filed_at'].astimezone(MOSCOW):%d.%m.%Y}",
    }


async def sent(connection: Direct) -> list[Request]:
    """Each a draft of its own."""
    found = await connection.fetch(_READY, shop_id(0), MOST_SINGLES)
    said = {"sentAt": wire_time(utc_now() - timedelta(minutes=1)), "duration": 1834}
    return [_post(f"/stores/{SHOP}/reviews/{row['feedback_id']}/complaint/sent", said) for row in found]


async def opened(connection: Direct) -> list[Request]:
    """Each a feedback that has no chat yet."""
    found = await connection.fetch(_OFFERED, shop_id(0), MOST_SINGLES)
    return [
        _post(
            "/chat/opened",
            {
                "storeId": SHOP,
                "reviewContext": {
                    "nmId": row["nm_id"],
                    "rating": row["rating"],
                    "reviewDate": wire_time(row["minute"]),
                    "reviewKey": _key(row),
                },
                "chatUrl": f"https://seller.wildberries.ru/chat-with-clients?chatId=bench-{row['feedback_id']}",
                "openedAt": wire_time(utc_now() - timedelta(minutes=1)),
                "status": "CHAT_OPENED",
            },
        )
        for row in found
    ]


def _key(row: asyncpg.Record, *, hours: int = 0) -> str:
    """As a clock shows it that is so far ahead of UTC."""
    minute = row["minute"].astimezone(UTC) + timedelta(hours=hours)
    return f"{row['nm_id']}_{row['rating']}_{minute:%Y-%m-%dT%H:%M}"


def _post(path: str, body: dict[str, Any]) -> Request:
    return Request(method="POST", path=BASE + path, body=json.dumps(body, ensure_ascii=False).encode())


def _whole(found: Sequence[Any], size: int) -> list[list[Any]]:
    """Batches, without the last if it is short."""
    return [list(found[first : first + size]) for first in range(0, len(found) - size + 1, size)]
