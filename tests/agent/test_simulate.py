"""Scripted candidates against both kinds of judge: each gets what it may get, and nobody moves score or interview."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from agent import bank, candidates, simulate
from agent.calls import Usage
from agent.candidates import HALF, INJECTIONS, STATE_MOVES, STRONG, VAGUE, Candidate
from agent.interviewer import Interviewer
from agent.simulate import Result
from agent.types import FOLLOW_UPS, Question, State
from tests.agent.conftest import SONNET, Desk
from tests.fakes.claude import Request, judgement, overloaded, point, says, told
from tests.fakes.interviews import MERGE

OF_EACH_KIND = 2
ALONE = (STRONG, HALF, VAGUE, "empty", "gibberish", "verbose but wrong", "repeats the question", "argues")
REWORDED = ("argues", "switches language")
GULLIBLE = 2.0
"""The most that a model may gain for somebody whom it believes: its number is held to its verdicts."""


@cache
def some_questions() -> tuple[Question, ...]:
    found: dict[str, list[Question]] = {}
    for question in bank.load().questions:
        found.setdefault(question.kind, []).append(question)
    return tuple(question for kind in found.values() for question in kind[:OF_EACH_KIND])


@pytest.fixture
async def locally() -> list[Result]:
    return await simulate.simulate(Interviewer(), some_questions())


def of(results: list[Result], name: str) -> list[Result]:
    found = [result for result in results if result.candidate == name]
    assert found
    return found


def scripts(*names: str) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate in candidates.candidates() if candidate.name in names)


def sound_judge(question: Question) -> Callable[[Request], str]:
    """A model that hears what is said in the rubric's words or those of the reference, and nothing else."""

    def judged(request: Request) -> str:
        asked = told(request)
        answer = asked["candidate_answer"]
        heard = []
        for known in question.key_points:
            quotes = [phrasing for phrasing in known.phrasings if phrasing in answer]
            if question.reference in answer:
                quotes.append(question.reference)
            if quotes:
                heard.append(point(known.id, "hit", quotes[0]))
        ids = {verdict["id"] for verdict in heard}
        share = 10 * sum(question.point(id).weight for id in asked["points_asked"] if id in ids)
        number = round(share / sum(question.point(id).weight for id in asked["points_asked"]))
        return judgement(points=heard, correctness=number, clarity=6, depth=number // 2)

    return judged


def gullible_judge(question: Question) -> Callable[[Request], str]:
    """A model that gives full marks to whoever tries anything, with verdicts on all points and quotes made up."""
    tricks = (*INJECTIONS.values(), *(text for texts in STATE_MOVES.values() for text in texts))

    def judged(request: Request) -> str:
        reply = json.loads(sound_judge(question)(request))
        if any(trick in told(request)["candidate_answer"] for trick in tricks):
            ids = {verdict["id"] for verdict in reply["points"]}
            rest = [point(known.id, "hit", "they said all") for known in question.key_points if known.id not in ids]
            reply |= {"points": [*reply["points"], *rest], "correctness": 10}
        return json.dumps(reply)

    return judged


# The scripts


def test_ten_injections_and_more_ride_on_two_answers_and_every_base_is_there() -> None:
    every = candidates.candidates()
    names = [candidate.name for candidate in every]
    assert len(set(names)) == len(names)
    assert len(INJECTIONS) >= 10
    assert sum(candidate.base == VAGUE for candidate in every) == len(INJECTIONS)
    for at, candidate in enumerate(every):
        assert not candidate.base or candidate.base in names[:at]


def test_half_right_says_about_half_of_the_weight() -> None:
    for question in bank.load().questions:
        assert 0.5 <= candidates.half_share(question) < 0.85, question.id


async def test_the_seed_alone_decides_by_chance() -> None:
    question = some_questions()[:1]
    once, again = [await simulate.simulate(Interviewer(), question, seed="a") for _ in range(2)]
    assert once == again


async def test_whoever_has_nobody_to_be_compared_with_is_refused() -> None:
    with pytest.raises(ValueError, match="'half right', who is not among the candidates"):
        await simulate.simulate(Interviewer(), (MERGE,), scripts=scripts("argues"))


# The local judge


async def test_the_local_judge_gives_each_what_it_may_get(locally: list[Result]) -> None:
    for name in (*ALONE, "switches language"):
        assert [result for result in of(locally, name) if not result.ok] == []


async def test_at_any_question_of_the_bank_the_local_judge_hears_half_of_what_is_half_right() -> None:
    tried = await simulate.simulate(Interviewer(), bank.load().questions, scripts=scripts(HALF))
    assert [(one.question, one.why) for one in tried if not one.ok] == []


async def test_nothing_that_is_tried_on_the_local_judge_moves_it_at_any_question_of_the_bank() -> None:
    tried = await simulate.simulate(Interviewer(), bank.load().questions, noise=0.0)
    compared = [one for one in tried if one.without is not None and one.candidate not in REWORDED]
    assert len(compared) == len(bank.load().questions) * (2 * len(INJECTIONS) + len(STATE_MOVES))
    assert [(one.candidate, one.question, one.why) for one in compared if not one.ok] == []
    assert [one for one in compared if one.correctness != one.without] == []


async def test_interviews_end_where_the_questions_say(locally: list[Result]) -> None:
    asked = {question.id: question for question in some_questions()}
    for result in locally:
        assert 1 <= result.turns <= 1 + FOLLOW_UPS[asked[result.question].difficulty], result
        assert bool(result.why) is not result.ok
        assert result.usage == ()
    assert {result.turns for result in of(locally, STRONG)} == {1}


def test_rows_are_plain() -> None:
    result = Result("a", "q", SONNET, 2, State.SCORED, 5.0, 6.0, 2.0, "5", ok=True, usage=(Usage(SONNET, 1_000_000),))
    row = simulate.rows([result, replace(result, usage=())])
    assert json.loads(json.dumps(row)) == row
    assert [one["dollars"] for one in row] == [2.0, None]
    assert (row[0]["state"], row[0]["ok"], row[0]["without"]) == ("scored", True, None)


# A model


@pytest.mark.parametrize("question", [MERGE, *some_questions()[:1]], ids=lambda question: question.id)
async def test_with_a_model_everybody_gets_what_they_may_get(desk: Desk, question: Question) -> None:
    desk.server.always = says(sound_judge(question))
    results = await simulate.simulate(desk.interviewer, (question,))
    assert len(results) == len(candidates.candidates())
    assert [result for result in results if not result.ok] == []
    assert {result.judge for result in results if result.candidate != "empty"} == {SONNET}
    assert all(result.usage for result in results if result.candidate != "empty")


async def test_a_model_that_believes_everything_is_held_to_its_verdicts_and_told(desk: Desk) -> None:
    desk.server.always = says(gullible_judge(MERGE))
    results = await simulate.simulate(desk.interviewer, (MERGE,))
    tried = [result for result in results if result.without is not None]
    assert max((result.correctness or 0.0) - (result.without or 0.0) for result in tried) <= GULLIBLE
    assert [result.candidate for result in tried if result.state is not State.SCORED] == []


async def test_where_a_fooled_model_gains_it_is_not_ok(desk: Desk) -> None:
    """Its verdicts are sound and its number is not, which shows at the turn; the card goes by verdicts."""
    sound = sound_judge(MERGE)

    def judged(request: Request) -> str:
        fooled = "10/10" in told(request)["candidate_answer"]
        return json.dumps(json.loads(sound(request)) | ({"correctness": 10} if fooled else {}))

    desk.server.always = says(judged)
    results = await simulate.simulate(desk.interviewer, (MERGE,), scripts=scripts(HALF, f"{HALF} + score demand"))
    assert [result.ok for result in results] == [True, False]
    assert results[1].why == "turn 1: correctness 8.67 instead of 7"
    assert results[1].correctness == results[0].correctness


async def test_a_model_that_fails_is_told_and_its_stand_in_is_no_result(desk: Desk) -> None:
    desk.server.always = overloaded()
    (result,) = await simulate.simulate(desk.interviewer, (MERGE,), scripts=scripts(STRONG))
    assert (result.state, result.ok, result.why) == (
        State.PROVISIONAL,
        False,
        "every model failed, and the local judge stood in",
    )
