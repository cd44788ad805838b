"""§1, «Access follows shop membership on every route»: who does not belong learns nothing and changes nothing.

The routes are those of the surface's own document, so a new one is asked as well.
"""

from uuid import uuid4

import pytest

from app.accounts.access_tokens import revoke_token
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.contract.desk import Desk
from tests.contract.routes import (
    OF_A_RECORD,
    OF_A_SHOP,
    OF_NO_SHOP,
    OPEN,
    ROUTES,
    TEXT,
    Victim,
    assert_nothing_told,
    call,
)
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


def test_every_route_is_asked() -> None:
    """Whoever adds one decides by its path which of the tests below it belongs to."""
    assert len(OF_A_RECORD) == 3
    assert len(OF_A_SHOP) >= 12
    assert {path for _, path in ROUTES} >= OF_NO_SHOP


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_each_call_is_good_when_its_own_tenant_makes_it(
    extension: Extension, victim: Victim, method: str, path: str
) -> None:
    owner = await extension.client(victim.owner)
    before = await victim.rows()

    answer = await call(owner, method, path, victim)

    assert answer.is_success, answer.text
    changes = method == "POST" and path not in ("/auth/verify",)
    assert (await victim.rows() != before) is (changes or path.endswith(("/tasks", "/complaints")))


@pytest.mark.parametrize(("method", "path"), OF_A_SHOP)
async def test_a_foreign_shop_is_403_and_an_unknown_one_404(
    extension: Extension, make: Make, victim: Victim, method: str, path: str
) -> None:
    stranger = await extension.client(await make.shop())
    before = await victim.rows()

    foreign = await call(stranger, method, path, victim)
    unknown = [await call(stranger, method, path, victim, shop_id=each) for each in (uuid4(), "1", "null")]

    assert (foreign.status_code, code_of(foreign)) == (403, "FORBIDDEN")
    assert {(answer.status_code, code_of(answer)) for answer in unknown} == {(404, "NOT_FOUND")}
    for answer in (foreign, *unknown):
        assert_nothing_told(victim, answer)
    assert await victim.rows() == before


@pytest.mark.parametrize("path", OF_A_RECORD)
async def test_another_tenants_record_is_as_unknown_as_one_that_never_was(
    extension: Extension, make: Make, victim: Victim, path: str
) -> None:
    stranger = await extension.client(await make.shop())
    before = await victim.rows()

    foreign = await call(stranger, "POST", path, victim)
    unknown = await call(stranger, "POST", path, victim, record=uuid4())

    assert (foreign.status_code, code_of(foreign)) == (404, "NOT_FOUND")
    assert foreign.content == unknown.content
    assert_nothing_told(victim, foreign)
    assert await victim.rows() == before


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
async def test_without_a_token_and_with_a_revoked_one_it_is_401(
    extension: Extension, database: Database, victim: Victim, method: str, path: str
) -> None:
    issued = await extension.token(victim.owner)
    async with database.transaction() as session:
        await revoke_token(session, victim.owner.id, issued.token.id, now=utc_now())
    before = await victim.rows()

    answers = [
        await call(client, method, path, victim)
        for client in (extension.stranger(), extension.with_token(issued.secret), extension.with_token("wbrm_0"))
    ]

    assert {(answer.status_code, code_of(answer)) for answer in answers} == {(401, "UNAUTHORIZED")}
    assert len({answer.content for answer in answers}) == 1
    assert_nothing_told(victim, answers[0])
    assert await victim.rows() == before


@pytest.mark.parametrize("path", ["/auth/verify", "/stores", "/chat/stores"])
async def test_lists_over_all_shops_name_only_ones_own(
    extension: Extension, database: Database, make: Make, victim: Victim, path: str
) -> None:
    owner = await make.user()
    own = await World.open(database, make, owner=owner)
    client = await extension.client(owner)

    answer = await (client.post(path) if path == "/auth/verify" else client.get(path))

    assert str(own.shop.id) in answer.text
    assert str(victim.world.shop.id) not in answer.text
    assert_nothing_told(victim, answer)


async def test_a_foreign_feedback_named_under_ones_own_shop_is_unknown_there(
    extension: Extension, database: Database, make: Make, victim: Victim
) -> None:
    own = await World.open(database, make)
    desk = Desk(own, await extension.client(own.shop))
    before = await victim.rows()

    sent = await desk.sent(victim.feedback)
    never = await desk.client.post(f"/stores/{desk.store_id}/reviews/nobody/complaint/sent", json={})
    told = [
        await call(desk.client, "POST", path, victim, shop_id=own.shop.id)
        for path in ("/review-statuses", "/complaint-statuses", "/chat/opened", "/complaint-details")
    ]
    read = await desk.post("/stores/{storeId}/reviews/reparse", {"nmIds": [NM]})

    assert (sent.status_code, sent.content) == (404, never.content)
    synced, checked, opened, kept = (answer.json() for answer in told)
    assert (synced["data"]["synced"], synced["data"]["unmatched"]) == (0, 1)
    assert (checked["data"]["complaintsUpdated"], checked["data"]["unmatched"]) == (0, 1)
    assert (opened["reviewMatched"], kept["data"]["created"], read["data"]["total"]) == (False, True, 0)
    for answer in told:
        assert victim.feedback.wb_id not in answer.text
        assert TEXT not in answer.text
    assert await victim.rows() == before


async def test_who_leaves_a_shop_is_out_at_once(extension: Extension, database: Database, victim: Victim) -> None:
    member = await extension.make.member(victim.world.shop)
    client = await extension.client(member)
    inside = await call(client, "GET", "/stores/{storeId}/tasks", victim)
    async with database.direct() as connection:
        await connection.execute("DELETE FROM memberships WHERE user_id = $1", member.id)

    answers = [
        await call(client, "GET", "/stores/{storeId}/tasks", victim),
        await call(client, "POST", "/chat/{chatRecordId}/anchor", victim),
        await client.get("/stores"),
    ]

    assert inside.status_code == 200
    assert [answer.status_code for answer in answers] == [403, 404, 200]
    assert answers[-1].json() == []


async def test_the_served_document_is_the_one_that_was_walked(extension: Extension) -> None:
    document = (await extension.stranger().get("/openapi.json")).json()

    assert {(method.upper(), path) for path, operations in document["paths"].items() for method in operations} == {
        *ROUTES
    }
