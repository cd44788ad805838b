"""Chats of resolved feedbacks are closed, once and with a reason."""

import asyncio
from typing import Any

import pytest

from app.cabinet.applying import observe
from app.cabinet.chat_links import close_resolved
from app.cabinet.gate import Observation
from app.cabinet.states import ComplaintState, Source, Visibility
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.linked import address, chat, close, events, key_of, link, row, settle, sync_chat
from tests.cabinet.world import World
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


@pytest.mark.parametrize(
    ("seen", "reason", "words"),
    [
        ({"complaint": ComplaintState.APPROVED}, "complaint_approved", "Жалоба на отзыв одобрена"),
        ({"visibility": Visibility.HIDDEN}, "hidden", "Отзыв временно скрыт"),
        ({"visibility": Visibility.EXCLUDED}, "excluded", "Отзыв исключён из рейтинга"),
        ({"visibility": Visibility.UNPUBLISHED}, "unpublished", "Отзыв снят с публикации"),
        ({"visibility": Visibility.DELETED}, "deleted", "Отзыв удалён"),
        ({"rating_excluded": True}, "rating_excluded", "Оценка исключена из рейтинга"),
    ],
)
async def test_a_resolved_feedbacks_chat_is_closed_once_with_its_reason(
    world: World, seen: dict[str, Any], reason: str, words: str
) -> None:
    feedback, other = await world.feedback(), await world.feedback()
    linked = await link(world, key_of(feedback))
    await link(world, key_of(other), address("1:other"))
    await sync_chat(world)
    await sync_chat(world, "1:other")
    await world.see(feedback, **seen)

    closed = await close(world, feedback, other), await close(world, feedback, other)

    assert closed == (1, 0)
    kept = await row(world, linked.id)
    assert (kept["close_reason"], kept["closed_at"] is not None) == (reason, True)
    assert await chat(world) == ("closed", words, 2)
    assert await chat(world, "1:other") == ("waiting_for_us", None, 1)
    assert await events(world, "closed") == [{"reason": reason, "chat": True}]


async def test_a_chat_opened_from_a_resolved_feedback_is_closed_at_once_and_said_to_be(world: World) -> None:
    feedback = await world.feedback()
    await world.see(feedback, visibility=Visibility.HIDDEN)

    linked, again = await link(world, key_of(feedback)), await link(world, key_of(feedback))

    assert (linked.created, linked.resolved, again.resolved) == (True, "hidden", "hidden")
    assert (await row(world, linked.id))["close_reason"] == "hidden"


async def test_chats_open_and_close_at_the_same_time_without_waiting_for_each_other(world: World) -> None:
    feedbacks = [await world.feedback() for _ in range(6)]
    seen = {
        each.wb_id: Observation(source=Source.FILER, observed_at=utc_now(), rating_excluded=True) for each in feedbacks
    }

    async def resolve() -> None:
        async with world.database.direct() as connection:
            await observe(connection, world.shop.id, seen)
            await close_resolved(connection, world.shop.id, list(seen))

    openings = [
        link(world, key_of(each), address(f"1:{number}") if again else "")
        for again in (False, True)
        for number, each in enumerate(feedbacks)
    ]
    await asyncio.gather(*openings, resolve(), resolve(), settle(world), settle(world))
    await settle(world)

    async with world.database.glance() as connection:
        kept = await connection.fetch("SELECT feedback_id, chat_id, closed_at FROM chat_links")
    assert {each["feedback_id"] for each in kept} == set(seen)
    assert all(each["closed_at"] and each["chat_id"] for each in kept)
    assert await world.counts() == await world.true_counts()
