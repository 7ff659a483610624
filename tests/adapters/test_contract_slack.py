"""The contract of all adapters, held by Slack: by Socket Mode with a token, and by signed requests after an install."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.slack import pacing
from tests.adapters.contract import Contract
from tests.adapters.slack_far import SlackFar, slack_far


@pytest.fixture(params=["socket", "http"])
async def far(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackFar]:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))  # nobody here minds how fast we speak
    async with slack_far(request.param) as opened:
        yield opened


class TestSlack(Contract):
    """Two people in one workspace."""
