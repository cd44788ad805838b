"""Seller tokens with the claims of WB's JWT, signed with a secret that is public on purpose."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

DEVELOPMENT_SECRET = b"wbrm-simulator-development-only"
LIFETIME = 180 * 86_400
READ_ONLY_BIT = 30
CATEGORY_BITS = {
    "content": 1,
    "analytics": 2,
    "prices": 3,
    "marketplace": 4,
    "statistics": 5,
    "promotion": 6,
    "feedbacks": 7,
    "recommendations": 8,
    "chat": 9,
    "supplies": 10,
    "returns": 11,
    "documents": 12,
    "finance": 13,
    "users": 16,
}


class Kind(StrEnum):
    BASIC = "basic"
    TEST = "test"
    PERSONAL = "personal"
    SERVICE = "service"
    UNKNOWN = "unknown"


ACC = {Kind.BASIC: 1, Kind.TEST: 2, Kind.PERSONAL: 3, Kind.SERVICE: 4}
KIND_OF_ACC = {acc: kind for kind, acc in ACC.items()}


class TokenProblem(Exception):
    """Says, in WB's words, why a token is not accepted."""


@dataclass(frozen=True, kw_only=True)
class TokenOrder:
    """What a test wants its token to be."""

    sid: str
    oid: int
    kind: Kind = Kind.PERSONAL
    categories: tuple[str, ...] = ("feedbacks",)
    expires_in: float = LIFETIME
    read_only: bool = False
    test: bool = False


@dataclass(frozen=True)
class Claims:
    """What the gateway reads from a token it has verified."""

    id: str
    sid: str
    oid: int
    kind: Kind
    scope: int
    expires_at: int
    test: bool

    @property
    def read_only(self) -> bool:
        return bool(self.scope >> READ_ONLY_BIT & 1)

    def allows(self, bit: int) -> bool:
        return bool(self.scope >> bit & 1)

    def public(self) -> dict[str, Any]:
        return asdict(self)


def oid_of(sid: str) -> int:
    return int.from_bytes(hashlib.sha256(sid.encode()).digest()[:4], "big") % 9_000_000 + 1_000_000


def mint(order: TokenOrder, *, now: float) -> str:
    header = {"alg": "ES256", "kid": "20260302v1", "typ": "JWT"}
    scope = sum(1 << CATEGORY_BITS[name] for name in set(order.categories))
    scope |= (1 << READ_ONLY_BIT) if order.read_only else 0
    payload: dict[str, Any] = {
        "acc": ACC[order.kind],
        "ent": 1,
        "exp": int(now + order.expires_in),
        "id": str(uuid4()),
        "iid": order.oid,
        "oid": order.oid,
        "s": scope,
        "sid": order.sid,
        "t": order.test or order.kind is Kind.TEST,
        "uid": order.oid,
    }
    payload |= _audience(order)
    signed = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(payload).encode())}"
    return f"{signed}.{_encode(_signature(signed))}"


def read(header: str | None) -> Claims:
    """The claims of an Authorization header, raw or Bearer; expiry is not looked at here."""
    if not header:
        raise TokenProblem("token problem; token is missing")
    token = header.strip()
    token = token[7:].strip() if token[:7].lower() == "bearer " else token
    signed, _, signature = token.rpartition(".")
    if signed.count(".") != 1:
        raise TokenProblem("token problem; token is malformed: token contains an invalid number of segments")
    if not hmac.compare_digest(_signature(signed), _decode(signature)):
        raise TokenProblem("token problem; token signature is invalid")
    return _claims(json.loads(_decode(signed.split(".")[1])))


def _claims(payload: dict[str, Any]) -> Claims:
    return Claims(
        id=payload["id"],
        sid=payload["sid"],
        oid=payload["oid"],
        kind=KIND_OF_ACC.get(payload["acc"], Kind.UNKNOWN),
        scope=payload["s"],
        expires_at=payload["exp"],
        test=payload["t"],
    )


def _audience(order: TokenOrder) -> dict[str, str]:
    if order.kind is Kind.PERSONAL:
        return {"for": "self"}
    if order.kind is Kind.SERVICE:
        return {"for": f"asid:{uuid5(NAMESPACE_URL, order.sid)}"}
    return {}


def _signature(signed: str) -> bytes:
    """SHA-512 because it is as long as an ES256 signature."""
    return hmac.new(DEVELOPMENT_SECRET, signed.encode(), hashlib.sha512).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise TokenProblem(f"token problem; token is malformed: could not base64 decode: {error}") from error


def sid_from(text: str | None, *, number: int) -> str:
    """A given sid as it is; otherwise a UUID that depends only on how many sellers there were before."""
    return text or str(UUID(bytes=hashlib.sha256(f"seller-{number}".encode()).digest()[:16], version=4))
