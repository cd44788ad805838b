"""What is read off a Wildberries token."""

import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import Invalid
from app.shops.models import TokenKind, TokenPurpose
from app.shops.wb_token import (
    MalformedToken,
    SandboxToken,
    TokenExpired,
    TokenWithoutChat,
    TokenWithoutFeedbacks,
    TokenWithoutSeller,
    check_token,
    clean_token,
    decode_token,
)
from simulator.tokens import TokenOrder, mint
from tests.api.clients import encode, wb_token

NOW = datetime.now(UTC)
SID = "9f4e3a0c-6f3b-4a57-8a0c-3a8d7b1f2c11"


def test_the_claims_become_facts() -> None:
    facts = decode_token(wb_token(SID, categories=(7, 9), read_only=True, exp=1_900_000_000))

    assert facts.kind is TokenKind.PERSONAL
    assert facts.categories == ("feedbacks", "chat")
    assert facts.expires_at == datetime.fromtimestamp(1_900_000_000, UTC)
    assert (facts.read_only, facts.test, facts.seller_id) == (True, False, SID)


def test_a_token_of_the_simulator_is_read_like_a_real_one() -> None:
    facts = decode_token(mint(TokenOrder(sid=SID, oid=1), now=NOW.timestamp()))

    assert (facts.seller_id, facts.kind, facts.categories) == (SID, TokenKind.PERSONAL, ("feedbacks",))


@pytest.mark.parametrize(("acc", "kind"), [(1, "basic"), (2, "test"), (3, "personal"), (4, "service")])
def test_the_kind_is_told_by_acc(acc: int, kind: str) -> None:
    assert decode_token(wb_token(acc=acc)).kind == kind


@pytest.mark.parametrize("acc", [0, 5, None, "x", [], True, 1e400])
def test_an_odd_acc_is_an_unknown_kind(acc: Any) -> None:
    assert decode_token(wb_token(acc=acc)).kind is TokenKind.UNKNOWN


@pytest.mark.parametrize("pasted", ["Bearer {}", "  bearer   {}\n", "\t{}  "])
def test_what_comes_along_when_copying_is_stripped(pasted: str) -> None:
    token = wb_token(SID)

    assert clean_token(pasted.format(token)) == token
    assert decode_token(pasted.format(token)).seller_id == SID


def test_line_breaks_inside_a_pasted_token_are_stripped() -> None:
    token = wb_token(SID)

    assert clean_token(token[:40] + "\n" + token[40:]) == token


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "привет",
        "a.b",
        "a.b.c.d",
        "a.!!!.c",
        f"a.{encode('текст')}.c",
        f"a.{encode([1])}.c",
        "a.bm90IGpzb24.c",
        f"a.{encode({'sid': SID, 's': 128})}.c",
        wb_token(exp=1 << 80),
        wb_token(exp="завтра"),
        wb_token(exp=-(10**18)),
        wb_token(padding="x" * 10_000),
        "a." + encode("x")[:2] + "[" * 3000 + ".c",
        wb_token(signature="a\r\nX-Evil: 1"),
    ],
)
def test_what_is_no_token_is_refused(pasted: str) -> None:
    with pytest.raises(MalformedToken):
        decode_token(pasted)


def test_deeply_nested_claims_are_refused() -> None:
    nested: Any = []
    for _ in range(900):
        nested = [nested]

    with pytest.raises(Invalid):
        decode_token(f"a.{encode(nested)}.c")


@pytest.mark.parametrize("sid", [None, 7, "", "  ", "a b", "x" * 65, "a\0b"])
def test_a_token_without_a_seller_is_refused(sid: Any) -> None:
    with pytest.raises(TokenWithoutSeller):
        decode_token(wb_token("-", sid=sid))


def test_a_seller_id_is_the_same_in_any_case() -> None:
    assert decode_token(wb_token(SID.upper())).seller_id == SID


@pytest.mark.parametrize(
    ("token", "purpose", "refusal"),
    [
        (wb_token(days=-0.001), TokenPurpose.MAIN, TokenExpired),
        (wb_token(t=True), TokenPurpose.MAIN, SandboxToken),
        (wb_token(acc=2), TokenPurpose.MAIN, SandboxToken),
        (wb_token(categories=(1, 9)), TokenPurpose.MAIN, TokenWithoutFeedbacks),
        (wb_token(s="мусор"), TokenPurpose.MAIN, TokenWithoutFeedbacks),
        (wb_token(categories=(7,)), TokenPurpose.CHAT, TokenWithoutChat),
    ],
)
def test_a_token_that_cannot_serve_is_refused_in_russian(
    token: str, purpose: TokenPurpose, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal) as refused:
        check_token(decode_token(token), purpose, now=NOW, accept_test=False)

    assert refused.value.message.endswith(".")
    assert any(letter in refused.value.message for letter in "аеио")


def test_a_chat_token_needs_no_feedback_category() -> None:
    check_token(decode_token(wb_token(categories=(9,))), TokenPurpose.CHAT, now=NOW, accept_test=False)


def test_test_tokens_are_fine_where_they_are_accepted() -> None:
    check_token(decode_token(wb_token(acc=2)), TokenPurpose.MAIN, now=NOW, accept_test=True)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.text() | st.text(st.sampled_from(string.ascii_letters + "._-= \n")))
def test_no_text_breaks_the_decoder(pasted: str) -> None:
    _reads_or_refuses(pasted)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("sid", "s", "acc", "exp", "t", "for"), _JSON)))
def test_no_claims_break_the_decoder(claims: dict[str, Any]) -> None:
    _reads_or_refuses(f"a.{encode(claims)}.c")


def _reads_or_refuses(pasted: str) -> None:
    try:
        facts = decode_token(pasted)
        check_token(facts, TokenPurpose.MAIN, now=NOW + timedelta(), accept_test=False)
    except Invalid:
        pass
