"""A jail for the tests of one module: opening one costs more than most tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.runner import Engine, open_engine
from agent.runner.jail import missing_here


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Engine]:
    """An open jail; a test that uses it runs on the module's loop. Skips where the system has none."""
    if missing := missing_here():
        pytest.skip(f"the jail {missing}")
    async with open_engine("jail") as engine:
        assert engine.name == "jail", engine.reason
        yield engine
