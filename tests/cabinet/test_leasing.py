"""What is lent to one operator is not offered to another, however many ask at once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from uuid import UUID, uuid4

import pytest

from app.cabinet.leasing import LENT, hand_out, unheld
from app.cabinet.limits import Limits
from app.cabinet.queues import MOST_COMPLAINTS, by_article, look
from app.cabinet.states import ChatState, ComplaintState
from app.cabinet.tasks import Task
from app.kit.clock import utc_now
from app.kit.db import Database, Direct
from tests.cabinet.world import World, ids
from tests.factories import Make

pytestmark = pytest.mark.anyio

NOW = utc_now()


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def taken_by(connection: Direct, world: World, token_id: UUID, now: datetime, most: int = 300) -> list[str]:
    limits = Limits(complaints_per_run=most)

    async def looking(connection: Direct) -> Sequence[Task]:
        return await look(connection, world.shop.id, token_id, limits, now=now)

    tasks = await hand_out(connection, world.shop.id, token_id, looking, now=now)
    return [task["feedback_id"] for task in tasks if task["kind"] != "reading"]


async def take(world: World, token_id: UUID, *, now: datetime = NOW, most: int = 300) -> list[str]:
    async with world.database.direct() as connection:
        return await taken_by(connection, world, token_id, now, most)


async def drafts(world: World, count: int) -> set[str]:
    feedbacks = [await world.feedback() for _ in range(count)]
    await world.draft(*feedbacks)
    return ids(*feedbacks)


async def test_eight_operators_at_once_never_get_the_same_task_and_together_get_all(world: World) -> None:
    made = await drafts(world, 40)

    rounds = await asyncio.gather(*(take(world, uuid4(), most=5) for _ in range(8)))

    assert [len(each) for each in rounds] == [5] * 8
    assert Counter(chain(*rounds)) == Counter(made)


async def test_who_comes_second_gets_the_rest(world: World) -> None:
    made = await drafts(world, MOST_COMPLAINTS + 7)

    first, second, third = [await take(world, uuid4()) for _ in range(3)]

    assert (len(first), len(second), third) == (MOST_COMPLAINTS, 7, [])
    assert {*first, *second} == made


async def test_the_same_token_sees_its_own_again_and_nothing_is_written_at_first(world: World) -> None:
    feedback, token_id = await world.feedback(), uuid4()
    await world.draft(feedback)
    first = await take(world, token_id)
    lent = await world.standing(feedback)

    async with world.database.glance() as connection:
        looking = partial(look, connection, world.shop.id, token_id, Limits())
        early = unheld(await looking(now=NOW + LENT / 2 - timedelta(seconds=1)))
        late = unheld(await looking(now=NOW + LENT / 2 + timedelta(seconds=1)))
    again = await take(world, token_id, now=NOW + timedelta(minutes=1))
    after = await world.standing(feedback)

    assert first == again == late == [feedback.wb_id]
    assert early == []
    assert (after["leased_to"], after["leased_until"]) == (token_id, NOW + LENT)
    assert lent == after


async def test_a_lease_that_is_half_over_is_renewed(world: World) -> None:
    feedback, token_id = await world.feedback(), uuid4()
    await world.draft(feedback)
    await take(world, token_id)

    await take(world, token_id, now=NOW + timedelta(minutes=10))

    assert (await world.standing(feedback))["leased_until"] == NOW + timedelta(minutes=25)


async def test_a_lease_that_is_over_frees_the_task(world: World) -> None:
    made = await drafts(world, 1)
    await take(world, uuid4())

    before = await take(world, uuid4(), now=NOW + LENT - timedelta(seconds=1))
    after = await take(world, uuid4(), now=NOW + LENT + timedelta(seconds=1))

    assert before == []
    assert set(after) == made


async def test_chats_are_lent_too_and_pages_to_read_are_not(world: World) -> None:
    chat, link, unread = [await world.feedback() for _ in range(3)]
    await world.see(chat, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.see(link, chat=ChatState.OPENED)

    first, second = [await take(world, uuid4()) for _ in range(2)]

    assert set(first) == ids(chat, link)
    assert second == []
    assert (await world.standing(unread))["leased_to"] is None


async def test_a_row_that_is_being_changed_is_left_out_and_waited_for_by_nobody(world: World) -> None:
    made = await drafts(world, 3)
    changing = min(made)

    async with world.database.direct() as connection:
        await connection.execute("SELECT FROM standings WHERE feedback_id = $1 FOR UPDATE", changing)
        handed = await asyncio.wait_for(take(world, uuid4()), timeout=5)

    assert set(handed) == made - {changing}


async def test_what_was_filed_after_it_was_looked_up_is_not_handed_out(world: World) -> None:
    feedback, unread, token_id = await world.feedback(), await world.feedback(), uuid4()
    await world.draft(feedback)

    async def looking_slowly(connection: Direct) -> Sequence[Task]:
        found = await look(connection, world.shop.id, token_id, Limits(), now=NOW)
        await world.see(feedback, complaint=ComplaintState.PENDING)
        return found

    async with world.database.direct() as connection:
        handed = await hand_out(connection, world.shop.id, token_id, looking_slowly, now=NOW)

    assert [(task["kind"], task["feedback_id"]) for task in handed] == [("reading", unread.wb_id)]
    assert by_article(handed) == {}


async def test_leases_do_not_move_the_counts(world: World) -> None:
    await drafts(world, 3)
    before = await world.counts()

    await take(world, uuid4())

    assert await world.counts() == before
    assert (await world.true_counts())["queued_complaints"] == 3
