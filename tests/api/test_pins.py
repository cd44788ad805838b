"""Pins over HTTP: ask, take back, limits, history, candidates; and for whom."""

from typing import Any
from uuid import uuid4

import pytest

from app.kit.db import Database
from app.pins.capability import learn, switch_off
from app.pins.models import Pin
from app.pins.ports import PinLimit, PinLimits
from app.pins.queries import lock_board
from app.shops.models import Role
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
LIMIT = PinLimit(per_unit=2, remaining=3, total=5, used=2, unlimited=False)


def routes(shop_id: object, *, pin_id: object = None) -> list[tuple[str, str, Any]]:
    url = f"/api/pins/{shop_id}"
    return [
        ("GET", url, None),
        ("GET", f"{url}/limits", None),
        ("GET", f"{url}/history", None),
        ("GET", f"{url}/candidates", None),
        ("POST", f"{url}/pin", {"items": [{"feedback_id": "fb"}]}),
        ("POST", f"{url}/unpin", {"pin_ids": [str(pin_id or uuid4())]}),
        ("POST", f"{url}/sync", None),
    ]


async def test_asked_for_listed_remembered_and_taken_back(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop, photo_count=2, text="Очень тёплый")
    client, url = await clients.of(owner), f"/api/pins/{shop.id}"

    candidates = (await client.get(f"{url}/candidates")).json()
    body = {"items": [{"feedback_id": feedback.wb_id}, {"feedback_id": "nowhere", "pin_on": "imt"}]}
    asked = await client.post(f"{url}/pin", json=body)
    listed = (await client.get(url)).json()
    candidates_after = (await client.get(f"{url}/candidates")).json()
    taken_back = await client.post(f"{url}/unpin", json={"pin_ids": [asked.json()[0]["pin"]["id"]]})
    history = (await client.get(f"{url}/history", params={"feedback_id": feedback.wb_id})).json()

    assert [candidate["wb_id"] for candidate in candidates] == [feedback.wb_id]
    assert candidates_after == []
    assert asked.status_code == 202
    assert [(item["pin"] and item["pin"]["state"], item["error"]) for item in asked.json()] == [
        ("queued", None),
        (None, "Отзыв не найден."),
    ]
    assert listed["items"][0]["feedback"]["text"] == "Очень тёплый"
    assert taken_back.json()[0]["state"] == "refused"
    assert [event["to_state"] for event in history["items"]] == ["refused", "queued"]
    assert {event["actor"] for event in history["items"]} == {owner.actor}
    jobs = (await client.get("/api/jobs", params={"state": "queued"})).json()
    assert "PinFeedbacks" in [job["kind"] for job in jobs]


async def test_list_and_history_page_through_everything_once(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client, url = await clients.of(owner), f"/api/pins/{shop.id}"
    items = [{"feedback_id": (await make.feedback(shop)).wb_id} for _ in range(7)]
    await client.post(f"{url}/pin", json={"items": items})

    for address, key in ((url, "id"), (f"{url}/history", "id")):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
            page = (await client.get(address, params=params)).json()
            seen += [item[key] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 7


async def test_limits_before_and_after_wildberries_told_them(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client, url = await clients.of(owner), f"/api/pins/{shop.id}"
    unknown = (await client.get(f"{url}/limits")).json()
    async with database.transaction() as session:
        learn(await lock_board(session, shop.id), PinLimits(subscription=None, tariff=LIMIT))

    told = (await client.get(f"{url}/limits")).json()
    feedback = await make.feedback(shop)
    [asked] = (await client.post(f"{url}/pin", json={"items": [{"feedback_id": feedback.wb_id}]})).json()

    assert (unknown["capability"], unknown["subscription"]) == ("unknown", None)
    assert told["capability"] == "on"
    assert told["tariff"] == {"per_unit": 2, "remaining": 3, "total": 5, "used": 2, "unlimited": False}
    assert asked["pin"]["pin_method"] == "tariff"


async def test_a_shop_without_the_option_is_told_so(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop)
    async with database.transaction() as session:
        switch_off(await lock_board(session, shop.id), "no active subscription or tariff")
    client = await clients.of(owner)

    answer = await client.post(f"/api/pins/{shop.id}/pin", json={"items": [{"feedback_id": feedback.wb_id}]})

    assert (answer.status_code, code_of(answer)) == (409, "PINS_UNAVAILABLE")
    assert "«Джем»" in answer.json()["error"]["message"]


async def test_a_foreign_shop_is_not_found_and_its_pins_neither(clients: Clients, make: Make) -> None:
    owner, stranger = await make.user(), await make.user()
    shop, other = await make.shop(owner=owner), await make.shop(owner=stranger)
    theirs = await _queued(clients, make, shop, owner)
    client = await clients.of(stranger)

    foreign = [await client.request(method, url, json=body) for method, url, body in routes(shop.id, pin_id=theirs)]
    unpinned = await client.post(f"/api/pins/{other.id}/unpin", json={"pin_ids": [theirs]})
    listed = (await client.get(f"/api/pins/{other.id}")).json()

    assert [answer.status_code for answer in foreign] == [404] * 7
    assert (unpinned.status_code, code_of(unpinned)) == (404, "PIN_NOT_FOUND")
    assert listed["items"] == []


async def test_a_viewer_looks_and_does_not_touch(clients: Clients, make: Make) -> None:
    shop = await make.shop()
    viewer = await clients.member(shop, Role.VIEWER)

    answers = [await viewer.request(method, url, json=body) for method, url, body in routes(shop.id)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 403, 403, 403]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pin", {"items": []}),
        ("pin", {"items": [{"feedback_id": "fb"}] * 501}),
        ("pin", {"items": [{"feedback_id": "fb", "pin_on": "moon"}]}),
        ("unpin", {"pin_ids": ["1"]}),
        ("?cursor=мусор", None),
        ("?cursor=bm9w", None),
        ("history?cursor=bm9wIG5vcA==", None),
        ("candidates?limit=101", None),
        ("candidates?order=best", None),
    ],
)
async def test_bad_questions_are_refused(clients: Clients, make: Make, path: str, body: Any) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client, url = await clients.of(owner), f"/api/pins/{shop.id}"

    where = f"{url}{path}" if path.startswith("?") else f"{url}/{path}"
    answer = await (client.get(where) if body is None else client.post(where, json=body))

    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


async def test_only_what_is_pinned_can_be_unpinned(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    pin_id = await _queued(clients, make, shop, owner)
    client, url = await clients.of(owner), f"/api/pins/{shop.id}/unpin"
    async with database.transaction() as session:
        assert await session.get(Pin, (shop.id, pin_id)) is not None

    first = await client.post(url, json={"pin_ids": [pin_id]})
    second = await client.post(url, json={"pin_ids": [pin_id]})

    assert first.status_code == 202
    assert (second.status_code, code_of(second)) == (409, "NOT_PINNED")


async def _queued(clients: Clients, make: Make, shop: Any, owner: Any) -> str:
    feedback = await make.feedback(shop)
    client = await clients.of(owner)
    asked = await client.post(f"/api/pins/{shop.id}/pin", json={"items": [{"feedback_id": feedback.wb_id}]})
    return str(asked.json()[0]["pin"]["id"])
