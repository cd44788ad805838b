import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.drafting.findings import Rule, Severity
from app.drafting.linter import blocks, lint
from app.drafting.templates import DEFAULTS, fill
from tests.drafting.answers import ALLOWED, FORBIDDEN


@pytest.mark.parametrize(("rule", "text"), FORBIDDEN)
def test_a_breach_is_found_and_blocks(rule: Rule, text: str) -> None:
    findings = lint(text)

    assert rule in {finding.rule for finding in findings if finding.severity is Severity.BLOCK}


@pytest.mark.parametrize("text", ALLOWED)
def test_honest_words_pass(text: str) -> None:
    assert lint(text) == []


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("Есть на О З О Н, да", "О З О Н"),
        ("Пишите в W\u200bhatsApp сейчас", "W\u200bhatsApp"),
        ("Звоните 8 900 123-45-67 завтра", "8 900 123-45-67"),
        ("Это ﬁ и OЗOH", "OЗOH"),
    ],
)
def test_a_finding_points_into_the_text_as_it_was_written(text: str, excerpt: str) -> None:
    found = [one for one in lint(text) if one.rule is not Rule.CONTROL_CHARACTER]

    assert [(one.excerpt, text[slice(*one.span)]) for one in found] == [(excerpt, excerpt)]


@pytest.mark.parametrize(
    ("text", "stop_word", "hit"),
    [
        ("Про наших конкурентов", "конкурент", True),
        ("К у п и", "купи", True),
        ("Самая низкая цена здесь", "низкая цена", True),
        ("Лучших цен не найти", "лучшие цены", True),
        ("Ботинки", "бот", False),
        ("Ценим Вас", "цена", False),
        ("Спасибо ☺", "☺", True),
        ("Спасибо", "  ", False),
    ],
)
def test_stop_words_are_known_by_their_forms(text: str, stop_word: str, hit: bool) -> None:
    assert any(one.rule is Rule.STOP_WORD for one in lint(text, stop_words=[stop_word])) is hit


def test_a_long_answer_and_markup_only_warn() -> None:
    findings = lint("**Спасибо** " + "за отзыв " * 120)

    assert {one.severity for one in findings} == {Severity.WARN}
    assert not blocks(findings)


def test_a_chat_allows_a_thousand_characters() -> None:
    assert blocks(lint("да " * 400, longest=1000))
    assert not blocks(lint("да " * 300, longest=1000))


@given(st.text(max_size=300))
@example("\U00017000")  # a letter without a name
def test_no_text_makes_the_linter_fail(text: str) -> None:
    for finding in lint(text, stop_words=["слово"]):
        start, end = finding.span
        assert 0 <= start <= end <= len(text)


@given(st.text(alphabet="8907 +-().,озonОZ@:/tме\u200b\u0306{}[]<>ёwru", max_size=60))
def test_no_disguise_makes_the_linter_fail(text: str) -> None:
    for finding in lint(text):
        assert text[slice(*finding.span)] == finding.excerpt or finding.rule in {
            Rule.LENGTH,
            Rule.CONTROL_CHARACTER,
        }


_SENTENCES = sorted(
    {
        sentence.strip(" !?.") + "."
        for texts in DEFAULTS.values()
        for template in texts
        for sentence in fill(template, {"name": "", "product": "", "brand": ""}).replace("!", ".").split(". ")
    }
)


@given(st.lists(st.sampled_from(_SENTENCES), min_size=1, max_size=6), st.sampled_from([" ", "\n", ""]))
def test_any_mix_of_our_own_sentences_is_clean(sentences: list[str], glue: str) -> None:
    assert not blocks(lint(glue.join(sentences)))
