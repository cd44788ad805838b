"""What the extension told of a chat: the latest on its record, everything in the history."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.cabinet.chat_records import Anchor, ChatRecordNotFound, SentMessage, Trouble, note, shop_of_record
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.linked import ACTOR, CHAT, address, events, key_of, link, row
from tests.cabinet.world import NM, World
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def test_a_chat_linked_elsewhere_keeps_its_link_and_is_asked_for_no_more(world: World) -> None:
    feedback, other = await world.feedback(), await world.feedback()
    first = await link(world, key_of(feedback))

    second = await link(world, key_of(other))

    assert (second.id, second.created, second.feedback_id) == (first.id, False, feedback.wb_id)
    assert (await world.standing(other))["chat_linked"]
    assert (await row(world, first.id))["feedback_id"] == feedback.wb_id


async def test_a_key_keeps_its_first_chat(world: World) -> None:
    feedback = await world.feedback()
    first = await link(world, key_of(feedback))

    second = await link(world, key_of(feedback), address("1:another"))

    assert second.id == first.id
    assert (await row(world, first.id))["chat_id"] == CHAT


async def keep(world: World, record: UUID, said: Anchor | SentMessage | Trouble) -> None:
    async with world.database.direct() as connection:
        await note(connection, world.shop.id, record, said, actor=ACTOR, now=utc_now())


async def test_the_record_shows_what_is_latest_by_its_own_time_and_the_history_everything(world: World) -> None:
    linked = await link(world, key_of(await world.feedback()))
    noon = datetime(2026, 2, 1, 12, tzinfo=UTC)
    found = Anchor(status="ANCHOR_FOUND", text="Чат о товаре", nm_id=NM, title="Свитер", at=noon)
    missed = Anchor(status="ANCHOR_NOT_FOUND", text="", nm_id=None, title="", at=noon - timedelta(minutes=1))

    await keep(world, linked.id, found)
    await keep(world, linked.id, missed)
    await keep(world, linked.id, SentMessage(status="MESSAGE_SENT", type="first", at=noon))
    await keep(world, linked.id, Trouble(code="E1", message="Нет кнопки", stage="отправка", at=None))

    kept = await row(world, linked.id)
    assert (kept["anchor_status"], kept["anchor_text"], kept["anchor_nm_id"]) == ("ANCHOR_FOUND", "Чат о товаре", NM)
    assert (kept["anchor_title"], kept["anchor_at"]) == ("Свитер", noon)
    assert (kept["message_status"], kept["message_type"], kept["message_at"]) == ("MESSAGE_SENT", "first", noon)
    assert (kept["error_code"], kept["error_message"], kept["error_stage"]) == ("E1", "Нет кнопки", "отправка")
    assert [each["status"] for each in await events(world, "anchor")] == ["ANCHOR_FOUND", "ANCHOR_NOT_FOUND"]
    assert (len(await events(world, "message")), len(await events(world, "error"))) == (1, 1)


async def test_an_identical_repeat_within_a_second_is_not_appended_twice(world: World) -> None:
    linked = await link(world, key_of(await world.feedback()))
    said = SentMessage(status="SKIPPED", type="first", at=None)

    await asyncio.gather(*(keep(world, linked.id, said) for _ in range(8)))
    at_once = len(await events(world, "message"))
    async with world.database.direct() as connection:
        await connection.execute("UPDATE chat_link_events SET at = at - interval '2 seconds'")
    await keep(world, linked.id, said)

    assert at_once == 1
    assert len(await events(world, "message")) == 2


async def test_a_record_is_found_among_the_callers_shops_only(world: World, make: Make) -> None:
    linked = await link(world, key_of(await world.feedback()))
    other = await make.shop()

    async with world.database.glance() as connection:
        found = await shop_of_record(connection, linked.id, [other.id, world.shop.id])
        for record, shops in ((linked.id, [other.id]), (linked.id, []), (uuid4(), [world.shop.id])):
            with pytest.raises(ChatRecordNotFound):
                await shop_of_record(connection, record, shops)

    assert found == world.shop.id
