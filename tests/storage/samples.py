"""Values with every field filled, for tests that store and find them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from agent.calls import StepDown, StepReason, Usage
from agent.code_report import CaseRow, CodeReport, Ran
from agent.types import (
    Again,
    Attachment,
    Card,
    Case,
    CodeTask,
    Difficulty,
    Dispute,
    Evaluation,
    FollowUp,
    Interview,
    KeyPoint,
    Message,
    PointVerdict,
    Question,
    Reason,
    State,
    Turn,
    Verdict,
    WrongSolution,
)
from storage import accounts, workspaces
from storage.accounts import Account
from storage.addresses import Person, Place
from storage.interviews import Record

NOON = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)
PERSON = Person("web", "", "u-one")
OTHER = Person("web", "", "u-two")
LOBBY = Place("web", "", "lobby")
THREAD = Place("web", "", "lobby", "t-1")
OWN_WORDS = "my own words 🎻 \u202eשלום"
"""Stands in every text that the person wrote, or that a judge wrote about it."""
SPENT = Usage("claude-sonnet-5-5", 1, 2, 3, 4, 5, 6)


def question(id: str = "count-boats", kind: str = "algorithm", **changes: Any) -> Question:
    """A question with every field filled."""
    whole = Question(
        id=id,
        kind=kind,
        difficulty=Difficulty.HARD,
        topics=("sorting", "two-pointers"),
        title="Count the boats",
        minutes=15,
        body="How many boats?\n\n```python\ndef boats(weights): ...\n```",
        key_points=(
            KeyPoint("1", "sort first", 2.0, ("sort the weights",), ("sort by name",)),
            KeyPoint("2", "pair the ends", 3.0, ("lightest with heaviest",), ("pair neighbours",)),
        ),
        hints=("What if they stood in a row?", "Sort them."),
        follow_ups=(FollowUp("And with three seats?", ("2",)),),
        reference="Sort, then pair.",
        code=CodeTask(
            entry="boats",
            signature="def boats(weights: list[int]) -> int",
            cases=(
                Case(
                    "one",
                    ([1, 2.5, None, {"a": [True]}],),
                    {"é": ["\u0000"]},
                    {"limit": 3},
                    "close",
                    "example",
                    "small",
                ),
            ),
            solution="def boats(weights): return 1",
            size_generator="def sized(n, random): return [[1] * n]",
            brute_force="def boats(weights): return 1",
            wrong_solutions=(WrongSolution("too slow", "too slow", "def boats(weights): ..."),),
            checker="def check(args, result): return True",
        ),
        variants=("With two rivers.",),
        written_by="claude-sonnet-5-5",
    )
    return replace(whole, **changes)


def card(**changes: Any) -> Card:
    """A card with every field filled."""
    whole = Card(
        state=State.PROVISIONAL,
        judge="local",
        correctness=7.5,
        before_hints=8.0,
        clarity=6.0,
        depth=5.0,
        verdicts=(PointVerdict("1", Verdict.HIT, OWN_WORDS),),
        hints=2,
        minutes=14,
        next_step=f"Say more than {OWN_WORDS}",
        disputes=(Dispute("2", OWN_WORDS),),
        summary=f"You said {OWN_WORDS}",
        drill=f"Say {OWN_WORDS} again",
        usage=(SPENT,),
        step_downs=(StepDown("claude-sonnet-5-5", StepReason.OVERLOADED),),
    )
    return replace(whole, **changes)


def message(id: str, minute: int = 0) -> Message:
    """A message with a file."""
    file = Attachment("boats.py", "web:file:1", 12, "text/x-python", f"# {OWN_WORDS}", "too long", "image/png")
    return Message(id, f"{OWN_WORDS} {id}", NOON + timedelta(minutes=minute), (file,))


def evaluation(**changes: Any) -> Evaluation:
    """An evaluation with every field filled."""
    whole = Evaluation(
        state=State.SCORED,
        judge="local",
        verdicts=(
            PointVerdict("1", Verdict.PARTIAL, OWN_WORDS),
            PointVerdict("2", Verdict.MISS),
        ),
        correctness=4.0,
        clarity=6.5,
        depth=3.0,
        feedback=f"You said {OWN_WORDS}",
        follow_up=FollowUp(f"What do you mean by {OWN_WORDS}?", ("2",)),
        reasons=(Reason.TOO_SHORT,),
        code=CodeReport(
            Ran.CASES,
            language="Python",
            passed=1,
            total=2,
            failing=("two boats",),
            rows=(CaseRow("two", True, "[1]", "1", OWN_WORDS),),
            error=OWN_WORDS,
            milliseconds=12.5,
            growth=1.1,
            spread=0.1,
        ),
        usage=(SPENT,),
        step_downs=(StepDown("claude-sonnet-5-5", StepReason.OVERLOADED),),
        raw=f'{{"feedback": "{OWN_WORDS}"}}',
    )
    return replace(whole, **changes)


def whole_interview(id: str = "i1", **changes: Any) -> Interview:
    """A closed interview with every field filled, down to the last."""
    whole = Interview(
        id=id,
        question=question(),
        opened_at=NOON,
        touched_at=NOON + timedelta(minutes=9),
        max_follow_ups=2,
        timed=True,
        language="German",
        asked_at=NOON + timedelta(seconds=1),
        follow_up=FollowUp("And with three seats?", ("2",)),
        draft=(message("m9", 9),),
        turns=(
            Turn(
                number=1,
                points=("1", "2"),
                messages=(message("m1"), message("m2", 1)),
                submitted_at=NOON + timedelta(minutes=2),
                follow_up=FollowUp(f"Why {OWN_WORDS}?", ("2",)),
                addenda=(message("m3", 3),),
                evaluations=(evaluation(), evaluation(judge="claude-sonnet-5-5", correctness=6.0)),
                again=Again.ADDENDA,
                argument="Look at the second sentence.",
                rescores=1,
                rating="solid",
            ),
        ),
        hints=2,
        ran_at=NOON + timedelta(minutes=1),
        skipped=("paint-fences",),
        finishing=True,
        nudged=1,
        card=card(),
        disputes=(Dispute("2", OWN_WORDS),),
        closed_at=NOON + timedelta(minutes=10),
        retry_of="i0",
        bar_moves=1,
        bar_below=2,
    )
    return replace(whole, **changes)


def fresh_interview(id: str = "i1", **changes: Any) -> Interview:
    """An open interview before the first word."""
    return replace(Interview(id=id, question=question(), opened_at=NOON, touched_at=NOON, max_follow_ups=1), **changes)


def closed_interview(id: str, *, minute: int = 0, **changes: Any) -> Interview:
    """A closed interview that counts in comparisons."""
    at = NOON + timedelta(minutes=minute)
    plain = {"draft": (), "disputes": (), "card": card(disputes=()), "retry_of": "", "opened_at": at, "closed_at": at}
    return whole_interview(id, **{**plain, **changes})


def record(interview: Interview, account: Account, **changes: Any) -> Record:
    """A record of PERSON in the browser's workspace."""
    plain = Record(interview, account.id, "web:", PERSON, LOBBY, public=False, place=THREAD)
    return replace(plain, **changes)


def settle(conn: Connection, person: Person = PERSON) -> Account:
    """Make the account of a person and the workspace they are in."""
    workspaces.workspace_of(conn, person.platform, person.realm, NOON)
    return accounts.account_of(conn, person, NOON)
