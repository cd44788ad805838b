"""Who works in a shop: roles given and taken by owners; a shop is never left without one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import Conflict, Forbidden
from app.shops import queries
from app.shops.events import record
from app.shops.models import Invite, Membership, Role, Shop


class RoleTooLow(Forbidden):
    """The caller is a member, but this takes a higher role."""

    code = "ROLE_TOO_LOW"
    message = "Вашей роли в этом магазине недостаточно для этого действия."


class LastOwner(Conflict):
    """Somebody must be able to invite, archive and restore."""

    code = "LAST_OWNER"
    message = "Это единственный владелец магазина. Сначала назначьте другого владельца."


def require_role(held: Role, needed: Role) -> None:
    """Raises RoleTooLow."""
    if not held.covers(needed):
        raise RoleTooLow


async def change_role(
    session: AsyncSession, shop: Shop, actor: User, user_id: UUID, role: Role, *, now: datetime
) -> Membership:
    """By an owner; invitations of somebody who is no owner any more die with the role."""
    await queries.lock_shop(session, shop.id)
    await _require_owner_still(session, shop, actor)
    member = await _get_member(session, shop, user_id)
    if member.role is role:
        return member
    await _keep_an_owner(session, shop, member)
    details = {"user_id": str(user_id), "before": member.role.value, "after": role.value}
    record(session, shop, actor.actor, "member_role_changed", details, now=now)
    member.role = role
    if role is not Role.OWNER:
        await _void_invites(session, shop, user_id)
    return member


async def remove_member(session: AsyncSession, shop: Shop, actor: User, user_id: UUID, *, now: datetime) -> None:
    """By an owner, or by the member himself, who leaves."""
    await queries.lock_shop(session, shop.id)
    if user_id != actor.id:
        await _require_owner_still(session, shop, actor)
    member = await _get_member(session, shop, user_id)
    await _keep_an_owner(session, shop, member)
    action = "member_left" if user_id == actor.id else "member_removed"
    record(session, shop, actor.actor, action, {"user_id": str(user_id), "role": member.role.value}, now=now)
    await session.delete(member)
    await _void_invites(session, shop, user_id)


async def _get_member(session: AsyncSession, shop: Shop, user_id: UUID) -> Membership:
    member = await queries.find_membership(session, shop.id, user_id)
    if member is None:
        raise queries.MemberNotFound
    return member


async def _require_owner_still(session: AsyncSession, shop: Shop, actor: User) -> None:
    """Two owners may be taking the role from each other at this moment; the lock decides who was first."""
    require_role((await _get_member(session, shop, actor.id)).role, Role.OWNER)


async def _keep_an_owner(session: AsyncSession, shop: Shop, leaving: Membership) -> None:
    if leaving.role is Role.OWNER and len(await queries.owners_of_shop(session, shop.id)) == 1:
        raise LastOwner


async def _void_invites(session: AsyncSession, shop: Shop, user_id: UUID) -> None:
    theirs = delete(Invite).where(Invite.shop_id == shop.id, Invite.invited_by == user_id, Invite.used_at.is_(None))
    await session.execute(theirs)
