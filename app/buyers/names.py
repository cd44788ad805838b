"""When two spellings are one name, and when a name is none."""

import unicodedata

MASKS = frozenset("*•●█∗＊")
PLACEHOLDERS = frozenset(
    {
        "без имени", "аноним", "анонимный покупатель", "анонимно", "имя скрыто", "клиент", "клиент wildberries",
        "покупатель", "покупатель wildberries", "покупатель wb", "пользователь", "пользователь wildberries",
        "wildberries", "wb", "user", "customer", "anonymous",
    }
)  # fmt: skip
"""Under these words stand thousands of different people: they are nobody's thread."""


def shown(name: str) -> str:
    """Without invisible characters and superfluous spaces, in the buyer's own case."""
    visible = (char for char in unicodedata.normalize("NFKC", name) if char.isspace() or char.isprintable())
    return " ".join("".join(visible).split())


def fold(name: str) -> str:
    """Equal for spellings that differ in case, spaces or invisible characters."""
    return unicodedata.normalize("NFKC", shown(name).casefold())


def key_of(name: str) -> str:
    """Under which a name is counted; empty for what is empty, masked, or a word for everybody."""
    folded = fold(name)
    if folded in PLACEHOLDERS or MASKS & set(folded) or not any(char.isalpha() for char in folded):
        return ""
    return folded
