"""Attacks on the filter that keeps secrets out of the logs."""

import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from app.kit.logs import RedactingHandler, configure_logging
from app.kit.redaction import redact, redact_text
from app.kit.secrets import new_token
from app.kit.settings import Settings

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


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    configure_logging(Settings(_env_file=None, log_format=request.param, log_level="DEBUG"))
    yield stream.getvalue
    root.setLevel(level)
    root.handlers[:] = handlers
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


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
@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
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


def test_structlog_lines_are_clean(written: Callable[[], str]) -> None:
    log = structlog.get_logger("attack").bind(authorization=OPAQUE)
    log.info("calling", token=OPAQUE, nested={"deep": [JWT]}, raw=JWT.encode())
    log.warning("%s was %s", "token", JWT)
    log.info(f"Bearer {JWT}")

    told = written()

    assert "calling" in told
    assert OPAQUE not in told
    assert JWT not in told


def test_stdlib_lines_are_clean(written: Callable[[], str]) -> None:
    log = logging.getLogger("uvicorn.access")
    log.info('%s - "%s %s"', "127.0.0.1", "GET", f"/?token={OPAQUE}")
    log.info("header %s: %s", "Authorization", OPAQUE)
    log.info("got %(token)s", {"token": OPAQUE})
    log.info("%s", {"password": OPAQUE})
    log.info("%r", JWT.encode())
    logging.getLogger("httpx").info("HTTP Request: GET https://u:%s@wb/", OPAQUE)
    logging.getLogger("sqlalchemy.pool").warning("lost postgresql://u:%s@db", OPAQUE)

    told = written()

    assert told.count("\n") >= 7
    assert OPAQUE not in told
    assert JWT not in told


@pytest.mark.parametrize("logger", ["stdlib", "structlog"])
def test_exceptions_and_tracebacks_are_clean(written: Callable[[], str], logger: str) -> None:
    log: Any = logging.getLogger("x") if logger == "stdlib" else structlog.get_logger("x")
    token = JWT
    try:
        try:
            raise KeyError(f"Authorization: {OPAQUE}")
        except KeyError as cause:
            raise RuntimeError(f"cannot use {token}") from cause
    except RuntimeError:
        log.exception("failed")

    told = written()

    assert "RuntimeError" in told
    assert "KeyError" in told
    assert "test_logs.py" in told
    assert JWT not in told
    assert OPAQUE not in told


def test_a_line_that_cannot_be_formatted_shows_no_arguments(written: Callable[[], str]) -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%d", (JWT,), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RedactingHandler):
            handler.handle(record)

    told = written()

    assert "unprintable log record from x" in told
    assert JWT not in told


def test_warnings_are_clean(written: Callable[[], str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        logging.getLogger("py.warnings").warning("token=%s", OPAQUE)

    assert OPAQUE not in written()


def test_headers_of_httpcore_and_openai_are_not_even_formatted(written: Callable[[], str]) -> None:
    for name in ("httpcore.http11", "openai._base_client"):
        logging.getLogger(name).debug("send_request_headers.started headers=[(b'authorization', b'raw')]")

    assert "send_request_headers" not in written()


def test_lines_carry_request_shop_and_job(written: Callable[[], str]) -> None:
    structlog.contextvars.bind_contextvars(request_id="r1", shop="s1", job="j1")
    structlog.get_logger("a").info("ours")
    logging.getLogger("b").info("theirs")

    for line in written().splitlines():
        for value in ("r1", "s1", "j1"):
            assert value in line


def test_json_is_one_object_per_line(written: Callable[[], str]) -> None:
    structlog.get_logger("a").info("Отзыв\nпришёл", rating=5)
    line = written().strip()

    if line.startswith("{"):
        said = json.loads(line)
        assert (said["event"], said["rating"], said["level"], said["logger"]) == ("Отзыв\nпришёл", 5, "info", "a")
        assert said["timestamp"].endswith("Z")


def test_configuring_twice_writes_once(written: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    [ours] = [handler for handler in logging.getLogger().handlers if isinstance(handler, RedactingHandler)]
    monkeypatch.setattr(sys, "stderr", ours.stream)
    configure_logging(Settings(_env_file=None, log_format="json"))
    logging.getLogger("x").warning("once")

    assert written().count("once") == 1
    assert sum(isinstance(handler, RedactingHandler) for handler in logging.getLogger().handlers) == 1
