"""What goes around FastAPI answers as if it went through it."""

from collections.abc import Mapping
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Path, Query, Request
from pydantic import Field
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.extension.build import build_api
from app.extension.hot import HotRoutes
from app.extension.wire import WireIn, json_response
from app.kit.errors import Conflict
from tests.extension.callers import Extension

pytestmark = pytest.mark.anyio

ASKED = [
    "/things/a?limit=5",
    "/things/a",
    "/things/a?limit=0",
    "/things/a?limit=many&limit=7",
    "/things/a?limit=",
    "/things/a?sortBy=size",
    "/things/a?sortBy=nothing",
    "/things/%D1%84%20b?limit=2&other=1",
    "/things/a%2Fb",
    "/things/spent",
    "/things/",
    "/things",
    "/nothing",
]


class ThingsAsked(WireIn):
    limit: int = Field(3, ge=1)
    sort_by: Annotated[str, Field(pattern="^(size|age)$")] = "age"


def an_api() -> FastAPI:
    api = FastAPI(redirect_slashes=False)

    @api.get("/things/{thingId}")
    async def things(
        thing_id: Annotated[str, Path(alias="thingId")], request: Request, asked: Annotated[ThingsAsked, Query()]
    ) -> Response:
        if thing_id == "spent":
            raise Conflict
        return json_response({"id": thing_id, "limit": asked.limit, "by": asked.sort_by, "as": request.method})

    return api


class Under:
    """The application where it stands in ours, with the errors of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "root_path": "/api"}, receive, send)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ASKED)
async def test_the_answer_is_the_same(extension: Extension, path: str, method: str) -> None:
    assert isinstance(extension.app, FastAPI)
    api = build_api(extension.app.state)
    api.router.routes.extend(an_api().routes)

    through, around = [
        await httpx.AsyncClient(transport=httpx.ASGITransport(Under(app)), base_url="http://here/api").request(
            method, path
        )
        for app in (api, HotRoutes(api))
    ]

    assert (around.status_code, around.content) == (through.status_code, through.content)
    assert shown(around.headers) == shown(through.headers)


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def test_the_contracts_busiest_routes_are_hot(extension: Extension) -> None:
    assert isinstance(extension.app, FastAPI)
    hot = {(route.method, route.path.pattern) for route in HotRoutes(build_api(extension.app.state)).routes}

    busiest = [
        ("POST", "review-statuses"),
        ("GET", "review-statuses"),
        ("POST", "complaint-statuses"),
        ("GET", "stores"),
        ("GET", "tasks"),
        ("GET", "stats"),
        ("GET", "complaints"),
        ("POST", "sent"),
        ("POST", "opened"),
    ]
    for method, last in busiest:
        assert any(method == its and path.replace("\\", "").endswith(f"/{last}$") for its, path in hot), last
