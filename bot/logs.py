"""Logs as structured lines on the error stream, without any text that a person wrote."""

from __future__ import annotations

import json
import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger


class Libraries(logging.Formatter):
    """A library's own log line, without the values it would fill in: they may be what a person wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as JSON: who, the unfilled message, and the class of the error."""
        error = record.exc_info[0] if record.exc_info else None
        line = {"event": record.name, "level": record.levelname.lower(), "detail": str(record.msg)}
        return json.dumps(line | ({"error": error.__qualname__} if error is not None else {}))


def make_log(level: str) -> FilteringBoundLogger:
    """Make the one log; `level` is debug, info, warning or error. The libraries' own logs join it from warning on."""
    number = getattr(logging, level.upper())
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(Libraries())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[libraries], force=True)
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )
    return log
