import pytest

from app.llm.masking import mask_contacts


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Жду 8 900 123-45-67!", "Жду [скрыто]!"),
        ("8 900 1234567 8 900 7654321", "[скрыто] [скрыто]"),
        ("восемь девятьсот сто двадцать три сорок пять", "[скрыто]"),
        ("почта anna @ mail . ru", "почта [скрыто]"),
        ("Артикул 123456789, размер 42-44", "Артикул 123456789, размер 42-44"),
        ("", ""),
    ],
)
def test_contacts_are_hidden_and_the_rest_is_kept(written: str, sent: str) -> None:
    assert mask_contacts(written) == sent
