"""Wake-ups: news is never lost, and never piles up."""

from datetime import timedelta

import pytest

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.delivery import Courier
from app.kit.errors import Forbidden, RateLimited
from app.shops.models import Shop
from tests.kit.courier import Handler, put, retry_of
from tests.kit.jobs import Call, jobs

pytestmark = pytest.mark.anyio


async def test_news_during_a_wake_up_wakes_another(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    async def more_news() -> None:
        handler.does = None
        await put(database, Call(shop_id=shop.id))

    handler.does = more_news
    await courier.deliver(await put(database, Call(shop_id=shop.id)))

    assert [job.state for job in await jobs(database)] == ["done", "queued"]


async def test_wake_ups_do_not_pile_up_while_one_of_them_waits(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    async def more_news_and_no_budget() -> None:
        await put(database, Call(shop_id=shop.id))
        raise RateLimited(3600)

    handler.does = more_news_and_no_budget
    await retry_of(courier, await put(database, Call(shop_id=shop.id)))
    for _ in range(3):
        await put(database, Call(shop_id=shop.id))

    found = await jobs(database)
    assert [job.state for job in found] == ["queued", "done"]
    assert found[0].run_after - utc_now() > timedelta(minutes=59)


async def test_a_wake_up_that_gave_up_keeps_its_name_for_the_timer(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = Forbidden()
    await courier.deliver(await put(database, Call(shop_id=shop.id)))

    [job] = await jobs(database)
    assert (job.state, job.dedupe_key) == ("failed", "call")
