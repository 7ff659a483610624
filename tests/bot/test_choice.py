"""Which question comes, and that the reason said for it is true."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent import bank
from agent.bank import Bank
from agent.reviews import AGAIN, GOOD, HARD, Review, point_subject, reviewed, subjects, topic_subject
from agent.types import Card, Difficulty, Question, State
from bot.choice import NOT_TWICE, Because, Chosen, Memory, Why, choose, kept, next_level, why_of, wished
from bot.wording.practice import day_in_words, reason

NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
REVIEWS = {Because.MISSED, Because.HALF, Because.DUE, Because.FADING}


@pytest.fixture(scope="module")
def shipped() -> Bank:
    return bank.load()


def quick(shipped: Bank, difficulty: Difficulty = Difficulty.MEDIUM) -> list[Question]:
    return [question for question in shipped.questions if (question.kind, question.difficulty) == ("quick", difficulty)]


def test_a_newcomer_gets_a_new_topic_of_their_level(shipped: Bank) -> None:
    chosen = choose(shipped.questions, Memory({}, {}), "quick", Difficulty.HARD, now=NOW)
    assert chosen is not None
    assert chosen.question.difficulty is Difficulty.HARD
    assert chosen.why == Why(Because.NEW_TOPIC, topic=chosen.question.topics[0])


@pytest.mark.parametrize(("rating", "because"), [(AGAIN, Because.MISSED), (HARD, Because.HALF), (GOOD, Because.DUE)])
def test_a_point_that_is_due_comes_back_with_its_name(shipped: Bank, rating: int, because: Because) -> None:
    question = quick(shipped)[0]
    point = question.key_points[0]
    asked = NOW - 20 * DAY
    review = reviewed(point_subject(question.id, point.id), None, rating, asked)
    chosen = choose(
        shipped.questions, Memory({question.id: asked}, {review.subject: review}), "quick", Difficulty.EASY, now=NOW
    )
    assert chosen == Chosen(question, Why(because, point=point.name, asked_at=asked))


def test_what_was_missed_comes_before_what_was_known(shipped: Bank) -> None:
    known, missed = quick(shipped)[:2]
    reviews = [
        reviewed(point_subject(known.id, known.key_points[0].id), None, GOOD, NOW - 40 * DAY),
        reviewed(point_subject(missed.id, missed.key_points[0].id), None, AGAIN, NOW - 3 * DAY),
    ]
    memory = Memory({known.id: NOW - 40 * DAY, missed.id: NOW - 3 * DAY}, {one.subject: one for one in reviews})
    chosen = choose(shipped.questions, memory, "quick", Difficulty.MEDIUM, now=NOW)
    assert chosen is not None
    assert chosen.question == missed


def test_a_weak_topic_brings_another_question_on_it(shipped: Bank) -> None:
    topic = quick(shipped)[0].topics[0]
    review = reviewed(topic_subject(topic), None, AGAIN, NOW - 5 * DAY)
    chosen = choose(shipped.questions, Memory({}, {review.subject: review}), "quick", Difficulty.HARD, now=NOW)
    assert chosen is not None
    assert topic in chosen.question.topics
    assert chosen.why == Why(Because.WEAK_TOPIC, topic=topic, asked_at=NOW - 5 * DAY)


def test_each_fourth_question_is_new_though_something_is_due(shipped: Bank) -> None:
    question = quick(shipped)[0]
    review = reviewed(point_subject(question.id, question.key_points[0].id), None, AGAIN, NOW - 5 * DAY)
    memory = Memory({question.id: NOW - 5 * DAY}, {review.subject: review}, count=3)
    chosen = choose(shipped.questions, memory, "quick", Difficulty.MEDIUM, now=NOW)
    assert chosen is not None
    assert chosen.question != question


def test_a_plan_keeps_to_its_topics_as_long_as_there_are_any(shipped: Bank) -> None:
    memory = Memory({}, {}, topics=("databases",))
    chosen = choose(shipped.questions, memory, "quick", Difficulty.HARD, now=NOW)
    assert chosen is not None
    assert "databases" in chosen.question.topics
    assert (
        choose(shipped.questions, replace(memory, topics=("juggling",)), "quick", Difficulty.HARD, now=NOW) is not None
    )


def test_another_level_is_exactly_that_level_and_another_question(shipped: Bank) -> None:
    seen = quick(shipped, Difficulty.HARD)[0]
    chosen = wished(shipped.questions, Memory({seen.id: NOW - DAY}, {}), "quick", Difficulty.HARD, now=NOW)
    assert chosen is not None
    assert chosen.question.difficulty is Difficulty.HARD
    assert chosen.question != seen
    assert chosen.why.because is Because.WISHED


@pytest.mark.parametrize("seed", range(6))
def test_every_reason_of_half_a_year_is_true(shipped: Bank, seed: int) -> None:
    """What is said is checked against what happened, day by day, for somebody who answers now well and now badly."""
    chance = random.Random(seed)
    seen: dict[str, datetime] = {}
    reviews: dict[str, Review] = {}
    ratings: dict[str, int] = {}
    said: set[Because] = set()
    for day in range(180):
        now = NOW + day * DAY
        chosen = choose(shipped.questions, Memory(seen, reviews, count=day), "quick", Difficulty.MEDIUM, now=now)
        assert chosen is not None
        question, why = chosen.question, chosen.why
        said.add(why.because)
        check(chosen, seen, reviews, ratings, now)
        last = seen.get(question.id)
        if last is not None and now - last < NOT_TWICE:
            assert why.because in REVIEWS | {Because.LONGEST_AGO}
            if why.because is Because.LONGEST_AGO:
                assert all(seen[other.id] >= last for other in shipped.questions if other.kind == "quick")
        seen[question.id] = now
        if chance.random() < 0.8:
            for subject in subjects(question):
                ratings[subject] = chance.choice((AGAIN, HARD, GOOD, GOOD))
                before = reviews.get(subject)
                reviews[subject] = reviewed(subject, before.card if before else None, ratings[subject], now)
    assert {Because.NEW_TOPIC, Because.MISSED} <= said


@pytest.mark.parametrize("ratings", [(), (AGAIN,), (HARD, GOOD)], ids=["unanswered", "missed", "half known"])
@pytest.mark.parametrize("level", Difficulty)
def test_for_sixty_days_no_question_comes_twice_but_to_be_reviewed(
    shipped: Bank, level: Difficulty, ratings: tuple[int, ...]
) -> None:
    seen: dict[str, datetime] = {}
    reviews: dict[str, Review] = {}
    for day in range(60):
        now = NOW + day * DAY
        chosen = choose(shipped.questions, Memory(seen, reviews, count=day), "quick", level, now=now)
        assert chosen is not None
        question, why = chosen.question, chosen.why
        unseen = {one.difficulty for one in shipped.questions if one.kind == "quick" and one.id not in seen}
        if why.because in {Because.NEW, Because.NEW_TOPIC}:
            assert (why.level == "none left") == (question.difficulty is not level) == (level not in unseen)
        if question.id in seen:
            assert why.because in {Because.MISSED, Because.HALF, Because.DUE}
            assert why.point in {point.name for point in question.key_points}
            assert why.asked_at == seen[question.id]
            said = reason(why, now.date(), "UTC")
            assert day_in_words(seen[question.id].date(), now.date()) in said
            assert why.point not in said  # it is a part of the answer
        seen[question.id] = now
        for number, subject in enumerate(subjects(question) if ratings else ()):
            before = reviews.get(subject)
            rating = ratings[number % len(ratings)]
            reviews[subject] = reviewed(subject, before.card if before else None, rating, now)
    assert len(seen) == 60 or ratings


def check(
    chosen: Chosen, seen: dict[str, datetime], reviews: dict[str, Review], ratings: dict[str, int], now: datetime
) -> None:
    question, why = chosen.question, chosen.why
    points = {point.name: point_subject(question.id, point.id) for point in question.key_points}
    match why.because:
        case Because.MISSED | Because.HALF | Because.DUE:
            subject = points[why.point]
            wanted = {Because.MISSED: AGAIN, Because.HALF: HARD, Because.DUE: GOOD}[why.because]
            assert ratings[subject] == wanted
            assert reviews[subject].due_at <= now
            assert why.asked_at == reviews[subject].reviewed_at
        case Because.WEAK_TOPIC | Because.DUE_TOPIC:
            assert why.topic in question.topics
            assert (ratings[topic_subject(why.topic)] == GOOD) == (why.because is Because.DUE_TOPIC)
            assert why.asked_at == reviews[topic_subject(why.topic)].reviewed_at
        case Because.NEW_TOPIC:
            assert why.topic in question.topics
            assert topic_subject(why.topic) not in reviews
        case Because.NEW:
            assert question.id not in seen
        case Because.FADING | Because.LONGEST_AGO:
            assert why.asked_at == seen[question.id]
        case Because.WISHED:
            raise AssertionError("nobody wished")


# The level.


def card(correctness: float | None, judge: str = "local") -> Card:
    return Card(State.SCORED, judge, correctness, correctness, None, None, (), 0, 5, "")


@pytest.mark.parametrize(
    ("numbers", "level"),
    [
        ((9.0, 8.0, 7.0), (Difficulty.HARD, "up")),
        ((2.0, 5.0, 4.0), (Difficulty.EASY, "down")),
        ((9.0, 9.0), (Difficulty.MEDIUM, "")),
        ((6.0, 7.0, 5.0), (Difficulty.MEDIUM, "")),
        ((9.0, None, 9.0), (Difficulty.MEDIUM, "")),
    ],
)
def test_the_level_follows_the_last_three(numbers: tuple[float | None, ...], level: tuple[Difficulty, str]) -> None:
    assert next_level(Difficulty.MEDIUM, [card(number) for number in numbers]) == level


def test_there_is_nothing_above_hard_and_judges_are_not_mixed() -> None:
    assert next_level(Difficulty.HARD, [card(10.0)] * 3) == (Difficulty.HARD, "")
    assert next_level(Difficulty.EASY, [card(0.0)] * 3) == (Difficulty.EASY, "")
    assert next_level(Difficulty.EASY, [card(9.0), card(9.0, "claude-x"), card(9.0)]) == (Difficulty.EASY, "")


def test_a_reason_is_stored_and_read_back() -> None:
    why = Why(Because.MISSED, "caching", "a point", NOW, "up")
    assert why_of(kept(why)) == why
