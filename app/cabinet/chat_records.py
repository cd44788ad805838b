"""What the extension did in a linked chat: the anchor it looked for, the message it sent, what went wrong."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from app.kit.db import Direct
from app.kit.errors import NotFound


class ChatRecordNotFound(NotFound):
    """No link has this id, or it is of a shop that is not the caller's: the answer is the same."""

    code = "CHAT_RECORD_NOT_FOUND"
    message = "Запись чата не найдена."


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Wildberries' line in the chat that names the product; `at` is the extension's time, if it told one."""

    kind: ClassVar[str] = "anchor"
    columns: ClassVar[tuple[str, ...]] = ("anchor_status", "anchor_text", "anchor_nm_id", "anchor_title")
    status: str
    text: str
    nm_id: int | None
    title: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """Whether the seller's first message left, in the extension's words."""

    kind: ClassVar[str] = "message"
    columns: ClassVar[tuple[str, ...]] = ("message_status", "message_type")
    status: str
    type: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What stopped the extension, and where."""

    kind: ClassVar[str] = "error"
    columns: ClassVar[tuple[str, ...]] = ("error_code", "error_message", "error_stage")
    code: str
    message: str
    stage: str
    at: datetime | None


_SHOP_OF: Final = "SELECT shop_id FROM chat_links WHERE id = $1 AND shop_id = ANY($2::uuid[])"
_LOCK: Final = "SELECT 1 FROM chat_links WHERE shop_id = $1 AND id = $2 FOR UPDATE"
_APPEND: Final = """
INSERT INTO chat_link_events (shop_id, link_id, actor, kind, details)
SELECT $1, $2, $3, $4, $5::jsonb
WHERE NOT EXISTS (SELECT FROM chat_link_events WHERE shop_id = $1 AND link_id = $2 AND kind = $4
  AND details = $5::jsonb AND at > clock_timestamp() - interval '1 second')
"""


async def shop_of_record(connection: Direct, record_id: UUID, shop_ids: Sequence[UUID]) -> UUID:
    """Among these shops only; raises ChatRecordNotFound."""
    found: UUID | None = await connection.fetchval(_SHOP_OF, record_id, shop_ids)
    if found is None:
        raise ChatRecordNotFound
    return found


async def note(
    connection: Direct,
    shop_id: UUID,
    record_id: UUID,
    said: Anchor | SentMessage | Trouble,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Every call is kept; the record shows the one of the latest time, whenever it arrives."""
    await connection.fetchval(_LOCK, shop_id, record_id)
    told = asdict(said)
    at = told.pop("at")
    values = list(told.values())
    await connection.execute(_update(said), shop_id, record_id, at or now, now, *values)
    details = json.dumps({**told, "at": at.isoformat() if at else None}, ensure_ascii=False)
    await connection.execute(_APPEND, shop_id, record_id, actor, said.kind, details)


def _update(said: Any) -> str:
    moment = f"{said.kind}_at"
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(said.columns, 5))
    return (
        f"UPDATE chat_links SET {changes}, {moment} = $3, updated_at = $4"  # noqa: S608
        f" WHERE shop_id = $1 AND id = $2 AND coalesce({moment}, '-infinity') <= $3"
    )
