"""Lets what arrives go first: a platform waits seconds for its ack and then gives up, a person waits for an answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

USUALLY, IN_A_RUSH = 8, 1
"""As much work may be begun in one slice of time, what ended within it not counted."""
SLICE_SECONDS = 0.02
"""Work that goes on after a slice waits for somebody else, a model or a platform, and keeps nobody from beginning."""
LATE_SECONDS = 0.01
"""When a slice ends so much too late, the process is too busy to take at once what arrives: that is a rush."""
MANY, LATE_WITH_MANY_SECONDS = 8, 0.002
"""With more events than these being taken, less lateness is a rush: each of them waits for all before it."""
PATIENCE_SECONDS = 10.0
"""What has waited so long in a rush begins as it usually would."""


class Rush:
    """Admits work, first come first served, and less of it while the process is too busy to take what arrives.

    Work is a step, or a post. However much arrives, it never stands still: in a rush one piece is begun in each slice,
    and, unless many events are being taken, whenever one ended; what has waited for ten seconds goes on as if there
    were no rush.
    """

    def __init__(self) -> None:
        """Nothing waits, and there is no rush."""
        self._most = USUALLY
        self._begun = 0
        self._taking = 0
        self._in_slice = False
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()

    @property
    def is_on(self) -> bool:
        """Whether the last slice ended too late."""
        return self._most == IN_A_RUSH

    @contextmanager
    def taking(self) -> Iterator[None]:
        """An event is being taken inside the block."""
        self._taking += 1
        try:
            yield
        finally:
            self._taking -= 1

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Wait until the work inside the block may begin."""
        if not self._in_slice:
            self._begin_slice()
        if self._waiting or self._begun >= self._most:
            loop = asyncio.get_running_loop()
            waiter = loop.create_future()
            self._waiting.append((loop.time(), waiter))
            await waiter
        else:
            self._begun += 1
        try:
            yield
        finally:
            if not (self.is_on and self._taking > MANY):
                self._begun = max(0, self._begun - 1)
                self._admit()

    def _begin_slice(self) -> None:
        loop = asyncio.get_running_loop()
        self._in_slice = True
        end = loop.time() + SLICE_SECONDS
        loop.call_at(end, self._end_slice, end)

    def _end_slice(self, due: float) -> None:
        bearable = LATE_WITH_MANY_SECONDS if self._taking > MANY else LATE_SECONDS
        late = asyncio.get_running_loop().time() - due > bearable
        self._most = IN_A_RUSH if late else min(USUALLY, 2 * self._most)
        if self._begun or self._waiting:
            self._begun = 0
            self._begin_slice()
            self._admit()
        else:
            self._in_slice = False

    def _admit(self) -> None:
        """Let begin what may."""
        now = asyncio.get_running_loop().time()
        while self._waiting:
            since, waiter = self._waiting[0]
            if self._begun >= (USUALLY if now - since > PATIENCE_SECONDS else self._most):
                break
            self._waiting.popleft()
            if not waiter.done():
                self._begun += 1
                waiter.set_result(None)
