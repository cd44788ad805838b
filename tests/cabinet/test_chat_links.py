"""Chats and feedbacks belong together: one to one, whatever arrives twice or at the same time."""

import asyncio
from datetime import timedelta

import pytest

from app.cabinet.chat_opening import OpenedChat
from app.cabinet.matching import FeedbackKey, utc_minute
from app.cabinet.states import ChatState, Visibility
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.linked import CHAT, address, events, key_of, link, row
from tests.cabinet.world import NM, World
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def test_a_first_call_links_tells_the_gate_and_takes_the_chat_off_the_queues(world: World) -> None:
    feedback = await world.feedback(rating=4)
    await world.see(feedback, chat=ChatState.AVAILABLE, visibility=Visibility.VISIBLE)
    before = await world.counts()

    linked = await link(world, key_of(feedback))

    standing, kept = await world.standing(feedback), await row(world, linked.id)
    assert (linked.created, linked.feedback_id, linked.resolved) == (True, feedback.wb_id, None)
    assert (kept["chat_id"], kept["feedback_id"], kept["status"]) == (CHAT, feedback.wb_id, "CHAT_OPENED")
    assert (standing["chat"], standing["chat_linked"]) == ("opened", True)
    assert (before["queued_chats"], (await world.counts())["queued_chats"]) == (1, 0)
    assert not standing["queued_link"]
    assert await world.counts() == await world.true_counts()


async def test_a_chat_that_the_page_shows_opened_leaves_the_link_queue_when_it_is_linked(world: World) -> None:
    feedback = await world.feedback(rating=2)
    await world.see(feedback, chat=ChatState.OPENED)
    queued = (await world.standing(feedback))["queued_link"]

    await link(world, key_of(feedback))

    assert queued
    assert not (await world.standing(feedback))["queued_link"]
    assert await world.counts() == await world.true_counts()


async def test_the_same_call_again_is_known_and_appends_nothing(world: World) -> None:
    feedback = await world.feedback()
    first = await link(world, key_of(feedback))

    again = await link(world, key_of(feedback))

    assert (again.id, again.created, again.feedback_id) == (first.id, False, feedback.wb_id)
    assert len(await events(world, "opened")) == 1


@pytest.mark.parametrize("known", [True, False])
async def test_of_eight_equal_calls_at_once_one_creates(world: World, known: bool) -> None:
    feedback = await world.feedback()
    key = key_of(feedback) if known else key_of(feedback, minutes=30)

    links = await asyncio.gather(*(link(world, key) for _ in range(8)))

    assert len({each.id for each in links}) == 1
    assert sorted(each.created for each in links) == [False] * 7 + [True]
    assert len(await events(world, "opened")) == 1
    assert await world.counts() == await world.true_counts()


async def test_of_eight_calls_of_one_chat_from_different_feedbacks_one_creates(world: World) -> None:
    feedbacks = [await world.feedback() for _ in range(8)]

    links = await asyncio.gather(*(link(world, key_of(each)) for each in feedbacks))

    assert len({each.id for each in links}) == 1
    assert sum(each.created for each in links) == 1
    assert await world.counts() == await world.true_counts()


async def test_an_address_without_an_id_is_filled_in_by_a_later_call(world: World) -> None:
    feedback = await world.feedback()
    bare = "https://seller.wildberries.ru/chat-with-clients"
    first = await link(world, key_of(feedback), bare)

    then = await link(world, key_of(feedback))
    later = await link(world, key_of(feedback), bare)

    assert [then.id, later.id] == [first.id] * 2
    assert not then.created
    assert (await row(world, first.id))["chat_id"] == CHAT
    assert (await row(world, first.id))["chat_url"] == address()


async def test_one_filling_in_wins_when_two_links_learn_of_the_same_chat_at_once(world: World) -> None:
    feedbacks = [await world.feedback(), await world.feedback()]
    for each in feedbacks:
        await link(world, key_of(each), "")

    links = await asyncio.gather(*(link(world, key_of(each)) for each in feedbacks))

    async with world.database.glance() as connection:
        ids = [each["chat_id"] for each in await connection.fetch("SELECT chat_id FROM chat_links")]
    assert sorted(ids, key=str) == [CHAT, None]
    assert len({each.id for each in links}) == 1


@pytest.mark.parametrize(
    ("url", "chat_id"),
    [
        ("https://x.ru/?chatId=1%3Aabc", "1:abc"), ("https://x.ru/?a=1&chatId=1:abc&b=2", "1:abc"),
        ("https://x.ru/#/chat?chatid=1:abc", "1:abc"), ("https://x.ru/?chatId=", None), ("https://x.ru/", None),
        ("", None), ("https://x.ru/?chatId=%00%20", None), ("https://x.ru/?notchatId=5", None),
        ("https://x.ru/?chatId=0F2B6A52-0b36-4b4c-9b3d-3f5ad6a3f9a1", CHAT),
    ],
)  # fmt: skip
def test_the_chats_id_is_read_off_its_address(url: str, chat_id: str | None) -> None:
    opened = OpenedChat(key=FeedbackKey(1, 1, utc_now()), chat_url=url, status="", opened_at=utc_now())

    assert opened.chat_id == chat_id


async def test_a_feedback_within_two_minutes_is_meant_when_it_is_the_only_one(world: World) -> None:
    alone = await world.feedback(minutes=100)
    for minutes in (200, 203):
        await world.feedback(minutes=minutes)

    near = await link(world, key_of(alone, minutes=2), "")
    between = await link(world, FeedbackKey(NM, 1, utc_minute(utc_now() - timedelta(minutes=202))), "")
    far = await link(world, key_of(alone, minutes=-3), "")

    assert near.feedback_id == alone.wb_id
    assert (between.created, between.feedback_id) == (True, None)
    assert far.feedback_id is None


async def test_two_spellings_of_one_minute_are_one_link(world: World) -> None:
    feedback = await world.feedback()
    first = await link(world, key_of(feedback), "")

    near = await link(world, key_of(feedback, minutes=1))

    assert (near.id, near.created) == (first.id, False)
    assert (await row(world, first.id))["chat_id"] == CHAT


async def test_two_feedbacks_of_one_key_get_no_link_of_their_own(world: World) -> None:
    twins = [await world.feedback(minutes=50), await world.feedback(minutes=50)]
    await world.refresh(*twins)

    linked = await link(world, key_of(twins[0]))

    assert (linked.created, linked.feedback_id) == (True, None)
    assert [(await world.standing(each))["chat"] for each in twins] == ["unknown"] * 2
