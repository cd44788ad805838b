import asyncio
from datetime import timedelta

import pytest
from pgqueuer.domain.errors import RetryRequested

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.delivery import TRIES, Courier, judge
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthorized, Unavailable
from app.kit.jobs import JobState
from app.kit.locks import Locks
from app.shops.models import Shop
from tests.kit.courier import Handler, put, retry_of
from tests.kit.jobs import Errand, jobs, run_sql

pytestmark = pytest.mark.anyio


async def test_a_job_is_done_once_however_often_it_is_delivered(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id, word="a"))

    for _ in range(3):
        await courier.deliver(note)

    assert handler.served == [Errand(shop_id=shop.id, word="a")]
    [job] = await jobs(database)
    assert (job.state, job.attempts, job.error) == ("done", 1, None)
    assert job.created_at <= job.started_at <= job.finished_at


@pytest.mark.parametrize("error", [Invalid(), Conflict(), Forbidden(), NotFound(), Unauthorized()])
async def test_what_cannot_succeed_is_given_up_at_once(
    database: Database, courier: Courier, handler: Handler, shop: Shop, error: Exception
) -> None:
    handler.does = error
    note = await put(database, Errand(shop_id=shop.id))

    await courier.deliver(note)

    [job] = await jobs(database)
    assert (job.state, job.attempts, job.error_code, job.error) == ("failed", 1, error.code, error.message)  # type: ignore[attr-defined]


async def test_a_spent_budget_is_waited_for_and_not_counted_as_a_try(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = RateLimited(3582)
    note = await put(database, Errand(shop_id=shop.id))

    delay = await retry_of(courier, note)

    [job] = await jobs(database)
    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "RATE_LIMITED")
    assert timedelta(seconds=3582) <= delay <= timedelta(seconds=3582 * 1.04)
    assert abs(job.run_after - utc_now() - delay) < timedelta(seconds=2)


@pytest.mark.parametrize("error", [Unavailable(), KeyError("a bug")])
async def test_what_may_pass_is_tried_ever_more_slowly_and_given_up_in_the_end(
    database: Database, courier: Courier, handler: Handler, shop: Shop, error: Exception
) -> None:
    handler.does = error
    note = await put(database, Errand(shop_id=shop.id))

    delays = []
    for _ in range(TRIES - 1):
        delays.append(await retry_of(courier, note))
        await run_sql(database, "UPDATE jobs SET run_after = now()")
    await courier.deliver(note)

    [job] = await jobs(database)
    assert (job.state, job.attempts) == ("failed", TRIES)
    assert delays[0] < timedelta(seconds=3)
    assert delays[-1] > timedelta(seconds=60)
    assert len(handler.served) == TRIES


async def test_a_bugs_words_stay_out_of_the_job_row(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = ValueError("secret")
    await retry_of(courier, await put(database, Errand(shop_id=shop.id)))

    [job] = await jobs(database)
    assert "secret" not in str(job)
    assert job.error_code == "ValueError"


def test_backing_off_never_exceeds_a_few_minutes() -> None:
    assert judge(Unavailable(), TRIES - 1).delay < 400


async def test_two_workers_never_run_one_job_at_once(
    database: Database, courier: Courier, another: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = lambda: asyncio.sleep(0.3)
    note = await put(database, Errand(shop_id=shop.id))

    found = await asyncio.gather(
        courier.deliver(note), another.deliver(note), courier.deliver(note), return_exceptions=True
    )

    assert len(handler.served) == 1
    assert [type(outcome) for outcome in found].count(RetryRequested) == 2


async def test_two_jobs_with_one_lock_never_run_at_once(
    database: Database, courier: Courier, another: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = lambda: asyncio.sleep(0.1)
    notes = [await put(database, Errand(shop_id=shop.id, word=str(n), locked="shop")) for n in range(4)]

    async def insist(courier: Courier, note: bytes) -> None:
        while True:
            try:
                return await courier.deliver(note)
            except RetryRequested as again:
                await asyncio.sleep(again.delay.total_seconds() / 5)

    await asyncio.gather(*(insist(one, note) for one, note in zip((courier, another) * 2, notes, strict=True)))

    assert handler.most_at_once == 1
    assert len(handler.served) == 4


async def test_a_job_brought_early_waits_for_its_time(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    await run_sql(database, "UPDATE jobs SET run_after = now() + interval '50 seconds'")

    delay = await retry_of(courier, note)

    assert timedelta(seconds=45) < delay <= timedelta(seconds=50)
    assert handler.served == []


async def test_the_job_of_a_dead_worker_runs_again_and_bears_no_blame(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    await run_sql(database, "UPDATE jobs SET state = 'running', attempts = 1")

    await courier.deliver(note)

    [job] = await jobs(database)
    assert (job.state, job.attempts) == ("done", 1)


async def test_a_kind_of_another_version_is_left_to_those_who_know_it(
    database: Database, courier: Courier, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    await run_sql(database, "UPDATE jobs SET kind = 'FromTheFuture'")

    delay = await retry_of(courier, note)

    [job] = await jobs(database)
    assert (job.state, job.attempts) == ("queued", 0)
    assert delay >= timedelta(seconds=60)


async def test_a_payload_of_another_version_becomes_a_dead_letter(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    await run_sql(database, "UPDATE jobs SET payload = '{}'")

    await courier.deliver(note)

    [job] = await jobs(database)
    assert (job.state, job.error_code, handler.served) == ("failed", "JOB_UNREADABLE", [])


async def test_a_note_of_a_job_that_is_gone_is_thrown_away(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    await run_sql(database, "DELETE FROM jobs")

    await courier.deliver(note)

    assert handler.served == []


async def test_a_plain_job_keeps_its_key_while_it_runs(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    async def ask_again() -> None:
        await put(database, Errand(shop_id=shop.id, key="k"))

    handler.does = ask_again
    await courier.deliver(await put(database, Errand(shop_id=shop.id, key="k")))

    assert len(await jobs(database)) == 1


async def test_locks_are_free_after_success_and_after_failure(
    database: Database, courier: Courier, another: Courier, handler: Handler, shop: Shop
) -> None:
    handler.does = Unavailable()
    note = await put(database, Errand(shop_id=shop.id, locked="shop"))
    await retry_of(courier, note)
    handler.does = None
    await run_sql(database, "UPDATE jobs SET run_after = now()")

    await another.deliver(note)

    assert (await jobs(database))[0].state == JobState.DONE


async def test_without_a_database_the_note_is_asked_for_again(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    note = await put(database, Errand(shop_id=shop.id))
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    lost = Courier(nowhere, courier.handlers, Locks(nowhere))

    assert await retry_of(lost, note) <= timedelta(seconds=2)
    assert handler.served == []


async def test_an_outcome_that_cannot_be_written_at_first_is_written_later(
    database: Database, courier: Courier, handler: Handler, shop: Shop
) -> None:
    async def break_every_connection() -> None:
        await run_sql(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name NOT LIKE 'wbrm-locks-%'",
        )

    handler.does = break_every_connection
    await courier.deliver(await put(database, Errand(shop_id=shop.id)))

    assert [job.state for job in await jobs(database)] == ["done"]
