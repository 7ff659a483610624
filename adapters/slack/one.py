"""The one workspace of a bot token that stands in the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.installed import workspace_of
from storage.installations import Installation


class OneWorkspace:
    """Says who we are with this token; Slack is asked once."""

    def __init__(self, token: str, client: Callable[[str], AsyncWebClient]) -> None:
        """`client` makes a client of the Web API with a token."""
        self._token = token
        self._client = client
        self._known: Installation | None = None
        self._asking = asyncio.Lock()

    async def of(self, team: str) -> Installation | None:
        """The installation, whatever the workspace: only the token's own sends us anything.

        As long as Slack does not tell who we are, it is one without names.
        """
        async with self._asking:
            if self._known is None:
                self._known = await self._ask()
        return self._known or self._made(team, "", "")

    def forget(self, team: str) -> None:
        """A token in the settings does not change while we run."""

    async def _ask(self) -> Installation | None:
        try:
            who = await self._client(self._token).auth_test()
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError):
            return None
        found = self._made(str(who["team_id"]), str(who.get("bot_id") or ""), str(who.get("user_id") or ""))
        return replace(found, name=str(who.get("team") or found.name))

    def _made(self, team: str, bot: str, bot_user: str) -> Installation:
        return Installation(
            workspace=workspace_of(team),
            name=team,
            token=self._token,
            bot=bot,
            bot_user=bot_user,
            scopes=(),
            installed_at=datetime.fromtimestamp(0, UTC),
        )
