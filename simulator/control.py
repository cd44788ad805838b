"""What a test may order the world to be: clock, tokens, knobs, faults, and what it may ask."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.clock import utc_text
from simulator.faults import Rule
from simulator.knobs import Knobs
from simulator.ledger import Wanted
from simulator.llm import Step
from simulator.report import answers, summary
from simulator.shape import profile
from simulator.tokens import LIFETIME, Kind, TokenOrder, TokenProblem, mint, read, sid_from
from simulator.world import World

Json = dict[str, Any]


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockOrder(Order):
    frozen: bool | None = None
    speed: float | None = Field(default=None, gt=0)


class AdvanceOrder(Order):
    seconds: float = Field(ge=0)


class MintOrder(Order):
    """Without a sid a new seller is invented."""

    sid: str | None = None
    oid: int | None = None
    kind: Kind = Kind.PERSONAL
    categories: list[str] = ["feedbacks"]
    expires_in: float = LIFETIME
    read_only: bool = False
    test: bool = False


class RevokeOrder(Order):
    token: str


class ShapeOrder(Order):
    profile: str | list[str]


class ScriptOrder(Order):
    script: list[Step]


def control(world: World) -> APIRouter:
    router = APIRouter(prefix="/__sim")
    _clock_routes(router, world)
    _token_routes(router, world)
    _knob_routes(router, world)
    _fault_routes(router, world)
    _model_routes(router, world)
    _report_routes(router, world)
    return router


def _clock_routes(router: APIRouter, world: World) -> None:
    def told() -> Json:
        now = world.clock.now()
        return {"now": now, "iso": utc_text(now), "frozen": world.clock.frozen, "speed": world.clock.speed}

    @router.get("/clock")
    async def clock() -> Json:
        return told()

    @router.post("/clock")
    async def turn_clock(order: ClockOrder) -> Json:
        world.clock.turn(frozen=order.frozen, speed=order.speed)
        world.touch()
        return told()

    @router.post("/clock/advance")
    async def advance(order: AdvanceOrder) -> Json:
        world.clock.advance(order.seconds)
        world.touch()
        return told()

    @router.post("/reset")
    async def reset() -> Json:
        """Forgets everything but the time."""
        world.reset()
        return {"reset": True}


def _token_routes(router: APIRouter, world: World) -> None:
    @router.post("/tokens")
    async def mint_token(order: MintOrder) -> Json:
        seller = world.seller(sid_from(order.sid, number=len(world.sellers)))
        seller.oid = order.oid or seller.oid
        given = order.model_dump(exclude={"sid", "oid", "categories"})
        try:
            wanted = TokenOrder(sid=seller.sid, oid=seller.oid, categories=tuple(order.categories), **given)
            token = mint(wanted, now=world.clock.now())
        except KeyError as error:
            raise HTTPException(422, f"no such category or kind: {error}") from error
        world.touch()
        return {"token": token, "sid": seller.sid, "oid": seller.oid, "claims": read(token).public()}

    @router.post("/tokens/revoke")
    async def revoke(order: RevokeOrder) -> Json:
        try:
            world.revoked.add(read(order.token).id)
        except TokenProblem as problem:
            raise HTTPException(422, str(problem)) from problem
        world.touch()
        return {"revoked": len(world.revoked)}


def _knob_routes(router: APIRouter, world: World) -> None:
    @router.get("/knobs")
    async def knobs() -> Knobs:
        return world.knobs

    @router.post("/knobs")
    async def turn(changes: Json) -> Knobs:
        """Only the named knobs change."""
        try:
            world.turn(Knobs.model_validate(world.knobs.model_dump() | changes))
        except ValidationError as error:
            raise HTTPException(422, error.errors(include_url=False, include_context=False)) from error
        return world.knobs


def _fault_routes(router: APIRouter, world: World) -> None:
    @router.get("/faults")
    async def list_faults() -> list[Json]:
        return world.faults.report()

    @router.post("/faults")
    async def add_faults(rules: list[Rule]) -> list[Json]:
        world.faults.add(rules)
        return world.faults.report()

    @router.delete("/faults")
    async def clear_faults() -> list[Json]:
        world.faults.clear()
        return []

    @router.post("/shape")
    async def bend(order: ShapeOrder) -> Json:
        try:
            world.oddities = profile(order.profile)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        world.touch()
        return {"profile": sorted(world.oddities)}


def _model_routes(router: APIRouter, world: World) -> None:
    @router.post("/llm")
    async def script(order: ScriptOrder) -> Json:
        world.llm.follow(order.script)
        return {"waiting": len(world.llm.script)}

    @router.delete("/llm")
    async def forget_script() -> Json:
        world.llm.follow([])
        return {"waiting": 0}


def _report_routes(router: APIRouter, world: World) -> None:
    @router.get("/ledger")
    async def ledger(
        after: int = 0, method: str | None = None, path: str = "", sid: str | None = None, limit: int = 1000
    ) -> Json:
        wanted = Wanted(after=after, method=method, path=path, sid=sid, limit=limit)
        return {"entries": world.ledger.find(wanted)}

    @router.get("/summary")
    async def tell_summary(sid: str | None = None) -> Json:
        return summary(world, sid)

    @router.get("/answers")
    async def tell_answers(sid: str | None = None, everybodys: bool = False) -> Json:
        """Answers written through the API; with `everybodys` also seeded and portal ones."""
        return answers(world, sid, everybodys=everybodys)
