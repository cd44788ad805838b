"""Who may look at a shop, for hot reads: as `ViewerShop`, in one statement and without an ORM's session."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from app.accounts.models import SessionKind
from app.accounts.sessions import is_to_slide
from app.api.dependencies import Shown, forbid_forgery, identify
from app.kit.clock import utc_now
from app.kit.errors import Unauthorized
from app.kit.http import Db
from app.shops.queries import ShopNotFound
from app.shops.visits import find_visit


async def get_secret(shown: Shown) -> tuple[str, SessionKind]:
    """By itself, so that who shows nothing hears 401 before anything is said of what he asked."""
    secret, kind = shown.secret
    if secret is None:
        raise Unauthorized
    return secret, kind


async def get_visited_shop(
    request: Request,
    response: Response,
    db: Db,
    shown: Shown,
    secret_and_kind: Annotated[tuple[str, SessionKind], Depends(get_secret)],
    shop_id: UUID,
) -> UUID:
    """Every member may look, also at an archived shop: for GET alone."""
    secret, kind = secret_and_kind
    now = utc_now()
    async with db.glance() as connection:
        visit = await find_visit(connection, secret, kind, shop_id, now=now)
    if visit is None:
        raise Unauthorized
    if kind is SessionKind.COOKIE:
        forbid_forgery(request, visit.csrf_token)
    if is_to_slide(kind, visit.last_used_at, now):
        async with db.transaction() as session:
            if await identify(request, response, session, shown) is None:
                raise Unauthorized
    if visit.role is None:
        raise ShopNotFound
    return shop_id


VisitedShop = Annotated[UUID, Depends(get_visited_shop)]
