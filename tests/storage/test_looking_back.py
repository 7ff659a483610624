"""Cards to compare with, questions asked, figures."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from agent.types import Dispute, Interview, State
from storage import interviews
from storage.accounts import Account
from storage.database import Database
from storage.interviews import Figures, Group
from tests.storage.samples import (
    NOON,
    OTHER,
    OWN_WORDS,
    PERSON,
    card,
    closed_interview,
    fresh_interview,
    question,
    record,
    settle,
)


@pytest.fixture
async def account(database: Database) -> Account:
    return await database.write(settle)


async def store(database: Database, account: Account, *several: Interview, person: object = PERSON) -> None:
    def start_all(conn: Connection) -> None:
        for interview in several:
            interviews.start(conn, record(interview, account, person=person))

    await database.write(start_all)


async def test_cards_compare_with_their_own_kind_and_judge(database: Database, account: Account) -> None:
    def scored(value: float, judge: str = "local", **changes: object) -> object:
        return card(correctness=value, judge=judge, disputes=(), **changes)

    model = "claude-sonnet-5-5"
    disputed = (Dispute("1", OWN_WORDS),)
    await store(
        database,
        account,
        closed_interview("a", minute=1, card=scored(1.0)),
        closed_interview("b", minute=2, card=scored(2.0, model)),
        closed_interview("c", minute=3, card=scored(3.0)),
        closed_interview("d", minute=4, card=scored(4.0), retry_of="c"),
        closed_interview("e", minute=5, card=card(correctness=5.0), disputes=disputed),
        closed_interview("f", minute=6, card=scored(6.0), question=question("q", "quick")),
        closed_interview("g", minute=7, card=card(correctness=None, disputes=())),
        closed_interview("h", minute=8, card=None),
        closed_interview("i", minute=9, card=scored(9.0)),
        fresh_interview("j"),
    )
    other = await database.write(settle, OTHER)
    await store(database, other, closed_interview("k", card=scored(10.0)), person=OTHER)

    async def values(kind: str, *, local: bool, before: datetime | None = None) -> list[float | None]:
        cards = await database.read(interviews.comparable, account.id, kind, local, before=before)
        return [one.correctness for one in cards]

    assert await values("algorithm", local=True) == [9.0, 3.0, 1.0]
    assert await values("algorithm", local=False) == [2.0]
    assert await values("quick", local=True) == [6.0]
    assert await values("behavioral", local=True) == []
    assert await values("algorithm", local=True, before=NOON + timedelta(minutes=9)) == [3.0, 1.0]


async def test_every_question_was_asked_skipped_ones_too(database: Database, account: Account) -> None:
    await store(
        database,
        account,
        closed_interview("a", minute=1, question=question("q1"), skipped=("q0", "q7")),
        closed_interview("b", minute=2, question=question("q2"), skipped=()),
        closed_interview("c", minute=3, question=question("q1"), skipped=("q3",)),
        fresh_interview("d", question=question("q4"), opened_at=NOON + timedelta(minutes=4)),
    )
    assert await database.read(interviews.asked, account.id) == ["q4", "q1", "q3", "q2", "q7", "q0"]
    assert await database.read(interviews.asked, "nobody") == []


async def test_figures_count_what_ended_with_a_card(database: Database, account: Account) -> None:
    none = {"correctness": None, "clarity": None, "depth": None, "state": State.NOT_SCORED}
    plain = {"disputes": ()}
    await store(
        database,
        account,
        closed_interview("old", minute=-1),
        closed_interview("a", minute=1, card=card(correctness=8.0, clarity=6.0, depth=4.0, minutes=10, **plain)),
        closed_interview("b", minute=2, card=card(correctness=6.0, clarity=7.0, depth=None, minutes=20, **plain)),
        closed_interview("c", minute=3, card=card(judge="claude-sonnet-5-5", minutes=5, **plain)),
        closed_interview("d", minute=4, retry_of="a", card=card(correctness=10.0, minutes=4, **plain)),
        closed_interview(
            "e", minute=5, question=question("q", "quick", topics=("hashing",)), card=card(minutes=2, **none, **plain)
        ),
        closed_interview("f", minute=6, card=None),
        fresh_interview("g"),
    )
    assert await database.read(interviews.figures, account.id, NOON) == Figures(
        count=5,
        minutes=41,
        groups=(
            Group("algorithm", local=False, count=1, correctness=7.5, clarity=6.0, depth=5.0),
            Group("algorithm", local=True, count=2, correctness=7.0, clarity=6.5, depth=4.0),
            Group("quick", local=True, count=1, correctness=None, clarity=None, depth=None),
        ),
        topics=(("sorting", 4), ("two-pointers", 4), ("hashing", 1)),
    )


async def test_nobody_has_empty_figures(database: Database) -> None:
    assert await database.read(interviews.figures, "nobody", NOON) == Figures(0, 0, (), ())
