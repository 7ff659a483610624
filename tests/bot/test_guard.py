"""The one broad catch: it tells of everything but what a person may have said."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import structlog
from structlog.testing import LogCapture

from bot.guard import forever, guard, new_reference


@pytest.fixture
def lines() -> LogCapture:
    return LogCapture()


@pytest.fixture
def log(lines: LogCapture) -> structlog.typing.FilteringBoundLogger:
    made: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(None, processors=[lines])
    return made


Log = structlog.typing.FilteringBoundLogger


async def test_what_goes_wrong_is_logged_under_the_reference_that_the_person_is_shown(
    log: Log, lines: LogCapture
) -> None:
    async with guard(log, "step", lane="interview:1") as fault:
        raise KeyError("a mistake")
    assert fault
    assert fault.kind == "KeyError"
    assert len(fault.reference) == 8
    [line] = lines.entries
    assert (line["event"], line["log_level"], line["doing"]) == ("fault", "error", "step")
    assert (line["reference"], line["lane"], line["error"]) == (fault.reference, "interview:1", "KeyError")
    assert str(fault) == f"KeyError {fault.reference}"


async def test_what_an_error_says_is_never_logged(log: Log, lines: LogCapture) -> None:
    answer = "what the candidate wrote"

    def judge() -> None:
        try:
            raise ValueError(answer)
        except ValueError as error:
            raise RuntimeError(f"cannot judge {answer!r}") from error

    async with guard(log, "step"):
        judge()
    [line] = lines.entries
    assert answer not in str(line)
    assert line["error"] == "RuntimeError from ValueError"
    assert line["where"][-1].endswith(" judge")
    assert line["where"][-1].startswith("test_guard.py:")


async def test_a_deep_traceback_is_cut_to_its_innermost_frames(log: Log, lines: LogCapture) -> None:
    def dig(depth: int) -> None:
        if depth == 0:
            raise OSError
        dig(depth - 1)

    async with guard(log, "step"):
        dig(40)
    [line] = lines.entries
    assert len(line["where"]) == 12
    assert all(frame.endswith(" dig") for frame in line["where"])


async def test_nothing_wrong_is_no_fault(log: Log, lines: LogCapture) -> None:
    async with guard(log, "step") as fault:
        pass
    assert not fault
    assert lines.entries == []


async def test_named_errors_pass(log: Log, lines: LogCapture) -> None:
    with pytest.raises(LookupError):
        async with guard(log, "step", LookupError, OSError):
            raise KeyError("a LookupError")
    assert lines.entries == []


async def test_a_cancellation_passes(log: Log, lines: LogCapture) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with guard(log, "step"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines.entries == []


async def test_the_end_of_the_process_passes(log: Log) -> None:
    with pytest.raises(SystemExit):
        async with guard(log, "step"):
            raise SystemExit(2)


async def test_a_loop_survives_its_faults(log: Log, lines: LogCapture) -> None:
    times = 0
    often = asyncio.Event()

    async def work() -> None:
        nonlocal times
        times += 1
        if times == 3:
            often.set()
            await asyncio.Event().wait()
        raise KeyError

    task = asyncio.create_task(forever(log, "tick", work, pause=0))
    await often.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert [line["doing"] for line in lines.entries] == ["tick", "tick"]
    assert lines.entries[0]["reference"] != lines.entries[1]["reference"]


def test_references_differ() -> None:
    assert len({new_reference() for _ in range(1000)}) == 1000
