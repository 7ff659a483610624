"""The contract of all adapters, held by Discord over its REST API and its gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.contract import Contract
from tests.adapters.discord_far import DiscordFar, discord_far


@pytest.fixture
async def far() -> AsyncIterator[DiscordFar]:
    async with discord_far() as opened:
        yield opened


class TestDiscord(Contract):
    """Two people in one server."""
