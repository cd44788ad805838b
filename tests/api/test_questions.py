"""Questions over HTTP: list, draft, edit, approve, reject, view, history, sync."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.accounts.models import User
from app.kit.db import Database
from app.questions.models import Question, QuestionSync
from app.replies.models import ReplyState
from app.shops.models import Role, Shop
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
WORDS = "Здравствуйте! Да, подкладка есть."
ANSWERED: dict[str, Any] = {"answer_text": WORDS, "answer_editable": True, "wb_state": "wbRu"}


@pytest.fixture
async def owner(make: Make) -> User:
    return await make.user()


@pytest.fixture
async def shop(make: Make, owner: User) -> Shop:
    return await make.shop(owner=owner)


@pytest.fixture
async def client(clients: Clients, owner: User) -> httpx.AsyncClient:
    return await clients.of(owner)


def url_of(question: Question) -> str:
    return f"/api/questions/{question.shop_id}/{question.wb_id}"


async def jobs(client: httpx.AsyncClient, kind: str) -> list[dict[str, Any]]:
    return [job for job in (await client.get("/api/jobs")).json() if job["kind"] == kind]


async def test_the_list_pages_through_everything_once(client: httpx.AsyncClient, shop: Shop, make: Make) -> None:
    same_moment = datetime.now(UTC) - timedelta(days=1)
    for _ in range(7):
        await make.question(shop, written_at=same_moment)

    seen: list[str] = []
    totals: list[object] = []
    cursor = None
    while cursor is not None or not totals:
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"/api/questions/{shop.id}", params=params)).json()
        seen += [item["wb_id"] for item in page["items"]]
        totals.append(page["total"])
        cursor = page["next_cursor"]

    assert len(seen) == len(set(seen)) == 7
    assert totals == [{"count": 7, "more": False}, None, None]


async def test_filters_and_badges_agree(client: httpx.AsyncClient, shop: Shop, make: Make) -> None:
    await make.question(shop, text="Какая длина?")
    await make.reply(await make.question(shop), text=WORDS)
    await make.question(shop, **ANSWERED)
    await make.question(shop, wb_state="none")
    url = f"/api/questions/{shop.id}"

    page = (await client.get(url, params={"counts": "true"})).json()
    drafts = (await client.get(url, params={"state": "draft"})).json()
    counts = {
        kind: (await client.get(url, params={"answered": kind})).json()["total"]["count"]
        for kind in ("yes", "no", "rejected")
    }
    found = (await client.get(url, params={"search": "длины"})).json()

    assert page["views"]["waiting"]["count"] == 1
    assert page["views"]["draft"]["count"] == drafts["total"]["count"] == 1
    assert drafts["items"][0]["reply"]["text"] == WORDS
    assert counts == {"yes": 1, "no": 2, "rejected": 1}
    assert [item["text"] for item in found["items"]] == ["Какая длина?"]


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "мусор"}, {"limit": "101"}, {"state": "gone"}, {"answered": "maybe"}, {"nonsense": "1"},
        {"product": "0"}, {"since": "вчера"},
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_in_russian(
    client: httpx.AsyncClient, shop: Shop, params: dict[str, str]
) -> None:
    answer = await client.get(f"/api/questions/{shop.id}", params=params)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


async def test_a_question_is_shown_with_its_answer_and_its_budget(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    answered_at = datetime.now(UTC) - timedelta(days=1)
    question = await make.question(shop, **ANSWERED, answered_at=answered_at)
    late = await make.question(shop, **ANSWERED, answered_at=answered_at - timedelta(days=60))

    shown = (await client.get(url_of(question))).json()
    too_late = (await client.get(url_of(late))).json()

    assert shown["answer"]["text"] == WORDS
    assert shown["edit_budget"]["left"] == 1
    assert datetime.fromisoformat(shown["edit_budget"]["until"]) == answered_at + timedelta(days=60)
    assert too_late["edit_budget"]["left"] == 0
    assert "buyer_name" not in shown


async def test_a_person_writes_edits_and_approves_just_what_he_saw(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    url = url_of(await make.question(shop))

    written = await client.put(f"{url}/reply", json={"text": "Да.", "version": 0})
    edited = await client.put(f"{url}/reply", json={"text": WORDS, "version": 1})
    stale = await client.put(f"{url}/reply", json={"text": "Опоздавшая правка", "version": 1})
    approved_stale = await client.post(f"{url}/publish", json={"version": 1})
    approved = await client.post(f"{url}/publish", json={"version": 2})
    history = (await client.get(f"{url}/history")).json()
    back = await client.post(f"{url}/withdraw")

    assert written.json()["reply"]["version"] == 1
    assert edited.json()["reply"]["text"] == WORDS
    assert (stale.status_code, code_of(stale)) == (409, "STALE_VERSION")
    assert (approved_stale.status_code, code_of(approved_stale)) == (409, "STALE_VERSION")
    assert (approved.status_code, approved.json()["reply"]["state"]) == (202, "approved")
    assert [(event["to_state"], event["text"]) for event in history] == [
        ("draft", "Да."), ("draft", WORDS), ("approved", WORDS),
    ]  # fmt: skip
    assert len(await jobs(client, "PublishReply")) == 1
    assert back.json()["reply"]["state"] == "draft"


async def test_what_must_not_be_said_is_kept_but_neither_published_nor_a_reason_to_reject(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    url, words = url_of(await make.question(shop)), "Позвоните: 8 900 123-45-67"

    written = await client.put(f"{url}/reply", json={"text": words, "version": 0})
    refused = await client.post(f"{url}/publish", json={"version": 1})
    rejected = await client.post(f"{url}/reject", json={"text": words, "version": 1})
    shown = (await client.get(url)).json()["reply"]

    assert written.json()["reply"]["needs_human"] is True
    assert (refused.status_code, code_of(refused)) == (422, "PUBLICATION_BLOCKED")
    assert (rejected.status_code, code_of(rejected)) == (422, "PUBLICATION_BLOCKED")
    assert (shown["state"], shown["rejects"], shown["version"]) == ("draft", False, 1)


async def test_a_question_is_rejected_with_words_and_a_draft_makes_way(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    fresh, drafted = await make.question(shop), await make.question(shop)
    await make.reply(drafted, text=WORDS)
    body = {"text": "Вопрос не о товаре.", "version": 0}

    rejected = await client.post(f"{url_of(fresh)}/reject", json=body)
    stale = await client.post(f"{url_of(drafted)}/reject", json=body)
    instead = await client.post(f"{url_of(drafted)}/reject", json={**body, "version": 1})
    history = (await client.get(f"{url_of(drafted)}/history")).json()

    assert rejected.status_code == 202
    assert (rejected.json()["reply"]["state"], rejected.json()["reply"]["rejects"]) == ("approved", True)
    assert (stale.status_code, code_of(stale)) == (409, "STALE_VERSION")
    assert instead.json()["reply"]["rejects"] is True
    assert WORDS in [event["text"] for event in history]
    assert len(await jobs(client, "PublishReply")) == 2


@pytest.mark.parametrize("with_reply", [True, False])
async def test_what_is_answered_can_no_longer_be_rejected(
    client: httpx.AsyncClient, shop: Shop, make: Make, with_reply: bool
) -> None:
    question = await make.question(shop, **ANSWERED)
    if with_reply:
        await make.reply(question, text=WORDS, state=ReplyState.PUBLISHED)

    refused = await client.post(f"{url_of(question)}/reject", json={"text": "Нет.", "version": int(with_reply)})

    assert (refused.status_code, code_of(refused)) == (409, "QUESTION_ANSWERED")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("wb_state = 'none', answer_text = 'Не о товаре'", "QUESTION_REJECTED"),
        ("deleted_at = now()", "QUESTION_DELETED"),
    ],
)
async def test_under_a_rejected_or_deleted_question_nothing_more_is_said(
    client: httpx.AsyncClient, shop: Shop, make: Make, database: Database, change: str, code: str
) -> None:
    url = url_of(await make.question(shop))
    async with database.transaction() as session:
        await session.execute(text(f"UPDATE questions SET {change}"))

    refused = [
        await client.put(f"{url}/reply", json={"text": WORDS, "version": 0}),
        await client.post(f"{url}/draft"),
        await client.post(f"{url}/reject", json={"text": "Нет.", "version": 0}),
    ]

    assert {(answer.status_code, code_of(answer)) for answer in refused} == {(409, code)}
    assert (await client.get(url)).json()["edit_budget"]["left"] == 0


async def test_the_only_edit_is_a_budget(client: httpx.AsyncClient, shop: Shop, make: Make) -> None:
    question = await make.question(shop, **ANSWERED)
    await make.reply(question, text=WORDS, state=ReplyState.PUBLISHED, sent_at=datetime.now(UTC))
    spent = await make.question(shop, **{**ANSWERED, "answer_editable": False})

    begun = await client.put(f"{url_of(question)}/reply", json={"text": "Здравствуйте! Есть.", "version": 1})
    refused = await client.put(f"{url_of(spent)}/reply", json={"text": "Ещё раз", "version": 0})

    assert begun.json()["reply"]["revision"] == 2
    assert begun.json()["edit_budget"]["left"] == 0
    assert (refused.status_code, code_of(refused)) == (409, "EDIT_UNAVAILABLE")


async def test_drafts_views_and_syncs_are_jobs_and_asked_twice_they_are_one(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    url = url_of(await make.question(shop))

    for path in (f"{url}/draft", f"{url}/view", f"/api/questions/{shop.id}/sync"):
        first, second = await client.post(path), await client.post(path)
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] == second.json()["id"]

    assert len(await jobs(client, "DraftReply")) == 1
    assert len(await jobs(client, "ViewQuestion")) == 1
    assert len(await jobs(client, "SyncQuestions")) == 1


async def test_how_far_a_sync_has_come(client: httpx.AsyncClient, shop: Shop, database: Database) -> None:
    nothing_yet = await client.get(f"/api/questions/{shop.id}/sync")
    async with database.transaction() as session:
        session.add(QuestionSync(shop_id=shop.id, running=True, pages=3, rows=900, next_sync_at=datetime.now(UTC)))
    running = (await client.get(f"/api/questions/{shop.id}/sync")).json()

    assert nothing_yet.json() is None
    assert (running["running"], running["pages"], running["rows"]) == (True, 3, 900)


async def test_a_viewer_reads_and_writes_nothing(clients: Clients, shop: Shop, make: Make) -> None:
    url = url_of(await make.question(shop))
    viewer = await clients.member(shop, Role.VIEWER)

    seen = [await viewer.get(url), await viewer.get(f"{url}/history"), await viewer.get(f"/api/questions/{shop.id}")]
    refused = [
        await viewer.put(f"{url}/reply", json={"text": WORDS, "version": 0}),
        await viewer.post(f"{url}/publish", json={"version": 1}),
        await viewer.post(f"{url}/reject", json={"text": WORDS, "version": 0}),
        await viewer.post(f"{url}/draft"),
        await viewer.post(f"{url}/view"),
        await viewer.post(f"{url}/withdraw"),
        await viewer.post(f"/api/questions/{shop.id}/sync"),
    ]

    assert {answer.status_code for answer in seen} == {200}
    assert {answer.status_code for answer in refused} == {403}


async def test_nothing_of_another_shop_is_reached_through_ones_own(
    client: httpx.AsyncClient, shop: Shop, make: Make
) -> None:
    theirs = await make.question(await make.shop(), text="Секрет соседа")
    await make.reply(theirs)
    url = f"/api/questions/{shop.id}/{theirs.wb_id}"

    listed = await client.get(f"/api/questions/{shop.id}", params={"search": "секрет"})
    refused = [
        await client.get(url),
        await client.get(f"{url}/history"),
        await client.put(f"{url}/reply", json={"text": WORDS, "version": 1}),
        await client.post(f"{url}/publish", json={"version": 1}),
        await client.post(f"{url}/reject", json={"text": WORDS, "version": 1}),
        await client.post(f"{url}/draft"),
        await client.post(f"{url}/view"),
        await client.post(f"{url}/withdraw"),
    ]

    assert listed.json()["items"] == []
    assert {answer.status_code for answer in refused} == {404}
