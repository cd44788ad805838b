"""Rules of shops, below any surface."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import ReplyMode, Shop, ShopEvent, ShopSettings, ShopToken, TokenKind, TokenPurpose
from app.shops.policy import mode_for
from app.shops.ports import CabinetFacts
from app.shops.service import ConfirmedToken
from app.shops.token_warnings import due_token_warnings, threshold, warnings_of
from app.shops.wb_token import decode_token
from tests.api.clients import wb_token
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("mode", "exceptions", "expected"),
    [
        ("auto", {}, ["semi", "semi", "semi", "auto", "auto"]),
        ("auto", {"1": "auto", "5": "manual"}, ["auto", "semi", "semi", "auto", "manual"]),
        ("semi", {"5": "auto"}, ["semi", "semi", "semi", "semi", "auto"]),
        ("manual", {}, ["manual"] * 5),
    ],
)
def test_low_ratings_are_never_published_by_themselves_unless_the_seller_says_so(
    mode: str, exceptions: dict[str, str], expected: list[str]
) -> None:
    settings = ShopSettings(reply_mode=ReplyMode(mode), rating_mode_map=exceptions)

    assert [mode_for(settings, rating) for rating in range(1, 6)] == expected


@pytest.mark.parametrize(
    ("days", "reached"),
    [(31, None), (30, 30), (14.5, 30), (14, 14), (7, 7), (3, 3), (1, 1), (0.1, 1), (0, None), (-5, None)],
)
def test_a_threshold_is_reached_when_no_more_than_its_days_are_left(days: float, reached: int | None) -> None:
    now = utc_now()

    assert threshold(now + timedelta(days=days), now=now) == reached


async def test_each_threshold_is_recorded_once_per_token(make: Make, database: Database) -> None:
    shop = await make.shop()
    expires = utc_now() + timedelta(days=100)
    await _expire(database, shop, expires)

    recorded = []
    for left in (40, 29, 28, 13, 5, 5, 2, 0.5, -1):
        async with database.transaction() as session:
            events = await due_token_warnings(session, expires - timedelta(days=left))
            recorded += [event.details["days"] for event in events]

    assert recorded == [30, 14, 7, 3, 1]
    async with database.transaction() as session:
        assert len((await session.scalars(select(ShopEvent))).all()) == 5


async def test_two_timers_at_once_record_one_warning(make: Make, database: Database) -> None:
    shop = await make.shop()
    await _expire(database, shop, utc_now() + timedelta(days=5))

    async def tick() -> int:
        async with database.transaction() as session:
            return len(await due_token_warnings(session, utc_now()))

    assert sum(await asyncio.gather(tick(), tick(), tick())) == 1


async def test_an_archived_shop_is_not_warned(make: Make, database: Database) -> None:
    shop = await make.shop()
    await _expire(database, shop, utc_now() + timedelta(days=5))
    async with database.transaction() as session:
        await session.execute(update(Shop).values(archived_at=utc_now()))

    async with database.transaction() as session:
        assert await due_token_warnings(session, utc_now()) == []


def test_a_basic_token_is_warned_of_loudly() -> None:
    warnings = warnings_of(_token(kind=TokenKind.BASIC, read_only=True), now=utc_now())

    assert [(warning.code, warning.loud) for warning in warnings] == [
        ("TOKEN_BASIC", True),
        ("TOKEN_READ_ONLY", False),
    ]
    assert "5 запросов в час" in warnings[0].message


def test_a_good_token_is_not_warned_of() -> None:
    assert warnings_of(_token(), now=utc_now()) == []


def test_a_refused_and_an_expired_token_are_loud() -> None:
    now = utc_now()
    warnings = warnings_of(_token(refused_at=now, expires_at=now), now=now)

    assert [warning.code for warning in warnings] == ["TOKEN_REFUSED", "TOKEN_EXPIRED"]


def test_a_raw_token_stays_out_of_reprs() -> None:
    raw = wb_token(signature="c2VjcmV0")
    confirmed = ConfirmedToken(raw=raw, facts=decode_token(raw), cabinet=CabinetFacts())

    assert "c2VjcmV0" not in repr(confirmed)


def _token(**changes: object) -> ShopToken:
    values = {
        "purpose": TokenPurpose.MAIN,
        "kind": TokenKind.PERSONAL,
        "read_only": False,
        "expires_at": utc_now() + timedelta(days=100),
        "refused_at": None,
    }
    return ShopToken(**{**values, **changes})


async def _expire(database: Database, shop: Shop, at: object) -> None:
    async with database.transaction() as session:
        await session.execute(update(ShopToken).where(ShopToken.shop_id == shop.id).values(expires_at=at))
