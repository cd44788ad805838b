import pytest

from app.complaints.reasons import Reason, find_reason


def test_the_reasons_are_those_of_the_cabinet() -> None:
    assert {int(reason): reason.title for reason in Reason} == {
        11: "Отзыв не относится к товару",
        12: "Отзыв оставили конкуренты",
        13: "Спам-реклама в тексте",
        14: "Спам-реклама на фото или видео",
        15: "Нецензурное содержимое в фото или видео",
        16: "Нецензурная лексика",
        17: "Фото или видео не имеет отношения к товару",
        18: "Отзыв с политическим контекстом",
        19: "Другое",
        20: "Угрозы, оскорбления",
    }


def test_three_reasons_need_media_and_the_others_words() -> None:
    assert {int(reason) for reason in Reason if reason.needs_media} == {14, 15, 17}
    assert {int(reason) for reason in Reason if reason.needs_words} == {11, 12, 13, 16, 18, 19, 20}


@pytest.mark.parametrize("reason_id", [None, -1, 0, 10, 21, 16_000])
def test_what_the_cabinet_does_not_offer_is_no_reason(reason_id: int | None) -> None:
    assert find_reason(reason_id) is None


def test_a_known_id_is_found() -> None:
    assert find_reason(16) is Reason.OBSCENE_WORDS
