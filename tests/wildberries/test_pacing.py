import asyncio

import httpx
import pytest

from app.kit.db import Database
from app.shops.models import TokenKind
from app.wildberries import calls
from app.wildberries.api import WildberriesApi
from app.wildberries.calls import Caller
from app.wildberries.errors import (
    BudgetSpent,
    WbRateLimited,
)
from app.wildberries.transport import WildberriesTransport
from tests.wildberries.conftest import HOSTS, TOKEN, Wildberries, envelope

pytestmark = pytest.mark.anyio
UNANSWERED = httpx.Response(200, json=envelope({"countUnanswered": 3, "countUnansweredToday": 1}))


async def test_a_429_closes_the_bucket_for_all_and_never_sleeps(
    api: WildberriesApi, caller: Caller, urgent_caller: Caller, wildberries: Wildberries
) -> None:
    headers = {
        "x-ratelimit-retry": "3582",
        "X-Ratelimit-Reset": "3583",
        "X-Ratelimit-Limit": "6",
        "X-Ratelimit-Remaining": "0",
    }
    wildberries.will(httpx.Response(429, json={"title": "too many requests"}, headers=headers))

    async with asyncio.timeout(5):
        with pytest.raises(WbRateLimited) as raised:
            await api.count_unanswered(caller)
        with pytest.raises(BudgetSpent) as refused:
            await api.answer(urgent_caller, "id", "Спасибо")

    limited = raised.value
    assert 3582 * 1.05 <= limited.retry_after <= 3582 * 1.1
    assert (limited.reset, limited.limit, limited.remaining) == (3583, 6, 0)
    assert limited.body == "too many requests"
    assert refused.value.retry_after == pytest.approx(limited.retry_after, abs=5)
    assert len(wildberries.asked) == 1


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "nan", "inf"])
@pytest.mark.parametrize(
    ("kind", "expected"), [(TokenKind.PERSONAL, 60), (TokenKind.BASIC, 720), (TokenKind.UNKNOWN, 720)]
)
async def test_a_429_without_a_readable_time(
    api: WildberriesApi, wildberries: Wildberries, header: str | None, kind: TokenKind, expected: float
) -> None:
    wildberries.will(httpx.Response(429, headers={} if header is None else {"X-Ratelimit-Retry": header}))

    with pytest.raises(WbRateLimited) as raised:
        await api.count_unanswered(Caller(token=TOKEN, seller_id="s", kind=kind))

    assert expected * 1.05 <= raised.value.retry_after <= expected * 1.1


async def test_a_short_429_waits_a_second_more_and_a_faster_clock_less(
    http: httpx.AsyncClient, database: Database, caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(httpx.Response(429, headers={"X-Ratelimit-Retry": "1"}))
    api = WildberriesApi(WildberriesTransport(http, database, hosts=HOSTS, speed=10))

    with pytest.raises(WbRateLimited) as raised:
        await api.count_unanswered(caller)

    assert raised.value.retry_after == pytest.approx(0.2)


async def test_a_basic_token_has_one_call_and_then_twelve_minutes(
    api: WildberriesApi, wildberries: Wildberries
) -> None:
    wildberries.will(UNANSWERED)
    basic = Caller(token=TOKEN, seller_id="s", kind=TokenKind.BASIC, urgent=True)

    await api.count_unanswered(basic)
    with pytest.raises(BudgetSpent) as refused:
        await api.count_unanswered(basic)

    assert 700 < refused.value.retry_after < 735
    assert len(wildberries.asked) == 1


async def test_wildberries_own_count_is_believed(api: WildberriesApi, caller: Caller, wildberries: Wildberries) -> None:
    used_up = httpx.Response(200, json=envelope({}), headers={"X-Ratelimit-Remaining": "0"})
    wildberries.will(used_up)
    started = asyncio.get_running_loop().time()

    await api.count_unanswered(caller)
    await api.count_unanswered(caller)

    assert asyncio.get_running_loop().time() - started > 0.25


async def test_buckets_of_two_sellers_and_two_hosts_are_apart(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(httpx.Response(429, headers={"X-Ratelimit-Retry": "99"}), UNANSWERED)

    with pytest.raises(WbRateLimited):
        await api.count_unanswered(caller)
    await api.count_unanswered(Caller(token=TOKEN, seller_id="another", kind=TokenKind.PERSONAL))
    await api.transport.call(caller, calls.SELLER_INFO)

    assert len(wildberries.asked) == 3


async def test_a_booked_turn_is_lost_when_the_bucket_closes_meanwhile(
    api: WildberriesApi, caller: Caller, urgent_caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(UNANSWERED, UNANSWERED, httpx.Response(429, headers={"X-Ratelimit-Retry": "50"}))
    await api.count_unanswered(caller)
    await api.count_unanswered(caller)

    outcomes = await asyncio.gather(*(api.count_unanswered(urgent_caller) for _ in range(4)), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BudgetSpent"] * 3 + ["WbRateLimited"]
    assert len(wildberries.asked) == 3
