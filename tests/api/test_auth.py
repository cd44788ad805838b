"""Coming in and going out."""

import asyncio
import hashlib
from datetime import timedelta

import httpx
import pytest
import time_machine
from passlib.hash import pbkdf2_sha256
from sqlalchemy import select

from app.accounts.models import User, UserSession
from app.accounts.passwords import hash_password
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.api.clients import PASSWORD, Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
SETUP = {"email": "Olga@Example.com", "name": "Ольга", "password": PASSWORD}


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return await client.post("/api/auth/login", json={"email": email, "password": password}, headers=headers or None)


@pytest.fixture
async def olga(make: Make) -> User:
    return await make.user(email="olga@example.com", password_hash=await hash_password(PASSWORD))


async def test_the_first_user_sets_the_system_up_and_is_logged_in(clients: Clients) -> None:
    client = clients.anonymous()

    before = await client.get("/api/auth/setup")
    done = await client.post("/api/auth/setup", json=SETUP)
    after = await client.get("/api/auth/setup")

    assert (before.json(), after.json()) == ({"open": True}, {"open": False})
    assert done.status_code == 201
    assert (await client.get("/api/me")).json()["user"]["email"] == "olga@example.com"


async def test_setup_works_once_even_when_two_try_at_the_same_time(clients: Clients, database: Database) -> None:
    bodies = [{**SETUP, "email": f"user{number}@example.com"} for number in range(4)]

    answers = await asyncio.gather(*(clients.anonymous().post("/api/auth/setup", json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    async with database.transaction() as session:
        assert len((await session.scalars(select(User))).all()) == 1


async def test_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(clients: Clients, olga: User) -> None:
    answer = await log_in(clients.anonymous(), " OLGA@example.com ")

    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 200
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=1209600"))
    assert "Secure" not in cookie
    assert answer.json()["csrf_token"] not in cookie


async def test_behind_https_the_cookie_is_secure(clients: Clients, olga: User) -> None:
    clients.app.state.settings.cookie_secure = True

    answer = await log_in(clients.anonymous(), olga.email)

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("email", "password"), [("olga@example.com", "неправильный"), ("nobody@example.com", PASSWORD)]
)
async def test_a_wrong_password_and_an_unknown_email_look_the_same(
    clients: Clients, olga: User, email: str, password: str
) -> None:
    answer = await log_in(clients.anonymous(), email, password)

    assert (answer.status_code, code_of(answer)) == (401, "WRONG_CREDENTIALS")
    assert "set-cookie" not in answer.headers


async def test_the_sixth_wrong_password_for_an_account_has_to_wait(clients: Clients, olga: User) -> None:
    client = clients.anonymous()

    answers = [await log_in(client, olga.email, "неправильный") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30
    assert (await log_in(client, olga.email)).status_code == 429


async def test_parallel_guesses_do_not_get_round_the_limit(clients: Clients, olga: User) -> None:
    client = clients.anonymous()

    answers = await asyncio.gather(*(log_in(client, olga.email, "неправильный") for _ in range(12)))

    assert [answer.status_code for answer in answers].count(401) == 5


async def test_an_address_that_tries_many_accounts_has_to_wait(clients: Clients) -> None:
    client = clients.anonymous()

    answers = await asyncio.gather(*(log_in(client, f"u{n}@example.com", PASSWORD) for n in range(22)))

    assert sorted(answer.status_code for answer in answers) == [401] * 20 + [429] * 2


async def test_right_passwords_are_not_punished(clients: Clients, olga: User) -> None:
    client = clients.anonymous()

    answers = [await log_in(client, olga.email) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {200}


async def test_an_imported_hash_is_accepted_and_upgraded(clients: Clients, make: Make, database: Database) -> None:
    user = await make.user(password_hash=pbkdf2_sha256.using(rounds=1000).hash(PASSWORD))

    first = await log_in(clients.anonymous(), user.email)

    async with database.transaction() as session:
        upgraded = (await session.get_one(User, user.id)).password_hash
    assert first.status_code == 200
    assert upgraded.startswith("$argon2id$")
    assert (await log_in(clients.anonymous(), user.email)).status_code == 200


async def test_the_last_of_1024_bytes_counts_and_one_more_is_refused(clients: Clients, make: Make) -> None:
    longest = "я" * 511 + "ab"
    user = await make.user(password_hash=await hash_password(longest))
    client = clients.anonymous()

    right = await log_in(client, user.email, longest)
    wrong = await log_in(client, user.email, longest[:-1] + "c")
    shorter = await log_in(client, user.email, longest[:-1])
    longer = await log_in(client, user.email, longest + "c")

    assert [right.status_code, wrong.status_code, shorter.status_code] == [200, 401, 401]
    assert (longer.status_code, code_of(longer)) == (422, "PASSWORD_TOO_LONG")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "коротко"}, "PASSWORD_TOO_SHORT"),
        ({"password": "я" * 513}, "PASSWORD_TOO_LONG"),
        ({"email": "не почта"}, "BAD_EMAIL"),
        ({"name": "a\u0000b"}, "VALIDATION"),
        ({"name": "  "}, "VALIDATION"),
    ],
)
async def test_bad_account_data_is_refused_in_russian(clients: Clients, change: dict[str, str], code: str) -> None:
    answer = await clients.anonymous().post("/api/auth/setup", json={**SETUP, **change})

    assert (answer.status_code, code_of(answer)) == (422, code)


async def test_writing_with_a_cookie_needs_the_csrf_token(clients: Clients, olga: User) -> None:
    client = await clients.of(olga)
    token = client.headers.pop("x-csrf-token")

    without = await client.post("/api/auth/logout")
    foreign = await client.post("/api/auth/logout", headers={"X-CSRF-Token": "чужой".encode().hex()})
    seen = (await client.get("/api/me")).json()["csrf_token"]
    right = await client.post("/api/auth/logout", headers={"X-CSRF-Token": seen})

    assert [code_of(without), code_of(foreign)] == ["CSRF", "CSRF"]
    assert (seen, right.status_code) == (token, 204)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8000.evil.example"])
async def test_a_foreign_page_can_neither_write_nor_log_its_visitor_in(
    clients: Clients, olga: User, origin: str
) -> None:
    client = await clients.of(olga)

    wrote = await client.post("/api/auth/logout", headers={"Origin": origin})
    logged_in = await log_in(clients.anonymous(), olga.email, Origin=origin)

    assert [code_of(wrote), code_of(logged_in)] == ["FOREIGN_ORIGIN", "FOREIGN_ORIGIN"]


async def test_our_own_page_may_write(clients: Clients, olga: User) -> None:
    client = await clients.of(olga)

    answer = await client.post("/api/auth/logout", headers={"Origin": "http://127.0.0.1:8000"})

    assert answer.status_code == 204


async def test_a_bearer_token_needs_no_csrf_and_lives_an_hour(clients: Clients, olga: User) -> None:
    client = clients.anonymous()
    issued = await client.post("/api/auth/token", json={"email": olga.email, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {issued.json()['token']}"

    now = await client.get("/api/me")
    with time_machine.travel(utc_now() + timedelta(minutes=61), tick=False):
        later = await client.get("/api/me")
    out = await client.post("/api/auth/logout")

    assert issued.json()["token"].startswith("wbs_")
    assert (now.status_code, now.json()["csrf_token"]) == (200, None)
    assert later.status_code == 401
    assert out.status_code == 204
    assert (await client.get("/api/me")).status_code == 401


async def test_a_cookie_secret_is_no_bearer_token(clients: Clients, olga: User) -> None:
    secret = (await clients.of(olga)).cookies["wbrm_session"]

    answer = await clients.anonymous().get("/api/me", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401


async def test_a_used_session_slides_and_an_unused_one_ends_after_fourteen_days(clients: Clients, olga: User) -> None:
    used, unused = await clients.of(olga), await clients.of(olga)

    with time_machine.travel(utc_now() + timedelta(days=13), tick=False):
        kept = await used.get("/api/me")
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        alive, dead = await used.get("/api/me"), await unused.get("/api/me")

    assert "wbrm_session" in kept.headers["set-cookie"]
    assert (alive.status_code, dead.status_code) == (200, 401)


async def test_a_session_is_not_written_at_every_request(clients: Clients, olga: User) -> None:
    client = await clients.of(olga)

    answer = await client.get("/api/me")

    assert "set-cookie" not in answer.headers


async def test_logging_out_ends_this_session_only(clients: Clients, olga: User) -> None:
    here, there = await clients.of(olga), await clients.of(olga)

    await here.post("/api/auth/logout")

    assert (await here.get("/api/me")).status_code == 401
    assert (await there.get("/api/me")).status_code == 200


async def test_logging_out_everywhere_ends_cookies_and_bearer_tokens(clients: Clients, olga: User) -> None:
    here, there, program = await clients.of(olga), await clients.of(olga), clients.anonymous()
    issued = await program.post("/api/auth/token", json={"email": olga.email, "password": PASSWORD})
    program.headers["Authorization"] = f"Bearer {issued.json()['token']}"

    done = await here.post("/api/auth/logout-everywhere")

    assert done.status_code == 204
    assert {(await client.get("/api/me")).status_code for client in (here, there, program)} == {401}


async def test_a_new_password_ends_the_other_sessions(clients: Clients, olga: User) -> None:
    here, there = await clients.of(olga), await clients.of(olga)
    change = {"current_password": PASSWORD, "new_password": "новый пароль"}

    wrong = await here.post("/api/auth/password", json={**change, "current_password": "неправильный"})
    done = await here.post("/api/auth/password", json=change)

    assert code_of(wrong) == "WRONG_PASSWORD"
    assert done.status_code == 204
    assert (await here.get("/api/me")).status_code == 200
    assert (await there.get("/api/me")).status_code == 401
    assert (await log_in(clients.anonymous(), olga.email)).status_code == 401
    assert (await log_in(clients.anonymous(), olga.email, "новый пароль")).status_code == 200


async def test_guessing_the_present_password_is_limited_too(clients: Clients, olga: User) -> None:
    client = await clients.of(olga)
    change = {"current_password": "неправильный", "new_password": "новый пароль"}

    answers = [await client.post("/api/auth/password", json=change) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


async def test_only_hashes_of_secrets_are_stored(clients: Clients, olga: User, database: Database) -> None:
    secret = (await clients.of(olga)).cookies["wbrm_session"]

    async with database.transaction() as session:
        row = (await session.scalars(select(UserSession))).one()

    assert row.token_hash == hashlib.sha256(secret.encode()).hexdigest()


async def test_passwords_are_never_repeated(clients: Clients, olga: User) -> None:
    client = clients.anonymous()

    mistyped = await client.post("/api/auth/login", json={"email": olga.email, "pasword": "секретный-пароль"})
    wrong = await client.post("/api/auth/login", json={"email": olga.email, "password": "секретный-пароль"})

    assert mistyped.status_code == 422
    assert "секретный" not in mistyped.text + wrong.text
