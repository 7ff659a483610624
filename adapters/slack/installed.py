"""With which token the app speaks in a workspace, and bolt's authorization by it: read from the database, and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from storage import installations
from storage.database import Database
from storage.installations import Installation

PLATFORM = "slack"
KEPT_SECONDS, ABSENT_SECONDS = 300.0, 5.0
"""How long an installation is believed, which another replica may have removed meanwhile; and that there is none."""
MOST = 5000


def workspace_of(team: str) -> str:
    """What a Slack workspace is called in the tables. Team ids are unique over all enterprises."""
    return f"{PLATFORM}:{team}"


class Installed:
    """The installations, each read once and kept for a while; however many ask at once, one of them reads."""

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        """Read from this database."""
        self._database = database
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Installation | None]] = OrderedDict()
        self._reading = asyncio.Lock()

    async def of(self, team: str) -> Installation | None:
        """The installation in a workspace, None where there is none."""
        known = self._kept(team)
        if known is None:
            async with self._reading:
                known = self._kept(team) or await self._read(team)
        return known[1]

    def forget(self, team: str) -> None:
        """Believe nothing of this workspace any more: it installed the app, or removed it."""
        self._known.pop(team, None)

    def _kept(self, team: str) -> tuple[float, Installation | None] | None:
        known = self._known.get(team)
        return known if known is not None and known[0] > self._clock() else None

    async def _read(self, team: str) -> tuple[float, Installation | None]:
        found = await self._database.read(installations.get, workspace_of(team))
        known = self._clock() + (ABSENT_SECONDS if found is None else KEPT_SECONDS), found
        self._known[team] = known
        self._known.move_to_end(team)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return known


class Tokens(Protocol):
    """Who we are in each workspace."""

    async def of(self, team: str) -> Installation | None:
        """The installation in a workspace, None where there is none."""
        ...

    def forget(self, team: str) -> None:
        """Believe nothing of this workspace any more."""
        ...


class Authorizer(AsyncAuthorize):
    """Lets a request in when its workspace has the app, without a call of Slack's API."""

    def __init__(self, installed: Tokens) -> None:
        """Look there."""
        self._installed = installed

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        """Who we are in the workspace, None where we are nobody."""
        # What was sent may have anything in that place.
        found = await self._installed.of(team_id) if isinstance(team_id, str) and team_id else None
        if found is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_id=found.bot,
            bot_user_id=found.bot_user,
            bot_token=found.token,
            bot_scopes=[*found.scopes],
        )
