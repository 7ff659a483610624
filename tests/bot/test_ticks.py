"""The clockwork: what it has begun is finished before it stops."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import LogCapture

from bot.ticks import Ticks
from storage.database import Database


async def test_stopping_in_the_middle_of_a_tick_is_quiet(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    ticking = asyncio.Event()

    def now() -> datetime:
        ticking.set()
        return datetime.now(UTC)

    lines = LogCapture()
    log = structlog.wrap_logger(None, processors=[lines])
    ticks = Ticks(database, lambda: None, now, timedelta(days=30), log)
    running = asyncio.create_task(ticks.run())
    await ticking.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert lines.entries == []
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
