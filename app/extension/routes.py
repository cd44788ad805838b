"""All resources of /api/extension."""

from starlette.routing import BaseRoute

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


ROUTES: list[BaseRoute] = [route for resource in _RESOURCES for route in resource.router.routes]
"""In one list, since FastAPI walks included routers anew for each request."""
