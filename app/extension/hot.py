"""Endpoints that take the request, texts of its path and one model of its query: asked without a framework in between.

They stand in FastAPI's document as all others do. What its layers and its solving of parameters cost for each call was
more than a hot read's own work.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from re import Pattern
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.extension.errors import response_of

Endpoint = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HotRoute:
    """One endpoint, and under which names it wants what it takes."""

    method: str
    path: Pattern[str]
    endpoint: Endpoint
    request_name: str
    texts: Mapping[str, str]
    """By their names in the path."""
    query: tuple[str, TypeAdapter[Any]] | None

    async def ask(self, request: Request) -> Response:
        """Raises RequestValidationError, as FastAPI would."""
        wanted: dict[str, Any] = {self.request_name: request}
        for alias, name in self.texts.items():
            wanted[name] = request.path_params[alias]
        if self.query is not None:
            name, adapter = self.query
            wanted[name] = _read(adapter, dict(request.query_params))
        return await self.endpoint(**wanted)


class HotRoutes:
    """Goes around an application's routes that are hot; every other request goes through it."""

    def __init__(self, app: FastAPI) -> None:
        self.app: ASGIApp = app
        self._api = app
        self.routes = [hot for route in app.routes if isinstance(route, APIRoute) and (hot := hot_route(route))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"][len(scope["root_path"]) :]
        for route in self.routes:
            if method == route.method and (found := route.path.fullmatch(path)):
                scope.update(app=self._api, endpoint=route.endpoint, path_params=found.groupdict())
                answer = await _answered(route, Request(scope, receive))
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


def hot_route(route: APIRoute) -> HotRoute | None:
    """None for an endpoint that wants more of FastAPI than this."""
    wanted = route.dependant
    others = (wanted.body_params, wanted.header_params, wanted.cookie_params, wanted.dependencies)
    queries = [
        (field.name, adapter) for field in wanted.query_params if (adapter := _model(field.field_info.annotation))
    ]
    methods = sorted(route.methods or ())
    if any(others) or wanted.request_param_name is None or len(methods) != 1 or not route.include_in_schema:
        return None
    if len(queries) > 1 or len(queries) < len(wanted.query_params):
        return None
    return HotRoute(
        method=methods[0],
        path=route.path_regex,
        endpoint=route.endpoint,
        request_name=wanted.request_param_name,
        texts={field.alias: field.name for field in wanted.path_params},
        query=queries[0] if queries else None,
    )


def _model(kind: Any) -> TypeAdapter[Any] | None:
    return TypeAdapter(kind) if isinstance(kind, type) and issubclass(kind, BaseModel) else None


async def _answered(route: HotRoute, request: Request) -> Response:
    try:
        return await route.ask(request)
    except Exception as error:
        return response_of(error)


def _read(adapter: TypeAdapter[Any], given: dict[str, str]) -> Any:
    try:
        return adapter.validate_python(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in found]) from None
