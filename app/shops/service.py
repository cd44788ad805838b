"""Shops: connected once per cabinet, renamed, archived; each change leaves an event."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import Conflict
from app.kit.secrets import Vault
from app.shops import queries, tokens
from app.shops.events import record
from app.shops.models import Membership, ReplyMode, Role, Shop, ShopSettings, TokenPurpose
from app.shops.ports import CabinetFacts, TokenRefusedByWildberries
from app.shops.wb_token import TokenFacts


class ShopArchived(Conflict):
    """It can be read, and restored by an owner, but not worked with."""

    code = "SHOP_ARCHIVED"
    message = "Магазин в архиве. Владелец может вернуть его из архива."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedToken:
    """A token that Wildberries itself has accepted a moment ago; nothing else may open a shop."""

    raw: str = field(repr=False)
    facts: TokenFacts
    cabinet: CabinetFacts

    def __post_init__(self) -> None:
        said = self.cabinet.seller_id
        if said is not None and said.strip().lower() != self.facts.seller_id:
            raise TokenRefusedByWildberries


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """`created` is False when the cabinet was here before and its old shop is meant."""

    shop: Shop
    role: Role
    created: bool


async def connect_shop(
    session: AsyncSession, user: User, token: ConfirmedToken, *, name: str | None, vault: Vault, now: datetime
) -> Connected:
    """Open the cabinet's shop, or join the one that is already there: two at once end in one shop."""
    seller_id = token.facts.seller_id
    title = name or token.cabinet.name or f"Кабинет {seller_id[:8]}"
    row = {"id": uuid4(), "seller_id": seller_id, "name": title, "created_at": now}
    opening = insert(Shop).values(row).on_conflict_do_nothing(index_elements=["seller_id"])
    opened = await session.scalar(opening.returning(Shop))
    if opened is None:
        shop = await queries.lock_shop_of_seller(session, seller_id)
        forbid_archived(shop)
        return await _return_to(session, shop, user, token, vault=vault, now=now)
    await _furnish(session, opened, user, now)
    await tokens.store(session, opened, TokenPurpose.MAIN, token.raw, token.facts, vault=vault, now=now)
    record(session, opened, user.actor, "shop_connected", {"kind": token.facts.kind.value}, now=now)
    await session.flush()
    return Connected(shop=opened, role=Role.OWNER, created=True)


async def rename_shop(session: AsyncSession, shop: Shop, user: User, name: str, *, now: datetime) -> Shop:
    """The name is ours alone; Wildberries does not learn of it."""
    shop = await queries.lock_shop(session, shop.id)
    record(session, shop, user.actor, "shop_renamed", {"before": shop.name, "after": name}, now=now)
    shop.name = name
    return shop


async def archive_shop(session: AsyncSession, shop: Shop, user: User, *, now: datetime) -> Shop:
    """Nothing is deleted; jobs leave the shop alone from now on."""
    shop = await queries.lock_shop(session, shop.id)
    if shop.archived_at is None:
        shop.archived_at = now
        record(session, shop, user.actor, "shop_archived", {}, now=now)
    return shop


async def restore_shop(session: AsyncSession, shop: Shop, user: User, *, now: datetime) -> Shop:
    """Back from the archive, as it was."""
    shop = await queries.lock_shop(session, shop.id)
    if shop.archived_at is not None:
        shop.archived_at = None
        record(session, shop, user.actor, "shop_restored", {}, now=now)
    return shop


def forbid_archived(shop: Shop) -> None:
    """Called before anything is written to a shop."""
    if shop.archived_at is not None:
        raise ShopArchived


async def _furnish(session: AsyncSession, shop: Shop, owner: User, now: datetime) -> None:
    """From its first moment a shop has an owner, and settings that publish nothing by themselves."""
    session.add(Membership(shop_id=shop.id, user_id=owner.id, role=Role.OWNER, joined_at=now))
    session.add(
        ShopSettings(
            shop_id=shop.id,
            reply_mode=ReplyMode.SEMI,
            rating_mode_map={},
            blacklist_keywords=[],
            templates={},
            signatures=[],
            tone="",
            version=1,
            updated_at=now,
        )
    )
    await session.flush()


async def _return_to(
    session: AsyncSession, shop: Shop, user: User, token: ConfirmedToken, *, vault: Vault, now: datetime
) -> Connected:
    """A working token proves that the caller belongs to the cabinet, but not that he may change our token."""
    member = await queries.find_membership(session, shop.id, user.id)
    if member is None:
        role = Role.VIEWER if token.facts.read_only else Role.MANAGER
        session.add(Membership(shop_id=shop.id, user_id=user.id, role=role, joined_at=now))
        record(session, shop, user.actor, "member_joined", {"role": role.value, "by": "token"}, now=now)
        await session.flush()
        return Connected(shop=shop, role=role, created=False)
    if member.role.covers(Role.MANAGER):
        await tokens.replace(session, shop, user, TokenPurpose.MAIN, token.raw, token.facts, vault=vault, now=now)
    return Connected(shop=shop, role=member.role, created=False)
