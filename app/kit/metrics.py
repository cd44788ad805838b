"""What Prometheus may ask of a process; every label has few values, so no id ever becomes one."""

import inspect
import time
from functools import cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTTP_REQUESTS: Final = Counter("http_requests", "Requests answered", ["route", "method", "status"])
HTTP_SECONDS: Final = Histogram("http_request_seconds", "From request to the end of the answer", ["route", "method"])
JOBS: Final = Counter("jobs", "Jobs finished", ["kind", "outcome"])
JOB_SECONDS: Final = Histogram(
    "job_seconds", "One run of a job", ["kind"], buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
)
JOBS_WAITING: Final = Gauge("jobs_waiting", "Jobs queued", ["kind"])
WB_REQUESTS: Final = Counter("wb_requests", "Calls to Wildberries", ["operation", "status"])
WB_SECONDS: Final = Histogram(
    "wb_request_seconds",
    "One call to Wildberries",
    ["operation"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WB_COOLDOWN: Final = Histogram(
    "wb_cooldown_seconds",
    "How long a 429 closed a bucket",
    ["bucket"],
    buckets=(1, 5, 30, 60, 300, 900, 3600, 21600),
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Counts and times requests under their route's template; belongs outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = route_template(scope)
            _requests(route, method, status // 100).inc()
            _seconds(route, method).observe(time.perf_counter() - started)


@cache
def _requests(route: str, method: str, hundreds: int) -> Counter:
    return HTTP_REQUESTS.labels(route, method, f"{hundreds}xx")


@cache
def _seconds(route: str, method: str) -> Histogram:
    return HTTP_SECONDS.labels(route, method)


def route_template(scope: Scope) -> str:
    """`/api/shops/{shop_id}`, never the path itself; what no route answered is all one."""
    endpoint = scope.get("endpoint")
    if endpoint is None or not inspect.isroutine(endpoint):  # or a mounted application that had no route either
        return "unmatched"
    names = {str(value): name for name, value in scope.get("path_params", {}).items() if str(value)}
    path: str = scope["path"]
    for value in sorted((value for value in names if "/" in value), key=len, reverse=True):
        path = path.replace(value, "{" + names[value] + "}")
    return "/".join("{" + names[part] + "}" if part in names else part for part in path.split("/"))
