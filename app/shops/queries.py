"""Shops and what belongs to them, read; each query is scoped to a shop or to a user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import NotFound
from app.kit.secrets import token_hash
from app.shops.models import Invite, Membership, Role, Shop, ShopSettings, ShopToken, TokenPurpose


class ShopNotFound(NotFound):
    """Absent or somebody else's: the answer is the same."""

    code = "SHOP_NOT_FOUND"
    message = "Магазин не найден."


class TokenNotFound(NotFound):
    """The shop has no token for this purpose."""

    code = "TOKEN_NOT_FOUND"
    message = "У магазина нет такого токена."


class MemberNotFound(NotFound):
    """Nobody of this id works in this shop."""

    code = "MEMBER_NOT_FOUND"
    message = "В этом магазине нет такого участника."


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """A shop as one of its members sees it."""

    shop: Shop
    role: Role


async def find_access(session: AsyncSession, shop_id: UUID, user_id: UUID) -> ShopAccess | None:
    """None for a foreign shop as for an unknown one."""
    theirs = (
        select(Shop, Membership.role)
        .join(Membership, Membership.shop_id == Shop.id)
        .where(Shop.id == shop_id, Membership.user_id == user_id)
    )
    row = (await session.execute(theirs)).first()
    return ShopAccess(row[0], row[1]) if row else None


async def shops_of_user(session: AsyncSession, user_id: UUID) -> list[ShopAccess]:
    """Every shop the user is a member of, archived ones last."""
    theirs = (
        select(Shop, Membership.role)
        .join(Membership, Membership.shop_id == Shop.id)
        .where(Membership.user_id == user_id)
        .order_by(Shop.archived_at.is_not(None), Shop.name, Shop.id)
    )
    return [ShopAccess(shop, role) for shop, role in await session.execute(theirs)]


async def shop_ids_of(session: AsyncSession, user_id: UUID) -> Sequence[UUID]:
    """For questions that span all shops of a user."""
    theirs = select(Membership.shop_id).where(Membership.user_id == user_id)
    return (await session.scalars(theirs)).all()


async def get_shop(session: AsyncSession, shop_id: UUID) -> Shop:
    """For jobs, which act for nobody in particular; endpoints go through `find_access`."""
    shop = await session.get(Shop, shop_id)
    if shop is None:
        raise ShopNotFound
    return shop


async def lock_shop(session: AsyncSession, shop_id: UUID) -> Shop:
    """Whoever changes a shop, its members or its tokens comes through here, one at a time."""
    locking = select(Shop).where(Shop.id == shop_id).with_for_update(key_share=True)
    shop = await session.scalar(locking.execution_options(populate_existing=True))
    if shop is None:
        raise ShopNotFound
    return shop


async def lock_shop_of_seller(session: AsyncSession, seller_id: str) -> Shop:
    """The cabinet by Wildberries' own id."""
    locking = select(Shop).where(Shop.seller_id == seller_id).with_for_update(key_share=True)
    return (await session.scalars(locking)).one()


async def find_token(session: AsyncSession, shop_id: UUID, purpose: TokenPurpose) -> ShopToken | None:
    """Still encrypted."""
    return await session.get(ShopToken, (shop_id, purpose))


async def get_token(session: AsyncSession, shop_id: UUID, purpose: TokenPurpose) -> ShopToken:
    """Still encrypted."""
    token = await find_token(session, shop_id, purpose)
    if token is None:
        raise TokenNotFound
    return token


async def tokens_of_shops(session: AsyncSession, shop_ids: Sequence[UUID]) -> Sequence[ShopToken]:
    """The main token of a shop before its chat token."""
    theirs = select(ShopToken).where(ShopToken.shop_id.in_(shop_ids))
    return (await session.scalars(theirs.order_by(ShopToken.purpose.desc()))).all()


async def get_settings(session: AsyncSession, shop_id: UUID) -> ShopSettings:
    """Every shop has them from its first moment."""
    return (await session.scalars(select(ShopSettings).where(ShopSettings.shop_id == shop_id))).one()


async def lock_settings(session: AsyncSession, shop_id: UUID) -> ShopSettings:
    """Fresh, for a change of them."""
    locking = select(ShopSettings).where(ShopSettings.shop_id == shop_id).with_for_update()
    return (await session.scalars(locking.execution_options(populate_existing=True))).one()


async def find_membership(session: AsyncSession, shop_id: UUID, user_id: UUID) -> Membership | None:
    """Fresh from the database, for decisions under the shop's lock."""
    theirs = select(Membership).where(Membership.shop_id == shop_id, Membership.user_id == user_id)
    found: Membership | None = await session.scalar(theirs.execution_options(populate_existing=True))
    return found


async def members_of_shop(session: AsyncSession, shop_id: UUID) -> list[tuple[Membership, User]]:
    """In the order in which they joined."""
    theirs = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.shop_id == shop_id)
        .order_by(Membership.joined_at, User.id)
    )
    return [(membership, user) for membership, user in await session.execute(theirs)]


async def owners_of_shop(session: AsyncSession, shop_id: UUID) -> Sequence[UUID]:
    """At least one, always."""
    owners = select(Membership.user_id).where(Membership.shop_id == shop_id, Membership.role == Role.OWNER)
    return (await session.scalars(owners)).all()


async def open_invites(session: AsyncSession, shop_id: UUID, *, now: datetime) -> Sequence[Invite]:
    """Neither used nor expired, the newest first."""
    waiting = select(Invite).where(Invite.shop_id == shop_id, Invite.used_at.is_(None), Invite.expires_at > now)
    return (await session.scalars(waiting.order_by(Invite.created_at.desc(), Invite.id))).all()


async def find_open_invite(session: AsyncSession, token: str, *, now: datetime) -> Invite | None:
    """By the secret in the link; fresh from the database."""
    waiting = select(Invite).where(
        Invite.token_hash == token_hash(token), Invite.used_at.is_(None), Invite.expires_at > now
    )
    found: Invite | None = await session.scalar(waiting.execution_options(populate_existing=True))
    return found
