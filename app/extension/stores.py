"""Which shops a caller may see and report on; asked of the database each time, so that a lost membership counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
from fastapi import Depends, Path, Request

from app.accounts.access_tokens import Caller
from app.cabinet.overview import SUMMED
from app.extension.callers import CurrentCaller
from app.kit.db import Direct
from app.kit.errors import Forbidden, NotFound
from app.kit.http import Db
from app.shops.models import Role

_ACCESS: Final = """
SELECT s.id, s.name, s.archived_at IS NOT NULL AS archived, m.role
FROM shops s LEFT JOIN memberships m ON m.shop_id = s.id AND m.user_id = $2
WHERE s.id = $1
"""
_ACCESS_AND_COUNTS: Final = f"""
SELECT s.id, s.name, s.archived_at IS NOT NULL AS archived, m.role, counts.*
FROM shops s LEFT JOIN memberships m ON m.shop_id = s.id AND m.user_id = $2
CROSS JOIN LATERAL (SELECT {SUMMED}, max(t.page_at) AS page_at FROM tallies t WHERE t.shop_id = s.id) counts
WHERE s.id = $1
"""  # noqa: S608
_ACCESSIBLE: Final = """
SELECT s.id, s.name, s.archived_at IS NOT NULL AS archived, m.role
FROM memberships m JOIN shops s ON s.id = m.shop_id
WHERE m.user_id = $1 ORDER BY s.name, s.id
"""


class StoreNotFound(NotFound):
    """No shop has this id."""

    code = "STORE_NOT_FOUND"
    message = "Магазин не найден."


class ForeignStore(Forbidden):
    """The shop exists, but the token's owner does not work in it."""

    code = "STORE_FORBIDDEN"
    message = "У вас нет доступа к этому магазину."


class LooksOnly(Forbidden):
    """A viewer reads."""

    code = "VIEWER_REPORTS_NOTHING"
    message = "С ролью наблюдателя сообщать о действиях в кабинете нельзя."


class ArchivedStore(Forbidden):
    """Nothing is written to a shop that was put away."""

    code = "STORE_ARCHIVED"
    message = "Магазин в архиве. Верните его из архива, чтобы продолжить работу."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A shop as one of its members sees it; `id` is on the wire as it stands."""

    id: UUID
    name: str
    role: Role
    archived: bool


async def store_for(connection: Direct, caller: Caller, store_id: str, *, reporting: bool = False) -> Access:
    """Raises StoreNotFound, ForeignStore, and for reports LooksOnly and ArchivedStore."""
    access = _granted(await connection.fetchrow(_ACCESS, parse_id(store_id), caller.user_id))
    if reporting:
        _may_report(access)
    return access


async def store_and_counts(connection: Direct, caller: Caller, store_id: str) -> tuple[Access, Mapping[str, Any]]:
    """As `store_for`, with the shop's counts of `tallies` and `page_at`, in one go; an archived shop keeps its own."""
    row = await connection.fetchrow(_ACCESS_AND_COUNTS, parse_id(store_id), caller.user_id)
    return _granted(row), dict(row or {})


async def accessible_stores(connection: Direct, caller: Caller) -> list[Access]:
    """All shops the caller works in, archived ones too, by name."""
    rows = await connection.fetch(_ACCESSIBLE, caller.user_id)
    return [Access(id=id_, name=name, role=Role(role), archived=archived) for id_, name, archived, role in rows]


async def accessible_shop_ids(connection: Direct, caller: Caller) -> list[UUID]:
    """For routes addressed by a record's id: the record must belong to one of these."""
    rows = await connection.fetch("SELECT shop_id FROM memberships WHERE user_id = $1", caller.user_id)
    return [row["shop_id"] for row in rows]


def parse_id(text: str) -> UUID:
    """Ids are opaque to clients, so anything but our own spelling is an unknown shop: raises StoreNotFound."""
    try:
        found = UUID(text)
    except ValueError:
        raise StoreNotFound from None
    if str(found) != text:
        raise StoreNotFound
    return found


def _granted(row: asyncpg.Record | None) -> Access:
    if row is None:
        raise StoreNotFound
    if row["role"] is None:
        raise ForeignStore
    return Access(id=row["id"], name=row["name"], role=Role(row["role"]), archived=row["archived"])


def _may_report(access: Access) -> None:
    if not access.role.covers(Role.MANAGER):
        raise LooksOnly
    if access.archived:
        raise ArchivedStore


async def get_store(
    request: Request, database: Db, caller: CurrentCaller, store_id: Annotated[str, Path(alias="storeId")]
) -> Access:
    """Hot routes call `store_for` themselves, on the connection that they go on with."""
    async with database.glance() as connection:
        return await store_for(connection, caller, store_id, reporting=request.method != "GET")


CurrentStore = Annotated[Access, Depends(get_store)]
