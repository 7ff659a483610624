"""Logs as structured lines on the error stream, without any text that a person wrote."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger


def make_log(level: str) -> FilteringBoundLogger:
    """Make the one log; `level` is debug, info, warning or error. The libraries' own logs join it from warning on."""
    number = getattr(logging, level.upper())
    logging.basicConfig(
        level=max(number, logging.WARNING),
        stream=sys.stderr,
        format='{"event": "%(name)s", "level": "%(levelname)s", "detail": "%(message)s"}',
        force=True,
    )
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
