"""All resources of /api/extension."""

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.extension import (
    auth,
    chat_reports,
    chats,
    complaint_list,
    evidence,
    health,
    page_list,
    page_reports,
    products,
    reparse,
    sent,
    stats,
    store_list,
    tasks,
    verdict_reports,
)

_RESOURCES = (
    page_reports,
    tasks,
    sent,
    store_list,
    stats,
    page_list,
    complaint_list,
    chats,
    verdict_reports,
    chat_reports,
    evidence,
    products,
    reparse,
    auth,
    health,
)
"""The most asked first: each request is compared with one route after the other."""


def _plain(route: APIRoute) -> Route | None:
    """The same endpoint without FastAPI's machinery, if all it takes are the request and texts of the path."""
    wanted = route.dependant
    others = (wanted.query_params, wanted.body_params, wanted.header_params, wanted.cookie_params, wanted.dependencies)
    if any(others) or wanted.request_param_name is None:
        return None
    endpoint, request_name = route.endpoint, wanted.request_param_name
    texts = [(field.name, field.alias) for field in wanted.path_params]

    async def answer(request: Request) -> Response:
        found: Response = await endpoint(
            **{request_name: request}, **{name: request.path_params[alias] for name, alias in texts}
        )
        return found

    plain = Route(route.path, answer, include_in_schema=False)
    plain.methods = route.methods
    return plain


_DOCUMENTED: list[BaseRoute] = [route for resource in _RESOURCES for route in resource.router.routes]
_PLAIN = [plain for route in _DOCUMENTED if isinstance(route, APIRoute) and (plain := _plain(route)) is not None]
ROUTES: list[BaseRoute] = [*_PLAIN, *_DOCUMENTED]
"""In one list, since FastAPI walks included routers anew for each request; those it need not solve anything for are
asked plainly, and stand in its document all the same. Together that was half of what a hot read cost in Python."""
