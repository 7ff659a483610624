"""Where interviews of a workspace are held when nobody says otherwise: private or public, as an admin decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from bot.admins import as_admin
from bot.commands import Refusal
from bot.core import Core
from bot.events import Press
from bot.ports import Choice, Platform
from bot.scene import Cause, outcome
from bot.turns import Outcome
from bot.wording import usual_place as words
from storage import workspaces
from storage.accounts import Account
from storage.workspaces import DefaultPlace


class UsualPlace:
    """Answers `/interview default`."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def command(self, cause: Cause, text: str) -> Outcome:
        """The words behind it: nothing tells what holds, `private` or `public` changes it."""
        platform = self._platforms[cause.place.platform]
        if not platform.at(cause.place, person=cause.person).traits.shared:
            raise Refusal(words.no_workspace_here())
        workspace = await self._database.write(
            workspaces.workspace_of, cause.place.platform, cause.place.realm, self._now()
        )
        admin = await as_admin(platform, cause, words.cannot_tell) is not None
        wish = text.strip().lower()
        if not wish:
            now = workspace.settings.default_place
            return outcome(cause.whisper(words.status(now), under_status(now) if admin else ()))
        if wish not in words.OTHER:
            raise Refusal(words.odd_word(text))
        if not admin:
            raise Refusal(words.admins_only())
        chosen: DefaultPlace = "public" if wish == "public" else "private"
        settings = replace(workspace.settings, default_place=chosen)
        told = outcome(cause.whisper(words.changed(chosen), under_status(chosen)))
        return replace(told, writes=(partial(workspaces.save_settings, workspace=workspace.id, settings=settings),))

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """The button under it."""
        return await self.command(cause, event.value)


def under_status(now: DefaultPlace) -> tuple[Choice, ...]:
    """Change it to the other."""
    other = words.OTHER[now]
    return (Choice(words.CHANGE[other], "default words", other),)
