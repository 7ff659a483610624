"""Numbers from verdicts: what a turn is worth, and what a card says about the whole interview."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import scores
from agent.scores import Level
from agent.types import (
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
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LATER = START + timedelta(hours=1)
ASKS_TWO = FollowUp("And the second?", ("2",))


def question(*weights: float, kind: str = "algorithm", minutes: int = 15) -> Question:
    points = tuple(KeyPoint(str(i), f"point {i}", weight, ("said like this",)) for i, weight in enumerate(weights, 1))
    return Question(
        id="sample",
        kind=kind,
        difficulty=Difficulty.MEDIUM,
        topics=("sorting",),
        title="Sample",
        minutes=minutes,
        body="Sort it.",
        key_points=points,
        hints=("one", "two", "three"),
        follow_ups=(ASKS_TWO,),
        reference="Said like this.",
    )


def said(**verdicts: str) -> tuple[PointVerdict, ...]:
    return tuple(PointVerdict(name.removeprefix("p"), Verdict(verdict), "words") for name, verdict in verdicts.items())


def judged(verdicts: tuple[PointVerdict, ...], state: State = State.SCORED, judge: str = "local") -> Evaluation:
    number = None if state is State.NOT_SCORED else 5.0
    return Evaluation(state, judge, verdicts, number, number, number)


def interview(asked: Question, *turns: tuple[FollowUp | None, Evaluation], hints: int = 0) -> Interview:
    told = tuple(
        Turn(
            number=i,
            points=tuple(point.id for point in asked.key_points) if follow_up is None else follow_up.points,
            messages=(Message(f"m{i}", "words", START + timedelta(minutes=3 * i)),),
            submitted_at=START + timedelta(minutes=3 * i + 1),
            follow_up=follow_up,
            evaluations=(evaluation,),
        )
        for i, (follow_up, evaluation) in enumerate(turns, 1)
    )
    touched = told[-1].submitted_at if told else START
    return Interview("i1", asked, START, touched, max_follow_ups=2, turns=told, hints=hints)


# A turn


def test_correctness_is_the_share_of_the_weight_that_was_said() -> None:
    asked = question(2, 1, 1)
    assert scores.correctness(asked, ("1", "2", "3"), said(p1="hit", p2="partial", p3="wrong")) == pytest.approx(6.25)


def test_only_the_points_asked_for_count() -> None:
    asked = question(2, 1, 1)
    assert scores.correctness(asked, ("2",), said(p1="hit", p2="partial")) == pytest.approx(5.0)


def test_a_point_without_a_verdict_is_missed() -> None:
    assert scores.correctness(question(1, 1), ("1", "2"), said(p1="hit")) == pytest.approx(5.0)


def test_code_counts_half() -> None:
    asked = question(1, 1)
    verdicts = said(p1="hit", p2="miss")
    assert scores.correctness(asked, ("1", "2"), verdicts, pass_ratio=1.0) == pytest.approx(7.5)
    assert scores.correctness(asked, ("1", "2"), verdicts, pass_ratio=0.0) == pytest.approx(2.5)


@pytest.mark.parametrize(("model", "expected"), [(10.0, 7.0), (6.2, 6.2), (0.0, 3.0)])
def test_a_models_own_number_is_believed_within_two(model: float, expected: float) -> None:
    verdicts = said(p1="hit", p2="miss")
    assert scores.correctness(question(1, 1), ("1", "2"), verdicts, model=model) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("score", "level"),
    [(10, Level.SOLID), (7, Level.SOLID), (6.9, Level.FAIR), (5.5, Level.FAIR), (5, Level.GAPS), (0, Level.GAPS)],
)
def test_a_score_has_a_word(score: float, level: Level) -> None:
    assert scores.level_of(score) is level


# The card


def test_the_card_gives_full_weight_to_what_was_said_unprompted() -> None:
    card = scores.card(interview(question(1, 1), (None, judged(said(p1="hit", p2="miss")))), LATER)
    assert (card.correctness, card.before_hints, card.state, card.judge) == (5.0, 5.0, State.SCORED, "local")


def test_what_a_follow_up_brings_out_counts_seven_tenths() -> None:
    told = interview(question(1, 1), (None, judged(said(p1="hit", p2="miss"))), (ASKS_TWO, judged(said(p2="hit"))))
    assert scores.card(told, LATER).correctness == 8.5


def test_a_part_said_unprompted_becomes_more_after_the_follow_up_not_less() -> None:
    told = interview(question(1), (None, judged(said(p1="partial"))), (ASKS_TWO, judged(said(p1="partial"))))
    assert scores.card(told, LATER).correctness == 5.0


def test_hints_cost_what_was_announced_and_never_more_than_there_is() -> None:
    asked = question(1, 1)
    full = (None, judged(said(p1="hit", p2="hit")))
    empty = (None, judged(said(p1="miss", p2="miss")))
    assert [scores.card(interview(asked, full, hints=n), LATER).correctness for n in range(4)] == [10.0, 10.0, 9.5, 8.5]
    card = scores.card(interview(asked, empty, hints=3), LATER)
    assert (card.correctness, card.before_hints, card.hints) == (0.0, 0.0, 3)


def test_hints_of_a_quick_question_are_free() -> None:
    asked = question(1, kind="quick")
    assert scores.card(interview(asked, (None, judged(said(p1="hit"))), hints=3), LATER).correctness == 10.0


def test_code_that_runs_counts_half_of_the_card_by_its_best_run() -> None:
    told = interview(question(1, 1), (None, judged(said(p1="hit"))), (ASKS_TWO, judged(said(p2="miss"))))
    assert scores.card(told, LATER, {1: 0.5, 2: 1.0}).correctness == 7.5


def test_bad_code_after_a_follow_up_lowers_nothing() -> None:
    told = interview(question(1), (None, judged(said(p1="hit"))), (ASKS_TWO, judged(said(p1="miss"))))
    assert scores.card(told, LATER, {2: 0.0}).correctness == 10.0


def test_the_first_turn_counts_double_for_clarity_and_depth() -> None:
    first = replace(judged(said(p1="hit")), clarity=9.0, depth=3.0)
    second = replace(judged(said(p1="hit")), clarity=3.0, depth=6.0)
    card = scores.card(interview(question(1), (None, first), (ASKS_TWO, second)), LATER)
    assert (card.clarity, card.depth) == (7.0, 4.0)


def test_nothing_scored_means_no_numbers() -> None:
    declined = Evaluation(State.NOT_SCORED, "local", reasons=(Reason.OTHER_LANGUAGE,))
    card = scores.card(interview(question(1), (None, declined), hints=2), LATER)
    assert (card.state, card.correctness, card.before_hints, card.clarity, card.depth) == (
        State.NOT_SCORED,
        None,
        None,
        None,
        None,
    )
    assert (card.judge, card.next_step) == ("local", "")
    assert scores.card(interview(question(1)), LATER).state is State.NOT_SCORED


def test_one_provisional_turn_makes_the_card_provisional() -> None:
    told = interview(
        question(1),
        (None, judged(said(p1="hit"), judge="a-model")),
        (ASKS_TWO, judged(said(p1="hit"), State.PROVISIONAL)),
    )
    card = scores.card(told, LATER)
    assert (card.state, card.judge) == (State.PROVISIONAL, "a-model, local")


def test_a_turn_that_was_not_scored_does_not_touch_the_others() -> None:
    declined = Evaluation(State.NOT_SCORED, "a-model", reasons=(Reason.JUDGE_FAILED,))
    told = interview(question(1, 1), (None, judged(said(p1="hit"))), (ASKS_TWO, declined))
    without = replace(told, turns=told.turns[:1])
    assert scores.card(told, LATER) == replace(scores.card(without, LATER), minutes=7)


def test_a_second_judgement_that_failed_leaves_the_first_in_force() -> None:
    told = interview(question(1), (None, judged(said(p1="hit"))))
    turn = told.turns[0]
    failed = Evaluation(State.NOT_SCORED, "a-model", reasons=(Reason.JUDGE_FAILED,))
    again = replace(told, turns=(replace(turn, evaluations=(*turn.evaluations, failed)),))
    assert scores.card(again, LATER).correctness == 10.0


def test_of_two_judgements_the_later_counts() -> None:
    told = interview(question(1), (None, judged(said(p1="miss"))))
    turn = told.turns[0]
    again = replace(told, turns=(replace(turn, evaluations=(*turn.evaluations, judged(said(p1="hit")))),))
    assert scores.card(again, LATER).correctness == 10.0


def test_the_card_names_the_heaviest_point_that_was_missed() -> None:
    told = interview(question(1, 3, 2), (None, judged(said(p1="miss", p2="partial", p3="miss"))))
    assert scores.card(told, LATER).next_step == "point 3"
    heard = interview(question(1, 1), (None, judged(said(p1="hit"))), (ASKS_TWO, judged(said(p2="hit"))))
    assert scores.card(heard, LATER).next_step == ""


def test_the_union_keeps_the_best_verdict_with_its_words_in_the_questions_order() -> None:
    told = interview(
        question(1, 1, 1),
        (None, judged(said(p3="wrong", p1="partial"))),
        (ASKS_TWO, judged(said(p1="hit", p3="miss"))),
    )
    assert scores.covered_unions(told) == (
        PointVerdict("1", Verdict.HIT, "words"),
        PointVerdict("2", Verdict.MISS),
        PointVerdict("3", Verdict.WRONG, "words"),
    )


def test_disputes_stand_on_the_card_and_change_no_number() -> None:
    told = interview(question(1), (None, judged(said(p1="miss"))))
    disputed = replace(told, disputes=(Dispute("1", "words"),))
    card = scores.card(disputed, LATER)
    assert card == replace(scores.card(told, LATER), disputes=(Dispute("1", "words"),))


def test_minutes_count_the_work_and_not_the_night() -> None:
    told = interview(question(1), (None, judged(said(p1="hit"))), (ASKS_TWO, judged(said(p1="hit"))))
    assert scores.card(told, LATER).minutes == 7
    next_day = replace(told, touched_at=START + timedelta(days=1))
    assert scores.card(next_day, START + timedelta(days=1, hours=1)).minutes == 7 + 15
    assert scores.card(interview(question(1)), START).minutes == 1


# What holds for every interview

VERDICTS = st.sampled_from(list(Verdict))
NUMBERS = st.floats(0, 10)


@st.composite
def turns(draw: st.DrawFn, points: int) -> tuple[tuple[PointVerdict, ...], State, float | None]:
    drawn = draw(st.lists(VERDICTS, min_size=points, max_size=points))
    state = draw(st.sampled_from(list(State)))
    ratio = draw(st.none() | st.floats(0, 1))
    return tuple(PointVerdict(str(i), verdict, "w") for i, verdict in enumerate(drawn, 1)), state, ratio


@st.composite
def interviews(draw: st.DrawFn) -> tuple[Interview, dict[int, float]]:
    weights = draw(st.lists(st.integers(1, 5), min_size=1, max_size=8))
    drawn = draw(st.lists(turns(len(weights)), min_size=1, max_size=4))
    told = interview(
        question(*weights),
        *((ASKS_TWO if i else None, judged(verdicts, state)) for i, (verdicts, state, _) in enumerate(drawn)),
        hints=draw(st.integers(0, 3)),
    )
    return told, {i: ratio for i, (_, _, ratio) in enumerate(drawn, 1) if ratio is not None}


@given(interviews())
def test_every_number_of_a_card_lies_between_zero_and_ten(told: tuple[Interview, dict[int, float]]) -> None:
    card = scores.card(told[0], LATER, told[1])
    numbers = (card.correctness, card.before_hints, card.clarity, card.depth)
    assert all(number is None for number in numbers) == (card.state is State.NOT_SCORED)
    assert all(0 <= number <= 10 for number in numbers if number is not None)


@given(interviews())
def test_hints_never_raise_a_card(told: tuple[Interview, dict[int, float]]) -> None:
    card = scores.card(told[0], LATER, told[1])
    assert card.correctness is None or card.before_hints is None or card.correctness <= card.before_hints


@given(interviews())
def test_a_follow_up_never_lowers_correctness(told: tuple[Interview, dict[int, float]]) -> None:
    whole, ratios = told
    after = [
        scores.card(replace(whole, turns=whole.turns[:n]), LATER, ratios).correctness
        for n in range(len(whole.turns) + 1)
    ]
    numbers = [number for number in after if number is not None]
    assert numbers == sorted(numbers)


@given(st.lists(st.tuples(st.integers(1, 5), VERDICTS), min_size=1, max_size=8), st.none() | st.floats(0, 1), NUMBERS)
def test_a_turn_lies_between_zero_and_ten(drawn: list[tuple[int, Verdict]], ratio: float | None, model: float) -> None:
    asked = question(*(weight for weight, _ in drawn))
    points = tuple(point.id for point in asked.key_points)
    verdicts = [PointVerdict(point, verdict) for point, (_, verdict) in zip(points, drawn, strict=True)]
    base = scores.correctness(asked, points, verdicts, pass_ratio=ratio)
    believed = scores.correctness(asked, points, verdicts, pass_ratio=ratio, model=model)
    assert 0 <= base <= 10
    assert 0 <= believed <= 10
    assert abs(believed - base) <= 2 + 1e-9


@given(st.lists(st.tuples(st.integers(1, 5), VERDICTS), min_size=1, max_size=8))
def test_a_card_of_one_turn_has_the_turns_correctness(drawn: list[tuple[int, Verdict]]) -> None:
    asked = question(*(weight for weight, _ in drawn))
    points = tuple(point.id for point in asked.key_points)
    verdicts = tuple(PointVerdict(point, verdict) for point, (_, verdict) in zip(points, drawn, strict=True))
    card = scores.card(interview(asked, (None, judged(verdicts))), LATER)
    assert card.correctness == round(scores.correctness(asked, points, verdicts), 1)
