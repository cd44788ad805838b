"""/api/tokens: made, listed, renamed and revoked by their owner alone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from app.kit.clock import utc_now
from app.kit.db import Database
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
URL = "/api/tokens"


async def issue(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(URL, json={"label": "Ноутбук", **body})
    assert answer.status_code == 201
    return dict(answer.json())


async def test_a_new_token_is_shown_once_and_kept_as_a_hash(clients: Clients, make: Make, database: Database) -> None:
    client = await clients.of(await make.user())

    issued = await issue(client)
    listed = (await client.get(URL)).json()
    async with database.transaction() as session:
        stored = str((await session.execute(text("SELECT to_jsonb(t) FROM access_tokens t"))).scalar_one())

    secret = issued.pop("secret")
    assert re.fullmatch("wbrm_[0-9a-f]{32}", secret)
    assert listed == [issued]
    assert issued["last4"] == secret[-4:]
    assert issued["scopes"] == ["read", "report"]
    assert (issued["expires_at"], issued["revoked_at"], issued["last_used_at"]) == (None, None, None)
    assert secret not in stored
    assert secret[5:] not in stored


async def test_scopes_and_expiry_are_as_asked(clients: Clients, make: Make) -> None:
    client = await clients.of(await make.user())
    expires = utc_now() + timedelta(days=30)

    issued = await issue(client, scopes=["read", "read"], expires_at=expires.isoformat())

    assert issued["scopes"] == ["read"]
    assert datetime.fromisoformat(issued["expires_at"]) == expires


@pytest.mark.parametrize(
    "body",
    [
        {"label": ""},
        {"label": "x" * 101},
        {"label": "a\x00b"},
        {"label": "x", "scopes": []},
        {"label": "x", "scopes": ["admin"]},
        {"label": "x", "expires_at": "2020-01-01T00:00:00Z"},
        {"label": "x", "expires_at": "2999-01-01T00:00:00"},
        {"label": "x", "expires_at": "9999-12-31T23:59:59-12:00"},
        {"label": "x", "expires_at": "0001-01-01T00:00:00+12:00"},
        {"label": "x", "user_id": str(uuid4())},
        {},
    ],
)
async def test_an_unfit_token_is_refused_in_russian(clients: Clients, make: Make, body: dict[str, Any]) -> None:
    client = await clients.of(await make.user())

    answer = await client.post(URL, json=body)

    assert answer.status_code == 422
    assert re.search("[а-я]", answer.json()["error"]["message"])
    assert (await client.get(URL)).json() == []


async def test_a_token_is_renamed(clients: Clients, make: Make) -> None:
    client = await clients.of(await make.user())
    issued = await issue(client)

    answer = await client.patch(f"{URL}/{issued['id']}", json={"label": "Дом"})

    assert answer.json()["label"] == "Дом"
    assert [token["label"] for token in (await client.get(URL)).json()] == ["Дом"]


async def test_revoking_twice_is_revoking_once(clients: Clients, make: Make) -> None:
    client = await clients.of(await make.user())
    issued = await issue(client)
    before = datetime.now(UTC)

    answers = [await client.post(f"{URL}/{issued['id']}/revoke") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert datetime.fromisoformat(answers[0].json()["revoked_at"]) >= before


async def test_somebody_elses_token_is_not_found(clients: Clients, make: Make) -> None:
    issued = await issue(await clients.of(await make.user()))
    stranger = await clients.of(await make.user())

    for token_id in (issued["id"], uuid4()):
        renamed = await stranger.patch(f"{URL}/{token_id}", json={"label": "Мой"})
        revoked = await stranger.post(f"{URL}/{token_id}/revoke")
        for answer in (renamed, revoked):
            assert (answer.status_code, code_of(answer)) == (404, "ACCESS_TOKEN_NOT_FOUND")
    assert (await stranger.get(URL)).json() == []


async def test_fifty_live_tokens_are_enough(clients: Clients, make: Make) -> None:
    client = await clients.of(await make.user())
    issued = [await issue(client) for _ in range(50)]

    refused = await client.post(URL, json={"label": "Ещё один"})
    await client.post(f"{URL}/{issued[0]['id']}/revoke")
    again = await client.post(URL, json={"label": "Ещё один"})

    assert (refused.status_code, code_of(refused)) == (409, "TOO_MANY_TOKENS")
    assert again.status_code == 201
