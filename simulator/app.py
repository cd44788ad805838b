"""Puts the pieces together as one ASGI app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from simulator import snapshot
from simulator.chats.control import control_chats
from simulator.control import control
from simulator.control_feedbacks import control_feedbacks
from simulator.gateway import Gateway
from simulator.options import Options
from simulator.pins.control import control_pins
from simulator.questions.control import control_questions
from simulator.world import World


def create_app(options: Options | None = None) -> FastAPI:
    """The world is at `app.state.world`; without a state file nothing outlives the process."""
    chosen = options or Options()
    world = World(chosen)
    if chosen.state_file is not None:
        snapshot.read(world, chosen.state_file)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if chosen.state_file is None:
            yield
            return
        saver = asyncio.create_task(snapshot.keep_writing(world, chosen.state_file))
        yield
        saver.cancel()
        snapshot.write(world, chosen.state_file)

    app: FastAPI = FastAPIOffline(
        title="Wildberries simulator",
        lifespan=lifespan,
        docs_url="/__sim/docs",
        redoc_url=None,
        static_url="/__sim/static",
        openapi_url="/__sim/openapi.json",
    )
    app.state.world = world
    app.include_router(control(world))
    for orders in (control_feedbacks, control_questions, control_chats, control_pins):
        app.include_router(orders(world))
    app.mount("/", Gateway(world))
    return app
