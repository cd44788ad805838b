"""POST /auth/verify: whose token it is and what it may do."""

from typing import Literal
from uuid import UUID

from app.accounts.models import TokenScope
from app.extension.callers import CurrentCaller
from app.extension.errors import router_of
from app.extension.stores import accessible_stores
from app.extension.wire import WireOut, WireTime
from app.kit.http import Db
from app.shops.models import Role

router = router_of("Токен", prefix="/auth")


class VerifiedStoreOut(WireOut):
    id: UUID
    name: str
    role: Role


class VerifiedOut(WireOut):
    user_id: UUID
    token_id: UUID
    label: str
    scopes: list[TokenScope]
    expires_at: WireTime | None
    stores: list[VerifiedStoreOut]


class VerifyOut(WireOut):
    success: Literal[True] = True
    data: VerifiedOut


@router.post("/verify", summary="Проверить токен")
async def verify(caller: CurrentCaller, database: Db) -> VerifyOut:
    """Годится для токена с любыми правами; магазины в архиве не перечисляются."""
    async with database.glance() as connection:
        stores = await accessible_stores(connection, caller)
    return VerifyOut(
        data=VerifiedOut(
            user_id=caller.user_id,
            token_id=caller.token_id,
            label=caller.label,
            scopes=sorted(caller.scopes),
            expires_at=caller.expires_at,
            stores=[VerifiedStoreOut.model_validate(store) for store in stores if not store.archived],
        )
    )
