"""What is done for the feedbacks of a product: set for one, for many, or as another product has it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.cabinet.jobs import RefreshStandings
from app.cabinet.standings import apply_rules
from app.cabinet.states import WorkStatus
from app.kit.db import Direct, direct
from app.kit.errors import Conflict, NotFound
from app.kit.jobs import enqueue
from app.shops.events import record
from app.shops.models import Shop

RATINGS = (1, 2, 3, 4)
"""Wildberries leaves no complaint about five stars any chance, and nobody asks such a buyer for anything."""
REMEMBERED = 100
"""Products that the journal names in one entry, with what their rules were."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('product-rules:' || $1::uuid::text, 0))"
_RULES = "SELECT * FROM product_rules WHERE shop_id = $1 AND nm_id = ANY($2::bigint[])"
_UNKNOWN = """
SELECT nm_id FROM unnest($2::bigint[]) AS nm_id
WHERE NOT EXISTS (SELECT FROM products p WHERE p.shop_id = $1 AND p.nm_id = nm_id.nm_id)
  AND NOT EXISTS (SELECT FROM product_rules r WHERE r.shop_id = $1 AND r.nm_id = nm_id.nm_id)
  AND NOT EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = $1 AND f.nm_id = nm_id.nm_id)
ORDER BY 1
"""
_FIELDS = {
    "work_status": "text", "complaint_ratings": "text", "chats": "boolean", "chat_ratings": "text",
    "work_from": "timestamptz",
}  # fmt: skip
_PLACES = {name: place for place, name in enumerate(_FIELDS, 3)}
_SAVE = f"""
INSERT INTO product_rules (shop_id, nm_id, {", ".join(_FIELDS)}, updated_at, updated_by)
SELECT $1, nm_id, work_status, complaint_ratings::smallint[], chats, chat_ratings::smallint[], work_from, $8, $9
FROM unnest($2::bigint[], {", ".join(f"${_PLACES[name]}::{kind}[]" for name, kind in _FIELDS.items())})
  AS n(nm_id, {", ".join(_FIELDS)})
ON CONFLICT (shop_id, nm_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _FIELDS)},
  updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Without a row nothing is done; what to do once somebody sets it going is there all the same."""

    work_status: WorkStatus = WorkStatus.STOPPED
    complaint_ratings: tuple[int, ...] = (1, 2, 3)
    chats: bool = False
    chat_ratings: tuple[int, ...] = RATINGS
    work_from: datetime | None = None
    """The beginning of a Moscow day."""


DEFAULT = Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule with who made it and when; nobody did a default."""

    rule: Rule
    updated_at: datetime | None = None
    updated_by: str | None = None


class RuleChange(TypedDict, total=False):
    """Only what is present changes."""

    work_status: WorkStatus
    complaint_ratings: tuple[int, ...]
    chats: bool
    chat_ratings: tuple[int, ...]
    work_from: datetime | None


class UnknownProducts(NotFound):
    """The shop has neither a card nor a feedback of these products."""

    code = "PRODUCT_NOT_FOUND"

    def __init__(self, nm_ids: Sequence[int]) -> None:
        some = ", ".join(map(str, nm_ids[:10])) + (" и другие" if len(nm_ids) > 10 else "")
        super().__init__(f"В магазине нет таких товаров: {some}.")


class NoRuleToCopy(NotFound):
    """Nobody has made a rule for this product yet."""

    code = "NO_RULE_TO_COPY"
    message = "У этого товара ещё нет правила: копировать нечего."


class RuleChanged(Conflict):
    """Somebody saved another rule since the caller read it."""

    code = "RULE_CHANGED"
    message = "Правило этого товара уже изменил кто-то другой. Обновите страницу и повторите."


async def rules_of(connection: Direct, shop_id: UUID, nm_ids: Sequence[int]) -> dict[int, KeptRule]:
    """Of those products that have one."""
    return {row["nm_id"]: rule_in(row) for row in await connection.fetch(_RULES, shop_id, nm_ids)}


async def change_rule(
    session: AsyncSession, shop: Shop, user: User, nm_id: int, change: RuleChange, *,
    seen: tuple[datetime | None] | None, now: datetime,
) -> None:  # fmt: skip
    """`seen` holds when the rule was made as the caller has read it; raises RuleChanged when that is history."""
    connection = await _lock(session, shop.id)
    known = await rules_of(connection, shop.id, [nm_id])
    if seen is not None and seen[0] != (known[nm_id].updated_at if nm_id in known else None):
        raise RuleChanged
    await change_rules(session, shop, user, [nm_id], change, now=now)


async def change_rules(
    session: AsyncSession, shop: Shop, user: User, nm_ids: Sequence[int], change: RuleChange, *, now: datetime
) -> int:
    """All or none, and what follows for the queues with it; says how many rules are other than before."""
    connection = await _lock(session, shop.id)
    wanted = sorted(set(nm_ids))
    if unknown := [row["nm_id"] for row in await connection.fetch(_UNKNOWN, shop.id, wanted)]:
        raise UnknownProducts(unknown)
    before = await rules_of(connection, shop.id, wanted)
    after = {nm_id: replace(before[nm_id].rule if nm_id in before else DEFAULT, **change) for nm_id in wanted}
    changed = {nm_id: rule for nm_id, rule in after.items() if nm_id not in before or before[nm_id].rule != rule}
    if not changed:
        return 0
    await _save(connection, shop.id, changed, actor=user.actor, now=now)
    details = {
        "products": len(changed),
        "change": _told(change),
        "before": {
            str(nm_id): _told(asdict(before[nm_id].rule)) if nm_id in before else None
            for nm_id in list(changed)[:REMEMBERED]
        },
    }
    record(session, shop, user.actor, "product_rules_changed", details, now=now)
    # Who makes standings at this very moment still reads the former rules; the job puts that right.
    await enqueue(session, RefreshStandings(shop_id=shop.id))
    return len(changed)


async def copy_rule(
    session: AsyncSession, shop: Shop, user: User, from_nm_id: int, nm_ids: Sequence[int], *, now: datetime
) -> int:
    """The others get the rule as this product has it now; says how many rules are other than before."""
    known = await rules_of(await _lock(session, shop.id), shop.id, [from_nm_id])
    if from_nm_id not in known:
        raise NoRuleToCopy
    rule = known[from_nm_id].rule
    change = RuleChange(
        work_status=rule.work_status,
        complaint_ratings=rule.complaint_ratings,
        chats=rule.chats,
        chat_ratings=rule.chat_ratings,
        work_from=rule.work_from,
    )
    return await change_rules(session, shop, user, nm_ids, change, now=now)


def rule_in(row: asyncpg.Record) -> KeptRule:
    """Read off the columns of `product_rules`; all NULL is a default."""
    if row["work_status"] is None:
        return KeptRule(rule=DEFAULT)
    rule = Rule(
        work_status=WorkStatus(row["work_status"]),
        complaint_ratings=tuple(row["complaint_ratings"]),
        chats=row["chats"],
        chat_ratings=tuple(row["chat_ratings"]),
        work_from=row["work_from"],
    )
    return KeptRule(rule=rule, updated_at=row["updated_at"], updated_by=row["updated_by"])


async def _lock(session: AsyncSession, shop_id: UUID) -> Direct:
    """One change of a shop's rules at a time."""
    connection = await direct(session)
    await connection.execute(_LOCK, shop_id)
    return connection


async def _save(connection: Direct, shop_id: UUID, rules: Mapping[int, Rule], *, actor: str, now: datetime) -> None:
    columns: dict[str, list[Any]] = {name: [getattr(rule, name) for rule in rules.values()] for name in _FIELDS}
    for name in ("complaint_ratings", "chat_ratings"):
        columns[name] = ["{" + ",".join(map(str, ratings)) + "}" for ratings in columns[name]]
    await connection.execute(_SAVE, shop_id, list(rules), *columns.values(), now, actor)
    await apply_rules(connection, shop_id, list(rules))


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the journal."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
