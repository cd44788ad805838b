"""/api/shops/{shop_id}/members and /invites: who works in a shop."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.accounts.models import User
from app.api.dependencies import ArchivedViewerAccess, CurrentUser, OwnerShop, ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.kit.clock import utc_now
from app.kit.http import Session, TheSettings
from app.shops import inviting, membership, queries
from app.shops.models import Membership, Role

router = APIRouter(prefix="/shops/{shop_id}", tags=["Команда"])


class RoleIn(WireIn):
    role: Role


class MemberOut(WireOut):
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime

    @classmethod
    def of(cls, member: Membership, user: User) -> Self:
        return cls(user_id=user.id, email=user.email, name=user.name, role=member.role, joined_at=member.joined_at)


class InviteOut(WireOut):
    id: UUID
    role: Role
    created_at: datetime
    expires_at: datetime


class IssuedInviteOut(InviteOut):
    url: str = Field(description="Ссылка показывается один раз; она действует 7 дней и срабатывает однажды")


@router.get("/members", responses=problems(401, 404), summary="Участники магазина")
async def list_members(session: Session, shop: ViewerShop) -> list[MemberOut]:
    """В порядке вступления."""
    return [MemberOut.of(*found) for found in await queries.members_of_shop(session, shop.id)]


@router.patch("/members/{user_id}", responses=problems(401, 403, 404, 409), summary="Изменить роль участника")
async def change_role(
    session: Session, shop: OwnerShop, user: CurrentUser, user_id: UUID, body: RoleIn
) -> list[MemberOut]:
    """Только для владельца; единственный владелец остаётся владельцем."""
    await membership.change_role(session, shop, user, user_id, body.role, now=utc_now())
    return [MemberOut.of(*found) for found in await queries.members_of_shop(session, shop.id)]


@router.delete(
    "/members/{user_id}",
    status_code=204,
    responses=problems(401, 403, 404, 409),
    summary="Удалить участника или выйти из магазина",
)
async def remove_member(session: Session, access: ArchivedViewerAccess, user: CurrentUser, user_id: UUID) -> None:
    """Владелец удаляет любого, остальные только себя; единственный владелец выйти не может."""
    await membership.remove_member(session, access.shop, user, user_id, now=utc_now())


@router.post("/invites", status_code=201, responses=problems(401, 403, 404, 409), summary="Пригласить в магазин")
async def invite(
    session: Session, shop: OwnerShop, user: CurrentUser, settings: TheSettings, body: RoleIn
) -> IssuedInviteOut:
    """Отправьте ссылку человеку сами; писем система не шлёт."""
    issued = await inviting.invite(session, shop, user, body.role, now=utc_now())
    seen = InviteOut.model_validate(issued.invite)
    url = f"{settings.public_url.rstrip('/')}/invite/{issued.token}"
    return IssuedInviteOut(**seen.model_dump(), url=url)


@router.get("/invites", responses=problems(401, 403, 404), summary="Открытые приглашения")
async def list_invites(session: Session, shop: OwnerShop) -> list[InviteOut]:
    """Ни разу не использованные и не просроченные; сами ссылки не хранятся."""
    found = await queries.open_invites(session, shop.id, now=utc_now())
    return [InviteOut.model_validate(invite) for invite in found]


@router.delete(
    "/invites/{invite_id}",
    status_code=204,
    responses=problems(401, 403, 404, 409),
    summary="Отозвать приглашение",
)
async def take_back(session: Session, shop: OwnerShop, user: CurrentUser, invite_id: UUID) -> None:
    """Ссылка перестаёт работать сразу."""
    await inviting.take_back(session, shop, user, invite_id, now=utc_now())
