import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.complaints.quoting import folded, places

TEXT = "Ужасное  платье,\nвсё\u00a0в пятнах. За 100 рублей — позор!"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Ужасное платье", "Ужасное  платье"),
        ("УЖАСНОЕ ПЛАТЬЕ, ВСЕ В ПЯТНАХ", "Ужасное  платье,\nвсё\u00a0в пятнах"),
        ("«всё в пятнах…»", "всё\u00a0в пятнах"),
        ("100 рублей — позор!", "100 рублей — позор!"),
    ],
)
def test_case_spaces_and_outer_marks_do_not_matter_and_the_feedbacks_letters_are_kept(quote: str, found: str) -> None:
    [place] = places(quote, [TEXT])

    assert place.words == found


@pytest.mark.parametrize(
    "quote",
    [
        "платье ужасное",
        "плохое платье",
        "ужасное платье все в пятнах",
        "100 рублей - позор",
        "100 … позор",
        "рубле",
        "жасное платье",
        "",
        "…",
        " «» ",
        "!",
    ],
)
def test_a_paraphrase_a_cut_word_and_nothing_stand_nowhere(quote: str) -> None:
    assert places(quote, [TEXT]) == []


def test_a_quote_does_not_run_from_one_field_into_another() -> None:
    assert places("платье в пятнах", ["Ужасное платье", "в пятнах"]) == []


def test_every_place_is_told() -> None:
    assert [place.start for place in places("раз", ["раз, раз, ещё раз, разный"])] == [0, 5, 14]


@given(text=st.text(min_size=1, max_size=80), quote=st.text(max_size=20))
def test_whatever_is_found_reads_as_the_quote(text: str, quote: str) -> None:
    for place in places(quote, [text]):
        assert folded(place.words) in folded(quote)
        assert place.words in text
        assert place.words != ""
