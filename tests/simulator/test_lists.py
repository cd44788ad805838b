"""What the reading methods show, and which calls they refuse."""

from typing import Any

import pytest

from tests.simulator.harness import DAY, FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio
GOOD = {"isAnswered": "false", "take": "10", "skip": "0"}


async def test_an_unanswered_feedback_is_on_the_unprocessed_list_only(shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично", productValuation=5)

    assert await shop.listed() == [wb_id]
    assert await shop.listed(isAnswered="true") == []
    assert await shop.archive() == []


async def test_stars_alone_are_processed_and_archived_at_birth_without_an_answer(shop: Shop) -> None:
    wb_id = await shop.writes(text="", productValuation=5)

    shown = await shop.get(wb_id)

    assert await shop.listed(isAnswered="true") == await shop.archive() == [wb_id]
    assert (shown["answer"], shown["state"]) == (None, "wbRu")


async def test_after_thirty_days_an_unanswered_feedback_moves_to_the_archive(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Забытый отзыв")

    await sim.advance(30 * DAY)

    assert await shop.listed() == []
    assert await shop.archive() == [wb_id]


async def test_a_knob_keeps_archived_feedbacks_on_the_unprocessed_list(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Забытый отзыв")
    await sim.order("/knobs", {"archived_leave_unanswered": False})

    await sim.advance(31 * DAY)

    assert await shop.listed() == await shop.archive() == [wb_id]


async def test_pages_follow_one_another_without_gaps_in_both_orders(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 400, "rating_only": 0, "answered": 0, "archived": 0})
    everything = await shop.listed()

    forwards = [wb_id for skip in range(0, 400, 90) for wb_id in await shop.listed(skip=skip, take=90)]
    backwards = [
        wb_id for skip in range(0, 400, 90) for wb_id in await shop.listed(skip=skip, take=90, order="dateDesc")
    ]

    assert len(set(everything)) == 400
    assert forwards == everything
    assert backwards == everything[::-1]


async def test_a_feedback_that_arrives_between_two_pages_shifts_the_second(shop: Shop) -> None:
    ids = [await shop.writes(text="Отзыв", createdDate=f"2026-05-01T00:00:0{n}Z") for n in (1, 3, 5)]
    first = await shop.listed(take=2)

    newcomer = await shop.writes(text="Отзыв", createdDate="2026-05-01T00:00:02Z")

    assert first == ids[:2]
    assert await shop.listed(take=2, skip=2) == ids[1:]
    assert await shop.listed() == [ids[0], newcomer, *ids[1:]]


async def test_a_date_window_includes_both_ends_and_agrees_with_the_count(shop: Shop) -> None:
    ids = [await shop.writes(text="Отзыв", createdDate=f"2026-05-01T00:00:0{n}Z") for n in range(5)]
    first = 1_777_593_600
    window = {"dateFrom": first + 1, "dateTo": first + 3}

    count = await shop.call("GET", f"{FEEDBACKS}/count", params={"isAnswered": "false", **window})

    assert await shop.listed(**window) == ids[1:4]
    assert count.json()["data"] == 3


async def test_the_product_filter_shows_only_that_product(shop: Shop) -> None:
    await shop.writes(text="Другой товар")
    wb_id = await shop.writes(text="Этот товар", productDetails={"nmId": 777, "productName": "Лампа"})

    assert await shop.listed(nmId=777) == [wb_id]
    assert (await shop.get(wb_id))["productDetails"]["productName"] == "Лампа"


async def test_counters_count_unprocessed_feedbacks_of_today_in_moscow(sim: Sim, shop: Shop) -> None:
    await shop.writes(text="Вчера", createdDate="2026-05-27T12:00:00Z")
    await shop.writes(text="Сегодня")

    counters = await shop.call("GET", f"{FEEDBACKS}/count-unanswered")

    assert counters.json()["data"] == {"countUnanswered": 2, "countUnansweredToday": 1}


async def test_a_new_feedback_may_become_visible_later(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"visibility_delay": 3600})
    wb_id = await shop.writes(text="Медленный индекс")
    early = await shop.listed()

    await sim.advance(3600)

    assert early == []
    assert await shop.listed() == [wb_id]


async def test_a_supplement_is_a_second_row_linked_both_ways(sim: Sim, shop: Shop) -> None:
    original = await shop.writes(text="Отлично")

    later = (await sim.order(f"/feedbacks/{original}/amend", {"text": "Сломалось", "productValuation": 1}))["id"]

    assert (await shop.get(original))["childFeedbackId"] == later
    assert (await shop.get(later))["parentFeedbackId"] == original
    assert set(await shop.listed()) == {original, later}


async def test_a_deleted_feedback_vanishes_from_lists_and_by_id(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Удалят")

    await sim.order(f"/feedbacks/{wb_id}/delete")

    gone = await shop.call("GET", "/feedbacks-api/api/v1/feedback", params={"id": wb_id})
    assert await shop.listed() == []
    assert (gone.status_code, gone.json()["errorText"]) == (422, "Невозможно получить отзыв по id")


async def test_one_seller_never_sees_the_feedbacks_of_another(sim: Sim, shop: Shop) -> None:
    await shop.writes(text="Наш отзыв")

    stranger = await sim.shop("stranger")

    assert await stranger.listed() == []


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"isAnswered": "True"}, "Плохой формат isAnswered"),
        ({"isAnswered": None}, "Плохой формат isAnswered"),
        ({"dateFrom": "yesterday"}, "Плохой формат dateFrom"),
        ({"dateTo": "1.5"}, "Плохой формат dateTo"),
        ({"take": None}, "Something went wrong"),
        ({"take": "5001"}, "Something went wrong"),
        ({"skip": None}, "Something went wrong"),
        ({"skip": "199991"}, "Something went wrong"),
        ({"order": "newest"}, "Something went wrong"),
    ],
)
async def test_a_list_refuses_what_the_documents_forbid(shop: Shop, wrong: dict[str, Any], text: str) -> None:
    params = {name: value for name, value in (GOOD | wrong).items() if value is not None}

    answer = await shop.call("GET", FEEDBACKS, params=params)

    body = answer.json()
    assert answer.status_code == 400
    assert (body["error"], body["errorText"], body["data"]) == (True, text, None)


async def test_an_unknown_path_is_a_gateway_404(shop: Shop) -> None:
    answer = await shop.call("GET", "/feedbacks-api/api/v1/templates")

    assert answer.status_code == 404
    assert answer.json()["title"] == "path not found"
    assert answer.headers["content-type"] == "application/problem+json"
