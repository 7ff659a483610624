"""What the core hands to every adapter, and to the coach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.settings import Settings
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Core:
    """The parts that everybody shares.

    `http` is the one server's application, to which an adapter may add routes before it starts; `now` is the clock;
    `settled` returns once nothing waits, runs or is unsaid in this process. `closing` is closed when the last word was
    said: what an adapter speaks through belongs there.
    """

    settings: Settings
    database: Database
    http: web.Application
    log: FilteringBoundLogger
    now: Callable[[], datetime]
    settled: Callable[[], Awaitable[None]]
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
