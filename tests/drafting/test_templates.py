import pytest

from app.drafting.linter import lint
from app.drafting.names import first_name
from app.drafting.templates import DEFAULTS, BadTemplate, Bucket, TemplateWriter, fill, validate_templates
from tests.drafting.requests import asked

pytestmark = pytest.mark.anyio

NAMELESS = {"name": "", "product": "Платье", "brand": "Ромашка"}


@pytest.mark.parametrize("bucket", list(Bucket))
@pytest.mark.parametrize("name", ["", "Анна"])
def test_our_own_templates_are_many_clean_and_of_readable_length(bucket: Bucket, name: str) -> None:
    answers = [fill(template, NAMELESS | {"name": name}) for template in DEFAULTS[bucket]]

    assert len(set(answers)) >= 8
    for answer in answers:
        assert lint(answer) == []
        assert 120 <= len(answer) <= 400
        assert answer[0].isupper()
        assert "  " not in answer
        assert " !" not in answer


def test_validation_accepts_our_own_templates() -> None:
    validate_templates({str(bucket): texts for bucket, texts in DEFAULTS.items()})


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        ("{name}, здравствуйте!", "Здравствуйте!"),
        ("Здравствуйте, {name}!", "Здравствуйте!"),
        ("Спасибо, {name}, за отзыв!", "Спасибо за отзыв!"),
        ("Спасибо, {name}, что выбрали нас!", "Спасибо, что выбрали нас!"),
        ("Рады Вам! {name}, приходите ещё.", "Рады Вам! Приходите ещё."),
        ("До встречи, {name}", "До встречи"),
    ],
)
def test_an_unknown_name_leaves_no_gap(template: str, answer: str) -> None:
    assert fill(template, NAMELESS) == answer


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("анна", "Анна"),
        ("ОЛЬГА П.", "Ольга"),
        ("Иванова Анна", "Анна"),
        ("Роман", "Роман"),
        ("🌸Вера🌸", "Вера"),
        ("анна-мария", "Анна-Мария"),
        ("Покупатель", ""),
        ("Покупатель Wildberries", ""),
        ("ООО Ромашка", ""),
        ("ИП Иванов Роман", ""),
        ("Магазин Надежда", ""),
        ("Mariia", ""),
        ("qwerty", ""),
        ("Анна2000", ""),
        ("🌸", ""),
        ("", ""),
        ("Мама", ""),
        ("Иванова", ""),
    ],
)
def test_only_a_name_is_used_as_a_name(written: str, name: str) -> None:
    assert first_name(written) == name


async def test_the_same_feedback_keeps_its_answer_and_others_vary() -> None:
    writer = TemplateWriter()

    answers = {(await writer.write(asked(wb_id=f"f-{index}"))).text for index in range(60)}
    again = [(await writer.write(asked(wb_id="f-7"))).text for _ in range(3)]

    assert len(answers) >= 8
    assert len(set(again)) == 1


@pytest.mark.parametrize(
    ("rating", "text", "bucket"),
    [
        (1, "Плохо", "1-3"),
        (3, "", "1-3-bare"),
        (4, "Ок", "4"),
        (4, " ", "4-bare"),
        (5, "Да", "5"),
        (5, "", "5-bare"),
    ],
)
async def test_the_rating_and_the_presence_of_words_choose_the_templates(rating: int, text: str, bucket: str) -> None:
    draft = await TemplateWriter().write(asked(rating=rating, text=text))

    assert draft.variant.startswith(f"default:{bucket}#")


async def test_the_sellers_own_templates_come_first() -> None:
    writer = TemplateWriter({"5": ["{name}, спасибо за «{product}» от {brand}!"]})

    draft = await writer.write(asked())

    assert draft.text == "Анна, спасибо за «Платье летнее» от Ромашка!"
    assert (draft.writer, draft.variant) == ("template", "own:5#1")


async def test_a_template_that_lacks_its_value_is_passed_over() -> None:
    writer = TemplateWriter({"5": ["Спасибо за {brand}!"]})

    draft = await writer.write(asked(brand_name=" "))

    assert draft.variant.startswith("default:5#")


async def test_an_amended_feedback_does_not_get_the_same_words_again() -> None:
    first = await TemplateWriter().write(asked())

    second = await TemplateWriter().write(asked(answered_before=first.text))

    assert second.text != first.text


async def test_a_product_named_like_a_placeholder_is_not_expanded() -> None:
    writer = TemplateWriter({"5": ["Спасибо за {product}!"]})

    draft = await writer.write(asked(product_name="{brand}"))

    assert draft.text == "Спасибо за {brand}!"


@pytest.mark.parametrize(
    ("templates", "complaint"),
    [
        ({"5": ["Спасибо, {surname}!"]}, "неизвестная подстановка {surname}"),
        ({"6": ["Спасибо!"]}, "Неизвестная группа"),
        ({"5": ["Уважаемая {name}!"]}, "отделите {name} запятой"),
        ({"5": ["Спасибо {name!"]}, "лишняя фигурная скобка"),
        ({"5": ["Пишите на shop.ru"]}, "ссылка"),
        ({"5": [""]}, "короче 2 символов"),
    ],
)
def test_a_bad_template_is_refused_in_russian(templates: dict[str, list[str]], complaint: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        validate_templates(templates)

    assert complaint in refused.value.message
