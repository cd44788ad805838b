"""The two writes under a feedback: what 204 hides."""

import pytest

from tests.simulator.harness import DAY, FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio


async def test_an_answer_waits_for_moderation_and_then_is_published(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")

    sent = await shop.answers(wb_id, "Спасибо за отзыв!")
    waiting = (await shop.get(wb_id))["answer"]
    await sim.advance(60)

    assert (sent.status_code, sent.content) == (204, b"")
    assert waiting == {"text": "Спасибо за отзыв!", "state": "reviewRequired", "editable": True}
    assert (await shop.get(wb_id))["answer"]["state"] == "wbRu"


async def test_the_lists_notice_an_answer_only_after_a_while(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await shop.answers(wb_id)
    at_once = await shop.listed()

    await sim.advance(5)

    assert at_once == [wb_id]
    assert await shop.listed() == []
    assert await shop.listed(isAnswered="true") == await shop.archive() == [wb_id]
    assert (await shop.get(wb_id))["state"] == "wbRu"


async def test_an_answer_to_an_unknown_id_is_204_without_effect(sim: Sim, shop: Shop) -> None:
    answer = await shop.answers("AAAAAAAAAAAAAAAAAAAA")

    assert answer.status_code == 204
    assert (await sim.ledger(method="POST"))[-1]["applied"] is False


async def test_one_edit_works_and_a_second_is_204_without_effect(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await shop.answers(wb_id)

    statuses = [(await shop.edits(wb_id, text)).status_code for text in ("Первая правка", "Вторая правка")]

    answer = (await shop.get(wb_id))["answer"]
    assert statuses == [204, 204]
    assert answer == {"text": "Первая правка", "state": "reviewRequired", "editable": False}


async def test_an_edit_after_sixty_days_has_no_effect(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await shop.answers(wb_id, "Спасибо!")
    await sim.advance(60 * DAY)

    await shop.edits(wb_id)

    assert (await shop.get(wb_id))["answer"] == {"text": "Спасибо!", "state": "wbRu", "editable": False}


async def test_a_second_post_replaces_the_text_and_is_counted_as_a_duplicate(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")

    await shop.answers(wb_id, "Первый")
    await shop.answers(wb_id, "Второй")

    summary = await sim.ask("/summary", sid="shop")
    answer = (await shop.get(wb_id))["answer"]
    assert (answer["text"], answer["editable"]) == ("Второй", False)
    assert (summary["answers_applied"], summary["duplicates"], summary["answered"]) == (2, 1, 1)


async def test_a_knob_makes_wb_ignore_a_second_post(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"second_post": "ignore"})
    wb_id = await shop.writes(text="Отлично")

    await shop.answers(wb_id, "Первый")
    await shop.answers(wb_id, "Второй")

    assert await sim.ask("/answers", sid="shop") == {
        wb_id: {"text": "Первый", "state": "reviewRequired", "posts": 1, "patches": 0}
    }


async def test_a_marked_text_is_rejected_while_its_edit_is_published(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await shop.answers(wb_id, "Спам [[reject]]")
    await sim.advance(60)
    rejected = (await shop.get(wb_id))["answer"]["state"]

    await shop.edits(wb_id, "Спасибо!")
    await sim.advance(60)

    assert rejected == "rejected"
    assert (await shop.get(wb_id))["answer"]["state"] == "wbRu"


async def test_an_ordered_verdict_holds_for_answers_before_and_after_it(sim: Sim, shop: Shop) -> None:
    waiting, later = [await shop.writes(text="Отлично") for _ in range(2)]
    await shop.answers(waiting)

    for wb_id in (waiting, later):
        await sim.order("/moderate", {"id": wb_id, "verdict": "rejectedAntispam"})
    await shop.answers(later)
    await sim.advance(60)

    states = [(await shop.get(wb_id))["answer"]["state"] for wb_id in (waiting, later)]
    assert states == ["rejectedAntispam", "rejectedAntispam"]


async def test_a_share_of_answers_is_rejected_the_same_ones_every_time(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"reject_share": 0.5, "moderation_delay": 0})
    ids = [await shop.writes(id=f"feedback-number-{number:04d}", text="Отлично") for number in range(40)]

    for wb_id in ids:
        await shop.answers(wb_id)

    answers = await sim.ask("/answers", sid="shop")
    rejected = [wb_id for wb_id in ids if answers[wb_id]["state"] != "wbRu"]
    assert 10 <= len(rejected) <= 30
    assert (await sim.ask("/summary", sid="shop"))["rejected"] == len(rejected)


async def test_an_answer_typed_in_the_portal_is_nobodys_post(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")

    await sim.order(f"/feedbacks/{wb_id}/answer", {"text": "Ответил руками"})

    summary = await sim.ask("/summary", sid="shop")
    assert (await shop.get(wb_id))["answer"]["text"] == "Ответил руками"
    assert (summary["answers_applied"], summary["answered"], summary["answered_in_all"]) == (0, 0, 1)


@pytest.mark.parametrize(("text", "status"), [("О", 400), ("ОК", 204), ("я" * 5000, 204), ("я" * 5001, 400)])
async def test_the_length_of_an_answer_is_counted_in_characters(shop: Shop, text: str, status: int) -> None:
    wb_id = await shop.writes(text="Отлично")

    assert (await shop.answers(wb_id, text)).status_code == status


@pytest.mark.parametrize(
    ("content_type", "detail"),
    [
        ("", "content-type header not specified"),
        ("u", "content-type is not a valid mime-type: u"),
        ("application/javascript", "not a json content-type: application/javascript"),
        ("application/json", "Неверный синтаксис JSON"),
    ],
)
async def test_an_answer_of_a_wrong_content_type_is_refused(shop: Shop, content_type: str, detail: str) -> None:
    headers = {"Content-Type": content_type}

    answer = await shop.call("POST", f"{FEEDBACKS}/answer", content=b'{"id": ', headers=headers)

    assert (answer.status_code, answer.json()["detail"], answer.json()["origin"]) == (400, detail, "fbapi")


async def test_an_order_can_be_returned_once_where_it_is_allowed(shop: Shop) -> None:
    path = f"{FEEDBACKS}/order/return"
    allowed = await shop.writes(text="Брак", isAbleReturnProductOrders=True)

    bodies = [{"feedbackId": allowed}, {"feedbackId": allowed}, {"feedbackId": "unknown"}, {"feedbackId": ""}]
    answers = [await shop.call("POST", path, json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [200, 422, 400, 400]
    assert [answer.json()["errorText"] for answer in answers[1:]] == [
        "Запрос на возврат покупок недоступен",
        "Не удалось получить отзыв",
        "Неправильный id в запросе",
    ]
    assert (await shop.get(allowed))["returnProductOrdersDate"] is not None


async def test_a_portal_answer_does_not_hide_a_duplicate(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await shop.answers(wb_id, "Первый")
    await shop.answers(wb_id, "Второй")

    await sim.order(f"/feedbacks/{wb_id}/answer", {"text": "Ответил руками"})

    assert (await sim.ask("/summary", sid="shop"))["duplicates"] == 1
