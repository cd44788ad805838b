"""§2, identity and time: which feedback a key means, by whose clock.

Every spelling of a key: tests/extension/test_keys.py. Which hours are believed: tests/cabinet/test_matching.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.kit.db import Database
from tests.api.clients import Clients
from tests.cabinet.world import NM, World
from tests.contract.desk import MOSCOW, Desk, key_of, page_row, verdict_row
from tests.extension.callers import Extension
from tests.factories import Make

pytestmark = pytest.mark.anyio
TAILS = ["", ":37", ".000Z", ":00.000Z", ":37.000Z"]
WRITTEN = datetime(2026, 1, 7, 20, 9, 37, tzinfo=UTC)


@pytest.mark.parametrize("tail", TAILS)
async def test_a_key_is_normalised_wherever_it_comes_in(world: World, desk: Desk, tail: str) -> None:
    feedback = await world.feedback()

    synced = await desk.sync(page_row(feedback, tail=tail))
    row = verdict_row(feedback, "Жалоба отклонена")
    checked = await desk.check({**row, "reviewKey": row["reviewKey"] + tail})
    opened = await desk.opened(feedback, reviewKey=key_of(feedback, tail=tail))
    gone = await desk.sync(reviews=[], notFoundReviewKeys=[key_of(feedback, tail=tail)])

    assert (synced["synced"], checked["complaintsUpdated"], gone["notFound"]) == (1, 1, 1)
    assert opened["reviewMatched"] is True
    listed = await desk.get("/review-statuses", storeId=desk.store_id)
    assert [each["reviewKey"] for each in listed["data"]["reviews"]] == [key_of(feedback)]


async def test_what_two_feedbacks_share_a_key_for_is_left_to_a_person(
    world: World, desk: Desk, extension: Extension, make: Make, database: Database
) -> None:
    owner = await make.user()
    twins = [await world.feedback(written_at=WRITTEN + timedelta(seconds=each)) for each in (0, 5)]
    await world.refresh(*twins)
    await world.draft(*twins)

    synced = await desk.sync(page_row(twins[0]))
    checked = await desk.check(verdict_row(twins[0], "Жалоба одобрена"))
    opened = await desk.opened(twins[0])

    assert (synced["ambiguous"], synced["synced"], checked["ambiguous"]) == (1, 0, 1)
    assert checked["skippedDetails"][0]["reason"] == "ambiguous"
    assert opened["reviewMatched"] is False
    assert set((await desk.backlog()).values()) == {0}
    assert [await desk.stands(each, "complaint") for each in twins] == ["draft", "draft"]
    async with database.direct() as connection:
        await connection.execute(
            "INSERT INTO memberships (shop_id, user_id, role, joined_at) VALUES ($1, $2, 'owner', now())",
            *(world.shop.id, owner.id),
        )
    async with Clients(extension.app, database, make) as clients:  # type: ignore[arg-type]
        person = await clients.of(owner)
        (listed,) = (await person.get(f"/api/complaints/{world.shop.id}/ambiguous")).json()["items"]
    assert {each.wb_id for each in twins} == {each["wb_id"] for each in listed["feedbacks"]}


async def test_a_feedback_whose_buyer_changed_the_stars_is_known_under_both(world: World, desk: Desk) -> None:
    before = await world.feedback(rating=1)
    after = await world.feedback(rating=3, wb_id=before.wb_id, written_at=before.written_at)

    old = await desk.sync(page_row(before, statuses=["Возврат"]))
    new = await desk.sync(page_row(after, statuses=["Возврат", "Виден"]))

    assert (old["synced"], new["synced"]) == (1, 1)
    assert await desk.stands(after, "purchase", "visibility", "rating") == ("returned", "visible", 3)


@pytest.mark.parametrize("hours", [MOSCOW, 0, 10, -5])
async def test_the_checkers_clock_is_moscows_or_utc_or_one_that_explains_every_row(
    world: World, desk: Desk, hours: int
) -> None:
    made = [await world.feedback(minutes=60 + 7 * each) for each in range(4)]

    data = await desk.check(*[verdict_row(each, "Жалоба отклонена", hours=hours) for each in made])

    assert (data["complaintsUpdated"], data["hourOffset"]) == (4, hours)


@pytest.mark.parametrize("hours", [0, 3, 10, -5])
async def test_the_filers_clock_is_utc_or_one_that_explains_every_row(world: World, desk: Desk, hours: int) -> None:
    made = [await world.feedback(minutes=60 + 7 * each) for each in range(4)]

    data = await desk.sync(*[page_row(each, hours=hours) for each in made])

    assert (data["synced"], data["hourOffset"]) == (4, hours)


async def test_one_row_that_does_not_fit_forbids_the_odd_hour(world: World, desk: Desk) -> None:
    made = [await world.feedback(minutes=60 + 7 * each) for each in range(3)]
    rows = [page_row(each, hours=7) for each in made]

    data = await desk.sync(*rows, {**rows[0], "reviewKey": f"{NM}_1_2024-02-29T12:34"})

    assert (data["synced"], data["unmatched"], data["hourOffset"]) == (0, 4, 0)


@pytest.mark.parametrize(("minutes", "matched"), [(2, True), (-2, True), (3, False), (60, False)])
async def test_a_chat_may_mean_the_only_feedback_within_two_minutes(
    world: World, desk: Desk, minutes: int, matched: bool
) -> None:
    feedback = await world.feedback(written_at=WRITTEN)
    moved = f"{NM}_1_{WRITTEN + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"

    said = await desk.opened(feedback, reviewKey=moved)

    assert said["reviewMatched"] is matched
    assert await desk.stands(feedback, "chat") == ("opened" if matched else "unknown")


async def test_a_chat_near_two_feedbacks_means_neither(world: World, desk: Desk) -> None:
    near = [await world.feedback(written_at=WRITTEN + timedelta(minutes=each)) for each in (-1, 1)]

    said = await desk.opened(near[0], reviewKey=f"{NM}_1_{WRITTEN:%Y-%m-%dT%H:%M}")

    assert said["reviewMatched"] is False


async def test_the_minute_is_a_column_of_its_own_with_an_index(database: Database) -> None:
    async with database.glance() as connection:
        indexes: list[Any] = await connection.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = 'feedbacks'")

    assert any("(shop_id, nm_id, rating, written_minute" in each["indexdef"] for each in indexes)
