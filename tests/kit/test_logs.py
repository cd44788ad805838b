"""Attacks on the filter that keeps secrets out of the logs."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from app.kit.logs import RedactingHandler, configure_logging
from app.kit.settings import Settings

JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJzaWQiOiJhIiwicyI6MTI4fQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
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


@pytest.mark.usefixtures("written")
def test_a_logger_silenced_before_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """As uvicorn does for `--no-access-log`; with that said, no request shall cost a line that nobody wants."""
    access, error = logging.getLogger("uvicorn.access"), logging.getLogger("uvicorn.error")
    access.handlers, access.propagate = [], False
    error.handlers, error.propagate = [logging.StreamHandler(io.StringIO())], False
    try:
        configure_logging(Settings(_env_file=None, log_level="DEBUG"))
        access.info("a request")
        error.info("a start")
        assert not access.hasHandlers()
    finally:
        access.propagate = error.propagate = True
        error.handlers = []

    told = capsys.readouterr().err
    assert "a start" in told
    assert "a request" not in told
