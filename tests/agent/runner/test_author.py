"""A question with code is asked only when its solution passes its own cases, and its wrong ones fail theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.author import Attempt, Author, Failure
from agent.authoring import Ask, Rejected
from agent.claude import Access, Claude
from agent.runner import Engine
from agent.types import Difficulty
from agent.workbench import Workbench
from tests.fakes.claude import ClaudeServer, overloaded, says, serving, told
from tests.fakes.manuscripts import manuscript, sample

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = Ask("rust-borrow-checker", Difficulty.EASY, ("algorithm",))
OFF = Engine(None, reason="a test")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of this machine's is not asked to reach loopback."""
    monkeypatch.setenv("NO_PROXY", "*")


async def may_spend() -> bool:
    return True


async def attempt(
    engine: Engine, *replies: str, rejected: Rejected | None = None, ask: Ask = ASK, generic: bool = False
) -> tuple[Attempt, ClaudeServer]:
    """Let a model give these replies, one a call."""
    async with serving(generic=generic) as server:
        server.will(*map(says, replies))
        claude = Claude(Access("key", server.address, ("house-model" if generic else "claude-sonnet-5-5",)))
        try:
            made = await Author(claude, Workbench(engine)).write(ask, "0123456789abcdef", may_spend, rejected)
        finally:
            await claude.close()
    return made, server


def algorithm(**changes: Any) -> str:
    code = json.loads(manuscript("algorithm"))["code"]
    return manuscript("algorithm", code=code | changes)


async def test_a_question_whose_solution_passes_is_written_in_one_call(jail: Engine) -> None:
    made, server = await attempt(jail, manuscript("algorithm"))
    assert made.question is not None
    assert made.question.code is not None
    assert made.question.code.solution.strip() == (sample("algorithm").code or made.question.code).solution.strip()
    assert made.question.code.checker == ""
    assert made.question.body.endswith("```")
    assert [usage.calls for usage in made.usage] == [1]
    assert len(server.requests) == 1


async def test_a_solution_that_fails_its_own_case_is_rejected_and_told_where(jail: Engine) -> None:
    cases = json.loads(manuscript("algorithm"))["code"]["cases"]
    wrong = [cases[0] | {"expected": "-1"}, *cases[1:]]
    made, _ = await attempt(jail, algorithm(cases=wrong))
    assert (made.question, made.failure) == (None, Failure.FAULTY)
    assert made.rejected is not None
    [problem] = made.rejected.problems
    assert problem.startswith("code.cases, number 1: the solution gives ")
    assert "and expected is -1; one of the two is wrong" in problem


async def test_a_rejected_question_is_put_right_by_its_problems(jail: Engine) -> None:
    rejected = Rejected(algorithm(entry="other"), ("code.entry: wrong",))
    made, server = await attempt(jail, manuscript("algorithm"), rejected=rejected)
    assert made.question is not None
    assert told(server.requests[0]) == {"problems": ["code.entry: wrong"]}
    assert server.requests[0]["messages"][1]["content"] == rejected.reply


async def test_a_solution_that_does_not_load_is_rejected(jail: Engine) -> None:
    entry = json.loads(manuscript("algorithm"))["code"]["entry"]
    for source, said in (
        (f"import nothing_of_that_name\ndef {entry}(codes): return 0", "code.solution: it needs what is not there: "),
        (f"def {entry}(codes) return 0", "code.solution: "),
    ):
        made, _ = await attempt(jail, algorithm(solution=source))
        assert made.rejected is not None
        assert said in made.rejected.problems[0]


async def test_a_wrong_solution_that_is_right_is_rejected(jail: Engine) -> None:
    code = json.loads(manuscript("algorithm"))["code"]
    right = {"name": "looks wrong", "fails": code["cases"][0]["category"], "source": code["solution"]}
    made, _ = await attempt(jail, algorithm(wrong_solutions=[*code["wrong_solutions"], right]))
    assert made.rejected is not None
    [problem] = made.rejected.problems
    assert problem.startswith("wrong solution 'looks wrong': fails no case of")


async def test_where_nothing_is_run_no_question_with_code_is_written(jail: Engine) -> None:
    off, on = Author(None, Workbench(OFF)), Author(None, Workbench(jail))
    assert off.kinds_for("algorithm") == ()
    assert off.kinds_for("quick") == ("quick",)
    assert "algorithm" not in off.kinds_for("")
    assert on.kinds_for("algorithm") == ("algorithm",)
    assert set(on.kinds_for("")) == {*off.kinds_for(""), "algorithm"}


async def test_an_engine_that_fails_meanwhile_is_nobodys_fault_and_asks_for_nothing_again(jail: Engine) -> None:
    assert not jail.is_off
    made, server = await attempt(OFF, manuscript("algorithm"))
    assert (made.question, made.failure, made.rejected) == (None, Failure.NOT_RUN, None)
    assert len(server.requests) == 1


async def test_another_vendors_model_writes_by_a_schema_in_words() -> None:
    ask = Ask("rust-borrow-checker", Difficulty.EASY, ("quick",), ("A title",))
    made, server = await attempt(OFF, f"Here it is:\n```json\n{manuscript()}\n```", ask=ask, generic=True)
    assert made.question is not None
    assert made.question.written_by == "house-model"
    assert told(server.requests[0])["titles"] == ["A title"]


async def test_without_a_model_and_without_money_nothing_is_called() -> None:
    async def may_not() -> bool:
        return False

    assert (await Author(None, Workbench(OFF)).write(ASK, "id", may_spend)).failure is Failure.NO_MODEL
    async with serving() as server:
        claude = Claude(Access("key", server.address))
        made = await Author(claude, Workbench(OFF)).write(ASK, "id", may_not)
        await claude.close()
    assert (made.failure, made.usage, server.requests) == (Failure.BUDGET, (), [])


async def test_a_reply_of_another_shape_is_a_failure_of_the_model() -> None:
    async with serving() as server:
        server.will(says('{"suitable": true}'), overloaded())
        claude = Claude(Access("key", server.address))
        made = await Author(claude, Workbench(OFF)).write(ASK, "id", may_spend)
        await claude.close()
    assert made.failure is Failure.NO_MODEL
    assert [usage.model for usage in made.usage] == ["claude-sonnet-5-5"]
