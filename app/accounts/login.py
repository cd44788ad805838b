"""Log-in and change of password: flows of short transactions with the slow hashing between them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import attempts, passwords, queries, sessions
from app.accounts.emails import login_name
from app.accounts.models import SessionKind, User
from app.accounts.sessions import Login, OpenedSession
from app.kit.db import Database
from app.kit.errors import Invalid, Unauthorized


class WrongCredentials(Unauthorized):
    """The e-mail is unknown or the password is wrong; which of the two is not told."""

    code = "WRONG_CREDENTIALS"
    message = "Неверная почта или пароль."


class WrongPassword(Invalid):
    """The present password, asked again before a change, is wrong."""

    code = "WRONG_PASSWORD"
    message = "Текущий пароль введён неверно."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody typed, and from where."""

    email: str
    password: str = field(repr=False)
    address: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    user: User
    upgraded: str | None


async def log_in(db: Database, attempt: Attempt, kind: SessionKind, *, now: datetime) -> OpenedSession:
    """Opens a session for the right password; a wrong one counts against the account and the address."""
    proof = await _prove(db, attempt)
    if proof is None:
        raise WrongCredentials
    async with db.transaction() as session:
        user = await queries.lock_user(session, proof.user.id)
        if user.password_hash != proof.user.password_hash:  # changed while we were hashing
            raise WrongCredentials
        user.password_hash = proof.upgraded or user.password_hash
        await _forgive(session, attempt)
        return await sessions.open_session(session, user, kind, user_agent=attempt.user_agent, now=now)


async def change_password(db: Database, login: Login, attempt: Attempt, *, new_password: str) -> None:
    """Ends every other session of the user."""
    proof = await _prove(db, attempt)
    if proof is None:
        raise WrongPassword
    new_hash = await passwords.hash_password(new_password)
    async with db.transaction() as session:
        user = await queries.lock_user(session, proof.user.id)
        if user.password_hash != proof.user.password_hash:
            raise WrongPassword
        user.password_hash = new_hash
        await _forgive(session, attempt)
        await sessions.end_all_sessions(session, user.id, but=login.session.token_hash)


async def _prove(db: Database, attempt: Attempt) -> _Proof | None:
    passwords.forbid_long(attempt.password)
    name = login_name(attempt.email)
    async with db.transaction() as session:
        wait = await attempts.count_attempt(session, account=name, address=attempt.address)
        user = await queries.find_user_by_email(session, name)
    if wait:
        raise attempts.TooManyAttempts(wait)
    verdict = await passwords.verify_password(attempt.password, user.password_hash if user else None)
    return _Proof(user=user, upgraded=verdict.upgraded) if user and verdict.right else None


async def _forgive(session: AsyncSession, attempt: Attempt) -> None:
    await attempts.forgive_attempt(session, account=login_name(attempt.email), address=attempt.address)
