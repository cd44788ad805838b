"""How a shop answers, set by its people."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.kit.db import Database
from app.shops.models import Role, Shop, ShopEvent
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
WHOLE: dict[str, Any] = {
    "version": 1,
    "reply_mode": "auto",
    "rating_mode_map": {"1": "manual", "5": "auto"},
    "blacklist_keywords": ["брак", "суд", "брак"],
    "templates": {"5": ["{name}, спасибо за добрые слова!"]},
    "signatures": ["С заботой, «Ромашка»"],
    "tone": "тепло, на «вы»",
}


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


@pytest.fixture
async def manager(clients: Clients, shop: Shop) -> httpx.AsyncClient:
    return await clients.member(shop, Role.MANAGER)


async def test_settings_are_replaced_as_a_whole(manager: httpx.AsyncClient, shop: Shop) -> None:
    answer = await manager.put(f"/api/settings/{shop.id}", json=WHOLE)

    saved = (await manager.get(f"/api/settings/{shop.id}")).json()
    assert answer.json() == saved
    assert (saved["version"], saved["blacklist_keywords"]) == (2, ["брак", "суд"])
    assert saved["effective_modes"] == {"1": "manual", "2": "semi", "3": "semi", "4": "auto", "5": "auto"}


async def test_a_part_is_changed_and_the_journal_keeps_both_sides(
    manager: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    answer = await manager.patch(f"/api/settings/{shop.id}", json={"version": 1, "tone": "тепло", "signatures": []})

    async with database.transaction() as session:
        event = (await session.scalars(select(ShopEvent))).one()
    assert (answer.json()["tone"], answer.json()["reply_mode"]) == ("тепло", "semi")
    assert event.details == {"before": {"tone": ""}, "after": {"tone": "тепло"}}
    assert event.actor.startswith("user:")


async def test_what_somebody_else_saved_meanwhile_is_not_overwritten(manager: httpx.AsyncClient, shop: Shop) -> None:
    changes = [{"version": 1, "tone": f"тон {number}"} for number in range(4)]

    answers = await asyncio.gather(*(manager.patch(f"/api/settings/{shop.id}", json=change) for change in changes))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {code_of(answer) for answer in answers if answer.status_code == 409} == {"SETTINGS_CHANGED"}


async def test_saving_the_same_changes_no_version(manager: httpx.AsyncClient, shop: Shop) -> None:
    answer = await manager.patch(f"/api/settings/{shop.id}", json={"version": 1, "tone": ""})

    assert answer.json()["version"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"reply_mode": "always"},
        {"reply_mode": None},
        {"rating_mode_map": {"6": "auto"}},
        {"rating_mode_map": {"5": "always"}},
        {"blacklist_keywords": ["x"] * 201},
        {"blacklist_keywords": ["x" * 101]},
        {"blacklist_keywords": ["a\u0000"]},
        {"signatures": ["x"] * 21},
        {"signatures": ["x" * 201]},
        {"templates": {"7": ["Спасибо!"]}},
        {"templates": {"5": ["Спасибо, {city}!"]}},
        {"templates": {"5": ["Пишите на почту shop@example.com"]}},
        {"unknown": 1},
    ],
)
async def test_settings_that_could_not_work_are_refused(
    manager: httpx.AsyncClient, shop: Shop, change: dict[str, Any]
) -> None:
    answer = await manager.patch(f"/api/settings/{shop.id}", json={"version": 1, **change})

    assert answer.status_code == 422
    assert (await manager.get(f"/api/settings/{shop.id}")).json()["version"] == 1


async def test_a_shop_says_how_far_it_answers_questions_by_itself(manager: httpx.AsyncClient, shop: Shop) -> None:
    url = f"/api/settings/{shop.id}"
    change = {"questions_reply_mode": "auto", "questions_auto_draft": False, "questions_auto_publish": True}

    before = (await manager.get(url)).json()
    changed = (await manager.patch(url, json={"version": before["version"], **change})).json()
    refused = await manager.patch(url, json={"version": changed["version"], "questions_reply_mode": "never"})

    assert {name: before[name] for name in change} == {
        "questions_reply_mode": "semi", "questions_auto_draft": True, "questions_auto_publish": False,
    }  # fmt: skip
    assert {name: changed[name] for name in change} == change
    assert (await manager.get(url)).json() == changed
    assert refused.status_code == 422
