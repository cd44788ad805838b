"""Questions: three bodies, two lists, one edit, and moderators before everybody."""

from typing import Any

import pytest

from tests.simulator.harness import DAY, Shop, Sim
from tests.simulator.talks import answers, asked, patch, question, questions, rejects

pytestmark = pytest.mark.anyio


async def test_an_answer_is_seen_only_after_moderation(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop, text="Подойдёт?")

    sent = await answers(shop, wb_id, "Да.")
    waiting = await question(shop, wb_id)
    await sim.advance(60)
    published = await question(shop, wb_id)

    assert (sent.status_code, sent.json()["error"], sent.json()["data"]) == (200, False, None)
    assert (waiting["state"], waiting["answer"]) == ("suppliersPortalSynch", None)
    assert published["state"] == "wbRu"
    assert (published["answer"]["text"], published["answer"]["editable"]) == ("Да.", True)
    assert "createDate" in published["answer"]
    assert "userName" not in published


async def test_a_knob_shows_an_answer_while_it_waits(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"question_pending": "shown"})
    wb_id = await asked(shop)

    await answers(shop, wb_id, "Да.")

    assert (await question(shop, wb_id))["answer"]["text"] == "Да."


@pytest.mark.parametrize(("knob", "answer"), [("reopened", None), ("answer_stays", "Плохо [[reject]]")])
async def test_an_answer_that_moderators_turn_down_leaves_the_question_open(
    sim: Sim, shop: Shop, knob: str, answer: str | None
) -> None:
    await sim.order("/knobs", {"rejected_question": knob})
    wb_id = await asked(shop)

    await answers(shop, wb_id, "Плохо [[reject]]")
    await sim.advance(70)
    turned_down = await question(shop, wb_id)
    again = await answers(shop, wb_id, "Хорошо")
    await sim.advance(70)

    assert turned_down["state"] == "suppliersPortalSynch"
    assert (turned_down["answer"] or {}).get("text") == answer
    assert (again.status_code, (await question(shop, wb_id))["answer"]["text"]) == (200, "Хорошо")


async def test_a_verdict_can_be_ordered_for_a_question(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop)
    await answers(shop, wb_id)

    await sim.order("/moderate", {"id": wb_id, "verdict": "wbRu"})
    await sim.advance(5)

    assert await questions(shop, isAnswered="true") == [wb_id]


async def test_one_edit_works_and_buyers_read_the_former_text_until_it_has_passed(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop)
    await answers(shop, wb_id, "Первый")
    await sim.advance(60)

    await answers(shop, wb_id, "Второй")
    meanwhile = (await question(shop, wb_id))["answer"]
    await sim.advance(60)
    ignored = await answers(shop, wb_id, "Третий")

    answer = (await question(shop, wb_id))["answer"]
    assert (meanwhile["text"], meanwhile["editable"]) == ("Первый", False)
    assert (ignored.status_code, ignored.json()["error"]) == (200, False)
    assert (answer["text"], answer["editable"]) == ("Второй", False)
    assert [entry["applied"] for entry in await sim.ledger(method="PATCH")] == [True, True, False]


@pytest.mark.parametrize(("knob", "status"), [("ignore", 200), ("error", 422)])
async def test_an_edit_after_sixty_days_has_no_effect(sim: Sim, shop: Shop, knob: str, status: int) -> None:
    await sim.order("/knobs", {"second_question_edit": knob})
    wb_id = await asked(shop)
    await answers(shop, wb_id, "Первый")
    await sim.advance(60 * DAY)

    late = await answers(shop, wb_id, "Поздно")

    assert late.status_code == status
    assert (await question(shop, wb_id))["answer"]["text"] == "Первый"


async def test_a_rejected_question_is_none_at_once_and_counts_as_answered(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop)

    sent = await rejects(shop, wb_id, "Не о товаре")
    shown = await question(shop, wb_id)
    await sim.advance(5)

    assert (sent.status_code, shown["state"], shown["answer"]["text"]) == (200, "none", "Не о товаре")
    assert await questions(shop, isAnswered="true") == [wb_id]
    assert (await rejects(shop, wb_id)).status_code == 200
    assert (await answers(shop, wb_id)).status_code == 422


async def test_a_text_beside_the_answer_is_200_without_effect(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop)

    sent = await patch(shop, id=wb_id, text="Да", state="wbRu")
    await sim.advance(70)

    assert (sent.status_code, sent.json()["error"]) == (200, False)
    assert (await question(shop, wb_id))["answer"] is None
    assert (await sim.ledger(method="PATCH"))[-1]["applied"] is False


@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"wasViewed": "true"},
        {"state": "wbRu"},
        {"answer": {"text": "Да"}},
        {"answer": {"text": "Да"}, "state": "suppliersPortalSynch"},
        {"answer": {"text": "Да"}, "state": "wbRu", "wasViewed": True},
        {"answer": {}, "state": "none"},
        {"answer": {"text": " "}, "state": "wbRu"},
        {"answer": {"text": "я" * 5001}, "state": "wbRu"},
    ],
)
async def test_any_other_body_is_refused(sim: Sim, shop: Shop, rest: dict[str, Any]) -> None:
    wb_id = await asked(shop)

    answer = await patch(shop, id=wb_id, **rest)

    assert (answer.status_code, answer.json()["error"]) == (400, True)


async def test_an_unknown_question_is_404_for_a_write_and_422_for_a_read(sim: Sim, shop: Shop) -> None:
    write = await answers(shop, "x" * 20)
    read = await shop.call("GET", "/feedbacks-api/api/v1/question", params={"id": "x" * 20})

    assert (write.status_code, write.json()["errorText"]) == (404, "Не найден отзыв")
    assert (read.status_code, read.json()["errorText"]) == (422, "Невозможно получить вопрос по id")


async def test_a_knob_makes_a_write_fail_inside_a_200(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"question_error_200": True})
    wb_id = await asked(shop)

    answer = await answers(shop, wb_id)

    assert (answer.status_code, answer.json()["error"]) == (200, True)
    assert (await question(shop, wb_id))["answer"] is None


async def test_a_portal_answer_is_not_counted_as_ours(sim: Sim, shop: Shop) -> None:
    ours, theirs = await asked(shop), await asked(shop)
    await answers(shop, ours, "Наш")
    await answers(shop, ours, "Наш")

    await sim.order(f"/questions/{theirs}/answer", {"text": "Руками"})
    await sim.advance(60)

    summary = await sim.ask("/summary", sid="shop")
    assert (await sim.ask(f"/questions/{theirs}"))["answer"]["text"] == "Руками"
    assert (summary["question_answers_applied"], summary["question_duplicates"]) == (1, 1)
    assert summary["questions_published"] == 1
