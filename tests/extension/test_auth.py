"""Who comes in with a token, and what a token may do."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from starlette.datastructures import State

from app.accounts.access_tokens import Caller, revoke_token
from app.accounts.models import AccessToken, TokenScope
from app.extension.callers import REMEMBERED, KnownCallers
from app.extension.stores import (
    ArchivedStore,
    ForeignStore,
    LooksOnly,
    StoreNotFound,
    accessible_shop_ids,
    accessible_stores,
    store_for,
)
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import Role
from tests.extension.callers import EVERY_SCOPE, Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def verify(client: httpx.AsyncClient) -> int:
    return (await client.post("/auth/verify")).status_code


async def test_verify_tells_whose_token_it_is_and_what_it_may_do(extension: Extension, make: Make) -> None:
    user = await make.user()
    shop = await make.shop(owner=user, name="Ромашка")
    await make.shop(owner=await make.user())
    expires = utc_now().replace(microsecond=120_000) + timedelta(days=1)
    issued = await extension.token(user, scopes=[TokenScope.READ], label="Ноутбук", expires_at=expires)

    answer = await extension.with_token(issued.secret).post("/auth/verify")

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "data": {
            "userId": str(user.id),
            "tokenId": str(issued.token.id),
            "label": "Ноутбук",
            "scopes": ["read"],
            "expiresAt": expires.strftime("%Y-%m-%dT%H:%M:%S.120Z"),
            "stores": [{"id": str(shop.id), "name": "Ромашка", "role": "owner"}],
        },
    }


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer wbrm_", "Basic dXNlcjpw", f"Bearer wbrm_{'a' * 32}", f"Bearer wbrm_{'A' * 32}",
        f"Bearer wbrm_{'a' * 33}", f"wbrm_{'a' * 32}", f"Bearer wbs_{'a' * 32}", "Bearer wbrm_' OR 1=1 --",
        "Bearer ключ",
    ],
)  # fmt: skip
async def test_a_missing_or_bad_token_is_401(extension: Extension, header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode())]

    answer = await extension.stranger().get("/stores", headers=headers)

    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_scheme_in_any_case_is_a_bearer(extension: Extension, make: Make) -> None:
    issued = await extension.token(await make.user())

    answer = await extension.stranger().post("/auth/verify", headers={"Authorization": f"bearer {issued.secret}"})

    assert answer.status_code == 200


async def test_an_expired_token_stops_working(extension: Extension, make: Make) -> None:
    past = utc_now() - timedelta(days=2)
    issued = await extension.token(await make.user(), expires_at=past + timedelta(days=1), now=past)

    assert await verify(extension.with_token(issued.secret)) == 401


async def test_a_token_of_the_dashboard_opens_nothing_here_and_this_one_nothing_there(
    extension: Extension, make: Make
) -> None:
    issued = await extension.token(await make.user())
    dashboard = extension.stranger(
        base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {issued.secret}"}
    )

    answer = await dashboard.get("/api/shops")

    assert answer.status_code == 401


async def test_reading_needs_one_scope_and_reporting_the_other(extension: Extension, make: Make) -> None:
    user = await make.user()
    reader = await extension.client(user, scopes=[TokenScope.READ])
    reporter = await extension.client(user, scopes=[TokenScope.REPORT])

    told = [await reader.post("/nothing"), await reporter.get("/nothing")]
    passed = [await reader.get("/nothing"), await reporter.post("/nothing")]

    assert [(answer.status_code, code_of(answer)) for answer in told] == [(403, "FORBIDDEN")] * 2
    assert [answer.status_code for answer in passed] == [404, 404]


async def test_the_last_use_is_written_down_at_most_once_a_minute(
    extension: Extension, database: Database, make: Make
) -> None:
    issued = await extension.token(await make.user())
    client = extension.with_token(issued.secret)

    async def last_used_after_a_call() -> object:
        await client.post("/auth/verify")
        async with database.transaction() as session:
            return (await session.get_one(AccessToken, issued.token.id)).last_used_at

    first, second = await last_used_after_a_call(), await last_used_after_a_call()

    assert first is not None
    assert second == first


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def state_of(database: Database, vault: Vault) -> State:
    return State({"database": database, "vault": vault})


async def test_a_revoked_token_stops_within_a_minute_in_every_process(
    extension: Extension, database: Database, vault: Vault, make: Make
) -> None:
    user, clock = await make.user(), Clock()
    issued = await extension.token(user)
    elsewhere = KnownCallers(state_of(database, vault), clock=clock)
    before = await elsewhere.find(issued.secret)

    async with database.transaction() as session:
        await revoke_token(session, user.id, issued.token.id, now=utc_now())
    clock.now += REMEMBERED
    after = await elsewhere.find(issued.secret)

    assert REMEMBERED < 60
    assert before is not None
    assert after is None


async def test_a_remembered_caller_and_a_remembered_stranger_cost_no_query(
    extension: Extension, database: Database, vault: Vault, make: Make
) -> None:
    issued = await extension.token(await make.user())
    callers = KnownCallers(state_of(database, vault), clock=Clock())
    known, unknown = await callers.find(issued.secret), await callers.find("wbrm_" + "0" * 32)

    async with database.transaction() as session:
        await session.execute(text("DELETE FROM access_tokens"))
    again = [await callers.find(issued.secret), await callers.find("wbrm_" + "0" * 32)]

    assert known is not None
    assert [known, unknown] == again


async def test_a_token_that_expires_soon_is_remembered_no_longer(
    extension: Extension, database: Database, vault: Vault, make: Make
) -> None:
    clock = Clock()
    issued = await extension.token(await make.user(), expires_at=utc_now() + timedelta(seconds=2))
    callers = KnownCallers(state_of(database, vault), clock=clock)
    await callers.find(issued.secret)
    async with database.transaction() as session:
        await session.execute(text("UPDATE access_tokens SET expires_at = now()"))

    clock.now += 2
    after = await callers.find(issued.secret)

    assert after is None


async def test_a_token_under_an_older_key_is_found_and_moves_to_the_first(
    extension: Extension, database: Database, make: Make
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    extension.vault = Vault([old])
    issued = await extension.token(await make.user())

    turned = await KnownCallers(state_of(database, Vault([new, old]))).find(issued.secret)
    afterwards = await KnownCallers(state_of(database, Vault([new]))).find(issued.secret)

    assert turned is not None
    assert turned == afterwards


async def caller_for(extension: Extension, make: Make, user_id: object = None) -> Caller:
    user = await make.user()
    issued = await extension.token(user)
    return Caller(user_id=user.id, token_id=issued.token.id, label="", scopes=frozenset(EVERY_SCOPE), expires_at=None)


async def test_an_unknown_shop_is_not_found_and_a_known_foreign_one_is_forbidden(
    extension: Extension, database: Database, make: Make
) -> None:
    foreign = await make.shop(owner=await make.user())
    caller = await caller_for(extension, make)

    async with database.glance() as connection:
        for unknown in (str(uuid4()), "", "x", "12", str(foreign.id).upper(), f"{{{foreign.id}}}", "\x00", "../" * 9):
            with pytest.raises(StoreNotFound):
                await store_for(connection, caller, unknown)
        with pytest.raises(ForeignStore):
            await store_for(connection, caller, str(foreign.id))
        assert await accessible_stores(connection, caller) == []
        assert await accessible_shop_ids(connection, caller) == []


async def test_a_viewer_looks_and_reports_nothing_and_nobody_reports_on_an_archived_shop(
    extension: Extension, database: Database, make: Make
) -> None:
    shop = await make.shop()
    users = {role: await make.member(shop, role) for role in Role}
    callers = {
        role: Caller(user_id=user.id, token_id=uuid4(), label="", scopes=frozenset(EVERY_SCOPE), expires_at=None)
        for role, user in users.items()
    }

    async with database.direct() as connection:
        seen = [(await store_for(connection, callers[role], str(shop.id))).role for role in Role]
        told = [
            (await store_for(connection, callers[role], str(shop.id), reporting=True)).role
            for role in (Role.OWNER, Role.MANAGER)
        ]
        with pytest.raises(LooksOnly):
            await store_for(connection, callers[Role.VIEWER], str(shop.id), reporting=True)
        await connection.execute("UPDATE shops SET archived_at = now()")
        with pytest.raises(ArchivedStore):
            await store_for(connection, callers[Role.OWNER], str(shop.id), reporting=True)

    assert seen == list(Role)
    assert told == [Role.OWNER, Role.MANAGER]
