"""What an answer is made of: prose and code, sentences, words, and the facts for the first line."""

from __future__ import annotations

import pytest

from agent import text
from agent.local import Facts, facts
from agent.text import stem, words


def prose(answer: str) -> list[str]:
    return [answer[first:last].strip() for first, last in text.parts(answer).prose]


def code(answer: str) -> list[str]:
    return [block.text.strip() for block in text.parts(answer).code]


def sentences(answer: str) -> list[str]:
    return [answer[piece.start : piece.end] for piece in text.pieces(answer, text.parts(answer).prose)]


def test_fences_part_prose_from_code() -> None:
    answer = "First this.\n```python\nx = 1\n```\nThen that."
    assert (prose(answer), code(answer)) == (["First this.", "Then that."], ["x = 1"])


@pytest.mark.parametrize(
    "answer",
    ["a\n````\n```\nx\n```\n````\nb", "a\n~~~\nx\n```\n~~~\nb", "a ```x = 1``` b", "a\n```py\r\nx\r\n```\r\nb"],
)
def test_fences_may_be_nested_inline_or_from_windows(answer: str) -> None:
    assert prose(answer) == ["a", "b"]
    assert len(code(answer)) == 1


def test_code_without_a_fence_is_recognised() -> None:
    answer = "I wrote this:\ndef f(xs):\n    best = max(xs)\n    return best\nIt keeps the maximum."
    assert prose(answer) == ["I wrote this:", "It keeps the maximum."]
    assert code(answer) == ["def f(xs):\n    best = max(xs)\n    return best"]


@pytest.mark.parametrize(
    "answer",
    [
        "Time: O(n)\nSpace: O(1)",
        "Time = O(n)\nSpace = O(1)",
        "for each meeting I look at the end\nif it overlaps I extend it",
        "using a heap here\nreturn the smallest first",
        "class A talks to class B\nimport the data first",
        "- sort by start\n- sweep once\n  - extend the last one",
    ],
)
def test_plain_sentences_are_not_taken_for_code(answer: str) -> None:
    assert text.parts(answer).code == ()


def test_an_answer_is_cut_into_sentences_and_long_ones_at_commas() -> None:
    assert sentences("Sort first, e.g. by start. Then sweep! Done") == [
        "Sort first, e.g. by start",
        "Then sweep!",
        "Done",
    ]
    long = ", ".join(f"then I do step number {n} of the plan" for n in range(8))
    assert len(sentences(long)) > 1
    assert all(len(piece.split()) <= text.MAX_PIECE for piece in sentences(long))


def test_a_wrapped_line_goes_on_and_a_short_one_ends() -> None:
    wrapped = "I sort the meetings by their start and then I go through them once\nand extend the last one."
    assert len(sentences(wrapped)) == 1
    assert len(sentences("sort by start\nthen sweep")) == 2


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("O(n log n)", "o:nlogn"),
        ("O(N*lg(N))", "o:nlogn"),
        ("n log n", "o:nlogn"),
        ("log n", "o:logn"),
        ("O(n²)", "o:n2"),
        ("O(n**2)", "o:n2"),
        ("n^2", "o:n2"),
        ("n squared", "o:n2"),
        ("O(1)", "o:1"),
        ("O(n + m)", "o:n+m"),
        ("1,000", "1000"),
        ("don’t", "don't"),
    ],
)
def test_growth_and_numbers_have_one_form(written: str, plain: str) -> None:
    assert [word.plain for word in words(written)] == [plain]


def test_names_of_programs_are_taken_apart() -> None:
    assert [word.plain for word in words("mergeCalendars sort_by_start HTTPServer")] == [
        *("merge", "calendars", "sort", "by", "start", "http", "server")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("intervals", "interval"),
        ("merged", "merging"),
        ("retries", "retry"),
        ("kept", "keeps"),
        ("vertices", "vertex"),
        ("two", "2"),
        ("heap's", "heap"),
        ("naïve", "naive"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_invisible_characters_become_spaces_and_move_nothing() -> None:
    dirty = "a\x00b\u202ec\u200bd\n\te"
    assert text.clean(dirty) == "a b c d\n\te"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", Facts(0, 0, 0, "")),
        ("Sort it. Then sweep.", Facts(4, 2, 0, "")),
        ("See:\n```python\nx = 1\n\ny = 2\n```", Facts(1, 1, 2, "Python")),
        ("```py\nx = 1\n```\n```python3\ny = 2\n```", Facts(0, 0, 2, "Python")),
        ("```go\nx := 1\n```", Facts(0, 0, 1, "Go")),
        ("```\ndef f(x):\n    return x\n```", Facts(0, 0, 2, "Python")),
        ("def f(x):\n    return x", Facts(0, 0, 2, "Python")),
        ("```\nx <- 1\n```", Facts(0, 0, 1, "")),
        ("```go\nx := 1\n```\n```py\nx = 1\n```", Facts(0, 0, 2, "")),
    ],
)
def test_facts_count_words_and_lines_of_code(answer: str, expected: Facts) -> None:
    assert facts(answer) == expected
