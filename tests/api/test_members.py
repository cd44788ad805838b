"""Who works in a shop, and how people get in."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import User
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Invite, Membership, Role, Shop
from tests.api.clients import PASSWORD, Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
NEWCOMER = {"email": "new@example.com", "name": "Новенький", "password": PASSWORD}


@pytest.fixture
async def owner(make: Make) -> User:
    return await make.user()


@pytest.fixture
async def shop(make: Make, owner: User) -> Shop:
    return await make.shop(owner=owner)


@pytest.fixture
async def boss(clients: Clients, owner: User, shop: Shop) -> httpx.AsyncClient:
    return await clients.of(owner)


async def issue(boss: httpx.AsyncClient, shop: Shop, role: str = "manager") -> str:
    answer = await boss.post(f"/api/shops/{shop.id}/invites", json={"role": role})
    assert answer.status_code == 201
    return str(answer.json()["url"]).rpartition("/")[2]


async def accept(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    return await client.post("/api/invites/accept", json={"token": token, **more})


async def test_members_are_seen_by_every_member(clients: Clients, shop: Shop) -> None:
    viewer = await clients.member(shop, Role.VIEWER)

    answer = await viewer.get(f"/api/shops/{shop.id}/members")

    assert [member["role"] for member in answer.json()] == ["owner", "viewer"]


async def test_an_owner_changes_roles(boss: httpx.AsyncClient, make: Make, shop: Shop) -> None:
    member = await make.member(shop)

    answer = await boss.patch(f"/api/shops/{shop.id}/members/{member.id}", json={"role": "viewer"})

    assert [(row["user_id"], row["role"]) for row in answer.json()][1] == (str(member.id), "viewer")


async def test_the_last_owner_can_be_neither_demoted_nor_removed(
    boss: httpx.AsyncClient, owner: User, shop: Shop
) -> None:
    url = f"/api/shops/{shop.id}/members/{owner.id}"

    answers = [await boss.patch(url, json={"role": "manager"}), await boss.delete(url)]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(409, "LAST_OWNER")] * 2


@pytest.mark.parametrize("leaving", [True, False])
async def test_two_owners_who_go_at_once_do_not_both_go(
    clients: Clients, make: Make, database: Database, owner: User, shop: Shop, leaving: bool
) -> None:
    other = await make.member(shop, Role.OWNER)
    first, second = await clients.of(owner), await clients.of(other)
    mine, theirs = (owner.id, other.id) if leaving else (other.id, owner.id)

    answers = await asyncio.gather(
        first.delete(f"/api/shops/{shop.id}/members/{mine}"),
        second.delete(f"/api/shops/{shop.id}/members/{theirs}"),
    )

    assert sorted(answer.status_code for answer in answers)[0] == 204
    assert sorted(answer.status_code for answer in answers)[1] >= 400
    async with database.transaction() as session:
        assert len((await session.scalars(select(Membership))).all()) == 1


async def test_a_member_may_leave_but_not_throw_others_out(
    clients: Clients, make: Make, owner: User, shop: Shop
) -> None:
    member = await make.member(shop)
    client = await clients.of(member)

    thrown = await client.delete(f"/api/shops/{shop.id}/members/{owner.id}")
    left = await client.delete(f"/api/shops/{shop.id}/members/{member.id}")

    assert (thrown.status_code, left.status_code) == (403, 204)
    assert (await client.get(f"/api/shops/{shop.id}")).status_code == 404


async def test_a_stranger_is_no_member(boss: httpx.AsyncClient, shop: Shop) -> None:
    answer = await boss.delete(f"/api/shops/{shop.id}/members/{uuid4()}")

    assert (answer.status_code, code_of(answer)) == (404, "MEMBER_NOT_FOUND")


async def test_a_newcomer_gets_an_account_a_session_and_the_role(
    clients: Clients, boss: httpx.AsyncClient, shop: Shop
) -> None:
    token, client = await issue(boss, shop, "viewer"), clients.anonymous()

    answer = await accept(client, token, **NEWCOMER)

    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    assert (await client.get(f"/api/shops/{shop.id}")).json()["role"] == "viewer"
    assert (await client.get("/api/me")).json()["csrf_token"] == answer.json()["csrf_token"]


async def test_somebody_logged_in_just_joins(clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop) -> None:
    token, client = await issue(boss, shop), await clients.of(await make.user())

    answer = await accept(client, token)

    assert answer.json()["role"] == "manager"
    assert (await client.get(f"/api/shops/{shop.id}")).status_code == 200


async def test_joining_with_a_cookie_needs_the_csrf_token(
    clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop
) -> None:
    token, client = await issue(boss, shop), await clients.of(await make.user())
    del client.headers["x-csrf-token"]

    assert code_of(await accept(client, token)) == "CSRF"


async def test_an_invitation_works_once_even_when_two_follow_it_at_the_same_time(
    clients: Clients, make: Make, database: Database, boss: httpx.AsyncClient, shop: Shop
) -> None:
    token = await issue(boss, shop)
    members = [await clients.of(await make.user()) for _ in range(3)]
    strangers = [(clients.anonymous(), f"new{number}@example.com") for number in range(3)]

    answers = await asyncio.gather(
        *(accept(member, token) for member in members),
        *(accept(client, token, **{**NEWCOMER, "email": email}) for client, email in strangers),
    )

    assert [answer.status_code for answer in answers].count(200) == 1
    async with database.transaction() as session:
        assert len((await session.scalars(select(Membership))).all()) == 2


async def test_a_lost_race_leaves_no_account_behind(
    clients: Clients, database: Database, boss: httpx.AsyncClient, shop: Shop
) -> None:
    token = await issue(boss, shop)
    await accept(clients.anonymous(), token, **NEWCOMER)

    second = await accept(clients.anonymous(), token, **{**NEWCOMER, "email": "late@example.com"})

    assert (second.status_code, code_of(second)) == (404, "INVITE_NOT_FOUND")
    async with database.transaction() as session:
        assert await session.scalar(select(User).where(User.email == "late@example.com")) is None


async def test_an_invitation_ends_after_seven_days(clients: Clients, boss: httpx.AsyncClient, shop: Shop) -> None:
    token = await issue(boss, shop)

    with time_machine.travel(utc_now() + timedelta(days=7, seconds=1), tick=False):
        late = await accept(clients.anonymous(), token, **NEWCOMER)

    assert code_of(late) == "INVITE_NOT_FOUND"


async def test_an_invitation_can_be_taken_back(clients: Clients, boss: httpx.AsyncClient, shop: Shop) -> None:
    token = await issue(boss, shop)
    listed = (await boss.get(f"/api/shops/{shop.id}/invites")).json()
    url = f"/api/shops/{shop.id}/invites/{listed[0]['id']}"

    taken, again = await boss.delete(url), await boss.delete(url)

    assert (len(listed), taken.status_code, again.status_code) == (1, 204, 404)
    assert code_of(await accept(clients.anonymous(), token, **NEWCOMER)) == "INVITE_NOT_FOUND"


async def test_an_email_that_is_taken_must_log_in_first(
    clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop
) -> None:
    await make.user(email="new@example.com")

    answer = await accept(clients.anonymous(), await issue(boss, shop), **NEWCOMER)

    assert (answer.status_code, code_of(answer)) == (409, "EMAIL_TAKEN")


async def test_a_newcomer_must_say_who_he_is(clients: Clients, boss: httpx.AsyncClient, shop: Shop) -> None:
    answer = await accept(clients.anonymous(), await issue(boss, shop))

    assert code_of(answer) == "NEWCOMER_INCOMPLETE"


async def test_an_invitation_raises_a_role_but_never_lowers_it(
    clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop
) -> None:
    client = await clients.member(shop, Role.MANAGER)

    lower = await accept(client, await issue(boss, shop, "viewer"))
    higher = await accept(client, await issue(boss, shop, "owner"))

    assert (lower.status_code, code_of(lower)) == (409, "ALREADY_MEMBER")
    assert (higher.status_code, higher.json()["role"]) == (200, "owner")


async def test_invitations_of_a_removed_owner_die_with_him(
    clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop
) -> None:
    leaving = await make.member(shop, Role.OWNER)
    token = await issue(await clients.of(leaving), shop)

    await boss.delete(f"/api/shops/{shop.id}/members/{leaving.id}")

    assert code_of(await accept(clients.anonymous(), token, **NEWCOMER)) == "INVITE_NOT_FOUND"


async def test_only_the_hash_of_an_invitation_is_kept(boss: httpx.AsyncClient, shop: Shop, database: Database) -> None:
    token = await issue(boss, shop)

    listed = await boss.get(f"/api/shops/{shop.id}/invites")

    async with database.transaction() as session:
        invite = (await session.scalars(select(Invite))).one()
    assert token not in listed.text
    assert token not in invite.token_hash


async def test_an_invitation_of_another_shop_cannot_be_taken_back_here(
    clients: Clients, make: Make, boss: httpx.AsyncClient, shop: Shop
) -> None:
    other_owner = await make.user()
    other = await make.shop(owner=other_owner)
    await issue(boss, shop)
    invite_id: UUID = (await boss.get(f"/api/shops/{shop.id}/invites")).json()[0]["id"]

    answer = await (await clients.of(other_owner)).delete(f"/api/shops/{other.id}/invites/{invite_id}")

    assert answer.status_code == 404
