"""Reviews follow an account's evaluations, each interview once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from agent.reviews import AGAIN, GOOD, point_subject, reviewed
from agent.types import Evaluation, Interview, PointVerdict, State, Verdict
from storage import accounts, reviews
from storage.database import Database
from tests.fakes.interviews import MERGE, NOON, interview, judged
from tests.storage.samples import PERSON

POINT = point_subject(MERGE.id, "1")


def answered(id: str, verdict: Verdict, days: int = 0) -> Interview:
    heard = judged(interview(), Evaluation(State.SCORED, "local", (PointVerdict("1", verdict),)))
    turn = replace(heard.turns[0], submitted_at=NOON + timedelta(days=days))
    return replace(heard, id=id, turns=(turn,))


async def test_an_interview_that_is_judged_again_counts_once(database: Database) -> None:
    account = await database.write(accounts.account_of, PERSON, NOON)
    for verdict in (Verdict.MISS, Verdict.MISS, Verdict.HIT):
        await database.write(reviews.learn, account.id, answered("i1", verdict))
    found = (await database.read(reviews.of, account.id))[POINT]
    assert found == reviewed(POINT, None, GOOD, NOON)


async def test_a_later_interview_builds_on_an_earlier_one_and_is_not_overtaken(database: Database) -> None:
    account = await database.write(accounts.account_of, PERSON, NOON)
    await database.write(reviews.learn, account.id, answered("i1", Verdict.MISS))
    await database.write(reviews.learn, account.id, answered("i2", Verdict.HIT, days=3))
    await database.write(reviews.learn, account.id, answered("i1", Verdict.HIT))
    first = reviewed(POINT, None, AGAIN, NOON)
    found = (await database.read(reviews.of, account.id))[POINT]
    assert found == reviewed(POINT, first.card, GOOD, NOON + timedelta(days=3))
