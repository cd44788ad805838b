"""Whether a shop may pin: switched off by Wildberries' 403, asked again at most once a day, on again by its limits."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.errors import Conflict
from app.pins.models import Capability, PinBoard, PinMethod
from app.pins.ports import PinLimits, PinsForbidden
from app.shops.models import TokenPurpose
from app.shops.queries import find_token

CHECK_EVERY = timedelta(days=1)


class PinsUnavailable(Conflict):
    """Wildberries refused not long ago; it is not asked again so soon."""

    code = "PINS_UNAVAILABLE"
    message = PinsForbidden.message

    def __init__(self, words: str, again_at: datetime) -> None:
        said = f" Ответ Wildberries: {words}." if words else ""
        super().__init__(f"{self.message}{said} Проверим снова {again_at:%d.%m.%Y в %H:%M} UTC.")


def switch_off(board: PinBoard, words: str) -> None:
    """By Wildberries' own refusal."""
    now = utc_now()
    board.capability, board.forbidden_words, board.checked_at = Capability.OFF, words, now
    board.next_sync_at = now + CHECK_EVERY


def learn(board: PinBoard, limits: PinLimits) -> None:
    """Limits prove that there is an option; their absence proves nothing."""
    now = utc_now()
    board.limits, board.limits_at, board.checked_at = asdict(limits), now, now
    if limits.subscription or limits.tariff:
        board.capability, board.forbidden_words = Capability.ON, ""


async def assert_on(session: AsyncSession, board: PinBoard) -> None:
    """Raises PinsUnavailable for a day after a refusal, or until the shop gets another token."""
    if board.capability is not Capability.OFF or board.checked_at is None:
        return
    token = await find_token(session, board.shop_id, TokenPurpose.MAIN)
    again_at = board.checked_at + CHECK_EVERY
    if again_at > utc_now() and (token is None or token.added_at <= board.checked_at):
        raise PinsUnavailable(board.forbidden_words, again_at)


def best_method(board: PinBoard) -> PinMethod:
    """The option that still has room, the subscription first."""
    for method in PinMethod:
        limit = board.limits.get(method.value)
        if limit and (limit["unlimited"] or limit["remaining"] > 0):
            return method
    has_tariff_alone = board.limits.get("tariff") and not board.limits.get("subscription")
    return PinMethod.TARIFF if has_tariff_alone else PinMethod.SUBSCRIPTION
