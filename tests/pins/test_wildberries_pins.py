"""The adapter: what leaves for Wildberries, and what its answers mean."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.kit.errors import Invalid
from app.kit.secrets import Vault
from app.pins.models import PinMethod, PinOn
from app.pins.ports import OutcomeUnknown, PinsForbidden, PinWish, WildberriesBoard
from app.shops.models import Shop
from app.wildberries.callers import Callers
from app.wildberries.errors import WbRateLimited, WbUnavailable
from app.wildberries.pins import WildberriesPins
from app.wildberries.transport import WildberriesTransport, open_http
from tests.factories import Make
from tests.wildberries.conftest import HOSTS, TOKEN, Wildberries

pytestmark = pytest.mark.anyio
PIN = {
    "pinId": 9, "feedbackId": "fb", "nmId": 1, "imtId": 2, "pinMethod": "tariff", "pinOn": "imt",
    "state": "unpinned", "changeStateAt": "2026-11-01T12:00:00Z", "unpinnedCause": "sysTariffUnpinned",
}  # fmt: skip
WISH = PinWish(feedback_id="fb", pin_on=PinOn.NM, pin_method=PinMethod.SUBSCRIPTION)
RESULT = {"feedbackId": "fb", "pinMethod": "subscription", "pinOn": "nm"}


@pytest.fixture
def wb() -> Wildberries:
    return Wildberries()


@pytest.fixture
async def board(wb: Wildberries, database: Database, vault: Vault) -> AsyncIterator[WildberriesBoard]:
    async with open_http(httpx.MockTransport(wb)) as http:
        yield WildberriesPins(WildberriesTransport(http, database, hosts=HOSTS), Callers(database, vault))


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop(token=TOKEN)


def ok() -> None:
    """A fence that lets pass."""


async def test_a_page_and_its_end(board: WildberriesBoard, shop: Shop, wb: Wildberries) -> None:
    odd: list[Any] = [{**PIN, "pinId": 10, "state": "asleep"}, {**PIN, "pinOn": "moon"}, "?"]
    wb.will(
        httpx.Response(200, json={"data": [PIN, *odd], "next": 9}),
        httpx.Response(200, json={"data": None}),
    )

    page = await board.page(shop.id, after=None, limit=500)
    end = await board.page(shop.id, after=9, limit=500)

    [pin] = page.pins
    assert (pin.wb_pin_id, pin.pinned, pin.cause, pin.pin_on) == (9, False, "sysTariffUnpinned", PinOn.IMT)
    assert (page.next, page.broken) == (9, 3)
    assert (end.pins, end.next) == ([], None)
    assert [dict(asked.url.params) for asked in wb.asked] == [{"limit": "500"}, {"limit": "500", "next": "9"}]
    assert {asked.url.path for asked in wb.asked} == {"/api/feedbacks/v1/pins"}


async def test_count_and_limits(board: WildberriesBoard, shop: Shop, wb: Wildberries) -> None:
    told = {"perUnitLimit": 2, "remaining": 3, "totalLimit": 5, "used": 2, "unlimited": False}
    wb.will(
        httpx.Response(200, json={"data": 41}),
        httpx.Response(200, json={"data": {"subscription": None, "tariff": told}}),
    )

    counted, limits = await board.count_pinned(shop.id), await board.limits(shop.id)

    assert counted == 41
    assert limits.subscription is None
    assert limits.tariff is not None
    assert (limits.tariff.total, limits.tariff.remaining) == (5, 3)
    assert wb.asked[0].url.params["state"] == "pinned"


async def test_pinning_tells_of_each(board: WildberriesBoard, shop: Shop, wb: Wildberries) -> None:
    failed = {**RESULT, "feedbackId": "x", "isErrors": True, "errors": [{"status": "itemNotFound", "title": "no"}]}
    wb.will(httpx.Response(200, json={"data": [{**RESULT, "isErrors": False, "pinId": 5}, failed]}))

    good, bad = await board.pin(shop.id, [WISH], ok)

    assert json.loads(wb.asked[0].content) == [{"pinMethod": "subscription", "pinOn": "nm", "feedbackId": "fb"}]
    assert (good.wish, good.wb_pin_id, good.errors) == (WISH, 5, [])
    assert bad.errors == [("itemNotFound", "no")]


async def test_ids_travel_in_the_body_of_delete(board: WildberriesBoard, shop: Shop, wb: Wildberries) -> None:
    wb.will(httpx.Response(200, json={"data": [5]}))

    assert await board.unpin(shop.id, [5, 6], ok) == [5]

    [asked] = wb.asked
    assert (asked.method, json.loads(asked.content)) == ("DELETE", [5, 6])
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json={"status": 403, "title": "no active subscription or tariff"}), PinsForbidden),
        (httpx.Response(400, json={"status": 400, "title": "Bad Request", "detail": "invalid request body"}), Invalid),
        (httpx.Response(429, headers={"X-Ratelimit-Retry": "9"}), WbRateLimited),
        (httpx.Response(502), OutcomeUnknown),
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        (httpx.ReadError("cut"), OutcomeUnknown),
    ],
)
async def test_a_write_goes_out_once_whatever_comes_back(
    board: WildberriesBoard,
    shop: Shop,
    wb: Wildberries,
    answer: httpx.Response | Exception,
    kind: type[Exception],
) -> None:
    wb.will(answer)

    with pytest.raises(kind):
        await board.pin(shop.id, [WISH], ok)

    assert len(wb.asked) == 1


async def test_garbage_to_a_read_is_trouble_of_wildberries(
    board: WildberriesBoard, shop: Shop, wb: Wildberries
) -> None:
    wb.will(httpx.Response(200, json={"data": {"no": "list"}}))

    with pytest.raises(WbUnavailable):
        await board.page(shop.id, after=None, limit=500)
    with pytest.raises(WbUnavailable):
        await board.count_pinned(shop.id)
