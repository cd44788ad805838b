"""Access tokens as the domain keeps them."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.accounts.access_tokens import (
    MOST_LIVE,
    AccessTokenNotFound,
    IssuedToken,
    TooManyTokens,
    UnfitExpiry,
    find_caller,
    make_token,
    rename_token,
    revoke_token,
    tokens_of,
)
from app.accounts.models import AccessToken, TokenScope, User
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.secrets import Vault
from tests.factories import Make

pytestmark = pytest.mark.anyio
NOW = utc_now()


async def issue(database: Database, vault: Vault, user: User, *, hours: float | None = None) -> IssuedToken:
    expires = None if hours is None else NOW + timedelta(hours=hours)
    async with database.transaction() as session:
        return await make_token(
            session, user.id, label="Офис", scopes=[TokenScope.REPORT, TokenScope.READ], expires_at=expires,
            vault=vault, now=NOW,
        )  # fmt: skip


async def found(database: Database, vault: Vault, secret: str, *, hours: float = 0) -> bool:
    async with database.glance() as connection:
        hashes = vault.keyed_hashes(secret)
        return await find_caller(connection, hashes, now=NOW + timedelta(hours=hours)) is not None


async def row_of(database: Database, issued: IssuedToken) -> AccessToken:
    async with database.transaction() as session:
        return await session.get_one(AccessToken, issued.token.id)


async def test_a_secret_finds_its_owner_and_what_it_may_do(database: Database, vault: Vault, make: Make) -> None:
    user = await make.user()
    issued = await issue(database, vault, user)

    async with database.glance() as connection:
        caller = await find_caller(connection, vault.keyed_hashes(issued.secret), now=NOW)

    assert caller is not None
    assert (caller.user_id, caller.token_id, caller.label) == (user.id, issued.token.id, "Офис")
    assert caller.scopes == {TokenScope.READ, TokenScope.REPORT}
    assert caller.actor == user.actor
    assert issued.secret not in repr(issued)


async def test_only_the_right_secret_of_a_live_token_is_found(database: Database, vault: Vault, make: Make) -> None:
    user = await make.user()
    expiring, revoked = await issue(database, vault, user, hours=1), await issue(database, vault, user)
    async with database.transaction() as session:
        await revoke_token(session, user.id, revoked.token.id, now=NOW)

    answers = [
        await found(database, vault, expiring.secret),
        await found(database, vault, expiring.secret, hours=1),
        await found(database, vault, revoked.secret),
        await found(database, vault, expiring.secret[:-1]),
        await found(database, Vault([Fernet.generate_key().decode()]), expiring.secret),
    ]

    assert answers == [True, False, False, False, False]


async def test_the_last_use_is_noted_once_a_minute(database: Database, vault: Vault, make: Make) -> None:
    issued = await issue(database, vault, await make.user())
    noted = []

    for seconds in (0, 59, 60, 61):
        await found(database, vault, issued.secret, hours=seconds / 3600)
        noted.append((await row_of(database, issued)).last_used_at)

    assert noted == [NOW, NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=60)]


async def test_a_token_under_an_older_key_is_stored_again_under_the_first(database: Database, make: Make) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    issued = await issue(database, Vault([old]), await make.user())
    await found(database, Vault([old]), issued.secret)

    turned = await found(database, Vault([new, old]), issued.secret)

    assert turned
    assert (await row_of(database, issued)).token_hash == Vault([new]).keyed_hashes(issued.secret)[0]
    assert not await found(database, Vault([old]), issued.secret)


async def test_of_many_at_once_at_the_limit_one_gets_in(database: Database, vault: Vault, make: Make) -> None:
    user = await make.user()
    for _ in range(MOST_LIVE - 1):
        await issue(database, vault, user)
    await issue(database, vault, await make.user())

    outcomes = await asyncio.gather(*(issue(database, vault, user) for _ in range(4)), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IssuedToken", *["TooManyTokens"] * 3]
    assert any(isinstance(outcome, TooManyTokens) for outcome in outcomes)


@pytest.mark.parametrize("hours", [-1, 0, 24 * 3660])
async def test_an_expiry_is_ahead_and_within_ten_years(
    database: Database, vault: Vault, make: Make, hours: float
) -> None:
    user = await make.user()

    with pytest.raises(UnfitExpiry):
        await issue(database, vault, user, hours=hours)


async def test_tokens_are_touched_by_their_owner_alone(database: Database, vault: Vault, make: Make) -> None:
    owner, stranger = await make.user(), await make.user()
    issued = await issue(database, vault, owner)

    async with database.transaction() as session:
        with pytest.raises(AccessTokenNotFound):
            await rename_token(session, stranger.id, issued.token.id, "Мой")
        with pytest.raises(AccessTokenNotFound):
            await revoke_token(session, stranger.id, issued.token.id, now=NOW)
        theirs, none = await tokens_of(session, owner.id), await tokens_of(session, stranger.id)

    assert [token.id for token in theirs] == [issued.token.id]
    assert none == []
    assert await found(database, vault, issued.secret)


async def test_a_deleted_user_leaves_no_tokens(database: Database, vault: Vault, make: Make) -> None:
    user = await make.user()
    issued = await issue(database, vault, user)

    async with database.transaction() as session:
        await session.execute(text("DELETE FROM users WHERE id = :id"), {"id": user.id})

    assert not await found(database, vault, issued.secret)
