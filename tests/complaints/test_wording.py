"""The text of a complaint, whoever wrote it."""

import pytest

from app.complaints.boilerplate import repeats
from app.complaints.grounds import judge
from app.complaints.verdicts import Flaw, Grounded, NoGround
from app.complaints.wording import opened, opening
from tests.complaints.asking import BODY, FEEDBACK, asked, claimed


def verdict_on(body: str) -> Flaw | None:
    verdict = judge(claimed(body=body), FEEDBACK)
    return verdict.code if isinstance(verdict, NoGround) else None


@pytest.mark.parametrize(
    ("request_changes", "expected"),
    [
        ({}, "Жалоба от: ООО Ромашка."),
        ({"author": "  ИП\nИванов И.И. "}, "Жалоба от: ИП Иванов И.И."),
        ({"author": ""}, "Жалоба от: Ромашка."),
        ({"author": "", "brand_name": ""}, "Жалоба от: Платье летнее."),
        ({"author": "", "brand_name": "", "product_name": ""}, "Жалоба от: продавец."),
        ({"author": "Ро\u200bмашка\x07"}, "Жалоба от: Ромашка."),
    ],
)
def test_a_complaint_opens_with_who_complains(request_changes: dict[str, object], expected: str) -> None:
    assert opening(asked(**request_changes)) == expected


@pytest.mark.parametrize("written", [BODY, f"Жалоба от: ООО Ромашка. {BODY}", f"Жалоба от магазина. {BODY}"])
def test_the_opening_is_put_once_whatever_the_writer_wrote(written: str) -> None:
    assert opened(written, FEEDBACK) == f"Жалоба от: ООО Ромашка. {BODY}"


def test_an_endless_name_leaves_room_for_the_complaint() -> None:
    assert len(opening(asked(author="Ромашка " * 200))) < 100


def test_a_text_without_the_opening_is_refused() -> None:
    verdict = judge(claimed(text=f"{BODY} {BODY}"), FEEDBACK)

    assert isinstance(verdict, NoGround)
    assert verdict.code is Flaw.NO_OPENING


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ("Удалите.", Flaw.TOO_SHORT),
        (BODY * 9, Flaw.TOO_LONG),
        (f"{BODY}\n- мат\n- грубость", Flaw.LAYOUT),
        (f"{BODY}\n1. мат", Flaw.LAYOUT),
        (f"{BODY}\n• мат", Flaw.LAYOUT),
        (f"**Важно.** {BODY}", Flaw.LAYOUT),
        (f"# Жалоба\n{BODY}", Flaw.LAYOUT),
        (f"{BODY} <b>Мат</b>", Flaw.LAYOUT),
        (f"{BODY} {{name}}", Flaw.LAYOUT),
        (f"{BODY} [вставить слово]", Flaw.LAYOUT),
        (f"{BODY} 😡", Flaw.LAYOUT),
        (f"{BODY} да\u202eтен", Flaw.LAYOUT),
        ("This feedback contains obscene words and must be removed from the page of the product.", Flaw.NOT_RUSSIAN),
        (f"{BODY} Подробности: shop.ru", Flaw.CONTACTS),
        (f"{BODY} Пишите на a@mail.ru", Flaw.CONTACTS),
        (f"{BODY} Телефон +7 900 123-45-67", Flaw.CONTACTS),
        (f"{BODY} Это полная хуйня.", Flaw.RUDE),
        (f"{BODY} Автор — мразь.", Flaw.RUDE),
        (f"{BODY} Иначе мы подадим в суд.", Flaw.PRESSURE),
        (f"{BODY} Немедленно удалите.", Flaw.PRESSURE),
        (f"{BODY} Это заказной отзыв.", Flaw.ACCUSATION),
        (f"{BODY} Покупатель лжёт.", Flaw.ACCUSATION),
        (f"{BODY} Так пишут конкуренты.", Flaw.ACCUSATION),
        (f"{BODY} Автор пишет: «всё порвалось».", Flaw.FALSE_QUOTATION),
        (f'{BODY} Сказано "гадость".', Flaw.FALSE_QUOTATION),
        (f"{BODY} Отзыв оставлен 12 мая.", Flaw.INVENTED),
        (f"{BODY} Отзыв оставлен в мае.", Flaw.INVENTED),
        (f"{BODY} Это случилось дважды.", Flaw.INVENTED),
        (f"{BODY} Об этом знает Мария.", Flaw.INVENTED),
        (f"{BODY} Мария об этом знает.", Flaw.INVENTED),
        (f"{BODY} Так же пишут о товаре Nike.", Flaw.INVENTED),
        (f"{BODY} Это требование Роскомнадзора.", Flaw.INVENTED),
    ],
)
def test_each_fault_of_a_text_has_its_name(body: str, flaw: Flaw) -> None:
    assert verdict_on(body) is flaw


@pytest.mark.parametrize(
    "addition",
    [
        "Слово «хуйня» стоит прямо в тексте.",
        "Слово «х***я» стоит прямо в тексте.",
        "Начало: «Полная … платье».",
        "Отзыв о товаре «Платье летнее» бренда «Ромашка».",
        "Отзыв к товару Ромашка на Wildberries.",
        "Причина: «Нецензурная лексика».",
        "Оценка 1 здесь ни при чём.",
        "Так написала Анна.",
    ],
)
def test_what_the_feedback_and_the_card_say_may_be_said_again(addition: str) -> None:
    assert verdict_on(f"{BODY} {addition}") is None


def test_a_contact_may_be_repeated_only_as_a_quotation() -> None:
    request = asked(text="Заказывай на best-shop.ru")
    said = "В тексте отзыва размещена ссылка на посторонний сайт {}. Просим проверить отзыв и снять его с публикации."

    quoted = judge(
        claimed(request, body=said.format("«best-shop.ru»"), reason_id=13, quotes=("best-shop.ru",)), request
    )
    bare = judge(claimed(request, body=said.format("best-shop.ru"), reason_id=13, quotes=("best-shop.ru",)), request)

    assert isinstance(quoted, Grounded)
    assert isinstance(bare, NoGround)
    assert bare.code is Flaw.CONTACTS


@pytest.mark.parametrize(
    ("recent", "same"),
    [
        (f"Жалоба от: ООО Ромашка. {BODY}", True),
        (f"Жалоба от: Другой магазин. {BODY.upper()}", True),
        (f"Жалоба от: ООО Ромашка. {BODY.replace('Просим', 'Прошу')}", True),
        ("Жалоба от: ООО Ромашка. В тексте отзыва стоит ссылка на сайт, уберите его со страницы.", False),
        ("", False),
    ],
)
def test_nearly_the_same_words_are_a_repetition(recent: str, same: bool) -> None:
    assert repeats(f"Жалоба от: ООО Ромашка. {BODY}", [recent]) is same
