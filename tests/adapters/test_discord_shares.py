"""The budget of calls that several processes share through Redis."""

from __future__ import annotations

import asyncio

import pytest
import structlog
from structlog.testing import CapturingLogger

from adapters.discord.budget import Shared
from adapters.discord.transport import PER_SECOND, Lane
from bot.logs import make_log


async def turns(shared: list[Shared], lane: Lane, seconds: float) -> int:
    """How many turns they get together in this time."""
    taken = 0

    async def take(one: Shared) -> None:
        nonlocal taken
        while True:
            await one.turn("bot", lane)
            taken += 1

    tasks = [asyncio.create_task(take(one)) for one in shared]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return taken


@pytest.mark.parametrize("lane", ["talk", "work"])
async def test_two_processes_together_keep_within_one_budget(redis_url: str, lane: Lane) -> None:
    two = [Shared(redis_url, make_log("error")) for _ in range(2)]
    try:
        taken = await turns(two, lane, 0.6)
    finally:
        for one in two:
            await one.close()
    assert 0 < taken <= PER_SECOND[lane]


async def test_a_redis_that_is_away_holds_nobody_up() -> None:
    kept = CapturingLogger()
    log = structlog.wrap_logger(kept, processors=[], wrapper_class=structlog.make_filtering_bound_logger("debug"))
    shared = Shared("redis://127.0.0.1:9/0", log)
    for _ in range(100):
        await shared.turn("bot", "work")
    await shared.close()
    assert [call.kwargs["event"] for call in kept.calls] == ["no shared budget"]
