"""Measuring a judge against people: figures that can be worked out by hand, folds of whole questions, and bad rows."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from agent import evals
from agent.evals import EvalError, Row
from agent.types import KeyPoint

GOOD = {
    "id": "a1",
    "question_id": "q1",
    "question": "What is a leaf in a tree?",
    "reference_answer": "A node that has no children.",
    "student_answer": "a node without any children",
    "score": 4,
    "max_score": 5,
}

# Written for this test: short answers about data structures with the marks that a patient teacher might give.
TOPICS: tuple[tuple[str, str, tuple[tuple[float, str], ...]], ...] = (
    (
        "What is a stack overflow?",
        "It happens when the call stack uses more memory than it was given, usually because of unbounded recursion.",
        (
            (5, "The program's call stack runs out of memory, typically from recursion that never ends."),
            (3.5, "when there is too much recursion"),
            (2, "When you push an item on a stack that is full"),
            (0, "i dont know"),
        ),
    ),
    (
        "What is a pointer?",
        "A variable that holds the memory address of another variable.",
        (
            (5, "A variable which stores the address of another variable"),
            (4.5, "a refrence to a memory adress"),
            (3, "points to another variable"),
            (1, "a kind of array"),
        ),
    ),
    (
        "What is the main idea of merge sort?",
        "Split the array into two halves, sort each half recursively, and merge the two sorted halves.",
        (
            (5, "Divide the array in half, recursively sort both halves and then merge them in order"),
            (3.5, "It splits the array and then merges it"),
            (1, "pick a pivot and put smaller elements left and larger ones right"),
            (1, "Compares adjacent elements and swaps them when they are in the wrong order."),
        ),
    ),
    (
        "Why should a hash function distribute keys evenly?",
        "So that there are few collisions and each bucket holds few keys, which keeps lookups close to constant time.",
        (
            (5, "An even distribution means fewer collisions, so buckets stay small and lookup stays near O(1)."),
            (3.5, "to minimize collisions"),
            (1, "so that the keys are sorted"),
            (0, "To encrypt the password"),
        ),
    ),
    (
        "What is the worst-case complexity of binary search, and what must hold of the array?",
        "O(log n), and the array must be sorted.",
        (
            (5, "The array must be in sorted order. It takes O(log(n)) in the worst case."),
            (3, "O(log n)"),
            (1, "O(n)"),
            (0, "constant time"),
        ),
    ),
    (
        "What is a base case in recursion?",
        "The case in which the function returns without calling itself, so that the recursion ends.",
        (
            (5, "It's the condition where the function stops calling itself and returns, so recursion stops."),
            (4, "When the function doesn't make another recursive call"),
            (2, "The first one"),
            (1, "the case that is used most often"),
        ),
    ),
)


def graded() -> list[dict[str, Any]]:
    return [
        {
            "id": f"{topic}.{i}",
            "question_id": f"q{topic}",
            "question": question,
            "reference_answer": reference,
            "student_answer": answer,
            "score": score,
            "max_score": 5,
        }
        for topic, (question, reference, answers) in enumerate(TOPICS)
        for i, (score, answer) in enumerate(answers)
    ]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def broken(tmp_path: Path, **changes: Any) -> str:
    row = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(EvalError) as failure:
        evals.read(written(tmp_path / "rows.jsonl", [GOOD, row]))
    return str(failure.value).removeprefix(f"{tmp_path / 'rows.jsonl'}:")


# The report


def test_the_order_of_sensible_marks_is_found_again(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", graded()))
    assert result["n"] == 24
    assert result["questions"] == result["folds"] == 6
    assert result["raw"]["pearson"] > 0.75
    assert result["raw"]["spearman"] > 0.75
    assert result["calibrated"]["pearson"] > 0.7
    assert result["calibrated"]["rmse"] < result["raw"]["rmse"]
    assert result["seconds_per_answer"] > 0


def test_the_report_is_one_json_object_with_the_promised_names(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", graded()))
    assert {"n", "raw", "calibrated", "length_correlation", "seconds_per_answer"} <= result.keys()
    assert set(result["raw"]) == set(result["calibrated"]) == {"pearson", "spearman", "rmse", "mae", "qwk"}
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_each_prediction_can_be_had(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    evals.run(written(tmp_path / "rows.jsonl", graded()), predictions=out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in graded()]
    assert all(0 <= line["raw"] <= 5 and 0 <= line["calibrated"] <= 5 for line in lines)


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    forward = evals.run(written(tmp_path / "a.jsonl", graded()))
    backward = evals.run(written(tmp_path / "b.jsonl", graded()[::-1]))
    for kind in ("raw", "calibrated"):
        assert forward[kind] == pytest.approx(backward[kind])


def test_the_table_has_a_row_for_each_figure(tmp_path: Path) -> None:
    lines = evals.table(evals.run(written(tmp_path / "rows.jsonl", graded()))).splitlines()
    assert [line.split()[0] for line in lines] == [
        *("raw", "pearson", "spearman", "rmse", "mae", "qwk"),
        *("n", "questions", "folds", "not_scored", "length_correlation", "seconds_per_answer"),
    ]


def test_an_answer_that_the_judge_declines_counts_as_nothing_and_is_counted(tmp_path: Path) -> None:
    rows = graded()
    rows[0]["student_answer"] = ""
    out = tmp_path / "out.jsonl"
    result = evals.run(written(tmp_path / "rows.jsonl", rows), predictions=out)
    assert result["not_scored"] == 1
    assert json.loads(out.read_text().splitlines()[0])["raw"] == 0.0


# Few rows, equal rows


def test_one_question_cannot_be_calibrated(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", graded()[:4]), predictions=tmp_path / "out.jsonl")
    assert result["folds"] == 1
    assert set(result["calibrated"].values()) == {None}
    assert result["raw"]["pearson"] is not None
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["calibrated"] is None
    assert "-" in evals.table(result)


def test_one_answer_gives_errors_and_no_correlation(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", [GOOD]))
    assert result["raw"]["pearson"] is result["raw"]["spearman"] is result["length_correlation"] is None
    assert result["raw"]["rmse"] is not None


def test_one_answer_to_each_question_is_enough(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", graded()[::4]))
    assert result["folds"] == 6
    assert result["calibrated"]["rmse"] is not None


def test_equal_scores_have_no_correlation(tmp_path: Path) -> None:
    result = evals.run(written(tmp_path / "rows.jsonl", [{**row, "score": 3} for row in graded()]))
    assert result["raw"]["pearson"] is result["calibrated"]["pearson"] is None
    assert result["calibrated"]["rmse"] == pytest.approx(0)


def test_equal_answers_have_no_correlation(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": i, "question_id": i % 3, "score": i % 5} for i in range(12)]
    result = evals.run(written(tmp_path / "rows.jsonl", rows))
    assert result["raw"]["pearson"] is result["raw"]["spearman"] is None


# Figures by hand


def test_figures_are_those_worked_out_by_hand() -> None:
    found = evals.metrics([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 4.0, 4.0], stats)
    assert found["pearson"] == pytest.approx(2 / math.sqrt(5))
    assert found["spearman"] == pytest.approx(4 / math.sqrt(20))
    assert found["mae"] == pytest.approx(0.5)
    assert found["rmse"] == pytest.approx(math.sqrt(0.5))
    assert found["qwk"] == pytest.approx(1 - 0.5 / 2.5)


def test_kappa_knows_perfect_chance_and_opposite() -> None:
    assert evals.weighted_kappa([0, 5, 0, 5], [0, 5, 0, 5]) == 1
    assert evals.weighted_kappa([0, 0, 5, 5], [0, 5, 0, 5]) == 0
    assert evals.weighted_kappa([0, 5], [5, 0]) == -1
    assert evals.weighted_kappa([3, 3], [3, 3]) is None


def test_folds_hold_whole_questions_and_do_not_depend_on_the_order() -> None:
    ids = [f"q{i % 20}" for i in range(100)]
    fold = evals.folds(ids)
    assert len(set(fold)) == 9
    assert len(set(zip(ids, fold, strict=True))) == 20
    assert evals.folds(ids[::-1]) == fold[::-1]
    assert max(evals.folds(["a", "b", "a"])) == 1


def test_nothing_of_a_held_out_question_reaches_its_own_map() -> None:
    raw, fold = [1.0, 2.0, 1.0, 2.0], [0, 0, 1, 1]
    before = evals.calibrate(raw, [0.0, 5.0, 1.0, 4.0], fold, optimize)
    after = evals.calibrate(raw, [5.0, 0.0, 1.0, 4.0], fold, optimize)
    assert before[:2] == after[:2] == [1.0, 4.0]
    assert before[2:] != after[2:]


def test_the_map_rises_averages_ties_and_is_level_outside() -> None:
    raw = [1.0, 1.0, 2.0, 3.0, 0.0, 1.5, 9.0]
    scores = [0.0, 2.0, 4.0, 2.0, 0.0, 0.0, 0.0]
    mapped = evals.calibrate(raw, scores, [0, 0, 0, 0, 1, 1, 1], optimize)
    assert mapped[4:] == [1.0, 2.0, 3.0]


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5), st.integers(0, 12)), min_size=1, max_size=60))
def test_whatever_the_rows_calibrated_numbers_stay_within_the_scores(drawn: list[tuple[float, float, int]]) -> None:
    raw, scores = [row[0] for row in drawn], [row[1] for row in drawn]
    fold = evals.folds([str(row[2]) for row in drawn])
    mapped = evals.calibrate(raw, scores, fold, optimize)
    assert len(mapped) == (len(raw) if max(fold) else 0)
    assert all(min(scores) - 1e-6 <= number <= max(scores) + 1e-6 for number in mapped)
    assert evals.metrics(raw, scores, stats).keys() == set(evals.METRICS)


# The judge's number


def rated(answer: str, points: tuple[KeyPoint, ...] = (), **changes: str) -> float | None:
    row = {
        "question": "What is a pointer?",
        "reference": "A variable that holds the memory address of another variable.",
    }
    return evals.local_number(Row("a", "q", **{**row, **changes}, answer=answer, score=0.0, key_points=points))


def above(one: float | None, other: float | None) -> bool:
    assert one is not None
    assert other is not None
    return one > other


def test_the_number_is_smooth_and_not_a_verdict() -> None:
    numbers = [rated(answer) for answer in ("a memory", "a memory address", "it holds a memory address")]
    assert above(numbers[1], numbers[0])
    assert above(numbers[2], numbers[1])
    assert rated("A variable that holds the memory address of another variable.") == pytest.approx(5)


def test_words_of_the_question_earn_little_and_the_question_nothing() -> None:
    assert rated("What is a pointer? Is a pointer a pointer?") in (None, 0.0)
    assert above(rated("an address"), rated("a pointer, that is what a pointer is"))
    handed_out = rated("a memory address", question="Does a pointer hold a memory address?")
    assert above(rated("a memory address"), handed_out)


def test_keywords_are_capped_here_as_well() -> None:
    few = "variable holds memory address another variable memory address holds variable address memory holds variable"
    assert rated(few) == pytest.approx(1)
    assert rated(few.replace("another ", "")) == 0.0


def test_code_is_read_where_it_is_the_answer() -> None:
    loop = "for (int i = 0; i < n; i++) {\n  total += values[i];\n}"
    assert above(rated(loop, question="Write a loop that adds up an array.", reference=loop), 4.5)


def test_key_points_count_by_their_weight_and_mistakes_count_nothing() -> None:
    address = KeyPoint("1", "", 3.0, ("holds a memory address", "stores where something is"))
    kind = KeyPoint("2", "", 1.0, ("it is a variable",), ("it is a constant number",))
    whole, heavy, light = (
        rated(text, (address, kind))
        for text in ("a variable holding a memory address", "a memory address", "a variable")
    )
    assert above(whole, heavy)
    assert above(heavy, light)
    assert rated("it is a constant number", (kind,)) == 0.0


# Rows


def test_rows_are_read_and_brought_to_one_scale(tmp_path: Path) -> None:
    points = [{"text": "no children", "weight": 2}, {"phrasings": ["at the end", "the last one"]}]
    path = written(tmp_path / "rows.jsonl", [{**GOOD, "id": 7, "score": 1, "max_score": 2, "key_points": points}])
    path.write_text("\n" + path.read_text() + "\n\n")
    assert evals.read(path) == [
        Row(
            id="7",
            question_id="q1",
            question=str(GOOD["question"]),
            reference=str(GOOD["reference_answer"]),
            answer=str(GOOD["student_answer"]),
            score=2.5,
            key_points=(
                KeyPoint("1", "", 2.0, ("no children",)),
                KeyPoint("2", "", 1.0, ("at the end", "the last one")),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": None}, "2: score: missing"),
        ({"score": None, "question": None}, "2: question, score: missing"),
        ({"score": "4"}, "2: score: not a number"),
        ({"score": True}, "2: score: not a number"),
        ({"score": 6}, "2: score: 6 is not between 0 and max_score 5"),
        ({"score": -1}, "2: score: -1 is not between 0 and max_score 5"),
        ({"max_score": 0}, "2: max_score: 0 is not above 0"),
        ({"student_answer": None}, "2: student_answer: missing"),
        ({"question": 3}, "2: question: not a text"),
        ({"id": ["a"]}, "2: id: not a text"),
        ({"key_points": "no children"}, "2: key_points: not a list"),
        ({"key_points": [{"text": "a"}, "b"]}, "2: key_points[2]: not an object with text or phrasings"),
        ({"key_points": [{"weight": 1}]}, "2: key_points[1]: neither text nor phrasings"),
        ({"key_points": [{"phrasings": "a"}]}, "2: key_points[1].phrasings: not a list of texts"),
        ({"key_points": [{"text": 1}]}, "2: key_points[1].phrasings: not a list of texts"),
        ({"key_points": [{"text": "a", "weight": 0}]}, "2: key_points[1].weight: 0 is not above 0"),
        ({"key_points": [{"text": "a", "weight": "x"}]}, "2: key_points[1]: weight: not a number"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field(tmp_path: Path, changes: Mapping[str, Any], message: str) -> None:
    assert broken(tmp_path, **changes) == message


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(GOOD) + "\n{oops\n")
    with pytest.raises(EvalError, match=r"rows\.jsonl:2: not JSON: "):
        evals.read(path)
    path.write_text("[1]\n")
    with pytest.raises(EvalError, match=r"rows\.jsonl:1: not a JSON object"):
        evals.read(path)
    path.write_text(json.dumps(GOOD | {"score": float("nan")}) + "\n")
    with pytest.raises(EvalError, match=r"rows\.jsonl:1: score: not a number"):
        evals.read(path)


def test_no_rows_and_no_file_are_told_apart(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n")
    with pytest.raises(EvalError, match="no rows"):
        evals.run(empty)
    with pytest.raises(EvalError, match=r"missing\.jsonl"):
        evals.run(tmp_path / "missing.jsonl")


def test_an_unknown_judge_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="judge 'oracle' is not known; known: local, claude"):
        evals.run(written(tmp_path / "rows.jsonl", graded()), judge="oracle")


def test_without_scipy_the_extra_is_named_and_the_judge_still_judges(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", graded())
    program = f"""
import sys
sys.modules["scipy"] = None
from agent import evals, local
assert "numpy" not in sys.modules
try:
    evals.run({str(path)!r})
except evals.EvalError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'evaluating needs scipy: pip install "talkpro[eval]"'
