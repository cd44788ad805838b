from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.drafting.ports import Draft, DraftRequest, MalformedDraft, Usage
from app.drafting.service import HouseRules, compose
from app.drafting.templates import TemplateWriter
from app.kit.errors import Forbidden, RateLimited, Unavailable, WbrmError
from tests.drafting.requests import asked

pytestmark = pytest.mark.anyio

USAGE = Usage(model="m", input_tokens=100, output_tokens=10, cost_usd=Decimal("0.01"), seconds=1.0)
NO_RULES = HouseRules()


class ScriptedWriter:
    """Plays its lines in order, an exception being raised."""

    def __init__(self, lines: Sequence[Draft | WbrmError]) -> None:
        self.lines = list(lines)
        self.asked = 0

    async def write(self, request: DraftRequest) -> Draft:
        self.asked += 1
        line = self.lines.pop(0)
        if isinstance(line, WbrmError):
            raise line
        return line


def written(text: str) -> Draft:
    return Draft(text=text, writer="m", usage=USAGE)


async def test_a_clean_answer_is_signed_and_needs_nobody() -> None:
    draft = await compose(TemplateWriter(), asked(), rules=HouseRules(signatures=["Команда Ромашки"]))

    assert draft.text.endswith("\nКоманда Ромашки")
    assert (draft.needs_human, draft.reason) == (False, "")


async def test_danger_is_never_handed_to_a_writer() -> None:
    writer = ScriptedWriter([])

    draft = await compose(writer, asked(text="Хорошо", cons="началась аллергия"), rules=NO_RULES)

    assert (draft.text, draft.needs_human, writer.asked) == ("", True, 0)
    assert "аллерги" in draft.reason


async def test_the_shops_blacklist_routes_to_a_person() -> None:
    rules = HouseRules(blacklist_keywords=["застёжка"])

    draft = await compose(ScriptedWriter([]), asked(text="Застежки плохие"), rules=rules)

    assert draft.needs_human
    assert "застёжка" in draft.reason


async def test_a_breach_is_shown_to_a_person_with_the_text_untouched() -> None:
    text = "Спасибо! Есть на Ozon дешевле."

    draft = await compose(ScriptedWriter([written(text)]), asked(), rules=NO_RULES)

    assert (draft.text, draft.needs_human) == (text, True)
    assert "«Ozon»" in draft.reason


async def test_a_stop_word_in_the_answer_needs_a_person() -> None:
    rules = HouseRules(stop_words=["гарантия"])

    draft = await compose(ScriptedWriter([written("Спасибо! Всё на гарантии.")]), asked(), rules=rules)

    assert draft.needs_human


@pytest.mark.parametrize("failure", [Unavailable(), RateLimited(3.0), Forbidden()])
async def test_failures_keep_their_kind(failure: WbrmError) -> None:
    writer = ScriptedWriter([failure])

    with pytest.raises(type(failure)):
        await compose(writer, asked(), rules=NO_RULES)

    assert writer.asked == 1


async def test_a_malformed_answer_is_asked_for_once_more_and_both_are_paid_for() -> None:
    writer = ScriptedWriter([MalformedDraft(writer="m", usage=USAGE), written("Спасибо за отзыв!")])

    draft = await compose(writer, asked(), rules=NO_RULES)

    assert (draft.text, draft.needs_human) == ("Спасибо за отзыв!", False)
    assert draft.usage is not None
    assert draft.usage.cost_usd == Decimal("0.02")


async def test_twice_malformed_falls_back_to_a_template_for_a_person() -> None:
    writer = ScriptedWriter([MalformedDraft(writer="m", usage=USAGE), MalformedDraft(writer="m", usage=USAGE)])

    draft = await compose(writer, asked(), rules=NO_RULES)

    assert (draft.writer, draft.needs_human, writer.asked) == ("template", True, 2)
    assert "шаблон" in draft.reason
    assert draft.usage is not None
    assert draft.usage.input_tokens == 200


async def test_a_whole_answer_out_of_shape_is_kept_for_a_person() -> None:
    writer = ScriptedWriter([MalformedDraft(writer="m"), MalformedDraft(writer="m", text="Спасибо за отзыв!")])

    draft = await compose(writer, asked(), rules=NO_RULES)

    assert (draft.text, draft.writer, draft.needs_human) == ("Спасибо за отзыв!", "m", True)


async def test_an_empty_answer_needs_a_person() -> None:
    draft = await compose(ScriptedWriter([written(" ")]), asked(), rules=HouseRules(signatures=["А"]))

    assert draft.needs_human
    assert draft.reason
