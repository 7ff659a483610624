"""What tests of the models may ask for: a scripted server, and an interviewer that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from agent.calls import StepDown
from agent.claude import Access
from agent.interviewer import Interviewer, Means
from agent.ladder import Waiting
from agent.types import Evaluation, Interview
from tests.fakes.claude import ClaudeServer, serving

SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"


@dataclass
class Desk:
    """An interviewer with its server, and what was shown while it judged."""

    server: ClaudeServer
    interviewer: Interviewer
    heard: list[str] = field(default_factory=list)
    noticed: list[StepDown | Waiting] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The preview as it stands."""
        return "".join(self.heard)

    async def judge(self, interview: Interview, means: Means | None = None) -> Evaluation:
        """Judge the turn that waits."""
        turn = interview.waiting_turn
        assert turn is not None
        self.server.said |= {message.text for message in turn.messages if len(message.text) > 12}
        self.server.private |= {interview.id, interview.question.id}
        return await self.interviewer.judge(interview, turn, self.hear, means=means or Means(noticed=self.notice))

    async def hear(self, text: str) -> None:
        self.heard.append(text)

    async def notice(self, what: StepDown | Waiting) -> None:
        self.noticed.append(what)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of this machine's is not asked to reach loopback."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def server() -> AsyncIterator[ClaudeServer]:
    """A Messages server that does as it is told."""
    async with serving() as opened:
        yield opened


@pytest.fixture
async def desk(server: ClaudeServer) -> AsyncIterator[Desk]:
    """An interviewer with a preferred and a smaller model at that server."""
    interviewer = Interviewer(Access("key", server.address, (SONNET, HAIKU), silence=5.0))
    yield Desk(server, interviewer)
    await interviewer.close()
