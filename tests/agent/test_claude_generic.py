"""Servers that are no Claude: asked in plain words, believed when their JSON can be read, retried once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calls import StepDown, StepReason
from agent.claude import Access
from agent.interviewer import Interviewer, Means
from agent.ladder import Waiting
from agent.messages import Attachment, Message
from agent.prompts import Picture
from agent.replies import Judgement, Summary, feedback_so_far, read
from agent.types import State, Verdict
from tests.agent.conftest import Desk
from tests.fakes.claude import ClaudeServer, garbage, judgement, overloaded, point, rate_limited, says, serving
from tests.fakes.interviews import NOON, SORTS, answered, interview, judged

GOOD = judgement(feedback="You sort first.", points=[point("1", "hit", SORTS)], correctness=4)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with serving(generic=True) as server:
        interviewer = Interviewer(Access("", server.address, ("qwen3", "gemma3")))
        yield Desk(server, interviewer)
        await interviewer.close()


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here is my judgement:\n\n```\n{GOOD}\n```\nI hope it helps.",
        f"<think>A set {{1}} or a heap?\nHm.</think>\n{GOOD}",
        json.dumps(json.loads(GOOD), indent=2),
        GOOD.replace('"correctness": 4', '"correctness": "4"').replace('"hit"', '"Hit"'),
        GOOD.replace('"clarity": 6', '"clarity": 6.0').replace('"follow_up": ""', '"follow_up": null'),
    ],
)
async def test_json_is_read_however_it_is_wrapped(desk: Desk, text: str) -> None:
    desk.server.will(says(text, piece=5))
    found = await desk.judge(interview(follow_ups=0))
    assert (found.state, found.judge) == (State.SCORED, "qwen3")
    assert (found.clarity, found.feedback) == (6.0, "You sort first.")
    assert found.correctness == 4.0
    assert desk.shown == "You sort first."
    assert len(desk.server.requests) == 1


async def test_nothing_is_sent_that_only_claude_knows(desk: Desk) -> None:
    desk.server.will(says(GOOD))
    await desk.judge(interview())
    assert set(desk.server.requests[0]) == {"model", "max_tokens", "system", "messages", "stream"}


async def test_earlier_turns_are_replayed_here_too(desk: Desk) -> None:
    desk.server.will(says(f"```json\n{GOOD}\n```"), says(GOOD))
    now = interview()
    now = judged(now, await desk.judge(now))
    await desk.judge(answered(now, "They become one."))
    first, second = (request["messages"] for request in desk.server.requests)
    assert second[0] == first[0]
    assert second[1] == {"role": "assistant", "content": f"```json\n{GOOD}\n```"}


async def test_a_reply_that_cannot_be_read_is_asked_for_once_more(desk: Desk) -> None:
    desk.server.will(says("I would say seven."), says(GOOD))
    found = await desk.judge(interview())
    assert (found.judge, found.step_downs) == ("qwen3", ())
    assert desk.noticed == [Waiting("qwen3", StepReason.UNREADABLE, 0.0)]


async def test_the_second_time_the_next_rung_goes_on(desk: Desk) -> None:
    desk.server.will(says("Seven."), garbage("<html>"), says(GOOD))
    found = await desk.judge(interview())
    assert (found.judge, found.step_downs) == ("gemma3", (StepDown("qwen3", StepReason.UNREADABLE),))


async def test_a_wait_uses_up_the_second_try(desk: Desk) -> None:
    desk.server.will(rate_limited("0"), says("Seven."), says(GOOD))
    assert (await desk.judge(interview())).judge == "gemma3"


async def test_no_price_and_no_picture(desk: Desk) -> None:
    desk.server.will(says(GOOD))
    assert not desk.interviewer.sees_pictures
    await desk.judge(interview(), Means(pictures={1: (Picture("image/png", b"x"),)}))
    assert "image" not in str(desk.server.requests[0]["messages"])


async def test_a_picture_alone_is_not_judged_by_one_that_cannot_see(desk: Desk) -> None:
    found = await desk.judge(interview(" "), Means(pictures={1: (Picture("image/png", b"x"),)}))
    assert found.state is State.NOT_SCORED
    assert desk.server.requests == []


async def test_a_picture_alone_passes_by_a_rung_that_cannot_see(server: ClaudeServer) -> None:
    interviewer = Interviewer(Access("key", server.address, ("claude-sonnet-5-5", "qwen3"), silence=5.0))
    desk = Desk(server, interviewer)
    server.will(overloaded())
    drawn = Message("m1", "", NOON, (Attachment("design.png", "", 9, picture="image/png"),))
    begun = replace(interview(), turns=()).drafted(drawn, NOON).submitted(NOON)
    found = await desk.judge(begun, Means(pictures={1: (Picture("image/png", b"x"),)}))
    assert found.state is State.NOT_SCORED
    assert [step.reason for step in found.step_downs] == [StepReason.OVERLOADED, StepReason.BLIND]
    assert len(server.requests) == 1
    await interviewer.close()


async def test_a_rung_that_cannot_see_may_not_tell_what_a_picture_shows(server: ClaudeServer) -> None:
    interviewer = Interviewer(Access("key", server.address, ("claude-sonnet-5-5", "qwen3"), silence=5.0))
    desk = Desk(server, interviewer)
    server.will(overloaded(), says(judgement(points=[point("1", quote="[picture] sort, then sweep")])))
    drawn = Message("m1", "As drawn: sorted.", NOON, (Attachment("design.png", "", 9, picture="image/png"),))
    begun = replace(interview(), turns=()).drafted(drawn, NOON).submitted(NOON)
    found = await desk.judge(begun, Means(pictures={1: (Picture("image/png", b"x"),)}))
    assert found.judge == "qwen3"
    assert found.verdicts[0].verdict is Verdict.MISS
    server.problems.clear()  # the lint knows one dialect at a time
    await interviewer.close()


async def test_claude_behind_another_address_keeps_its_own_way() -> None:
    async with serving() as server:
        interviewer = Interviewer(Access("", server.address, ("proxied",), dialect="claude"))
        desk = Desk(server, interviewer)
        server.will(says(GOOD))
        await desk.judge(interview())
        assert interviewer.sees_pictures
        assert "output_config" in server.requests[0]
        await interviewer.close()


# Reading


@given(st.text(max_size=80))
def test_the_feedback_grows_and_ends_as_it_is(feedback: str) -> None:
    text = judgement(feedback=feedback)
    before = ""
    for end in range(len(text) + 1):
        so_far, complete = feedback_so_far(text[:end])
        assert so_far.startswith(before)
        assert feedback.startswith(so_far)
        assert not complete or so_far == feedback
        before = so_far
    assert before == feedback


@given(st.text(max_size=80))
def test_a_feedback_in_escapes_grows_as_well(feedback: str) -> None:
    text = json.dumps({"feedback": feedback, "points": []})
    found = [feedback_so_far(text[:end])[0] for end in range(len(text) + 1)]
    assert all(feedback.startswith(part) for part in found)
    assert found[-1] == feedback


@pytest.mark.parametrize("text", ["", "You", "[1", '"feedback"', '{"feedback": 3, "points"', "<think>{", "{]"])
def test_what_is_no_feedback_shows_nothing(text: str) -> None:
    assert feedback_so_far(text)[0] == ""


@pytest.mark.parametrize("score", ["11", "-1", '"ten"', "null", "[]", "1e99", "1e999", "NaN", '"11"', "10.4", "-0.4"])
def test_no_score_is_made_of_what_is_none(score: str) -> None:
    with pytest.raises(ValueError, match=r"depth|JSON"):
        read(Judgement, GOOD.replace('"depth": 4', f'"depth": {score}'))


@pytest.mark.parametrize(("score", "number"), [("7.5", 8), ('"7"', 7), ('" 6.0 "', 6), ("0.4", 0), ("10", 10)])
def test_scores_that_small_models_write_are_rounded(score: str, number: int) -> None:
    assert read(Judgement, GOOD.replace('"depth": 4', f'"depth": {score}')).depth == number


def test_a_summary_is_read_like_a_judgement() -> None:
    assert read(Summary, 'Sure: {"summary": "Good.", "drill": null}') == Summary(summary="Good.", drill="")
