"""What shops need of the outside world."""

from dataclasses import dataclass
from typing import Protocol

from app.kit.errors import Invalid
from app.shops.models import TokenKind
from app.shops.wb_token import TokenFacts


class TokenRefusedByWildberries(Invalid):
    """Wildberries answered 401 or 403: the token is forged, revoked, or opens something else."""

    code = "TOKEN_REFUSED"
    message = "Wildberries не принял этот токен. Проверьте, что он действует и скопирован целиком."


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetFacts:
    """What Wildberries itself says about the cabinet behind a token; None where it does not say."""

    name: str | None = None
    seller_id: str | None = None


class CabinetProbe(Protocol):
    """Only Wildberries can tell a real token from a forged one, because only it knows the key."""

    async def confirm(self, raw_token: str, facts: TokenFacts) -> CabinetFacts:
        """Raises TokenRefusedByWildberries, or Unavailable and RateLimited when Wildberries cannot say."""
        ...


class CallBudget(Protocol):
    """How often Wildberries lets a cabinet's feedbacks be asked for."""

    def seconds_per_call(self, kind: TokenKind) -> float:
        """In the long run, with a token of this kind."""
        ...

    def bucket_key(self, seller_id: str) -> str:
        """Where kit.limits keeps the cabinet's budget."""
        ...
