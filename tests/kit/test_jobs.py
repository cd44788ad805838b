import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.job_records import NoSuchJob, NotADeadLetter, deliver_lost, purge_done, try_again
from app.kit.jobs import Job, JobState, enqueue, enqueue_again, load
from app.shops.models import Shop
from tests.factories import Make
from tests.kit.jobs import Call, Errand, deliveries, jobs, rows, run_sql

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


async def put(database: Database, job: Job, *, delay: float = 0) -> UUID:
    async with database.transaction() as session:
        return await enqueue(session, job, delay=delay)


async def put_again(database: Database, job: Job, **how: float) -> UUID | None:
    async with database.transaction() as session:
        return await enqueue_again(session, job, **how)  # type: ignore[arg-type]


async def set_state(database: Database, state: JobState, job_id: UUID | None = None) -> None:
    await run_sql(
        database,
        "UPDATE jobs SET state = :state, finished_at = CASE WHEN :state IN ('done', 'failed') THEN now() END"
        " WHERE id = :id OR CAST(:id AS uuid) IS NULL",
        state=state.value,
        id=job_id,
    )


async def test_a_job_is_written_with_its_delivery_note(database: Database, shop: Shop) -> None:
    job_id = await put(database, Errand(shop_id=shop.id, word="слово"), delay=60)

    [job], [note] = await jobs(database), await deliveries(database)
    assert (job.id, job.kind, job.state, job.attempts) == (job_id, "Errand", "queued", 0)
    assert load(job.kind, job.payload) == Errand(shop_id=shop.id, word="слово")
    assert (note.entrypoint, note.status) == ("Errand", "queued")
    assert json.loads(note.payload) == {"shop_id": str(shop.id), "id": str(job_id)}
    assert timedelta(seconds=50) < note.due_in <= timedelta(seconds=60)


async def test_a_rolled_back_transaction_leaves_no_job_even_if_the_job_was_its_first_statement(
    database: Database, shop: Shop
) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as session:
            await enqueue(session, Errand(shop_id=shop.id))
            raise ZeroDivisionError

    assert await jobs(database) == []
    assert await deliveries(database) == []


async def test_over_the_driver_a_job_is_written_and_rolled_back_in_the_same_way(database: Database, shop: Shop) -> None:
    with suppress(ZeroDivisionError):
        async with database.direct() as connection:
            await enqueue(connection, Errand(shop_id=shop.id, word="lost"))
            raise ZeroDivisionError

    async with database.direct() as connection:
        first = await enqueue(connection, Errand(shop_id=shop.id, word="kept", key="k"))
        second = await enqueue(connection, Errand(shop_id=shop.id, word="kept", key="k"))

    [job], [note] = await jobs(database), await deliveries(database)
    assert first == second == job.id
    assert load(job.kind, job.payload) == Errand(shop_id=shop.id, word="kept", key="k")
    assert note.dedupe_key == str(job.id)


async def test_writing_a_job_notifies_nobody_for_that_would_make_such_transactions_commit_one_by_one(
    database: Database, shop: Shop
) -> None:
    heard: list[object] = []

    async with database.glance() as listening:
        await listening.add_listener("ch_pgqueuer", lambda *told: heard.append(told))
        await put(database, Errand(shop_id=shop.id))
        await put(database, Errand(shop_id=shop.id, key="k"))
        await put(database, Errand(shop_id=shop.id, key="k"))
        await asyncio.sleep(0.1)
        heard_of_jobs = list(heard)
        await run_sql(database, "SELECT pg_notify('ch_pgqueuer', 'x')")
        await asyncio.sleep(0.1)
        await listening.reset()

    assert (heard_of_jobs, len(heard)) == ([], 1)


async def test_nobody_sees_a_job_before_its_cause_is_committed(database: Database, shop: Shop) -> None:
    async with database.transaction() as session:
        await enqueue(session, Errand(shop_id=shop.id))
        seen_meanwhile = await jobs(database), await deliveries(database)

    assert seen_meanwhile == ([], [])
    assert len(await jobs(database)) == len(await deliveries(database)) == 1


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
async def test_a_live_job_with_the_same_key_stands_for_the_new_one(
    database: Database, shop: Shop, state: JobState
) -> None:
    first = await put(database, Errand(shop_id=shop.id, key="k"))
    await set_state(database, state)

    second = await put(database, Errand(shop_id=shop.id, key="k"))

    assert second == first
    assert len(await jobs(database)) == len(await deliveries(database)) == 1


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
async def test_a_finished_job_stands_for_nobody(database: Database, shop: Shop, state: JobState) -> None:
    first = await put(database, Errand(shop_id=shop.id, key="k"))
    await set_state(database, state)

    assert await put(database, Errand(shop_id=shop.id, key="k")) != first


async def test_keys_are_the_shops_own_and_jobs_without_a_key_are_all_different(make: Make, database: Database) -> None:
    shops = [await make.shop(), await make.shop()]
    for shop in shops:
        await put(database, Errand(shop_id=shop.id, key="k"))
        await put(database, Errand(shop_id=shop.id))
        await put(database, Errand(shop_id=shop.id))

    assert len(await jobs(database)) == 6


async def test_a_sooner_wish_pulls_a_queued_job_forward_and_a_later_one_does_not_push_it_back(
    database: Database, shop: Shop
) -> None:
    await put(database, Errand(shop_id=shop.id, key="k"), delay=100)
    await put(database, Errand(shop_id=shop.id, key="k"), delay=10)
    await put(database, Errand(shop_id=shop.id, key="k"), delay=50)

    [job], [note] = await jobs(database), await deliveries(database)
    assert job.run_after - utc_now() < timedelta(seconds=11)
    assert note.due_in < timedelta(seconds=11)


async def test_a_job_that_waits_because_of_trouble_is_not_pulled_forward(database: Database, shop: Shop) -> None:
    await put(database, Errand(shop_id=shop.id, key="k"), delay=3600)
    await run_sql(database, "UPDATE jobs SET error_code = 'WB_BUDGET_SPENT'")

    await put(database, Errand(shop_id=shop.id, key="k"))

    [job], [note] = await jobs(database), await deliveries(database)
    assert job.run_after - utc_now() > timedelta(minutes=59)
    assert note.due_in > timedelta(minutes=59)


async def test_many_at_once_with_one_key_make_one_job(database: Database, shop: Shop) -> None:
    found = await asyncio.gather(*(put(database, Errand(shop_id=shop.id, key="k")) for _ in range(20)))

    assert len(set(found)) == 1
    assert len(await jobs(database)) == len(await deliveries(database)) == 1


async def test_many_at_once_while_the_job_ends_lose_nothing(database: Database, shop: Shop) -> None:
    first = await put(database, Errand(shop_id=shop.id, key="k"))
    await set_state(database, JobState.RUNNING)

    async def end() -> UUID:
        await set_state(database, JobState.DONE, first)
        return first

    asked = [put(database, Errand(shop_id=shop.id, key="k")) for _ in range(8)]
    found = await asyncio.gather(*asked[:4], end(), *asked[4:])

    assert set(found) <= {job.id for job in await jobs(database)}


async def test_a_lost_delivery_is_written_again_and_a_present_one_is_left_alone(database: Database, shop: Shop) -> None:
    lost = await put(database, Errand(shop_id=shop.id, word="lost"))
    await put(database, Errand(shop_id=shop.id, word="present"))
    done = await put(database, Errand(shop_id=shop.id, word="done"))
    await set_state(database, JobState.RUNNING, lost)
    await set_state(database, JobState.DONE, done)
    await run_sql(database, "UPDATE jobs SET run_after = now() - interval '16 seconds'")
    await run_sql(database, "DELETE FROM pgqueuer WHERE dedupe_key IN (:lost, :done)", lost=str(lost), done=str(done))

    async with database.transaction() as session:
        await deliver_lost(session)
        await deliver_lost(session)

    assert len(await deliveries(database)) == 2
    assert str(lost) in {note.dedupe_key for note in await deliveries(database)}


async def test_a_job_that_is_not_due_yet_is_not_delivered_early(database: Database, shop: Shop) -> None:
    await put(database, Errand(shop_id=shop.id), delay=100)
    await run_sql(database, "DELETE FROM pgqueuer")

    async with database.transaction() as session:
        await deliver_lost(session)

    assert await deliveries(database) == []


async def test_a_dead_letter_is_tried_again_with_its_past_forgotten(database: Database, shop: Shop) -> None:
    job_id = await put(database, Errand(shop_id=shop.id, key="k"))
    await run_sql(database, "UPDATE jobs SET state = 'failed', attempts = 8, error = 'x', finished_at = now()")
    await run_sql(database, "DELETE FROM pgqueuer")

    async with database.transaction() as session:
        await try_again(session, shop.id, job_id)

    [job], [note] = await jobs(database), await deliveries(database)
    assert (job.state, job.attempts, job.error, job.finished_at) == ("queued", 0, None, None)
    assert note.dedupe_key == str(job_id)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.DONE])
async def test_only_a_dead_letter_can_be_tried_again(database: Database, shop: Shop, state: JobState) -> None:
    job_id = await put(database, Errand(shop_id=shop.id))
    await set_state(database, state)

    with pytest.raises(NotADeadLetter):
        async with database.transaction() as session:
            await try_again(session, shop.id, job_id)


async def test_another_shops_dead_letter_is_nobodys(database: Database, shop: Shop) -> None:
    job_id = await put(database, Errand(shop_id=shop.id))
    await set_state(database, JobState.FAILED)

    with pytest.raises(NoSuchJob):
        async with database.transaction() as session:
            await try_again(session, uuid4(), job_id)


async def test_a_timer_leaves_what_gave_up_alone_for_a_while_and_then_takes_its_place(
    database: Database, shop: Shop
) -> None:
    job = Errand(shop_id=shop.id, key="k")
    await put(database, job)
    await set_state(database, JobState.FAILED)

    assert await put_again(database, job, rest=60) is None

    await run_sql(database, "UPDATE jobs SET finished_at = now() - interval '61 seconds'")
    assert await put_again(database, job, rest=60) is not None
    assert [row.state for row in await jobs(database)] == ["queued"]


async def test_a_cure_ends_the_rest_of_what_gave_up(database: Database, shop: Shop) -> None:
    job = Errand(shop_id=shop.id, key="k")
    await put(database, job)
    await set_state(database, JobState.FAILED)

    async with database.transaction() as session:
        found = await enqueue_again(session, job, rest=3600, cured_at=utc_now() + timedelta(seconds=1))

    assert found is not None


async def test_what_went_well_is_forgotten_after_a_week_and_dead_letters_stay(database: Database, shop: Shop) -> None:
    for age, state in ((8, "done"), (6, "done"), (8, "failed"), (8, "queued")):
        job_id = await put(database, Errand(shop_id=shop.id, word=f"{state} {age}"))
        await run_sql(
            database,
            "UPDATE jobs SET state = :state, finished_at = now() - make_interval(days => :age) WHERE id = :id",
            state=state, age=age, id=job_id,
        )  # fmt: skip

    async with database.transaction() as session:
        await purge_done(session)

    left = await rows(database, "SELECT payload ->> 'word' AS word FROM jobs ORDER BY 1")
    assert [row.word for row in left] == ["done 6", "failed 8", "queued 8"]


def test_fields_of_another_version_are_dropped_and_ids_come_back_as_ids() -> None:
    shop_id = uuid4()

    assert load("Call", {"shop_id": str(shop_id), "gone": 1}) == Call(shop_id=shop_id)
