"""Logs: keys, not prose; JSON lines unless a person is watching."""

from __future__ import annotations

import logging
import sys
import traceback

import structlog


def told(error: BaseException) -> dict[str, str]:
    """What a log may say of an error: its kind and place, not its message.

    A database's message repeats the row it refused, and rows are about people.
    """
    found = {"error": type(error).__name__, "at": "".join(traceback.format_tb(error.__traceback__))}
    state = getattr(error, "sqlstate", None)
    return {**found, "sqlstate": str(state)} if state else found


def configure(level: str = "INFO", *, is_json: bool | None = None) -> None:
    """Sets structlog up once; JSON when the error stream is not a terminal."""
    as_json = not sys.stderr.isatty() if is_json is None else is_json
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=True)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level, logging.INFO)
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
