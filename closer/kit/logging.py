"""Structured logs with a correlation id and without personal data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from closer.kit.ids import new_id

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

_SECRET_KEYS = re.compile(
    r"pass(word|wd)?|secret|token|authorization|cookie|api_?key|signature|^text$|^body$|email|phone|address|^name$|payload",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "[token]"),
    (re.compile(r"(?<![\w-])\+?\d[\d\s().-]{8,}\d(?![\w-])"), "[number]"),
)


def correlation_id() -> str:
    """Return the id that ties together what one request causes; empty outside of any."""
    return _correlation_id.get()


@contextmanager
def correlated(value: str | None = None) -> Iterator[str]:
    """Run a block under a correlation id: the caller's if it has an acceptable one, else a new one."""
    chosen = value if value and re.fullmatch(r"[\w.-]{1,64}", value) else new_id()
    token = _correlation_id.set(chosen)
    try:
        yield chosen
    finally:
        _correlation_id.reset(token)


def redact(value: Any) -> Any:
    """Return the value with addresses, tokens and long numbers replaced, in nested data too."""
    if isinstance(value, str):
        for pattern, mark in _PATTERNS:
            value = pattern.sub(mark, value)
        return value
    if isinstance(value, dict):
        return {
            k: "[redacted]" if _SECRET_KEYS.search(str(k)) else redact(v) for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


_OWN_KEYS = {"event", "timestamp", "level", "logger", "correlation_id"}


def _redact_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key == "event" or key not in _OWN_KEYS:
            event[key] = (
                "[redacted]" if key != "event" and _SECRET_KEYS.search(key) else redact(value)
            )
    return event


def _add_correlation(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    current = _correlation_id.get()
    if current:
        event["correlation_id"] = current
    return event


def configure_logging(process: str, level: str = "INFO", fmt: str = "json") -> None:
    """Send all logs of this process, the libraries' too, to standard error in one shape.

    Args:
        process: The process's name, in every line.
        level: The least level that is written.
        fmt: `json`, one object a line, or `console`.
    """

    def add_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
        structlog.processors.format_exc_info,
        _redact_event,
        add_process,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if fmt == "console" else structlog.processors.JSONRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("rasa", "sanic", "urllib3", "matplotlib", "apscheduler", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> Any:
    """Return a structured logger."""
    return structlog.get_logger(name)
