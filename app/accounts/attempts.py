"""How often somebody may try a password, per account and per address."""

import hashlib
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.errors import RateLimited
from app.kit.limits import Budget, RateBucket, take

PER_ACCOUNT = Budget(capacity=5, interval=30)
PER_ADDRESS = Budget(capacity=20, interval=10)


class TooManyAttempts(RateLimited):
    """Passwords are being guessed, or somebody has forgotten theirs."""

    code = "TOO_MANY_ATTEMPTS"
    message = "Слишком много попыток входа. Подождите немного и попробуйте снова."


async def count_attempt(session: AsyncSession, *, account: str, address: str) -> float:
    """Seconds to wait; counted before the password is looked at, so parallel guesses are no way round."""
    for key, budget in _buckets(account, address):
        grant = await take(session, key, budget, urgent=False)
        if not grant.granted:
            return max(grant.wait, 1.0)
    return 0.0


async def forgive_attempt(session: AsyncSession, *, account: str, address: str) -> None:
    """The password was right: this attempt no longer counts, earlier wrong ones do."""
    for key, budget in _buckets(account, address):
        refund = {"full_at": RateBucket.full_at - timedelta(seconds=budget.interval)}
        await session.execute(update(RateBucket).where(RateBucket.key == key).values(refund))


def _buckets(account: str, address: str) -> tuple[tuple[str, Budget], tuple[str, Budget]]:
    name = hashlib.sha256(account.encode(errors="surrogatepass")).hexdigest()
    return (f"login:address:{_network(address)}", PER_ADDRESS), (f"login:account:{name}", PER_ACCOUNT)


def _network(address: str) -> str:
    """A home gets a whole /64 of IPv6 addresses, so they count as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
