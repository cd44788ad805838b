"""The hot list: made without models and asked without an ORM's session, and yet the same as the rest of the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.accounts.models import SessionKind
from app.accounts.sessions import open_session
from app.api.feedbacks_wire import FeedbacksOut
from app.feedbacks.queries import get_feedback
from app.feedbacks.storing import mark_deleted
from app.kit.clock import utc_now
from app.kit.db import Database
from app.replies.models import ReplyState
from app.shops.models import Role, Shop
from tests.api.clients import Clients
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def fill(make: Make, shop: Shop) -> None:
    """Rows with and without each of what may be absent."""
    moment = datetime(2026, 11, 1, 12, 30, 15, 123456, UTC)
    shown: dict[str, Any] = {"answer_text": "Спасибо «вам»", "answer_state": "wbRu"}
    await make.feedback(shop, written_at=moment, tags=("тёплый", 'с "кавычками"'), text="<b>\u2028 😀</b>\n")
    await make.feedback(shop, written_at=moment.replace(microsecond=0), parent_id="p1", child_id="c1", archived=True)
    await make.feedback(shop, answer_text="Молча", answer_state=None, answer_editable=False)
    drafted = await make.feedback(shop, text="Пришла рваная куртка", rating=1)
    await make.reply(drafted, needs_human=True, reasons=["Телефон"], error="нет связи")
    published = await make.feedback(shop, answer_editable=True, **shown)
    await make.reply(published, state=ReplyState.PUBLISHED, sent_at=moment, published_at=moment, approved_by="user:1")
    edited = await make.feedback(shop, answer_editable=True, **shown)
    await make.reply(edited, state=ReplyState.PUBLISHED, sent_at=utc_now())
    await make.reply(edited, state=ReplyState.SENT, revision=2, sent_at=utc_now(), next_check_at=moment)


async def test_the_list_is_written_to_the_letter_as_its_document_says(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    await fill(make, shop)
    client = await clients.of(owner)

    for params in ({}, {"limit": "3"}, {"counts": "true"}, {"search": "куртка", "counts": "true"}, {"rating": "2"}):
        answer = await client.get(f"/api/feedbacks/{shop.id}", params=params)

        assert answer.text == FeedbacksOut.model_validate_json(answer.content).model_dump_json(), params
        assert answer.headers["content-type"] == "application/json"


async def test_a_feedback_is_the_same_in_the_list_and_alone(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    await fill(make, shop)
    gone = await make.feedback(shop)
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [gone.wb_id], now=utc_now())
    client = await clients.of(owner)

    here = (await client.get(f"/api/feedbacks/{shop.id}")).json()["items"]
    deleted = (await client.get(f"/api/feedbacks/{shop.id}", params={"deleted": "true"})).json()["items"]
    alone = [(await client.get(f"/api/feedbacks/{shop.id}/{row['wb_id']}")).json() for row in [*here, *deleted]]

    assert [*here, *deleted] == alone
    assert (len(here), [row["wb_id"] for row in deleted]) == (6, [gone.wb_id])
    assert {row["edit_budget"]["left"] for row in here} == {0, 1}
    assert {row["reply"]["revision"] for row in here if row["reply"]} == {1, 2}


@pytest.mark.parametrize("role", list(Role))
async def test_every_member_sees_the_list_also_of_an_archived_shop(clients: Clients, make: Make, role: Role) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    await make.feedback(shop)
    await (await clients.of(owner)).post(f"/api/shops/{shop.id}/archive")
    member = await clients.member(shop, role)

    answer = await member.get(f"/api/feedbacks/{shop.id}")

    assert (answer.status_code, len(answer.json()["items"])) == (200, 1)


async def test_a_session_that_ended_sees_no_list(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    url = f"/api/feedbacks/{shop.id}"
    client, program = await clients.of(owner), clients.anonymous()
    async with database.transaction() as session:
        now = utc_now()
        opened = await open_session(session, owner, SessionKind.BEARER, user_agent="test", now=now)
    bearer = {"Authorization": f"Bearer {opened.token}"}
    cookie = {"Authorization": f"Bearer {client.cookies['wbrm_session']}"}

    live = [await client.get(url), await program.get(url, headers=bearer)]
    swapped = await program.get(url, headers=cookie)
    with time_machine.travel(utc_now() + timedelta(hours=2), tick=False):
        expired = await program.get(url, headers=bearer)
    await client.post("/api/auth/logout")
    out = await client.get(url)

    assert [answer.status_code for answer in live] == [200, 200]
    assert [answer.status_code for answer in (swapped, expired, out)] == [401, 401, 401]


async def test_who_lost_membership_finds_no_shop(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    manager = await make.member(shop, Role.MANAGER)
    client = await clients.of(manager)

    before = await client.get(f"/api/feedbacks/{shop.id}")
    await (await clients.of(owner)).delete(f"/api/shops/{shop.id}/members/{manager.id}")
    after = await client.get(f"/api/feedbacks/{shop.id}")

    assert (before.status_code, after.status_code) == (200, 404)


async def test_looking_at_the_list_keeps_a_session_alive_and_says_so_to_the_browser(
    clients: Clients, make: Make
) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client = await clients.of(owner)
    url = f"/api/feedbacks/{shop.id}"

    at_once = await client.get(url)
    with time_machine.travel(utc_now() + timedelta(days=13), tick=False):
        kept = await client.get(url)
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        alive = await client.get(url)

    assert "set-cookie" not in at_once.headers
    assert "wbrm_session" in kept.headers["set-cookie"]
    assert alive.status_code == 200


async def test_nothing_of_a_feedback_that_only_the_sync_reads_is_listed(
    clients: Clients, make: Make, database: Database
) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    made = await make.feedback(shop)
    async with database.transaction() as session:
        feedback = await get_feedback(session, shop.id, made.wb_id)

    listed = (await (await clients.of(owner)).get(f"/api/feedbacks/{shop.id}")).json()["items"][0]

    assert feedback.raw
    assert not {"raw", "fingerprint", "searched", "reply_state", "answer_text"} & set(listed)


@pytest.mark.parametrize("asked", ["not-an-id", "00000000-0000-0000-0000-000000000000?limit=0"])
async def test_who_shows_nothing_hears_nothing_of_what_he_asked(clients: Clients, asked: str) -> None:
    answer = await clients.anonymous().get(f"/api/feedbacks/{asked}")

    assert answer.status_code == 401
