"""Which spellings are one name, and which are nobody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buyers.names import fold, key_of, shown


@pytest.mark.parametrize(
    "spelling", ["Анна Иванова", "  анна   ИВАНОВА ", "Анна\u00a0Иванова", "А\u200bнна Иванова", "Анна\tИванова\n"]
)
def test_case_spaces_and_invisible_characters_make_no_other_name(spelling: str) -> None:
    assert key_of(spelling) == "анна иванова"


@pytest.mark.parametrize(
    "nobody",
    ["", "   ", "\u200b", "***", "И***", "А*** Б.", "…", "12345", "Покупатель", " ПОКУПАТЕЛЬ  wildberries", "-"],
)
def test_empty_masked_and_general_names_are_nobodys(nobody: str) -> None:
    assert key_of(nobody) == ""


@pytest.mark.parametrize(("one", "other"), [("Анна", "Ана"), ("Елена", "Алена"), ("Ли", "Ли 2"), ("Anna", "Анна")])
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


def test_the_spelling_shown_keeps_its_case() -> None:
    assert shown("  Ольга\n  К. ") == "Ольга К."


@given(st.text(max_size=30))
def test_a_name_as_shown_leads_back_to_its_key(name: str) -> None:
    assert key_of(shown(name)) == key_of(name)
    assert fold(fold(name)) == fold(name)
    assert "\x00" not in fold(name)
