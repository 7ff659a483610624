"""Our questions are fair: what they ask for is in their own model answers, and nothing is given away."""

import re
from collections.abc import Iterable

import pytest
import snowballstemmer

from agent.bank import load
from agent.bank.layout import BRUTE_FORCE, CHECKER, REFERENCE, SIZES, SOLUTION, VARIANT, WRONG
from agent.kinds import kind_called
from agent.types import Question
from agent.words import FUNCTION_WORDS

QUESTIONS = {question.id: question for question in load().questions}
COVERED = 0.5
each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


def stems(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())
    return set(snowballstemmer.stemmer("english").stemWords([word for word in words if word not in FUNCTION_WORDS]))


def recall(phrasing: str, reference: set[str], asked: set[str]) -> float:
    """Return which share of the phrasing's own words stands in the reference; 0 when it has none of its own."""
    own = stems(phrasing) - asked
    return len(own & reference) / len(own) if own else 0.0


def uncovered(question: Question) -> Iterable[str]:
    reference, asked = stems(question.reference), stems(question.body)
    for point in question.key_points:
        best = max(recall(phrasing, reference, asked) for phrasing in point.phrasings)
        if best < COVERED:
            yield f"{point.id} {point.name}: {best:.2f}"


@each_question
def test_the_reference_answer_covers_every_key_point(question: Question) -> None:
    assert list(uncovered(question)) == []


@each_question
def test_every_phrasing_has_words_of_its_own(question: Question) -> None:
    asked = stems(question.body)
    bare = [phrasing for point in question.key_points for phrasing in point.phrasings if not stems(phrasing) - asked]
    assert bare == []


@each_question
def test_no_hint_tells_the_answer(question: Question) -> None:
    told = [hint for hint in question.hints if hint in question.reference or question.reference in hint]
    said = {phrasing.casefold() for point in question.key_points for phrasing in point.phrasings}
    told += [hint for hint in question.hints if any(phrasing in hint.casefold() for phrasing in said)]
    assert told == []


@each_question
def test_the_body_shows_nothing_of_the_other_sections(question: Question) -> None:
    shown = {heading.casefold() for heading in re.findall(r"^#+ *(.+?) *$", question.body, re.MULTILINE)}
    names = (REFERENCE, SOLUTION, SIZES, BRUTE_FORCE, CHECKER, WRONG.rstrip(": "), VARIANT.rstrip(": "))
    assert [heading for heading in shown if heading.startswith(tuple(map(str.casefold, names)))] == []
    assert question.reference not in question.body


@each_question
def test_every_category_of_a_wrong_solution_is_hidden_or_shown_by_a_case(question: Question) -> None:
    code = question.code
    fails = {wrong.fails for wrong in code.wrong_solutions} if code else set()
    assert fails - {"too slow"} <= ({case.category for case in code.cases} if code else set())


def test_no_phrasing_and_no_title_stands_twice() -> None:
    phrasings = [p.casefold() for q in QUESTIONS.values() for point in q.key_points for p in point.phrasings]
    titles = [question.title.casefold() for question in QUESTIONS.values()]
    assert len(phrasings) == len(set(phrasings))
    assert len(titles) == len(set(titles))


def test_no_topic_is_a_word_for_a_kind() -> None:
    topics = {topic: question.id for question in QUESTIONS.values() for topic in question.topics}
    assert {topic: name for topic, name in topics.items() if kind_called(topic)} == {}
