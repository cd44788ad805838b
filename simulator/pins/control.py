"""What WB does to pins by itself, ordered by a test."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from simulator.world import World

Json = dict[str, Any]
Cause = Literal["sysTariffUnpinned", "sysLimitReached", "sysNoratingUnpinned", "sysAdditionalSlot"]
Obstacle = Literal[
    "feedbackNotFound",
    "itemNotFound",
    "feedbackMismatch",
    "itemNoImages",
    "feedbackExcluded",
    "imtNotDisplayed",
    "globalLimitReached",
    "unitLimitReached",
    "tariffRestriction",
    "subscriptionRestriction",
    "alreadyPinned",
    "bodyNotValid",
]


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UnpinOrder(Order):
    cause: Cause


class ErrorsOrder(Order):
    sid: str
    errors: dict[str, Obstacle]


def control_pins(world: World) -> APIRouter:
    router = APIRouter(prefix="/__sim/pins")

    @router.post("/errors")
    async def order_errors(order: ErrorsOrder) -> Json:
        """From now on these feedbacks cannot be pinned, for this reason; replaces the former order."""
        world.seller(order.sid).board.errors = dict(order.errors)
        world.touch()
        return {"errors": order.errors}

    @router.post("/{pin_id}/unpin")
    async def unpin(pin_id: int, order: UnpinOrder) -> Json:
        """As WB does it: the pin stays in the list, unpinned, with its cause."""
        for seller in world.sellers.values():
            pin = seller.board.pins.get(pin_id)
            if pin is not None:
                pin.unpin(order.cause, world.clock.now())
                world.touch()
                return pin.wire()
        raise HTTPException(404, f"no pin {pin_id}")

    return router
