"""POST /stores/{storeId}/reviews/reparse."""

from typing import Any

import httpx
import pytest

from app.cabinet.states import ChatState, ComplaintState, Visibility
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Role
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def reparse(client: httpx.AsyncClient, world: World, body: Any = None) -> httpx.Response:
    url = f"/stores/{world.shop.id}/reviews/reparse"
    return await (client.post(url) if body is None else client.post(url, json=body))


async def test_read_pages_are_to_be_read_again_and_nothing_is_erased(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    read = await world.feedback(rating=4)
    await world.see(read, complaint=ComplaintState.REJECTED, chat=ChatState.UNAVAILABLE, can_submit=False)
    before = dict(await world.standing(read))

    answer = await reparse(client, world)

    found = answer.json()
    assert answer.status_code == 200
    assert (found["success"], found["message"]) == (True, "Будут прочитаны заново: 1.")
    assert isinstance(found["elapsed"], int)
    assert found["data"] == {"reset": 1, "skipped": 0, "skippedReasons": {}, "total": 1}
    assert dict(await world.standing(read)) == {**before, "read_again": True, "queued_reading": True}
    assert (await world.counts())["queued_readings"] == 1 == (await world.true_counts())["queued_readings"]


async def test_a_second_request_finds_them_waiting(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.see(await world.feedback())
    await reparse(client, world)

    found = (await reparse(client, world)).json()["data"]

    assert found == {"reset": 0, "skipped": 1, "skippedReasons": {"waiting": 1}, "total": 1}
    assert (await world.counts())["queued_readings"] == 1


async def test_what_a_reading_would_not_change_is_skipped_with_a_reason(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    approved, deleted, shared, draft, unread = [await world.feedback() for _ in range(5)]
    await world.see(approved, complaint=ComplaintState.APPROVED)
    await world.see(deleted, visibility=Visibility.DELETED)
    await world.change(shared, key_shared=True)
    await world.draft(draft)
    await world.rule(NM + 1, complaint_ratings=[], chats=False)
    await world.see(await world.feedback(nm_id=NM + 1))

    found = (await reparse(client, world)).json()["data"]

    assert found["skippedReasons"] == {
        "resolved": 1, "deleted": 1, "ambiguous": 1, "draft": 1, "waiting": 1, "not_allowed": 1,
    }  # fmt: skip
    assert (found["reset"], found["skipped"], found["total"]) == (0, 6, 6)
    assert not (await world.standing(unread))["read_again"]


async def test_five_stars_and_products_out_of_work_are_out_of_scope(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.see(await world.feedback(rating=5), await world.feedback(nm_id=NM + 1))

    assert (await reparse(client, world)).json()["data"]["total"] == 0


@pytest.mark.parametrize(
    ("nm_ids", "reset"), [([NM], 1), ([str(NM)], 1), ([NM, NM + 1, 5], 2), ([], 0), ([5], 0), (None, 2)]
)
async def test_products_may_be_named(extension: Extension, world: World, nm_ids: Any, reset: int) -> None:
    client = await extension.client(world.shop)
    await world.rule(NM + 1)
    await world.see(await world.feedback(), await world.feedback(nm_id=NM + 1))

    found = (await reparse(client, world, {"nmIds": nm_ids})).json()

    assert found["data"]["reset"] == reset


async def test_exactly_two_thousand_are_taken_and_one_more_is_not(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.see(await world.feedback())
    async with world.database.direct() as connection:
        await connection.execute(
            "ALTER TABLE standings DISABLE TRIGGER ALL; "
            "INSERT INTO standings (shop_id, feedback_id, nm_id, rating, written_at, has_words, complaint_possible, "
            "key_shared, in_work, complaint_allowed, chat_allowed, page_read_at) "
            "SELECT shop_id, 'x' || n, nm_id, rating, written_at, true, true, false, true, true, true, now() "
            "FROM standings, generate_series(1, 1999) n; ALTER TABLE standings ENABLE TRIGGER ALL"
        )
    await world.true_counts()

    taken = await reparse(client, world)
    one_more = await world.feedback()
    await world.see(one_more)
    refused = await reparse(client, world)

    assert taken.json()["data"]["reset"] == 2000
    assert (refused.status_code, code_of(refused)) == (400, "VALIDATION_ERROR")
    assert not (await world.standing(one_more))["read_again"]
    assert (refused.json()["total"], refused.json()["limit"]) == (2001, 2000)


@pytest.mark.parametrize("body", [b"{", b'{"nmIds": "all"}', b'{"nmIds": ["x"]}', b'{"nmIds": [-1]}', b"[]", b"\xff"])
async def test_an_unreadable_body_marks_nothing(extension: Extension, world: World, body: bytes) -> None:
    client = await extension.client(world.shop)
    feedback = await world.feedback()
    await world.see(feedback)

    answer = await client.post(f"/stores/{world.shop.id}/reviews/reparse", content=body)

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")
    assert (answer.json()["total"], answer.json()["limit"]) == (0, 2000)
    assert not (await world.standing(feedback))["read_again"]


async def test_a_viewer_and_a_stranger_mark_nothing(extension: Extension, world: World, make: Make) -> None:
    feedback = await world.feedback()
    await world.see(feedback, observed_at=utc_now())
    viewer, stranger = await extension.client(world.shop, role=Role.VIEWER), await extension.client(await make.shop())

    answers = [await reparse(client, world) for client in (viewer, stranger)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not (await world.standing(feedback))["read_again"]
