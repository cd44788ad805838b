"""Who may call a method, and at what cost."""

from simulator.buckets import Refusal, is_full
from simulator.endpoint import Endpoint
from simulator.tokens import Claims, TokenProblem, read
from simulator.wire import Call, Refused, Reply, gateway_problem
from simulator.world import World


def claims_of(call: Call) -> Claims | None:
    """A call with a bad token has no seller, yet is still worth an entry in the ledger."""
    try:
        return read(call.headers.get("authorization"))
    except TokenProblem:
        return None


def check_token(world: World, call: Call) -> None:
    try:
        claims = read(call.headers.get("authorization"))
    except TokenProblem as error:
        raise Refused(problem(world, 401, str(error))) from error
    if claims.expires_at <= world.clock.now():
        raise Refused(problem(world, 401, "token problem; token is expired"))
    if claims.id in world.revoked:
        raise Refused(problem(world, 401, "access token was withdrawn"))
    if claims.test and world.knobs.test_token_status is not None:
        raise Refused(problem(world, world.knobs.test_token_status, "token problem; test token is not allowed"))


def check_rights(world: World, claims: Claims, endpoint: Endpoint) -> None:
    knobs = world.knobs
    if endpoint.category is not None and not claims.allows(endpoint.category):
        raise Refused(problem(world, knobs.missing_category_status, "token scope not allowed"))
    if endpoint.writes and claims.read_only:
        detail = "token does not satisfy additional requirements"
        raise Refused(problem(world, knobs.read_only_write_status, detail))


class Toll:
    """One call's token of the bucket: paid beforehand, given back if a failure is to cost nothing."""

    def __init__(self, world: World, call: Call, claims: Claims, bucket: str) -> None:
        self.world, self.sid, self.bucket = world, claims.sid, bucket
        self.full = is_full(claims.kind, call.headers.get("x-client-secret"), world.knobs)

    def pay(self) -> Refusal | None:
        world = self.world
        return world.limiter.take(self.sid, self.bucket, full=self.full, knobs=world.knobs, now=world.clock.now())

    def settle(self, reply: Reply) -> None:
        limiter = self.world.limiter
        if reply.status < 300:
            left = limiter.remaining(self.sid, self.bucket, full=self.full)
            reply.headers["X-Ratelimit-Remaining"] = str(left)
        elif not self.world.knobs.failed_requests_cost:
            limiter.give_back(self.sid, self.bucket, full=self.full)


def too_many(world: World, refusal: Refusal) -> Reply:
    """There is no Retry-After on purpose: WB sends none."""
    reply = problem(world, 429, f"limited by {refusal.by}", title="too many requests")
    reply.headers |= {
        "X-Ratelimit-Retry": str(refusal.retry),
        "X-Ratelimit-Reset": str(refusal.reset),
        "X-Ratelimit-Limit": str(refusal.limit),
        "X-Ratelimit-Remaining": "0",
    }
    return reply


def problem(world: World, status: int, detail: str, *, title: str = "") -> Reply:
    return gateway_problem(status, detail, now=world.clock.now(), title=title)
