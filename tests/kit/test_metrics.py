from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY

from app.kit.metrics import MetricsMiddleware

pytestmark = pytest.mark.anyio


def build() -> FastAPI:
    shops = APIRouter(prefix="/shops/{shop_id}")

    @shops.get("/feedbacks/{wb_id}")
    async def one(shop_id: str, wb_id: str) -> str:
        if wb_id == "boom":
            raise RuntimeError
        return wb_id

    app, inner = FastAPI(), FastAPI()
    outer = APIRouter(prefix="/m-api")
    outer.include_router(shops)
    app.include_router(outer)
    inner.include_router(shops)

    @inner.get("/files/{path:path}")
    async def file(path: str) -> str:
        return path

    app.mount("/m-sub", inner)
    app.add_middleware(MetricsMiddleware)
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def counted(route: str, method: str = "GET", status: str = "2xx") -> float:
    labels = {"route": route, "method": method, "status": status}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0


@pytest.mark.parametrize(
    ("path", "method", "route", "status"),
    [
        ("/m-api/shops/s1/feedbacks/f1", "GET", "/m-api/shops/{shop_id}/feedbacks/{wb_id}", "2xx"),
        ("/m-api/shops/s1/feedbacks/boom", "GET", "/m-api/shops/{shop_id}/feedbacks/{wb_id}", "5xx"),
        ("/m-sub/shops/s1/feedbacks/f1", "GET", "/m-sub/shops/{shop_id}/feedbacks/{wb_id}", "2xx"),
        ("/m-sub/files/a/b/c.js", "GET", "/m-sub/files/{path}", "2xx"),
        ("/m-sub/unknown/123", "GET", "unmatched", "4xx"),
        ("/unknown/123", "GET", "unmatched", "4xx"),
        ("/unknown/123", "BREW", "unmatched", "4xx"),
    ],
)
async def test_requests_are_counted_under_their_template(
    client: httpx.AsyncClient, path: str, method: str, route: str, status: str
) -> None:
    label = "OTHER" if method == "BREW" else method
    before = counted(route, label, status)

    await client.request(method, path)

    assert counted(route, label, status) == before + 1


async def test_no_path_becomes_a_label(client: httpx.AsyncClient) -> None:
    for number in range(50):
        await client.get(f"/m-api/shops/secret{number}/feedbacks/x{number}")
        await client.get(f"/m-sub/nowhere/secret{number}")

    labels = [sample.labels.get("route", "") for metric in REGISTRY.collect() for sample in metric.samples]
    assert not any("secret" in label for label in labels)
