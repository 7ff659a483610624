"""Claude as the judge, as it reads in a thread: streamed, stepped down in plain words, tried again, paid for once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.room import Written
from agent.claude import Access
from agent.interviewer import Interviewer
from agent.types import Interview, Phase, State
from bot.wording import feedback, labels
from storage import usage
from storage.interviews import Record
from tests.fakes import claude
from tests.fakes.claude import ClaudeServer, Then, judgement, overloaded, point, says
from tests.fakes.stage import Stage, staged

Judged = Callable[[], AbstractAsyncContextManager[tuple[Stage, ClaudeServer]]]

ANSWER = "I would keep a counter for each name and look at the largest one in the end."
FEEDBACK = "You keep a counter for each name, which is the right idea. Say what it costs."
SUMMARY = '{"summary": "A clear first idea.", "drill": "State the cost of each step."}'
DAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def judged(migrated_sqlite_url: str, tmp_path: Path) -> Judged:
    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Stage, ClaudeServer]]:
        async with claude.serving() as server:
            server.always = says(SUMMARY)
            interviewer = Interviewer(Access(api_key="test", base_url=server.address))
            async with staged(migrated_sqlite_url, tmp_path, interviewer) as stage:
                yield stage, server

    return opened


def good(record: Record, correctness: int = 8) -> str:
    ids = [key_point.id for key_point in record.interview.question.key_points]
    points = [point(name, quote="a counter for each name") for name in ids]
    return judgement(feedback=FEEDBACK, points=points, correctness=correctness)


async def answer(stage: Stage, record: Record) -> Interview:
    await stage.say(record, ANSWER)
    await stage.press(record, labels.SUBMIT)
    return (await stage.record(record.interview.id)).interview


async def test_feedback_is_streamed_and_the_scores_follow(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.will(claude.slowly(says(good(record)), 0.005))
        interview = await answer(stage, record)
        page = await stage.page(record)
        streamed = [change.text for change in stage.platform.changes if isinstance(change, Written)]
    assert "Claude (Anthropic) reads your answer and can be wrong" in page
    assert interview.turns[0].evaluation is not None
    assert interview.turns[0].evaluation.judge == "claude-sonnet-5-5"
    assert interview.phase is Phase.CLOSED
    assert "by claude-sonnet-5-5" in page
    assert len([text for text in streamed if "right idea" not in text and "counter" in text]) >= 1
    assert FEEDBACK in page
    assert "State the cost of each step." in page
    assert "≈" not in page


async def test_a_step_down_is_said_and_the_smaller_model_judges(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.will(overloaded(), says(good(record)))
        interview = await answer(stage, record)
        page = await stage.page(record)
    evaluation = interview.turns[0].evaluation
    assert evaluation is not None
    assert (evaluation.state, evaluation.judge) == (State.SCORED, "claude-haiku-5-5")
    assert "claude-sonnet-5-5 is overloaded, so the next judge takes over." in page


@pytest.mark.parametrize(
    "act",
    [
        overloaded(),
        claude.rate_limited("60"),
        claude.hangs_up(),
        claude.garbage("no stream"),
        claude.refuses(),
        claude.runs_out('{"feedback": "half'),
        says('{"feedback": "half a', then=Then.CUT),
        says('{"feedback": "half a', then=Then.ERROR, type="overloaded_error"),
        says(judgement(), then=Then.NO_STOP),
    ],
    ids=["overloaded", "rate limited", "hangs up", "garbage", "refuses", "runs out", "cut", "error inside", "no stop"],
)
async def test_where_every_model_fails_the_local_judge_stands_in(judged: Judged, act: claude.Act) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.always = act
        await stage.say(record, record.interview.question.reference)
        await stage.press(record, labels.SUBMIT)
        interview = (await stage.record(record.interview.id)).interview
        page = await stage.page(record)
    evaluation = interview.turns[0].evaluation
    assert evaluation is not None
    assert (evaluation.state, evaluation.judge) == (State.PROVISIONAL, "local")
    assert page.count("so the next judge takes over.") == 2
    assert "provisional" in page
    assert "half a" not in page


async def test_a_provisional_turn_is_judged_again_by_itself_once_a_model_is_back(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.always = overloaded()
        await answer(stage, record)
        stage.clock.pass_by(minutes=4)
        await stage.tick()
        still = (await stage.record(record.interview.id)).interview
        assert len(still.turns[0].evaluations) == 1
        server.always = says(good(record))
        stage.clock.pass_by(minutes=8)
        await stage.tick()
        interview = (await stage.record(record.interview.id)).interview
        page = await stage.page(record)
    assert [evaluation.state for evaluation in interview.turns[0].evaluations] == [State.PROVISIONAL, State.SCORED]
    assert "**Judged again** by claude-sonnet-5-5: correctness ≈" in page
    assert interview.card is not None
    assert interview.card.state is State.SCORED


async def test_re_score_asks_now_and_says_when_there_is_still_nobody(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.always = overloaded()
        await answer(stage, record)
        await stage.press(record, labels.RESCORE)
        assert feedback.still_provisional() in "\n".join([row.markdown for row in await stage.rows()])
        server.always = says(good(record))
        await stage.press(record, labels.RESCORE)
        interview = (await stage.record(record.interview.id)).interview
    assert [evaluation.state for evaluation in interview.turns[0].evaluations] == [State.PROVISIONAL, State.SCORED]


async def test_a_disagreement_is_a_second_judgement_that_does_not_see_the_first(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        ids = [key_point.id for key_point in record.interview.question.key_points]
        server.will(says(judgement(points=[point(name, "miss") for name in ids], correctness=1)))
        await answer(stage, record)
        server.will(says(good(record)))
        argument = "The words about the counter say it."
        await stage.press(record, labels.DISAGREE, values={"point": ids[0], "quote": argument})
        interview = (await stage.record(record.interview.id)).interview
        page = await stage.page(record)
        told = claude.told(server.requests[-1])
    first, second = interview.turns[0].evaluations
    assert first.correctness is not None
    assert second.correctness is not None
    assert second.correctness > first.correctness
    assert told["argument"] == argument
    assert str(first.correctness) not in str(server.requests[-1]["messages"])
    assert page.count("**Judged again**") == 1
    assert interview.card is not None
    assert interview.card.correctness == pytest.approx(second.correctness, abs=2)


async def test_what_a_turn_cost_is_counted_with_it_and_once(judged: Judged) -> None:
    async with judged() as (stage, server):
        record = await stage.start("easy quick")
        server.will(says(good(record)))
        await answer(stage, record)
        totals = await stage.database.read(usage.by_model, DAY)
        calls = len(server.requests)
    [total] = totals
    assert total.name == "claude-sonnet-5-5"
    assert total.calls == calls == 2  # the turn and the card
    assert total.tokens_out == sum(counted["output_tokens"] for counted in server.usages)
    assert total.dollars > 0


async def test_a_spent_budget_steps_down_and_says_so(judged: Judged) -> None:
    async with judged() as (stage, server):
        await stage.database.write(
            usage.add, usage.Spending("stage:hall", None, "i0", 1, "claude-sonnet-5-5", 1, 1, 0, 0, 6.0, stage.clock())
        )
        record = await stage.start("easy quick")
        interview = await answer(stage, record)
        page = await stage.page(record)
    assert server.requests == []
    assert "used up today's budget" in page
    assert interview.turns[0].evaluation is not None
    assert interview.turns[0].evaluation.judge == "local"
