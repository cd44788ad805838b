"""Attacks on the filter, by name and by shape."""

import time
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.kit.redaction import redact, redact_text
from app.kit.secrets import new_token

JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJzaWQiOiJhIiwicyI6MTI4fQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
FERNET = Fernet(Fernet.generate_key()).encrypt(b"secret").decode()
SHAPED = {
    "jwt": JWT,
    "half a jwt": JWT.rsplit(".", 1)[0],
    "api token": new_token("wbrm_"),
    "session": new_token("wbs_"),
    "invitation": "Ab1" + new_token()[3:],
    "openai": "sk-proj-" + "aB3" * 9,
    "fernet": FERNET,
}
OPAQUE = "0paque!value"


@pytest.mark.parametrize("shape", SHAPED)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Bearer {}",
        "authorization: bearer {}",
        "GET /api/invites/{} HTTP/1.1",
        "https://wb.example/path?token={}&a=b",
        "https://user:{}@host/db",
        '{{"a": "{}"}}',
        "b'{}'",
        "[{}]",
        "«{}»",
        "token%3D{}",
        "x\n{}\ny",
    ],
)
def test_a_shaped_secret_is_hidden_anywhere(shape: str, around: str) -> None:
    assert SHAPED[shape] not in redact_text(around.format(SHAPED[shape]))


@pytest.mark.parametrize(
    "text",
    [
        f"token={OPAQUE}",
        f"access_token: {OPAQUE}",
        f'{{"password": "{OPAQUE}"}}',
        f'{{\\"password\\": \\"{OPAQUE}\\"}}',
        f"{{'Authorization': '{OPAQUE}'}}",
        f"Authorization: {OPAQUE}",
        f"Authorization: Basic {OPAQUE}",
        f"[(b'authorization', b'{OPAQUE}')]",
        f"('X-Client-Secret', '{OPAQUE}')",
        f"X-Client-Secret: {OPAQUE}",
        f"replySign={OPAQUE}",
        f"reply_sign='{OPAQUE}'",
        f"Cookie: a=1; session={OPAQUE}",
        f"set-cookie: session={OPAQUE}; HttpOnly",
        f"api_key={OPAQUE}",
        f"OPENAI_API_KEY={OPAQUE}",
        f"secret_keys='{OPAQUE}'",
        f"Caller(token='{OPAQUE}', seller_id='s')",
        f"postgresql+asyncpg://wbrm:{OPAQUE}@db:5432/wbrm",
        f"redis://:{OPAQUE}@cache:6379",
        f"http://{OPAQUE}@host/",
        "postgres://u:with/slash@" + OPAQUE + "@db/x",
    ],
)
def test_a_named_secret_is_hidden_in_text(text: str) -> None:
    assert OPAQUE not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "input_tokens=345 output_tokens: 12",
        "http://127.0.0.1:8000/api/shops",
        "shop 3f2c8a52-6df6-4a5f-9a59-0f6f2a1d7b11 synced 5000 feedbacks",
        "Покупатель пишет: «пароль не нужен», токен-экономика",
        "test_a_shop_whose_name_is_longer_than_forty_characters passed",
        "token_kind=basic",
        "password=None",
        "risk-assessment of task-runner",
        "ops@wildberries.example wrote to https://host/@name",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact_text(text) == text


def test_structures_are_searched_by_name_and_by_shape() -> None:
    clean = redact(
        {
            "headers": {"Authorization": OPAQUE, "x": [("cookie", OPAQUE), (b"Set-Cookie", OPAQUE.encode())]},
            "deep": [{"list": ({"wbToken": OPAQUE}, {JWT: 1})}],
            "set": {JWT},
            "bytes": JWT.encode(),
            "array": bytearray(JWT.encode()),
            "object": SecretStr(OPAQUE),
            "error": ValueError(f"token={OPAQUE}"),
            "number": {"password": 123456, "input_tokens": 7, "read_only": True},
            "token_kind": "basic",
            "none": {"token": None},
        }
    )
    told = repr(clean)

    assert OPAQUE not in told
    assert JWT not in told
    assert "123456" not in told
    assert clean["number"]["input_tokens"] == 7
    assert clean["token_kind"] == "basic"
    assert clean["none"] == {"token": None}


def test_a_structure_without_an_end_is_cut() -> None:
    endless: dict[str, Any] = {"token": OPAQUE}
    endless["self"] = endless

    assert OPAQUE not in repr(redact(endless))


NAMES = st.sampled_from(["token", "X-Api-Key", "Authorization", "client_secret", "replySign", "wbPassword"])
BEFORE = st.text(alphabet=" /=:«»,;?&\n", max_size=5)
AFTER = st.text(alphabet=" \"'<>,;\n", min_size=1, max_size=5)
VALUE = st.text(alphabet="abcXYZ0189!-_.", min_size=6, max_size=30)
PLAIN = st.none() | st.integers() | st.text(max_size=10)


def hidden_in(secret: str) -> st.SearchStrategy[Any]:
    """The secret somewhere in a nest of containers."""
    leaf = st.one_of(
        st.tuples(
            st.text(alphabet=" /=:«»,;?&\n", max_size=5), st.text(alphabet=" \"'<>,;\n", min_size=1, max_size=5)
        ).map(lambda sides: sides[0] + secret + sides[1]),
        st.just(secret.encode()),
        st.just(ValueError(secret)),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(PLAIN, inner),
            st.lists(inner, min_size=1, max_size=2),
            st.dictionaries(st.text(max_size=5), inner, min_size=1, max_size=2),
            inner.map(lambda value: {secret: value}),
        ),
        max_leaves=4,
    )


@given(st.sampled_from(sorted(SHAPED.values())).flatmap(lambda secret: st.tuples(st.just(secret), hidden_in(secret))))
def test_no_nest_hides_a_shaped_secret(attack: tuple[str, Any]) -> None:
    secret, nest = attack

    assert secret not in repr(redact(nest))


@given(
    NAMES, st.text(alphabet="abcXYZ0189!-_.", min_size=6, max_size=30), st.sampled_from(["=", ": ", '": "', "': b'"])
)
def test_no_spelling_hides_a_named_secret(name: str, value: str, separator: str) -> None:
    assert value not in redact_text(f"x {name}{separator}{value} y")
    assert value not in repr(redact({"a": [{name: value}]}))


@given(st.text(max_size=300))
def test_any_text_can_be_redacted(text: str) -> None:
    redact_text(text)


def test_a_long_line_is_redacted_in_time() -> None:
    for piece in ("a", "eyJ", "token", "://", "cookie: ", "a@", "sk-", 'token="', "://a:", "Aa0-"):
        started = time.process_time()
        redact_text(piece * (20_000 // len(piece)))
        assert time.process_time() - started < 2
