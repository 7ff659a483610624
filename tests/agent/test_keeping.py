"""What is kept of which request, by how fast a person answers and how many answers may still come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate, pairwise

import pytest

from agent import prompts
from agent.dialects import Dialect, arguments
from agent.keeping import Keep, Kept, kept
from agent.types import Evaluation, FollowUp, Interview, Message, State
from tests.agent.conftest import SONNET
from tests.fakes import request_lint
from tests.fakes.claude import judgement
from tests.fakes.interviews import MERGE, NOON

M, H = Keep.MINUTES, Keep.HOUR
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def held(*minutes: int, follow_ups: int) -> Interview:
    """An interview whose answers took so many minutes each; after each but the last a follow-up was asked."""
    now = Interview("i", MERGE, NOON, NOON, follow_ups, asked_at=NOON)
    for number, passed in enumerate(accumulate(minutes), 1):
        at = NOON + timedelta(minutes=passed)
        now = now.drafted(Message(f"m{number}", f"Answer {number}.", at), at).submitted(at)
        if number < len(minutes):
            asks = FollowUp(f"And then, {number}?", ("3",))
            now = now.judged(Evaluation(State.SCORED, SONNET, correctness=5.0, follow_up=asks, raw=judgement()), at)
    return now


def marks(*minutes: int, follow_ups: int) -> list[Kept]:
    """What is marked for each of the answers, in turn."""
    now = held(*minutes, follow_ups=follow_ups)
    return [kept(now, turn, ask=turn.number <= follow_ups) for turn in now.turns]


def test_who_answers_fast_has_all_kept_for_minutes_and_the_last_answer_not_at_all() -> None:
    assert marks(3, 3, 3, follow_ups=2) == [
        Kept(question=M, answer=M),
        Kept(question=M, answer=M),
        Kept(question=M, before=(2, M)),
    ]


def test_who_thinks_for_long_has_it_kept_for_an_hour_as_long_as_two_more_answers_may_come() -> None:
    assert marks(7, 7, 7, 7, follow_ups=3) == [
        Kept(question=H, answer=H),
        Kept(question=H, answer=H),
        Kept(question=H, before=(2, H)),
        Kept(question=H, before=(2, H)),
    ]


def test_one_follow_up_pays_for_minutes_and_not_for_an_hour() -> None:
    assert marks(3, 3, follow_ups=1) == [Kept(question=M, answer=M), Kept(question=M, before=(1, M))]
    assert marks(20, 3, follow_ups=1) == [Kept(), Kept()]


def test_who_slows_down_has_it_written_anew_for_an_hour_where_that_pays() -> None:
    assert marks(3, 9, 9, 9, follow_ups=3)[:2] == [Kept(question=M, answer=M), Kept(question=H, answer=H)]


def test_what_is_gone_is_not_written_for_the_last_answer() -> None:
    assert marks(3, 6, follow_ups=1)[-1] == Kept()
    assert marks(30, 30, 61, follow_ups=2)[-1] == Kept()


def test_without_a_follow_up_to_come_nothing_is_kept() -> None:
    assert marks(3, follow_ups=0) == [Kept()]


def test_a_turn_that_no_model_judged_left_nothing_behind() -> None:
    now = held(3, 3, follow_ups=1)
    local = replace(now.turns[0], evaluations=tuple(replace(found, raw="") for found in now.turns[0].evaluations))
    assert kept(replace(now, turns=(local, now.turns[1])), now.turns[1], ask=False) == Kept()


@pytest.mark.parametrize("minutes", [(3, 3, 3, 3), (7, 7, 7, 7), (3, 9, 2, 70), (20, 4, 4, 61)])
@pytest.mark.parametrize("follow_ups", [3, 4])
def test_every_request_is_lawful_and_repeats_what_was_kept_byte_for_byte(
    minutes: tuple[int, ...], follow_ups: int
) -> None:
    now = held(*minutes, follow_ups=follow_ups)
    bodies = []
    for turn in now.turns:
        prompt = prompts.judging(now, turn, ask=turn.number <= follow_ups, name_missed=turn.number > follow_ups)
        bodies.append(arguments(Dialect.CLAUDE, SONNET, prompt, SCHEMA))
        assert request_lint.problems(bodies[-1]) == []
    for body, after in pairwise(bodies):
        assert [text["text"] for text in after["system"]] == [text["text"] for text in body["system"]]
        assert [request_lint.texts(one) for one in after["messages"][: len(body["messages"])]] == [
            request_lint.texts(one) for one in body["messages"]
        ]
