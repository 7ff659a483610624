"""Killed at the calls that it makes to Slack, before them and after them, it goes on and says nothing twice."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from adapters.slack.manifest import REQUESTS
from adapters.slack.scopes import EVENTS, SCOPES
from agent import bank
from agent.bank import Bank
from tests.adapters.slack_far import Mode
from tests.fakes import claude
from tests.fakes.claude import ClaudeServer
from tests.fakes.request_lint import texts
from tests.fakes.slack import APP_TOKEN, SIGNING_SECRET, FakeSlack, fake_slack
from tests.fakes.slack.delivery import Http
from tests.kill import slack as script
from tests.kill.lives import Program, program
from tests.kill.wire import PATIENCE, Fate, kept_at, live

PACE = 0.01
"""Seconds between two pieces of what the model says."""
FEEDBACK = " ".join(f"Sentence {number} of what I have to say about it." for number in range(9))
SUMMARY = '{"summary": "A clear first idea.", "drill": "State the cost of each step."}'
FIRST = 1_795_000_000_000_000
"""The time of the first message, in microseconds: by it the question is chosen."""
SAID = (
    *("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"),
    *("files.getUploadURLExternal", "files.completeUploadExternal"),
)
"""The calls at which it is killed; which of them are made in a run depends on nothing but the script."""

STREAMED = ("after chat.startStream", "after chat.appendStream")
"""What happens of itself while the model speaks, unless everything is slower than the model."""

CHOSEN: Mapping[Mode, tuple[str, ...]] = {
    "socket": (
        "before chat.postMessage",
        "after chat.startStream",
        "after chat.update",
        "before files.completeUploadExternal",
    ),
    "http": (
        "after chat.postMessage",
        "after chat.appendStream",
        "after chat.stopStream",
        "after files.completeUploadExternal",
    ),
}
"""Where it is killed unless `--every-boundary` is said."""


class Stage:
    """Where one interview is held: a Slack, an installation, and what is to happen to it."""

    def __init__(self, slack: FakeSlack, mode: Mode) -> None:
        slack.world.first = FIRST
        slack.subscribed = {*EVENTS}
        slack.post.rests = (0.1,) * 100
        slack.patience = PATIENCE
        self.slack = slack
        self.crossed: list[str] = []
        self.mode = mode
        self.team = slack.world.team("hall", scopes=tuple(SCOPES))
        self.anna = slack.person(self.team, "anna")

    def told(self, judge: ClaudeServer) -> Mapping[str, str]:
        """The settings of the program."""
        model = {"ANTHROPIC_API_KEY": "test", "ANTHROPIC_BASE_URL": judge.address}
        url = {"SLACK_API_URL": self.slack.api_url, **model}
        if self.mode == "socket":
            return {**url, "SLACK_BOT_TOKEN": self.team.token, "SLACK_APP_TOKEN": APP_TOKEN}
        return {**url, "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_BOT_TOKEN": self.team.token}

    async def hold(self, one: Program, questions: Bank, deaths: list[str]) -> Fate:
        """Hold the interview; the program dies at these boundaries, each in a life of its own."""
        fate = Fate(one, [*deaths], self.crossed)
        self.slack.crossed = fate.cross
        if self.mode == "http":
            self.slack.post.http = Http(one.address + REQUESTS, SIGNING_SECRET)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            living = group.create_task(live(one))
            await script.hold(self.anna, questions)
            living.cancel()
        return fate


def spoken(request: claude.Request, questions: Bank) -> str:
    """What the model says: that half of the points were heard, in many words; or the summary of it all."""
    if "candidate_answer" not in claude.told(request):
        return SUMMARY
    asked = "".join(texts({"content": request["system"]}))
    question = next(one for one in questions.questions if one.body[:60] in asked)
    points = [claude.point(one.id, "miss") for one in question.key_points]
    return claude.judgement(feedback=FEEDBACK, points=points, correctness=3)


async def run(
    folder: Path, template: Path, mode: Mode, deaths: list[str], streamed: set[str]
) -> tuple[Stage, Fate, tuple[object, ...]]:
    """Hold the interview; the model says no more than half of what it says before all of `streamed` has happened."""
    folder.mkdir()
    shutil.copyfile(template, folder / "talkpro.db")
    address = f"sqlite+aiosqlite:///{folder / 'talkpro.db'}"
    questions = bank.load()
    async with fake_slack() as slack, claude.serving() as judge:
        stage = Stage(slack, mode)
        midway = partial(slack.until, lambda: streamed <= {*stage.crossed}, str(streamed))
        judge.always = claude.slowly(claude.says(partial(spoken, questions=questions), midway=midway), PACE)
        async with program(folder, address, **stage.told(judge)) as one:
            fate = await stage.hold(one, questions, deaths)
            kept = await kept_at(address, script.kept)
            await one.kill()
            assert not one.faults, one.log
            return stage, fate, kept


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_killed_before_and_after_what_it_says_it_goes_on(
    mode: Mode, template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole, undisturbed, expected = await run(tmp_path / "whole", template, mode, [], {*STREAMED})
    made = {boundary.partition(" ")[2] for boundary in undisturbed.crossed}
    assert {*SAID} <= made, made
    boundaries, streamed = [*CHOSEN[mode]], {*STREAMED} & {*CHOSEN[mode]}
    if request.config.getoption("every_boundary"):
        # Of some lives nothing is streamed, since the life before has shown it.
        boundaries, streamed = [f"{moment} {method}" for method in SAID for moment in ("before", "after")], set()
    stage, fate, kept = await run(tmp_path / "killed", template, mode, boundaries, streamed)
    assert fate.deaths == []
    assert kept == expected
    assert script.seen_by(stage.anna) == script.seen_by(whole.anna)
    assert script.orphans(stage.anna) <= sum("Stream" in boundary for boundary in boundaries)
