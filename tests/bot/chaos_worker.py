"""A worker process that a test kills: `python -m tests.bot.chaos_worker DATABASE_URL PORT alone|among`.

It takes its events from the platform that listens on the port, and says everything there; one JSON object a line.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import structlog

from bot.patience import AWAY
from bot.turns import Later, Outcome, Turns
from storage import queue
from storage.database import Database
from storage.queue import Claim, Due, Outgoing
from storage.turnstile import Turnstile
from tests.bot.workers import arrival, store

LEASE_SECONDS = 2.0


class Platform:
    """Our end of the line to the platform."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = count()
        self._answers: dict[int, asyncio.Future[str]] = {}

    def tell(self, **message: Any) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    async def ask(self, **message: Any) -> str:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self.tell(number=number, **message)
        try:
            return await answer
        finally:
            del self._answers[number]

    async def events(self, accept: Any) -> None:
        """Take in what happens, until the platform hangs up."""
        async with asyncio.TaskGroup() as group:
            while line := await self._reader.readline():
                message = json.loads(line)
                if "answer" in message:
                    answer = self._answers.get(message["number"])
                    if answer is not None and not answer.done():
                        answer.set_result(message["answer"])
                else:
                    group.create_task(accept(message["event"], message["lane"]))


async def main(url: str, port: int, *, alone: bool) -> None:
    database = await Database.open(url)
    if alone:
        await database.write(queue.clear_leases)
    platform = Platform(*await asyncio.open_connection("127.0.0.1", port))

    async def step(claim: Claim) -> Outcome:
        platform.tell(thinking=claim.dedup_key)
        await asyncio.sleep(random.uniform(0, 0.1))
        key = claim.dedup_key
        return Outcome(
            writes=(partial(store, key=key),), posts=(Outgoing(f"{key} read", "read"), Outgoing(key, "judged"))
        )

    async def post(due: Due) -> tuple[str, float]:
        match await platform.ask(post=due.slot, lane=due.lane_id):
            case "later":
                raise Later(0.05)
            case "broken":
                raise ConnectionResetError
        return '"1"', time.time()

    async def buried(claim: Claim, reference: str) -> Outcome:
        platform.tell(buried=claim.dedup_key, reference=reference)
        return Outcome()

    turns = Turns(
        database,
        Turnstile(),
        owner=f"{os.getpid()}",
        step=step,
        post=post,
        buried=buried,
        log=structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=[structlog.processors.JSONRenderer()]),
        lease_seconds=LEASE_SECONDS,
        poll_seconds=0.2,
        rests=(0.05,),
    )

    async def accept(key: str, lane: str) -> None:
        with suppress(*AWAY):  # then it is not acknowledged, and comes again
            if await database.write(queue.accept, arrival(key, lane)):
                turns.wake()
            platform.tell(accepted=key)

    working = asyncio.create_task(turns.run())
    await platform.events(accept)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), alone=sys.argv[3] == "alone"))
