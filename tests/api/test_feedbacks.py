"""The dashboard's main job over HTTP: list, draft, edit, approve, withdraw, history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.feedbacks.models import SyncPhase, SyncState
from app.kit.db import Database
from app.replies.models import ReplyState
from app.shops.models import Role
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def test_the_list_pages_through_everything_once(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    same_moment = datetime.now(UTC) - timedelta(days=1)
    for _ in range(7):
        await make.feedback(shop, written_at=same_moment)
    client = await clients.of(owner)

    seen: list[str] = []
    cursor: str | None = None
    totals = []
    while True:
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"/api/feedbacks/{shop.id}", params=params)).json()
        seen += [item["wb_id"] for item in page["items"]]
        totals.append(page["total"])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 7
    assert totals == [{"count": 7, "more": False}, None, None]


async def test_filters_and_badges_agree(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    await make.feedback(shop, rating=1, text="Пришла рваная куртка")
    drafted = await make.feedback(shop, rating=5)
    await make.reply(drafted)
    await make.feedback(shop, text="", rating=4)
    client = await clients.of(owner)

    page = (await client.get(f"/api/feedbacks/{shop.id}", params={"counts": "true"})).json()
    drafts = (await client.get(f"/api/feedbacks/{shop.id}", params={"state": "draft"})).json()
    torn = (await client.get(f"/api/feedbacks/{shop.id}", params={"search": "рваные куртки"})).json()

    assert page["views"]["waiting"]["count"] == 1
    assert page["views"]["draft"]["count"] == drafts["total"]["count"] == 1
    assert drafts["items"][0]["reply"]["text"] == "Спасибо за отзыв!"
    assert [item["rating"] for item in torn["items"]] == [1]


@pytest.mark.parametrize(
    "params",
    [{"cursor": "мусор"}, {"cursor": "bm9w"}, {"limit": "101"}, {"rating": "6"}, {"state": "gone"}, {"nonsense": "1"}],
)
async def test_bad_questions_are_refused_in_russian(clients: Clients, make: Make, params: dict[str, str]) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)

    answer = await (await clients.of(owner)).get(f"/api/feedbacks/{shop.id}", params=params)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


async def test_a_person_writes_edits_and_approves_just_what_he_saw(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop)
    client, url = await clients.of(owner), f"/api/feedbacks/{shop.id}/{feedback.wb_id}"

    written = await client.put(f"{url}/reply", json={"text": "Спасибо за тёплые слова!", "version": 0})
    edited = await client.put(f"{url}/reply", json={"text": "Спасибо, приходите ещё!", "version": 1})
    stale = await client.put(f"{url}/reply", json={"text": "Опоздавшая правка", "version": 1})
    approved_stale = await client.post(f"{url}/publish", json={"version": 1})
    approved = await client.post(f"{url}/publish", json={"version": 2})
    twice = await client.post(f"{url}/publish", json={"version": 2})
    history = (await client.get(f"{url}/history")).json()

    assert written.json()["reply"]["version"] == 1
    assert edited.json()["reply"]["text"] == "Спасибо, приходите ещё!"
    assert (stale.status_code, code_of(stale)) == (409, "STALE_VERSION")
    assert (approved_stale.status_code, code_of(approved_stale)) == (409, "STALE_VERSION")
    assert (approved.status_code, twice.status_code) == (202, 202)
    assert approved.json()["reply"]["state"] == "approved"
    assert [(event["to_state"], event["text"]) for event in history] == [
        ("draft", "Спасибо за тёплые слова!"),
        ("draft", "Спасибо, приходите ещё!"),
        ("approved", "Спасибо, приходите ещё!"),
    ]
    jobs = (await client.get("/api/jobs", params={"state": "queued"})).json()
    assert [job["kind"] for job in jobs if job["kind"] == "PublishReply"] == ["PublishReply"]


async def test_what_must_not_be_said_is_kept_but_not_published(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop)
    client, url = await clients.of(owner), f"/api/feedbacks/{shop.id}/{feedback.wb_id}"

    written = await client.put(f"{url}/reply", json={"text": "Позвоните: 8 900 123-45-67", "version": 0})
    refused = await client.post(f"{url}/publish", json={"version": 1})

    assert written.json()["reply"]["needs_human"] is True
    assert (refused.status_code, code_of(refused)) == (422, "PUBLICATION_BLOCKED")
    assert refused.json()["error"]["details"][0]["field"] == "text"
    assert "900" in refused.json()["error"]["details"][0]["message"]


async def test_an_approval_can_be_taken_back_until_it_is_sent(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    waiting = await make.reply(await make.feedback(shop), state=ReplyState.APPROVED)
    sent = await make.reply(await make.feedback(shop), state=ReplyState.SENT)
    client = await clients.of(owner)

    back = await client.post(f"/api/feedbacks/{shop.id}/{waiting.feedback_id}/withdraw")
    late = await client.post(f"/api/feedbacks/{shop.id}/{sent.feedback_id}/withdraw")

    assert back.json()["reply"]["state"] == "draft"
    assert (late.status_code, code_of(late)) == (409, "WRONG_STATE")


async def test_the_only_edit_is_a_budget_that_everybody_sees(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    shown: dict[str, Any] = {"answer_text": "Спасибо!", "answer_state": "wbRu"}
    feedback = await make.feedback(shop, answer_editable=True, **shown)
    spent = await make.feedback(shop, answer_editable=False, **shown)
    await make.reply(feedback, text="Спасибо!", state=ReplyState.PUBLISHED, sent_at=datetime.now(UTC))
    client = await clients.of(owner)
    url = f"/api/feedbacks/{shop.id}/{feedback.wb_id}"

    before = (await client.get(url)).json()["edit_budget"]
    begun = await client.put(f"{url}/reply", json={"text": "Большое спасибо!", "version": 1})
    refused = await client.put(f"/api/feedbacks/{shop.id}/{spent.wb_id}/reply", json={"text": "Ещё раз", "version": 0})

    assert before["left"] == 1
    assert before["until"] is not None
    assert begun.json()["reply"]["revision"] == 2
    assert begun.json()["edit_budget"]["left"] == 0
    assert (refused.status_code, code_of(refused)) == (409, "EDIT_UNAVAILABLE")


async def test_two_syncs_asked_for_at_once_are_one(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client = await clients.of(owner)

    first = await client.post(f"/api/feedbacks/{shop.id}/sync")
    second = await client.post(f"/api/feedbacks/{shop.id}/sync")
    nothing_yet = (await client.get(f"/api/feedbacks/{shop.id}/sync")).json()
    async with database.transaction() as session:
        now = datetime.now(UTC)
        state = SyncState(shop_id=shop.id, phase=SyncPhase.PROCESSED, next_sync_at=now, pages=3, rows=15_000)
        state.total_estimate, state.started_at, state.progressed_at = 40_000, now, now
        session.add(state)
    running = (await client.get(f"/api/feedbacks/{shop.id}/sync")).json()

    assert first.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    assert nothing_yet["phase"] == "idle"
    assert (running["pages"], running["rows"]) == (3, 15_000)
    assert running["eta_seconds"] == pytest.approx(5 * 0.34, abs=0.1)


async def test_a_viewer_reads_and_writes_nothing(clients: Clients, make: Make) -> None:
    shop = await make.shop()
    feedback = await make.feedback(shop)
    viewer = await clients.member(shop, Role.VIEWER)
    url = f"/api/feedbacks/{shop.id}/{feedback.wb_id}"

    seen = await viewer.get(url)
    refused = [
        await viewer.put(f"{url}/reply", json={"text": "Спасибо!", "version": 0}),
        await viewer.post(f"{url}/publish", json={"version": 1}),
        await viewer.post(f"{url}/draft"),
        await viewer.post(f"{url}/withdraw"),
        await viewer.post(f"/api/feedbacks/{shop.id}/sync"),
    ]

    assert seen.status_code == 200
    assert {answer.status_code for answer in refused} == {403}


async def test_nothing_of_another_shop_is_reached_through_ones_own(clients: Clients, make: Make) -> None:
    owner = await make.user()
    mine, foreign = await make.shop(owner=owner), await make.shop()
    theirs = await make.feedback(foreign, text="Секрет соседа")
    await make.reply(theirs)
    client = await clients.of(owner)
    job = (await (await clients.member(foreign, Role.MANAGER)).post(f"/api/feedbacks/{foreign.id}/sync")).json()

    listed = await client.get(f"/api/feedbacks/{mine.id}", params={"search": "секрет"})
    jobs = await client.get("/api/jobs", params={"shop_id": str(foreign.id)})
    refused = [
        await client.get(f"/api/feedbacks/{mine.id}/{theirs.wb_id}"),
        await client.get(f"/api/feedbacks/{mine.id}/{theirs.wb_id}/history"),
        await client.put(f"/api/feedbacks/{mine.id}/{theirs.wb_id}/reply", json={"text": "Да", "version": 1}),
        await client.post(f"/api/feedbacks/{mine.id}/{theirs.wb_id}/publish", json={"version": 1}),
        await client.post(f"/api/feedbacks/{mine.id}/{theirs.wb_id}/draft"),
        await client.get(f"/api/jobs/{job['id']}"),
        await client.post(f"/api/jobs/{job['id']}/retry"),
    ]

    assert listed.json()["items"] == []
    assert jobs.json() == []
    assert {answer.status_code for answer in refused} == {404}
