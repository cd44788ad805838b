"""Invitations: a link that makes its bearer a member, for seven days, once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import Conflict, NotFound
from app.kit.secrets import new_token, token_hash
from app.shops import queries
from app.shops.events import record
from app.shops.models import Invite, Membership, Role, Shop
from app.shops.service import forbid_archived

LIFETIME = timedelta(days=7)


class InviteNotFound(NotFound):
    """Unknown, used, taken back or expired: the link does not tell which."""

    code = "INVITE_NOT_FOUND"
    message = "Приглашение недействительно: им уже воспользовались, его отозвали или его срок истёк."


class AlreadyMember(Conflict):
    """The invitation would give nothing new, so it stays open for somebody else."""

    code = "ALREADY_MEMBER"
    message = "Вы уже участник этого магазина."


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvite:
    """The only moment at which the link is known to us."""

    invite: Invite
    token: str = field(repr=False)


async def invite(session: AsyncSession, shop: Shop, actor: User, role: Role, *, now: datetime) -> IssuedInvite:
    """By an owner."""
    token = new_token()
    row = Invite(
        shop_id=shop.id,
        token_hash=token_hash(token),
        role=role,
        invited_by=actor.id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    record(session, shop, actor.actor, "member_invited", {"role": role.value}, now=now)
    await session.flush()
    return IssuedInvite(invite=row, token=token)


async def take_back(session: AsyncSession, shop: Shop, actor: User, invite_id: UUID, *, now: datetime) -> None:
    """The link stops working; a used one cannot be taken back."""
    unused = delete(Invite).where(Invite.shop_id == shop.id, Invite.id == invite_id, Invite.used_at.is_(None))
    if await session.scalar(unused.returning(Invite.id)) is None:
        raise InviteNotFound
    record(session, shop, actor.actor, "invite_taken_back", {"invite_id": str(invite_id)}, now=now)


async def get_open_invite(session: AsyncSession, token: str, *, now: datetime) -> Invite:
    """Raises InviteNotFound."""
    found = await queries.find_open_invite(session, token, now=now)
    if found is None:
        raise InviteNotFound
    return found


async def accept_invite(session: AsyncSession, token: str, user: User, *, now: datetime) -> queries.ShopAccess:
    """Of two who follow one link at once, one gets in; a member may gain a higher role, never lose one."""
    shop = await queries.lock_shop(session, (await get_open_invite(session, token, now=now)).shop_id)
    found = await get_open_invite(session, token, now=now)  # again, now that we are alone with it
    forbid_archived(shop)
    member = await queries.find_membership(session, shop.id, user.id)
    if member is None:
        session.add(Membership(shop_id=shop.id, user_id=user.id, role=found.role, joined_at=now))
    elif member.role.covers(found.role):
        raise AlreadyMember
    else:
        member.role = found.role
    found.used_at = now
    record(session, shop, user.actor, "member_joined", {"role": found.role.value, "by": "invite"}, now=now)
    await session.flush()
    return queries.ShopAccess(shop, found.role)
