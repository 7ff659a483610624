"""How soon somebody who submits reads the first words: the line of facts, and then the model's.

A scripted server in a process of its own sends a reply token by token; its clock is ours. Measured is the whole
product, from the accepted press to what the platform is told, on SQLite. Beside it, in the same run, the SDK alone
reads the same stream and looks for the same first word. Then many submit at once.

`after_token`: milliseconds from the first token that the server sent to the model's first visible word. The three
tokens that open the JSON come before that word, so it cannot be less than twice the pace and more; `above_sdk` is what
ours takes longer than the SDK alone.

    python -m benchmarks.first_words [--json] [--rounds 20] [--at-once 200] [--first 0.3] [--pace 0.0125]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from aiohttp import ClientSession

from adapters.room import Change, Said, Written
from agent.claude import Access
from agent.interviewer import Interviewer
from agent.replies import feedback_so_far
from bot.wording import labels
from storage.addresses import Person
from storage.interviews import Record
from tests.fakes.claude import judgement, serving
from tests.fakes.stage import PLATFORM, Stage, staged

ROOT = Path(__file__).parents[1]
MODEL = "claude-sonnet-5-5"
WORD = "Yours"
FEEDBACK = (
    f"{WORD} is an answer that can be followed from its first line to its last. It keeps to what was asked and says it"
    " in plain words. It stays vague where a figure would have settled the matter."
)
REPLY = judgement(feedback=FEEDBACK).replace('{"feedback": "', '{"feedback":"')


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--first", type=float, default=0.3, help="seconds to the server's first token")
    parser.add_argument("--pace", type=float, default=0.0125, help="seconds between two tokens")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.serve:
        asyncio.run(serve(asked.first, asked.pace))
        return
    with tempfile.TemporaryDirectory() as folder, server(asked.first, asked.pace) as address:
        result = asyncio.run(measure(Path(folder), address, asked.rounds, asked.at_once))
    print(json.dumps(result) if asked.json else table(result))


# The far end


async def serve(first: float, pace: float) -> None:
    """Serve until the parent is gone."""
    async with serving() as scripted:
        scripted.always = replace(scripted.always, status=200, text=REPLY, first=first, pace=pace, piece=5)
        print(scripted.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextmanager
def server(first: float, pace: float) -> Iterator[str]:
    """A scripted server in another process; gives its address."""
    command = [sys.executable, "-m", "benchmarks.first_words", "--serve", "--first", str(first), "--pace", str(pace)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()


async def sent(address: str) -> Mapping[str, float]:
    """When the server sent the first token of each reply, by the answer."""
    async with ClientSession() as session, session.get(f"{address}/sent") as response:
        told = await response.json()
    if told["problems"]:
        raise RuntimeError(told["problems"][0])
    found: Mapping[str, float] = told["first"]
    return found


# The product


class Seen(list[Change]):
    """What the platform was told, and when each text was first there."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, float] = {}
        self.words: dict[str, float] = {}

    def append(self, change: Change) -> None:
        """Take note of the first line and of the model's first word in each place."""
        now = time.perf_counter()
        if isinstance(change, Said):
            place, text = change.row.place.thread, change.row.markdown
        elif isinstance(change, Written):
            place, text = change.place.thread, change.text
        else:
            return
        if text.startswith("Read "):
            self.facts.setdefault(place, now)
            if WORD in text:
                self.words.setdefault(place, now)


async def measure(folder: Path, address: str, rounds: int, at_once: int) -> dict[str, Any]:
    """Milliseconds alone and in a crowd, the SDK's beside them, and the memory of the crowd."""
    interviewer = Interviewer(Access("key", address, (MODEL,)))
    await interviewer.open()
    async with staged(f"sqlite+aiosqlite:///{folder / 'talkpro.db'}", folder, interviewer) as stage:
        await alone(stage, address, 2)  # the first calls open connections and fill caches
        one = await alone(stage, address, rounds)
        bare = await sdk_alone(address, rounds)
        crowd = await together(stage, address, at_once)
    await interviewer.close()
    one["above_sdk"] = round(one["after_token"]["p50"] - bare["p50"], 1)
    one["ratio_to_sdk"] = round(one["after_token"]["p50"] / bare["p50"], 2)
    return {"alone": one, "sdk": {"after_token": bare}, "at_once": crowd}


async def alone(stage: Stage, address: str, rounds: int) -> dict[str, Any]:
    """One interview after the other."""
    facts, words = [], []
    for number in range(rounds):
        person = Person(PLATFORM, "hall", f"alone-{rounds}-{number}")
        found = await submitted(stage, address, [await ready(stage, person)])
        facts += found[0]
        words += found[1]
    return {"facts_line": spread(facts), "after_token": spread(words)}


async def together(stage: Stage, address: str, number: int) -> dict[str, Any]:
    """So many interviews that are submitted at the same moment."""
    process = psutil.Process(os.getpid())
    waiting = [await ready(stage, Person(PLATFORM, "hall", f"crowd-{at}")) for at in range(number)]
    before = process.memory_info().rss
    begun, cpu = time.perf_counter(), time.process_time()
    facts, words, waits = await submitted(stage, address, waiting)
    records = [await stage.record(record.interview.id) for record in waiting]
    judges = [turn.evaluation.judge for record in records for turn in record.interview.turns if turn.evaluation]
    return {
        "interviews": number,
        "judged_by_the_model": judges.count(MODEL),
        "facts_line": spread(facts),
        "after_token": spread(words),
        "after_submit": spread(waits),
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "megabytes_more": round((process.memory_info().rss - before) / 2**20, 1),
    }


async def ready(stage: Stage, person: Person) -> Record:
    """Start an interview and write a draft."""
    record = await stage.start("system-design hard", person)
    await stage.say(record, f"{person.user}: first the figures, then the parts, then what fails.", person=person)
    return await stage.record(record.interview.id)


async def submitted(
    stage: Stage, address: str, records: Sequence[Record]
) -> tuple[list[float], list[float], list[float]]:
    """Submit them all at once.

    Returns seconds to the line of facts, from the first token to the first word, and from the press to that word.
    """
    seen = stage.platform.changes = Seen()
    choices = [await stage.button(labels.SUBMIT, record.person) for record in records]
    begun: dict[str, float] = {}
    for record, choice in zip(records, choices, strict=True):
        assert record.place is not None
        begun[record.place.thread] = time.perf_counter()
        await stage.accept(stage.pressed(choice, record.place, record.person))
    await stage.settled()
    tokens = await sent(address)
    facts, words, waits = [], [], []
    for record in records:
        assert record.place is not None
        thread = record.place.thread
        answer = "\n\n".join(message.text for message in record.interview.draft)
        facts.append(seen.facts[thread] - begun[thread])
        words.append(seen.words[thread] - tokens[answer])
        waits.append(seen.words[thread] - begun[thread])
    return facts, words, waits


# The baseline


async def sdk_alone(address: str, rounds: int) -> dict[str, float]:
    """The SDK reads the stream, and looks whether the first word is there."""
    import anthropic

    found: list[float] = []
    async with anthropic.AsyncAnthropic(api_key="key", base_url=address, max_retries=0) as client:
        for number in range(-2, rounds):
            answer = f"sdk {number}"
            ask: Any = {"role": "user", "content": json.dumps({"candidate_answer": answer})}
            there = 0.0
            system: Any = [{"type": "text", "text": "Judge. " * 400}]
            form: Any = {"format": {"type": "json_schema", "schema": {"type": "string"}}}
            async with client.messages.stream(
                model=MODEL, max_tokens=4000, system=system, messages=[ask], output_config=form
            ) as stream:
                async for event in stream:
                    if event.type == "text" and not there and f"{WORD} " in feedback_so_far(event.snapshot)[0]:
                        there = time.perf_counter()
            found.append(there - (await sent(address))[answer])
    return spread(found[2:])


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and the longest, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50": round(1000 * statistics.median(ordered), 1),
        "p99": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "max": round(1000 * ordered[-1], 1),
    }


def table(result: Mapping[str, Any]) -> str:
    """The figures as a table."""
    one, many = result["alone"], result["at_once"]
    lines = [f"{'milliseconds':<34}{'p50':>9}{'p99':>9}{'max':>9}"]
    for name, found in (
        ("facts line, alone", one["facts_line"]),
        ("first word after token, alone", one["after_token"]),
        ("the same, SDK alone", result["sdk"]["after_token"]),
        (f"facts line, {many['interviews']} at once", many["facts_line"]),
        ("first word after token, at once", many["after_token"]),
        ("first word after Submit, at once", many["after_submit"]),
    ):
        lines.append(f"{name:<34}{found['p50']:>9}{found['p99']:>9}{found['max']:>9}")
    lines.append(f"above the SDK: {one['above_sdk']} ms, ratio {one['ratio_to_sdk']}")
    rest = {name: value for name, value in many.items() if not isinstance(value, dict)}
    lines.append(", ".join(f"{name} {value}" for name, value in rest.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
