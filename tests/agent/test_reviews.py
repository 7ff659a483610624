"""What evaluations teach about when something is to be asked again."""

from __future__ import annotations

from datetime import UTC, timedelta

from agent.reviews import AGAIN, GOOD, HARD, point_subject, ratings, remembered, reviewed, topic_subject
from agent.types import Evaluation, PointVerdict, State, Verdict
from tests.fakes.interviews import MERGE, NOON, interview, judged


def evaluation(*verdicts: Verdict, state: State = State.SCORED) -> Evaluation:
    points = [PointVerdict(str(number), verdict) for number, verdict in enumerate(verdicts, 1)]
    return Evaluation(state, "local", tuple(points))


def test_each_point_and_each_topic_is_rated() -> None:
    heard = judged(interview(), evaluation(Verdict.HIT, Verdict.PARTIAL, Verdict.MISS, Verdict.WRONG))
    assert ratings(heard) == {
        point_subject(MERGE.id, "1"): GOOD,
        point_subject(MERGE.id, "2"): HARD,
        point_subject(MERGE.id, "3"): AGAIN,
        point_subject(MERGE.id, "4"): AGAIN,
        topic_subject("intervals"): HARD,
    }


def test_what_was_not_scored_teaches_nothing() -> None:
    assert ratings(interview()) == {}
    assert ratings(judged(interview(), evaluation(Verdict.MISS, state=State.NOT_SCORED))) == {}


def test_what_a_stand_in_heard_counts_until_it_is_judged_better() -> None:
    assert ratings(judged(interview(), evaluation(Verdict.HIT, state=State.PROVISIONAL)))


def test_what_is_remembered_comes_later_than_what_was_forgotten() -> None:
    known, forgotten = (reviewed("s", None, rating, NOON) for rating in (GOOD, AGAIN))
    assert NOON + timedelta(hours=20) < forgotten.due_at < known.due_at
    later = reviewed("s", known.card, GOOD, known.due_at)
    assert later.due_at - known.due_at > known.due_at - NOON
    assert later.due_at.tzinfo == UTC
    assert remembered(known, NOON + timedelta(days=1)) > remembered(known, NOON + timedelta(days=30))
    assert reviewed("s", None, GOOD, NOON) == known
