"""What an interview costs, in tokens and dollars, beside a plain implementation of the same interview.

A scripted server on loopback stands in for the model, and accounts for its cache by the documented rules; a token
is four characters. All pay Sonnet's prices for the same rules, question, answers and replies.

- plain: rules and question as the system prompt, the whole history each time, no cache, JSON asked for in prose; the
  replies come as models write JSON unasked, indented and in a fence.
- template: the same, but as one prompt per turn that holds rules, question and answer, and all prompts are the history.
- ours, alone (no other interview of the kind within the hour) or in a busy hour (two others before it), with three or
  seven minutes for each answer, the first among them.

What nobody has counted here is left out on both sides: what a model thinks, and what the server adds for a schema. The
plain implementation is given our rules and rubric, no retries and no repeated rules, which flatters it.

    python -m benchmarks.cost [--json] [--turns 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent import bank, prices, prompts
from agent.calls import Usage, together
from agent.claude import Access
from agent.interviewer import Interviewer
from agent.types import FollowUp, Interview, Message, Question
from tests.fakes.claude import Ledger, Request, serving, tokens, told

MODEL = "claude-sonnet-5-5"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PACES = {"quick": timedelta(minutes=3), "slow": timedelta(minutes=7)}
"""Time between two answers: within what is kept for five minutes, or beyond it."""

IN_PROSE = """
Reply with one JSON object in a code fence, with these properties: feedback (a string), points (a list of objects \
with id, verdict and quote; verdict is hit, partial, miss or wrong), correctness, clarity and depth (whole numbers \
from 0 to 10), follow_up_points (a list of ids), follow_up (a string).
"""
FEEDBACK = (
    "You start from the figures and say why the work is done ahead of the request, which is the heart of it. The path"
    " of a reading is easy to follow. What happens when a part of it fails stays vague: you name the failure and not"
    " what somebody would see, and the second number does not follow from the first."
)
FOLLOW_UP = "You said that each part asks by itself. What does your server see when all of them ask in the same second?"


@dataclass
class Clock:
    """A clock that is turned by hand."""

    now: datetime

    def seconds(self) -> float:
        """The time as the server counts it."""
        return self.now.timestamp()


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args(words)
    result = asyncio.run(measure(asked.turns))
    print(json.dumps(result) if asked.json else table(result))


async def measure(turns: int) -> dict[str, Any]:
    """Tokens and dollars of interviews of one to so many turns, and the ratios to the plain implementation."""
    question = middle(bank.load().questions)
    answers = answers_of(question, turns)
    lengths = [answers[:count] for count in range(1, turns + 1)]
    columns: dict[str, list[tuple[Usage, ...]]] = {
        "plain": [naive(question, said, template=False) for said in lengths],
        "template": [naive(question, said, template=True) for said in lengths],
    }
    for hour in ("alone", "busy"):
        for pace, between in PACES.items():
            columns[f"{hour}, {pace}"] = [
                await ours(question, said, between=between, busy=hour == "busy") for said in lengths
            ]
    dollars = {name: [cost(usage) for usage in found] for name, found in columns.items()}
    plain = dollars["plain"]
    return {
        "question": question.id,
        "turns": turns,
        "prices_as_of": prices.AS_OF.isoformat(),
        "tokens": {name: figures(found[-1]) for name, found in columns.items()},
        "dollars": {name: [round(number, 5) for number in costs] for name, costs in dollars.items()},
        "ratio": {
            name: [round(number / base, 3) for number, base in zip(costs, plain, strict=True)]
            for name, costs in dollars.items()
        },
        "last_turn_adds": {
            name: round(costs[-1] - (costs[-2] if turns > 1 else 0.0), 5) for name, costs in dollars.items()
        },
    }


def middle(questions: Sequence[Question]) -> Question:
    """The question whose text has the median length, among those that ask on."""
    asking = [question for question in questions if question.follow_ups]
    return sorted(asking, key=lambda question: len(prompts.question_text(question)))[len(asking) // 2]


def answers_of(question: Question, turns: int) -> list[str]:
    """Answers as people give them: a thousand characters first, six hundred to a follow-up."""
    text = " ".join(question.reference.split()) * turns
    return [text[:1000], *(text[1000 + 600 * i : 1600 + 600 * i] for i in range(turns - 1))]


def reply(request: Request) -> str:
    """What the model says to one answer: verdicts on what was asked, with quotes from the answer."""
    sent = told(request)
    answer = str(sent["candidate_answer"])
    points = [
        {"id": point, "verdict": "hit" if at % 2 else "miss", "quote": answer[at * 60 : at * 60 + 70] if at % 2 else ""}
        for at, point in enumerate(sent["points_asked"])
    ]
    said = {
        "feedback": FEEDBACK,
        "points": points,
        "correctness": 5,
        "clarity": 7,
        "depth": 5,
        "follow_up_points": sent["points_asked"][:1] if sent["ask_follow_up"] else [],
        "follow_up": f"{FOLLOW_UP} ({len(request['messages'])})" if sent["ask_follow_up"] else "",
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


async def ours(question: Question, answers: Sequence[str], *, between: timedelta, busy: bool) -> tuple[Usage, ...]:
    """Hold the interview. `busy`: two others of the kind were judged in the minutes before."""
    clock = Clock(START)
    async with serving() as server:
        server.ledger = Ledger(clock.seconds)
        server.always = replace(server.always, status=200, text=reply, piece=10_000)
        interviewer = Interviewer(Access("key", server.address, (MODEL,)))
        others = [other for other in bank.load().questions if other.kind == question.kind and other != question]
        for other in others[:2] if busy else ():
            await held(interviewer, other, answers[:1], clock, between)
        usage = await held(interviewer, question, answers, clock, between)
        await interviewer.close()
    return usage


async def held(
    interviewer: Interviewer, question: Question, answers: Sequence[str], clock: Clock, between: timedelta
) -> tuple[Usage, ...]:
    """Judge one answer after the other."""
    begun = clock.now
    clock.now += between
    now = Interview("i", question, begun, begun, max_follow_ups=len(answers) - 1, asked_at=begun)
    used: list[Usage] = []
    for number, answer in enumerate(answers, 1):
        now = now.drafted(Message(f"m{number}", answer, clock.now), clock.now).submitted(clock.now)
        found = await interviewer.judge(now, now.turns[-1], unheard)
        if found.judge != MODEL:
            raise RuntimeError(f"turn {number} was judged by {found.judge}: {found.step_downs}")
        used += found.usage
        now = now.judged(found, clock.now)
        clock.now += between
    return together(used)


async def unheard(_text: str) -> None:
    """Nobody watches."""


def naive(question: Question, answers: Sequence[str], *, template: bool) -> tuple[Usage, ...]:
    """The same interview without a cache: what is sent and what comes back, counted by the same rule."""
    prompt = f"{prompts.rules(question.kind)}\n{prompts.question_text(question)}{IN_PROSE}"
    history: list[dict[str, str]] = []
    used: list[Usage] = []
    follow_up: FollowUp | None = None
    for number, answer in enumerate(answers, 1):
        sent = {
            **({} if follow_up is None else {"asked": follow_up.text}),
            "points_asked": [point.id for point in question.key_points] if follow_up is None else [*follow_up.points],
            "candidate_answer": answer,
            "ask_follow_up": number < len(answers),
            "name_missed": number == len(answers),
        }
        history.append({"role": "user", "content": json.dumps(sent, ensure_ascii=False)})
        said = json.loads(reply({"messages": history}))
        text = f"```json\n{json.dumps(said, ensure_ascii=False, indent=2)}\n```"
        read = sum(tokens(message["content"]) for message in history)
        used.append(
            Usage(MODEL, tokens_in=read + tokens(prompt) * (number if template else 1), tokens_out=tokens(text))
        )
        history.append({"role": "assistant", "content": text})
        follow_up = FollowUp(said["follow_up"], tuple(said["follow_up_points"]))
    return together(used)


def cost(usage: tuple[Usage, ...]) -> float:
    """Its dollars."""
    found = prices.dollars(usage)
    if found is None:
        raise RuntimeError("no price")
    return found


def figures(usage: tuple[Usage, ...]) -> dict[str, int]:
    """The tokens of the one model that was called."""
    (one,) = usage
    return {
        "in": one.tokens_in,
        "out": one.tokens_out,
        "cache_read": one.cache_read,
        "cache_written_5m": one.cache_written,
        "cache_written_1h": one.cache_written_hour,
        "calls": one.calls,
    }


def table(result: dict[str, Any]) -> str:
    """The figures as a table."""
    names = list(result["dollars"])
    lines = [f"{result['question']}, {result['turns']} turns, prices of {result['prices_as_of']}"]
    lines.append(f"{'':<20}" + "".join(f"{name:>13}" for name in names))
    rows = {row: [result["tokens"][name][row] for name in names] for row in result["tokens"]["plain"]}
    rows["dollars"] = [result["dollars"][name][-1] for name in names]
    rows["last turn adds"] = [result["last_turn_adds"][name] for name in names]
    for at in range(result["turns"]):
        rows[f"ratio, {at + 1} turn" + "s" * (at > 0)] = [result["ratio"][name][at] for name in names]
    return "\n".join([*lines, *(f"{row:<20}" + "".join(f"{x:>13}" for x in found) for row, found in rows.items())])


if __name__ == "__main__":
    main()
