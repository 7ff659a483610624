"""When much arrives at once, what arrives comes first, and what waits does not wait for ever."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from bot import intake
from bot.intake import MANY, Rush


async def test_work_waits_for_a_rush_to_end() -> None:
    rush = Rush()
    await rush.over()
    with ExitStack() as stack:
        for _ in range(MANY + 1):
            stack.enter_context(rush)
        waiting = asyncio.create_task(rush.over())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_work_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PATIENCE_SECONDS", 0.01)
    rush = Rush()
    with ExitStack() as stack:
        for _ in range(MANY + 1):
            stack.enter_context(rush)
        await rush.over()
