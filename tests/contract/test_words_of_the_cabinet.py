"""§3, the texts of the cabinet and the states that they set.

The checker's own words, and which text is stronger in every combination: tests/cabinet/test_verdicts.py.
"""

from typing import Any

import pytest

from app.complaints.reasons import Reason
from tests.cabinet.world import World
from tests.contract.desk import Desk, page_row

pytestmark = pytest.mark.anyio

REASONS = {
    11: "Отзыв не относится к товару", 12: "Отзыв оставили конкуренты", 13: "Спам-реклама в тексте",
    14: "Спам-реклама на фото или видео", 15: "Нецензурное содержимое в фото или видео", 16: "Нецензурная лексика",
    17: "Фото или видео не имеет отношения к товару", 18: "Отзыв с политическим контекстом", 19: "Другое",
    20: "Угрозы, оскорбления",
}  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "column", "state"),
    [
        (["Жалоба отклонена"], "complaint", "rejected"), (["Жалоба одобрена"], "complaint", "approved"),
        (["Проверяем жалобу"], "complaint", "pending"), (["Жалоба пересмотрена"], "complaint", "reconsidered"),
        (["Проверяем жалобу", "Жалоба одобрена"], "complaint", "approved"),
        (["Жалоба одобрена", "Жалоба отклонена"], "complaint", "rejected"),
        (["Жалоба отклонена", "Жалоба пересмотрена"], "complaint", "reconsidered"),
        (["Снят с публикации"], "visibility", "unpublished"), (["Временно скрыт"], "visibility", "hidden"),
        (["Исключён из рейтинга"], "visibility", "excluded"), (["Исключен из рейтинга"], "visibility", "excluded"),
        (["Виден"], "visibility", "visible"), (["Выкуп"], "purchase", "purchased"), (["Отказ"], "purchase", "refused"),
        (["Возврат"], "purchase", "returned"), (["Запрошен возврат"], "purchase", "return_requested"),
        (["Дополнен"], "supplemented", True), (["Как новый"], "complaint", "none"), ([], "visibility", "unknown"),
    ],
)  # fmt: skip
async def test_a_text_sets_its_state(world: World, desk: Desk, texts: list[str], column: str, state: Any) -> None:
    feedback = await world.feedback()

    data = await desk.sync(page_row(feedback, statuses=["Что-то новое", *texts]))

    assert (data["synced"], data["errors"]) == (1, 0)
    assert await desk.stands(feedback, column) == state
    (page,) = (await desk.get("/review-statuses", storeId=desk.store_id))["data"]["reviews"]
    assert page["statuses"] == ["Что-то новое", *texts]


@pytest.mark.parametrize(
    ("said", "state"),
    [("chat_not_activated", "unavailable"), ("chat_available", "available"), ("chat_opened", "opened"),
     (None, "unknown"), ("chat_of_tomorrow", "unknown")],
)  # fmt: skip
async def test_a_chat_status_sets_the_chat(world: World, desk: Desk, said: str | None, state: str) -> None:
    feedback = await world.feedback()

    await desk.sync(page_row(feedback, chatStatus=said))

    assert await desk.stands(feedback, "chat") == state


@pytest.mark.parametrize("known", ["chat_not_activated", "chat_available", "chat_opened"])
async def test_no_chat_status_changes_none(world: World, desk: Desk, known: str) -> None:
    feedback = await world.feedback()
    await desk.sync(page_row(feedback, chatStatus=known))
    before = await desk.stands(feedback, "chat")

    await desk.sync(page_row(feedback, chatStatus=None, statuses=["Виден"]))

    assert await desk.stands(feedback, "chat", "visibility") == (before, "visible")


async def test_a_supplemented_feedback_is_not_offered_for_a_chat_again(world: World, desk: Desk) -> None:
    four = await world.feedback(rating=4)
    await desk.sync(page_row(four))
    offered = await desk.offered("chatOpens")

    await desk.sync(page_row(four, statuses=["Дополнен"]))
    await desk.sync(page_row(four, statuses=[]))

    assert offered == {four.wb_id}
    assert await desk.offered("chatOpens") == set()


async def test_the_reasons_have_the_numbers_and_names_of_the_cabinets_buttons(world: World, desk: Desk) -> None:
    made = {number: await world.feedback() for number in REASONS}
    for number, feedback in made.items():
        await world.draft(feedback, reason_id=number)

    articles = (await desk.tasks())["articles"].values()

    offered = {item["reviewId"]: (item["reasonId"], item["reasonName"]) for each in articles
               for item in each["complaints"]}  # fmt: skip
    assert offered == {feedback.wb_id: (number, REASONS[number]) for number, feedback in made.items()}
    assert [int(each) for each in Reason] == list(REASONS)


async def test_a_draft_without_a_button_to_click_is_handed_out_nowhere(world: World, desk: Desk) -> None:
    good, bad = await world.feedback(), await world.feedback()
    await world.draft(good)
    await world.draft(bad, reason_id=None)

    older = await desk.get("/stores/{storeId}/complaints")

    assert await desk.offered() == {good.wb_id}
    assert {item["reviewId"] for item in older["complaints"]} == {good.wb_id}
