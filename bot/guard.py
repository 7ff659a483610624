"""The one broad catch: what nobody foresaw is logged under a short reference, and the work goes on."""

from __future__ import annotations

import asyncio
import secrets
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from structlog.typing import FilteringBoundLogger

DEEPEST = 12
"""The most frames of a traceback that are logged: the innermost ones."""


@dataclass(slots=True)
class Fault:
    """What went wrong inside a guarded block; false when nothing did.

    `reference` is what the person may be shown and the operator finds in the log; `kind` is the error's class.
    """

    reference: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.reference)

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Guard:
    """A guarded block; it gives the Fault that stands for what went wrong inside."""

    def __init__(
        self, log: FilteringBoundLogger, doing: str, passing: tuple[type[Exception], ...], facts: dict[str, object]
    ) -> None:
        """Use `guard` instead."""
        self._log = log
        self._doing = doing
        self._passing = passing
        self._facts = facts
        self._fault = Fault()

    async def __aenter__(self) -> Fault:
        return self._fault

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, self._passing):
            return False
        self._fault.reference = new_reference()
        self._fault.kind = type(error).__name__
        facts = {"reference": self._fault.reference, **_told(error), **self._facts}
        self._log.error("fault", doing=self._doing, **facts)
        return True


def guard(log: FilteringBoundLogger, doing: str, *passing: type[Exception], **facts: object) -> Guard:
    """Catch whatever goes wrong inside the block, log it with these facts, and tell of it in the Fault.

    Errors named in `passing` pass, and so does a cancellation. What an error says is not logged, for it may
    quote a person; its class and place are.
    """
    return Guard(log, doing, passing, facts)


def new_reference() -> str:
    """Make up a reference that stands in the log and in what the person reads."""
    return secrets.token_hex(4)


async def forever(
    log: FilteringBoundLogger, doing: str, work: Callable[[], Awaitable[None]], pause: float = 1.0
) -> NoReturn:
    """Do it again and again until cancelled, with a pause of so many seconds after a fault."""
    while True:
        async with guard(log, doing) as fault:
            await work()
        if fault:
            await asyncio.sleep(pause)


def _told(error: BaseException) -> dict[str, object]:
    """The classes of an error and its causes, outermost first, and where it was raised."""
    classes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(classes) < DEEPEST:
        classes.append(type(cause).__qualname__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": " from ".join(classes), "where": where}
