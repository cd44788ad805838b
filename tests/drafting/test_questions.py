"""What may be said to a buyer who asks, and what only a person may answer."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from app.drafting.ports import Draft, MalformedDraft, Usage
from app.drafting.questions import NO_SOURCE, CannotConfirmWriter, QuestionRequest, compose_answer
from app.drafting.service import HouseRules
from app.kit.errors import Unavailable, WbrmError

pytestmark = pytest.mark.anyio
USAGE = Usage(model="m", input_tokens=100, output_tokens=10, cost_usd=Decimal("0.01"), seconds=1.0)
COTTON = "Состав: хлопок"
ASKED = QuestionRequest(shop_id=UUID(int=1), wb_id="q-1", text="Из чего сделано?", facts=(COTTON,))
NO_RULES = HouseRules()


class ScriptedWriter:
    """Plays its lines in order, an exception being raised."""

    def __init__(self, lines: Sequence[Draft | WbrmError]) -> None:
        self.lines = list(lines)
        self.asked = 0

    async def write_answer(self, request: QuestionRequest) -> Draft:
        self.asked += 1
        line = self.lines.pop(0)
        if isinstance(line, WbrmError):
            raise line
        return line


def says(text: str, *facts: str) -> Draft:
    return Draft(text=text, writer="m", usage=USAGE, facts_used=facts)


async def test_an_answer_that_cites_the_card_is_signed_and_needs_nobody() -> None:
    writer = ScriptedWriter([says("Здравствуйте! Сделано из хлопка.", COTTON)])

    draft = await compose_answer(writer, ASKED, rules=HouseRules(signatures=["Команда Ромашки"]))

    assert draft.text.endswith("\nКоманда Ромашки")
    assert (draft.needs_human, draft.reason, draft.facts_used) == (False, "", (COTTON,))


async def test_an_answer_without_a_source_needs_a_person() -> None:
    draft = await compose_answer(ScriptedWriter([says("Здравствуйте! Думаем, что шёлк.")]), ASKED, rules=NO_RULES)

    assert (draft.needs_human, draft.reason) == (True, NO_SOURCE)


async def test_offline_nothing_is_confirmed_and_nothing_goes_out_by_itself() -> None:
    drafts = [
        await compose_answer(CannotConfirmWriter(), replace(ASKED, wb_id=f"q{n}"), rules=NO_RULES) for n in range(20)
    ]

    assert all(draft.needs_human and draft.reason == NO_SOURCE for draft in drafts)
    assert len({draft.text for draft in drafts}) > 1
    assert not any("хлопок" in draft.text for draft in drafts)


@pytest.mark.parametrize("words", ["Не вызовет ли аллергию?", "Это не подделка?", "Подам на вас в суд, ясно?"])
async def test_danger_is_never_handed_to_a_writer(words: str) -> None:
    writer = ScriptedWriter([])

    draft = await compose_answer(writer, replace(ASKED, text=words), rules=NO_RULES)

    assert (draft.text, draft.needs_human, writer.asked) == ("", True, 0)


async def test_what_must_not_be_said_in_public_needs_a_person_in_spite_of_its_source() -> None:
    writer = ScriptedWriter([says("Пишите нам на shop@example.com", COTTON)])

    draft = await compose_answer(writer, ASKED, rules=NO_RULES)

    assert draft.needs_human
    assert "shop@example.com" in draft.reason


async def test_a_malformed_answer_earns_one_more_try_and_then_gives_way() -> None:
    broken = MalformedDraft(writer="m", usage=USAGE)
    writer = ScriptedWriter([broken, broken])

    draft = await compose_answer(writer, ASKED, rules=NO_RULES)

    assert (writer.asked, draft.needs_human) == (2, True)
    assert draft.writer == "template"
    assert NO_SOURCE in draft.reason
    assert draft.usage is not None
    assert draft.usage.input_tokens == 200


async def test_an_empty_answer_is_no_answer() -> None:
    draft = await compose_answer(ScriptedWriter([says(" ")]), ASKED, rules=HouseRules(signatures=["Команда"]))

    assert (draft.text.strip(), draft.needs_human) == ("", True)


async def test_other_trouble_keeps_its_kind() -> None:
    with pytest.raises(Unavailable):
        await compose_answer(ScriptedWriter([Unavailable()]), ASKED, rules=NO_RULES)
