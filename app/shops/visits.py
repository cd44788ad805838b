"""Who looks at a shop: session and membership in one statement, for reads that cannot pay for an ORM's session."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from app.accounts.models import SessionKind
from app.kit.db import Direct
from app.kit.secrets import token_hash
from app.shops.models import Role

_FIND: Final = """
SELECT s.csrf_token, s.last_used_at, m.role
FROM sessions s LEFT JOIN memberships m ON m.shop_id = $4 AND m.user_id = s.user_id
WHERE s.token_hash = $1 AND s.kind = $2 AND s.expires_at > $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A live session before a shop; no role in a foreign shop nor in one that does not exist."""

    role: Role | None
    csrf_token: str | None = field(repr=False)
    last_used_at: datetime


async def find_visit(
    connection: Direct, token: str, kind: SessionKind, shop_id: UUID, *, now: datetime
) -> Visit | None:
    """None when the session is unknown, ended or expired; as `find_login` and `find_access` together."""
    row = await connection.fetchrow(_FIND, token_hash(token), kind.value, now, shop_id)
    if row is None:
        return None
    role = None if row["role"] is None else Role(row["role"])
    return Visit(role=role, csrf_token=row["csrf_token"], last_used_at=row["last_used_at"])
