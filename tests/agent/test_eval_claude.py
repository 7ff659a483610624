"""Measuring a model against people, by a scripted server; and what is probed beside the agreement."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import eval_probes, evals
from agent.claude import Access
from agent.evals import EvalError, Probes
from tests.agent.conftest import HAIKU, SONNET
from tests.fakes.claude import ClaudeServer, Request, judgement, overloaded, point, says, told

REFERENCE = "A tree without cycles reaches every node."
ANSWERS = (REFERENCE, "half of it, i think", "nearly all of it", "something else", "")
SCORES = (10, 5, 8, 1, 0)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    graded = [
        {
            "id": f"{question}.{at}",
            "question_id": f"q{question}",
            "question": f"What holds in case {question}?",
            "reference_answer": REFERENCE,
            "student_answer": answer,
            "score": score,
            "max_score": 10,
        }
        for question in range(3)
        for at, (answer, score) in enumerate(zip(ANSWERS, SCORES, strict=True))
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, graded)), encoding="utf-8")
    return path


def marks(number: int, answer: str) -> str:
    verdict = "hit" if number >= 8 else "partial" if number >= 3 else "miss"
    return judgement(points=[point("1", verdict, answer)], correctness=number)


def teacher(request: Request) -> str:
    """A model that gives the marks that people gave."""
    answer = told(request)["candidate_answer"]
    return marks(dict(zip(ANSWERS, SCORES, strict=True))[answer], answer)


async def run(path: Path, server: ClaudeServer, probes: Probes = evals.NO_PROBES) -> dict[str, Any]:
    access = Access("key", server.address, (SONNET, HAIKU))
    return await asyncio.to_thread(evals.run, path, "claude", access=access, probes=probes, at_once=2)


async def test_a_model_that_agrees_has_no_error(server: ClaudeServer, rows: Path) -> None:
    server.always = says(teacher)
    result = await run(rows, server, Probes(levels=True))
    assert (result["judge"], result["n"], result["failed"], result["not_scored"]) == ("claude", 15, 0, 3)
    assert result["raw"]["pearson"] == pytest.approx(1)
    assert result["raw"]["rmse"] == pytest.approx(0)
    assert result["levels"].keys() == {"0", "1", "3", "4", "5"}
    assert all(level["mae"] == 0 for level in result["levels"].values())
    assert len(server.requests) == 12
    assert set(server.models) == {SONNET}
    assert "level 5" in evals.table(result)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


async def test_so_many_and_no_more_are_judged_at_once(server: ClaudeServer, rows: Path) -> None:
    open_now: list[str] = []
    most: list[int] = []

    def counted(request: Request) -> str:
        open_now.append(told(request)["candidate_answer"])
        most.append(len(open_now) - len(server.usages))
        return teacher(request)

    server.always = says(counted)
    await run(rows, server)
    assert max(most) <= 2


async def test_what_the_model_did_not_judge_is_left_out_and_counted(server: ClaudeServer, rows: Path) -> None:
    server.will(overloaded())
    server.always = says(teacher)
    result = await run(rows, server)
    assert (result["n"], result["failed"]) == (14, 1)
    assert result["raw"]["rmse"] == pytest.approx(0)
    assert HAIKU not in server.models
    assert "failed" in evals.table(result)


async def test_a_model_that_judges_nothing_is_an_error_with_its_reason(server: ClaudeServer, tmp_path: Path) -> None:
    row = {"id": 1, "question_id": 1, "question": "Why?", "reference_answer": "So.", "score": 1, "max_score": 1}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row | {"student_answer": "It is so."}), encoding="utf-8")
    with pytest.raises(EvalError, match="judge 'claude' judged none of 1 answers: overloaded"):
        await run(path, server)


def test_without_a_key_it_says_what_to_set(rows: Path) -> None:
    with pytest.raises(EvalError, match="set ANTHROPIC_API_KEY"):
        evals.run(rows, "claude")


async def test_how_far_the_same_answer_moves_is_told(server: ClaudeServer, rows: Path) -> None:
    server.always = says(wavering())
    result = await run(rows, server, Probes(repeats=5, rows=1))
    assert result["consistency"] == {
        "repeats": 5,
        "n": 1,
        "mean_range": 1.5,
        "largest_range": 1.5,
        "same": 0,
        "beyond_one_of_ten": 1,
    }
    assert len(server.requests) == 12 + 5
    assert "mean_range 1.500" in evals.table(result)


def wavering() -> Callable[[Request], str]:
    turns = iter(range(1000))

    def judged(request: Request) -> str:
        return marks(5 + 3 * (next(turns) % 2), told(request)["candidate_answer"])

    return judged


async def test_what_length_buys_is_told(server: ClaudeServer, rows: Path) -> None:
    def likes_length(request: Request) -> str:
        answer = told(request)["candidate_answer"]
        return marks(7 if len(answer) > 60 else 5 if answer != "half of it, " else 4, answer)

    server.always = says(likes_length)
    result = await run(rows, server, Probes(bias=True, rows=5))
    assert result["bias"]["padding"] == {"n": 4, "mean": 1.0, "largest": 1.0, "beyond_one_of_ten": 4}
    assert result["bias"]["trimming"]["n"] == 1
    assert "padding" in evals.table(result)


def test_the_local_judge_is_steady_and_its_probes_are_free_of_models(rows: Path) -> None:
    result = evals.run(rows, probes=Probes(repeats=3, bias=True, levels=True))
    assert (result["consistency"]["same"], result["consistency"]["n"]) == (15, 15)
    assert result["bias"]["padding"]["n"] == 12
    assert sum(level["n"] for level in result["levels"].values()) == 15
    assert "failed" not in result


def test_padding_and_trimming_leave_what_is_said() -> None:
    assert "a leaf has no children" in eval_probes.padded("a leaf has no children")
    assert eval_probes.trimmed("Well, I think that it is basically a tree.") == "it is a tree."
    assert eval_probes.trimmed("just") == "just"
