"""Rules of products over HTTP: looked at, changed one by one, in bulk and by copying; and the cabinet's limits."""

from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.shops.models import Role, Shop
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
LIMITS: dict[str, Any] = {
    "version": 0, "chats_per_run": 40, "complaints_per_run": 200, "chat_pause_ms": 4000, "complaint_pause_ms": 2000,
    "complaints_per_day": 100, "trust_rules": True, "approved_price": 12_300,
}  # fmt: skip


@pytest.fixture
async def shop(make: Make) -> Shop:
    made = await make.shop()
    for nm_id, name in ((501, "Кофта"), (502, "Кофта синяя"), (503, "Брюки")):
        await make.feedback(made, nm_id=nm_id, product_name=name, supplier_article=f"A-{nm_id}", brand_name="Тепло")
    return made


@pytest.fixture
async def manager(clients: Clients, shop: Shop) -> httpx.AsyncClient:
    return await clients.member(shop, Role.MANAGER)


async def statuses(client: httpx.AsyncClient, shop: Shop) -> dict[int, str]:
    page = (await client.get(f"/api/products/{shop.id}")).json()
    return {item["nm_id"]: item["rule"]["work_status"] for item in page["items"]}


async def test_a_product_without_a_rule_is_not_worked_on(manager: httpx.AsyncClient, shop: Shop) -> None:
    page = (await manager.get(f"/api/products/{shop.id}", params={"limit": 1})).json()
    rest = (await manager.get(f"/api/products/{shop.id}", params={"cursor": page["next_cursor"]})).json()

    assert page["items"] == [
        {
            "nm_id": 501, "title": "Кофта", "vendor_code": "A-501", "brand": "Тепло",
            "rule": {
                "work_status": "stopped", "complaint_ratings": [1, 2, 3], "chats": False,
                "chat_ratings": [1, 2, 3, 4], "work_from": None, "updated_at": None, "updated_by": None,
            },
        }
    ]  # fmt: skip
    assert ([item["nm_id"] for item in rest["items"]], rest["next_cursor"]) == ([502, 503], None)


async def test_one_rule_is_changed_and_its_day_is_a_moscow_day(
    manager: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    url = f"/api/products/{shop.id}/501"

    made = await manager.patch(
        url, json={"work_status": "active", "work_from": "2026-02-28", "chat_ratings": [4, 1, 4]}
    )
    cleared = await manager.patch(url, json={"work_from": None})

    async with database.glance() as connection:
        jobs = await connection.fetch("SELECT kind FROM jobs WHERE kind = 'RefreshStandings'")
    rule = made.json()["rule"]
    assert (rule["work_status"], rule["work_from"], rule["chat_ratings"]) == ("active", "2026-02-28", [1, 4])
    assert rule["updated_by"].startswith("user:")
    assert (cleared.json()["rule"]["work_from"], cleared.json()["rule"]["work_status"]) == (None, "active")
    assert len(jobs) == 1


async def test_the_day_is_kept_as_the_moment_it_begins(
    manager: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    await manager.patch(f"/api/products/{shop.id}/501", json={"work_from": "2026-02-28"})

    async with database.glance() as connection:
        kept = await connection.fetchval("SELECT work_from FROM product_rules")
    assert kept.isoformat() == "2026-02-27T21:00:00+00:00"


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(manager: httpx.AsyncClient, shop: Shop) -> None:
    url = f"/api/products/{shop.id}/501"
    first = await manager.patch(url, json={"work_status": "active", "updated_at": None})

    late = await manager.patch(url, json={"work_status": "stopped", "updated_at": None})
    seen = first.json()["rule"]["updated_at"]
    in_time = await manager.patch(url, json={"work_status": "paused", "updated_at": seen})

    assert (late.status_code, code_of(late)) == (409, "RULE_CHANGED")
    assert in_time.json()["rule"]["work_status"] == "paused"


async def test_many_are_changed_by_number_by_search_and_all(manager: httpx.AsyncClient, shop: Shop) -> None:
    url = f"/api/products/{shop.id}/bulk"

    listed = await manager.post(url, json={"target": {"nm_ids": [501, 503]}, "change": {"work_status": "active"}})
    by_list = await statuses(manager, shop)
    found = await manager.post(
        url, json={"target": {"matching": {"search": "кофта"}}, "change": {"work_status": "paused"}}
    )
    by_search = await statuses(manager, shop)
    every_one = await manager.post(url, json={"target": {"matching": {}}, "change": {"chats": True}})

    assert listed.json() == {"products": 2, "changed": 2}
    assert by_list == {501: "active", 502: "stopped", 503: "active"}
    assert found.json() == {"products": 2, "changed": 2}
    assert by_search == {501: "paused", 502: "paused", 503: "active"}
    assert every_one.json() == {"products": 3, "changed": 3}


async def test_a_rule_is_copied_to_all_others(manager: httpx.AsyncClient, shop: Shop) -> None:
    url = f"/api/products/{shop.id}"
    nothing = await manager.post(f"{url}/copy", json={"from_nm_id": 502, "target": {"matching": {}}})
    await manager.patch(f"{url}/502", json={"work_status": "active", "complaint_ratings": [1]})

    copied = await manager.post(f"{url}/copy", json={"from_nm_id": 502, "target": {"matching": {}}})

    rules = [item["rule"] for item in (await manager.get(url)).json()["items"]]
    assert (nothing.status_code, code_of(nothing)) == (404, "NO_RULE_TO_COPY")
    assert copied.json() == {"products": 3, "changed": 2}
    assert [(rule["work_status"], rule["complaint_ratings"]) for rule in rules] == [("active", [1])] * 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "501", {}, 422),
        ("PATCH", "501", {"updated_at": None}, 422),
        ("PATCH", "501", {"work_status": None}, 422),
        ("PATCH", "501", {"work_status": "asleep"}, 422),
        ("PATCH", "501", {"complaint_ratings": [5]}, 422),
        ("PATCH", "501", {"complaint_ratings": [0]}, 422),
        ("PATCH", "501", {"work_from": "0001-01-01"}, 422),
        ("PATCH", "501", {"work_from": "вчера"}, 422),
        ("PATCH", "501", {"colour": "red"}, 422),
        ("PATCH", "99", {"chats": True}, 404),
        ("PATCH", "0", {"chats": True}, 422),
        ("PATCH", str(2**63), {"chats": True}, 422),
        ("POST", "bulk", {"target": {}, "change": {"chats": True}}, 422),
        ("POST", "bulk", {"target": {"nm_ids": []}, "change": {"chats": True}}, 422),
        ("POST", "bulk", {"target": {"nm_ids": [501], "matching": {}}, "change": {"chats": True}}, 422),
        ("POST", "bulk", {"target": {"nm_ids": [501]}, "change": {}}, 422),
        ("POST", "bulk", {"target": {"nm_ids": [501, 99]}, "change": {"chats": True}}, 404),
        ("POST", "copy", {"from_nm_id": 501, "target": {"nm_ids": [502]}}, 404),
        ("PUT", "settings", {**LIMITS, "chats_per_run": 0}, 422),
        ("PUT", "settings", {**LIMITS, "chat_pause_ms": 10}, 422),
        ("PUT", "settings", {**LIMITS, "complaints_per_day": -1}, 422),
        ("PUT", "settings", {**LIMITS, "approved_price": 10**12}, 422),
        ("PUT", "settings", {"version": 0}, 422),
        ("PUT", "settings", {**LIMITS, "version": 7}, 409),
    ],
)
async def test_bad_wishes_are_refused_in_russian_and_change_nothing(
    manager: httpx.AsyncClient, shop: Shop, database: Database, method: str, path: str, body: Any, status: int
) -> None:
    answer = await manager.request(method, f"/api/products/{shop.id}/{path}", json=body)

    assert answer.status_code == status
    assert any("а" <= char <= "я" for char in answer.json()["error"]["message"])
    async with database.glance() as connection:
        counts = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM product_rules), (SELECT count(*) FROM cabinet_settings),"
            " (SELECT count(*) FROM shop_events)"
        )
    assert tuple(counts or ()) == (0, 0, 0)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x", "work_status=asleep", "page=2"])
async def test_bad_questions_are_refused(manager: httpx.AsyncClient, shop: Shop, query: str) -> None:
    answer = await manager.get(f"/api/products/{shop.id}?{query}")

    assert answer.status_code == 422


async def test_limits_have_defaults_and_are_replaced_as_a_whole(manager: httpx.AsyncClient, shop: Shop) -> None:
    url = f"/api/products/{shop.id}/settings"

    before = (await manager.get(url)).json()
    saved = await manager.put(url, json=LIMITS)
    again = await manager.put(url, json=LIMITS)

    assert before == {
        "version": 0, "chats_per_run": 50, "complaints_per_run": 300, "chat_pause_ms": 3000,
        "complaint_pause_ms": 1500, "complaints_per_day": 300, "trust_rules": False, "approved_price": 0,
    }  # fmt: skip
    assert saved.json() == (await manager.get(url)).json() == {**LIMITS, "version": 1}
    assert (again.status_code, code_of(again)) == (409, "LIMITS_CHANGED")


async def test_a_viewer_looks_and_changes_nothing(clients: Clients, shop: Shop) -> None:
    viewer, url = await clients.member(shop, Role.VIEWER), f"/api/products/{shop.id}"
    asked: list[tuple[str, str, Any]] = [
        ("GET", url, None),
        ("GET", f"{url}/settings", None),
        ("PUT", f"{url}/settings", LIMITS),
        ("PATCH", f"{url}/501", {"chats": True}),
        ("POST", f"{url}/bulk", {"target": {"matching": {}}, "change": {"chats": True}}),
        ("POST", f"{url}/copy", {"from_nm_id": 501, "target": {"matching": {}}}),
    ]

    answers = [await viewer.request(method, address, json=body) for method, address, body in asked]

    assert [answer.status_code for answer in answers] == [200, 200, 403, 403, 403, 403]


async def test_the_rules_of_a_foreign_shop_are_not_reached_by_its_numbers(
    clients: Clients, make: Make, shop: Shop
) -> None:
    stranger = await make.user()
    other = await make.shop(owner=stranger)
    client = await clients.of(stranger)

    foreign = await client.patch(f"/api/products/{shop.id}/501", json={"chats": True})
    through_mine = await client.patch(f"/api/products/{other.id}/501", json={"chats": True})

    assert (foreign.status_code, code_of(foreign)) == (404, "SHOP_NOT_FOUND")
    assert (through_mine.status_code, code_of(through_mine)) == (404, "PRODUCT_NOT_FOUND")
