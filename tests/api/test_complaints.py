"""Complaints over HTTP: tabs, approval, own words, decisions, statistics; and for whom."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.accounts.models import User
from app.cabinet.states import ComplaintState, Source
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Role
from tests.api.clients import Clients, code_of
from tests.cabinet.world import World
from tests.complaints.desk import OBSCENE, PLAIN, TEXT, Desk
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(make: Make) -> User:
    return await make.user()


@pytest.fixture
async def desk(database: Database, make: Make, owner: User) -> Desk:
    return Desk(await World.open(database, make, owner=owner))


@pytest.fixture
async def client(clients: Clients, owner: User) -> httpx.AsyncClient:
    return await clients.of(owner)


def routes(shop_id: object, wb_id: str = "fb") -> list[tuple[str, str, Any, Role]]:
    url = f"/api/complaints/{shop_id}"
    edit = {"reason_id": 16, "text": TEXT, "version": 1}
    return [
        ("GET", url, None, Role.VIEWER),
        ("GET", f"{url}/reasons", None, Role.VIEWER),
        ("GET", f"{url}/stats", None, Role.VIEWER),
        ("GET", f"{url}/ambiguous", None, Role.VIEWER),
        ("GET", f"{url}/unmatched", None, Role.VIEWER),
        ("GET", f"{url}/conflicts", None, Role.VIEWER),
        ("GET", f"{url}/{wb_id}", None, Role.VIEWER),
        ("POST", f"{url}/approve", {"items": [{"wb_id": wb_id, "version": 1}]}, Role.MANAGER),
        ("POST", f"{url}/conflicts/{wb_id}", {"verdict": "approved"}, Role.MANAGER),
        ("PUT", f"{url}/{wb_id}", edit, Role.MANAGER),
        ("POST", f"{url}/{wb_id}/approve", {"version": 1}, Role.MANAGER),
        ("POST", f"{url}/{wb_id}/withdraw", None, Role.MANAGER),
        ("POST", f"{url}/{wb_id}/regenerate", {"version": 1}, Role.MANAGER),
        ("POST", f"{url}/{wb_id}/dismiss", {}, Role.MANAGER),
        ("POST", f"{url}/{wb_id}/reopen", None, Role.MANAGER),
    ]


async def test_from_draft_to_queue_and_back_with_the_whole_history(
    desk: Desk, client: httpx.AsyncClient, owner: User
) -> None:
    feedback = await desk.drafted(OBSCENE, photo_count=1)
    url = f"/api/complaints/{desk.shop.id}"

    listed = (await client.get(url)).json()
    edited = await client.put(
        f"{url}/{feedback.wb_id}", json={"reason_id": 16, "text": TEXT, "version": listed["items"][0]["version"]}
    )
    approved = await client.post(f"{url}/{feedback.wb_id}/approve", json={"version": edited.json()["version"]})
    queued = (await client.get(url, params={"tab": "queued"})).json()
    withdrawn = await client.post(f"{url}/{feedback.wb_id}/withdraw")
    card = (await client.get(f"{url}/{feedback.wb_id}")).json()

    [item] = listed["items"]
    assert (item["state"], item["queued"], item["reason_id"], item["reason"]) == (
        "draft",
        False,
        16,
        "Нецензурная лексика",
    )
    assert item["warning"] == "У отзыва только одна попытка"
    assert (item["quotes"], item["provable"], item["obstacles"]) == (["хуйню"], True, [])
    assert item["chance"]["text"] == "низкий, по 0 похожим"
    assert item["feedback"]["text"] == OBSCENE
    assert listed["tabs"]["to_approve"] == {"count": 1, "more": False}
    assert listed["cap"] == {"limit": 300, "used": 0, "left": 300}
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert (approved.status_code, approved.json()["queued"], approved.json()["queued_by"]) == (200, True, owner.actor)
    assert [row["wb_id"] for row in queued["items"]] == [feedback.wb_id]
    assert (queued["cap"]["used"], withdrawn.json()["queued"]) == (1, False)
    assert [(draft["version"], draft["action"]) for draft in card["drafts"]] == [(1, "drafted"), (2, "edited")]
    told = [event for event in card["events"] if event["track"] in ("complaint", "approval")]
    assert [(event["from_state"], event["to_state"]) for event in told] == [
        ("none", "draft"), ("draft", "queued"), ("queued", "draft"),
    ]  # fmt: skip
    assert {event["actor"] for event in card["events"][-2:]} == {owner.actor}


async def test_a_bulk_beyond_the_cap_says_how_many_are_left(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.world.settings(complaints_per_day=1)
    feedbacks = [await desk.drafted() for _ in range(2)]
    url = f"/api/complaints/{desk.shop.id}/approve"

    items = [{"wb_id": each.wb_id, "version": 1} for each in feedbacks]
    answer = await client.post(url, json={"items": [*items, {"wb_id": "nowhere", "version": 1}]})

    assert answer.status_code == 200
    assert [item["error"] and item["error"]["code"] for item in answer.json()["items"]] == [
        None, "DAILY_CAP", "FEEDBACK_NOT_FOUND",
    ]  # fmt: skip
    assert "Осталось сегодня: 0" in answer.json()["items"][1]["error"]["message"]
    assert answer.json()["cap"] == {"limit": 1, "used": 1, "left": 0}


async def test_a_frozen_text_and_a_stale_version_have_codes_of_their_own(desk: Desk, client: httpx.AsyncClient) -> None:
    filed, draft = await desk.queued(), await desk.drafted()
    await desk.world.see(filed, source=Source.FILER, complaint=ComplaintState.PENDING)
    url = f"/api/complaints/{desk.shop.id}"
    body = {"reason_id": 16, "text": TEXT, "version": 7}

    frozen = await client.put(f"{url}/{filed.wb_id}", json=body)
    stale = await client.put(f"{url}/{draft.wb_id}", json=body)
    card = (await client.get(f"{url}/{filed.wb_id}")).json()["complaint"]

    assert (frozen.status_code, code_of(frozen)) == (409, "COMPLAINT_FROZEN")
    assert (stale.status_code, code_of(stale)) == (409, "STALE_VERSION")
    assert (card["state"], card["filed_by"], card["warning"], card["chance"]) == ("pending", "us", "", None)


async def test_bad_words_come_back_with_what_to_mend(desk: Desk, client: httpx.AsyncClient) -> None:
    feedback = await desk.drafted()
    url = f"/api/complaints/{desk.shop.id}/{feedback.wb_id}"

    short = await client.put(url, json={"reason_id": 16, "text": "Уберите", "version": 1})
    media = await client.put(url, json={"reason_id": 14, "text": TEXT, "version": 1})
    unknown = await client.put(url, json={"reason_id": 21, "text": TEXT, "version": 1})

    assert (short.status_code, code_of(short)) == (422, "COMPLAINT_WORDING")
    assert short.json()["error"]["details"] == [{"field": "text", "message": "Текст жалобы короче 100 знаков."}]
    assert media.json()["error"]["details"][0]["field"] == "reason_id"
    assert (unknown.status_code, code_of(unknown)) == (422, "VALIDATION")


async def test_another_version_is_a_job(desk: Desk, client: httpx.AsyncClient) -> None:
    feedback = await desk.drafted()

    answer = await client.post(f"/api/complaints/{desk.shop.id}/{feedback.wb_id}/regenerate", json={"version": 1})

    assert (answer.status_code, answer.json()["kind"], answer.json()["state"]) == (202, "DraftComplaint", "queued")


async def test_not_filing_and_thinking_again(desk: Desk, client: httpx.AsyncClient) -> None:
    feedback = await desk.candidate(PLAIN)
    url = f"/api/complaints/{desk.shop.id}"

    dismissed = await client.post(f"{url}/{feedback.wb_id}/dismiss", json={"why": "<b>Не стоит</b>"})
    listed = (await client.get(url, params={"tab": "dismissed"})).json()
    reopened = await client.post(f"{url}/{feedback.wb_id}/reopen")
    card = (await client.get(f"{url}/{feedback.wb_id}")).json()

    assert (dismissed.json()["triage"], reopened.json()["triage"]) == ("dismissed", "open")
    assert [item["wb_id"] for item in listed["items"]] == [feedback.wb_id]
    assert listed["tabs"]["dismissed"]["count"] == 1
    assert "<b>Не стоит</b>" in [event["raw"] for event in card["events"]]


async def test_pages_of_a_tab_show_everything_once(desk: Desk, client: httpx.AsyncClient) -> None:
    for _ in range(7):
        await desk.candidate()
    await desk.candidate(OBSCENE)
    await desk.consider()
    seen: list[str] = []
    cursor: str | None = None

    while True:
        params = {"tab": "no_ground", "limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = (await client.get(f"/api/complaints/{desk.shop.id}", params=params)).json()
        seen += [item["wb_id"] for item in answer["items"]]
        assert (answer["tabs"] is None) is (cursor is not None)
        if (cursor := answer["next_cursor"]) is None:
            break

    assert len(seen) == len(set(seen)) == 7


async def test_a_person_settles_a_conflict(desk: Desk, client: httpx.AsyncClient) -> None:
    feedback = await desk.queued()
    await desk.world.see(feedback, source=Source.CHECKER, is_page=False, complaint=ComplaintState.APPROVED)
    await desk.world.see(feedback, complaint=ComplaintState.REJECTED)
    url = f"/api/complaints/{desk.shop.id}/conflicts"

    listed = (await client.get(url)).json()
    settled = await client.post(f"{url}/{feedback.wb_id}", json={"verdict": "rejected"})
    wrong = await client.post(f"{url}/{feedback.wb_id}", json={"verdict": "approved"})

    assert [(item["complaint"], item["conflict"]) for item in listed["items"]] == [("approved", "rejected")]
    assert (settled.json()["state"], settled.json()["conflict"]) == ("rejected", None)
    assert (wrong.status_code, code_of(wrong)) == (409, "NO_CONFLICT")
    assert (await client.get(url)).json()["items"] == []


async def test_keys_that_a_person_must_look_at(desk: Desk, client: httpx.AsyncClient) -> None:
    moment = utc_now() - timedelta(days=1)
    twins = [await desk.world.feedback(written_at=moment) for _ in range(2)]
    await desk.world.refresh(*twins)
    await desk.world.page(moment, match="several", statuses=["Виден"])
    await desk.world.page(moment - timedelta(hours=1), statuses=["Жалоба отклонена"], can_submit=False)
    url = f"/api/complaints/{desk.shop.id}"

    [ambiguous] = (await client.get(f"{url}/ambiguous")).json()["items"]
    [unmatched] = (await client.get(f"{url}/unmatched")).json()["items"]

    assert {twin["wb_id"] for twin in ambiguous["feedbacks"]} == {twin.wb_id for twin in twins}
    assert (unmatched["statuses"], unmatched["can_submit"], unmatched["feedbacks"]) == (["Жалоба отклонена"], False, [])


async def test_statistics_of_outcomes_and_of_calls_saved(desk: Desk, client: httpx.AsyncClient) -> None:
    approved = await desk.queued()
    await desk.world.see(approved, complaint=ComplaintState.APPROVED)
    for _ in range(4):
        await desk.world.see(await desk.world.feedback(), can_submit=False)

    told = (await client.get(f"/api/complaints/{desk.shop.id}/stats")).json()

    assert told["reasons"] == [
        {
            "reason_id": 16, "reason": "Нецензурная лексика", "n": 1, "approved": 1, "rejected": 0,
            "reconsidered": 0, "pending": 0, "approval_rate": 1.0,
        }
    ]  # fmt: skip
    assert (told["savings"]["asked"], told["savings"]["saved"], told["savings"]["share"]) == (1, 4, 0.8)
    assert (told["drafted"], told["no_ground"]) == (1, 0)


async def test_reasons_are_those_of_the_cabinet(desk: Desk, client: httpx.AsyncClient) -> None:
    reasons = (await client.get(f"/api/complaints/{desk.shop.id}/reasons")).json()

    assert [reason["id"] for reason in reasons] == list(range(11, 21))


async def test_a_viewer_looks_and_a_manager_acts(desk: Desk, clients: Clients) -> None:
    feedback = await desk.drafted()
    viewer, manager = [await clients.member(desk.shop, role) for role in (Role.VIEWER, Role.MANAGER)]

    for method, url, body, role in routes(desk.shop.id, feedback.wb_id):
        seen = await viewer.request(method, url, json=body)
        done = await manager.request(method, url, json=body)

        assert seen.status_code == (403 if role is Role.MANAGER else 200), url
        assert done.status_code != 403, url


async def test_a_foreign_shop_is_not_found_and_its_feedbacks_neither(desk: Desk, clients: Clients, make: Make) -> None:
    feedback = await desk.drafted()
    stranger = await make.user()
    other = await make.shop(owner=stranger)
    client = await clients.of(stranger)

    foreign = [
        await client.request(method, url, json=body) for method, url, body, _ in routes(desk.shop.id, feedback.wb_id)
    ]
    theirs = [
        await client.request(method, url, json=body)
        for method, url, body, _ in routes(other.id, feedback.wb_id)
        if feedback.wb_id in url
    ]

    assert {answer.status_code for answer in foreign + theirs} == {404}
    assert await desk.state(feedback) == ("draft", False, "open")


@pytest.mark.parametrize(
    "query",
    ["tab=all", "rating=6", "reason=10", "cursor=%00", "cursor=abc", "limit=0", "product=0", "colour=red"],
)
async def test_bad_questions_are_refused(desk: Desk, client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/complaints/{desk.shop.id}?{query}")

    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
