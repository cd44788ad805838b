"""Users and their passwords, below any surface."""

import asyncio
import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import passwords
from app.accounts.attempts import _network
from app.accounts.emails import BadEmail, clean_email, login_name
from app.accounts.service import EmailTaken, create_user
from app.accounts.sessions import OpenedSession
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def test_new_hashes_are_argon2id() -> None:
    assert (await passwords.hash_password("правильный конь")).startswith("$argon2id$")


async def test_a_hash_of_an_unknown_kind_fits_no_password() -> None:
    assert not (await passwords.verify_password("правильный конь", "-")).right


async def test_nobodys_password_is_never_right() -> None:
    assert not (await passwords.verify_password("правильный конь", None)).right


async def test_a_zero_byte_ends_no_password() -> None:
    stored = await passwords.hash_password("длинный\0пароль")

    assert not (await passwords.verify_password("длинный\0другой", stored)).right


@pytest.mark.parametrize("raw", ["Olga@Example.COM", "  olga@example.com\n"])
def test_one_person_has_one_spelling(raw: str) -> None:
    assert clean_email(raw) == "olga@example.com"


@given(st.text(st.sampled_from(string.printable + "ёЯ\0\ud800")))
def test_no_text_breaks_the_reading_of_an_email(raw: str) -> None:
    login_name(raw)
    with contextlib.suppress(BadEmail):
        clean_email(raw)


async def test_of_two_users_with_one_email_one_is_made(database: Database) -> None:
    async def make_one(email: str) -> None:
        async with database.transaction() as session:
            await create_user(session, email=email, name="Ольга", password_hash="-", now=utc_now())

    made = await asyncio.gather(make_one("olga@example.com"), make_one("OLGA@example.com"), return_exceptions=True)

    assert [type(outcome) for outcome in made if outcome] == [EmailTaken]


def test_a_home_network_counts_as_one_address() -> None:
    assert _network("2001:db8::1") == _network("2001:db8::ffff") == "2001:db8::/64"
    assert _network("192.0.2.1") == "192.0.2.1"
    assert len(_network("мусор\n")) == 64


async def test_secrets_stay_out_of_reprs(make: Make) -> None:
    user = await make.user(password_hash="$argon2id$secret")
    opened = OpenedSession(user=user, token="wbc_secret", csrf_token="csrf_secret", expires_at=utc_now())

    assert "secret" not in repr(opened) + repr(user)
