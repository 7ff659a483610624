"""Slack as a platform: what it brings is made durable and acknowledged, and we speak where people are."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from adapters.slack import events
from adapters.slack.blocks import home, modal
from adapters.slack.doctor import examine
from adapters.slack.events import Heard, Limited, OpenForm, Prompted, Stopped
from adapters.slack.handing import HANDED
from adapters.slack.installed import PLATFORM
from adapters.slack.settings import SlackSettings
from adapters.slack.speech import NOT_DRAWN, SAID, WHISPERED, Talk
from adapters.slack.teams import Teams
from adapters.slack.voice import Voice
from adapters.slack.wire import NotTaken, Refused
from agent.files import LARGEST_FILE
from agent.messages import Attachment
from bot.core import Core
from bot.events import Lifecycle, Reply
from bot.guard import forever
from bot.ports import Accept, Conversation, Finding, Keepers, Page, Profile, Unreachable
from bot.wording import slack as wording
from bot.wording.slack_manifest import PROMPTS
from storage import keepsakes
from storage.addresses import Person, Place

if TYPE_CHECKING:
    from adapters.slack.socket import Sockets

HEARD = "slack/heard"
"""Under this we keep that a direct message reached us; noted once in each life of the program."""
KEPT_DAYS = 7
"""How long we keep that something was about to be said."""
HOUSEKEEPING_SECONDS = 3600.0
MOST_HOMES = 5000
RIGHTS = ("is_primary_owner", "is_owner", "is_admin")
"""Who looks after a workspace, the highest first."""
PAGE, MOST_PAGES = 200, 5
"""How much of a workspace's people we look through for them, at Slack's usual page."""
NOBODY = ("user_not_found", "user_not_visible")
"""What Slack says of somebody who is not in the workspace."""


class NotRunning(Exception):
    """Nothing can be made durable now; it is not acknowledged, and Slack sends it again."""


class Slack:
    """All workspaces of one app."""

    name = PLATFORM

    def __init__(self, core: Core, settings: SlackSettings, voice: Voice) -> None:
        """Speak with this voice; `listen` adds how events come, where they come by Socket Mode."""
        self._core = core
        self._settings = settings
        self._voice = voice
        self._sockets: Sockets | None = None
        self._accept: Accept | None = None
        self._courtesies: set[asyncio.Task[None]] = set()
        self._heard = False
        self._teams = Teams(core.database)
        self._homes: OrderedDict[Person, str] = OrderedDict()

    def listen(self, sockets: Sockets) -> None:
        """Hear events through these connections too."""
        self._sockets = sockets

    async def run(self, accept: Accept) -> None:
        """Bring events until cancelled."""
        self._accept = accept
        keeping = asyncio.create_task(forever(self._core.log, "slack housekeeping", self._tidy))
        try:
            await (self._sockets.run() if self._sockets is not None else asyncio.Event().wait())
        finally:
            self._accept = None
            for task in (keeping, *self._courtesies):
                task.cancel()
            await asyncio.gather(keeping, *self._courtesies, return_exceptions=True)

    async def _tidy(self) -> None:
        for prefix in (SAID, WHISPERED, HANDED):
            await self._core.database.write(keepsakes.drop_older, prefix, KEPT_DAYS * 86_400)
        await asyncio.sleep(HOUSEKEEPING_SECONDS)

    # What Slack brings.

    async def take(self, payload: Mapping[str, Any]) -> None:
        """Make durable what a payload tells. Raises when it could not be made durable."""
        accept = self._accept
        if accept is None:
            raise NotRunning
        for heard in events.read(payload, self._core.now()):
            await self._take(heard, accept)

    async def _take(self, heard: Heard, accept: Accept) -> None:
        match heard:
            case OpenForm():
                view = modal(heard.form, heard.memory)
                await self._voice.wire.call(heard.team, "views.open", trigger_id=heard.trigger, view=view)
            case Stopped():
                for ts in heard.messages:
                    stop = self._voice.streams.get((heard.channel, ts))
                    if stop is not None:
                        stop()
            case Prompted():
                self._beside(self._prompt(heard))
            case Limited():
                self._core.log.warning("slack holds events back", team=heard.team)
            case _:
                await self._teams.note(heard.person, heard.place.realm)
                await accept(heard)
                if not self._heard and isinstance(heard, Reply) and heard.direct:
                    await self._core.database.write(keepsakes.keep, HEARD, "")
                    self._heard = True
                if isinstance(heard, Lifecycle) and heard.name == "uninstalled":
                    self._voice.wire.tokens.forget(heard.place.realm)

    def _beside(self, courtesy: Coroutine[Any, Any, None]) -> None:
        """Do something that may fail and that nobody waits for."""
        task = asyncio.create_task(courtesy)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def _prompt(self, opened: Prompted) -> None:
        prompts = [{"title": title, "message": message} for title, message in PROMPTS]
        with suppress(Unreachable, NotTaken):
            await self._voice.wire.call(
                opened.team,
                "assistant.threads.setSuggestedPrompts",
                channel_id=opened.channel,
                title=wording.PROMPTS_TITLE,
                prompts=prompts,
            )

    # Speaking.

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Conversation:
        """Speak at a stored address."""
        return Talk(self._voice, place, person=person, reply=reply)

    async def direct(self, person: Person) -> Conversation:
        """The direct messages with a person; in an enterprise, those of the workspace where they were last seen."""
        team = await self._teams.of(person)
        channel = await self._voice.direct_of(team, person.user)
        return Talk(self._voice, Place(PLATFORM, team, channel), person=person)

    async def profile(self, person: Person) -> Profile:
        """The person's name and zone, and whether they look after the workspace."""
        return _profile(person, await self._user(person.user, await self._teams.of(person)))

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile | None:
        """The same; None once the account in that workspace is deactivated."""
        user = await self._member(person.user, place.realm)
        return None if user is None else _profile(person, user)

    async def keepers(self, realm: str) -> Keepers:
        """Who installed the app, as long as they are there; else the workspace's owners and admins."""
        found = await self._voice.wire.tokens.of(realm)
        if found is None:
            return Keepers()
        if found.installed_by:
            user = await self._member(found.installed_by, realm)
            if user is not None:
                return Keepers(found.name, (await self._met(user, realm),))
        users: list[Mapping[str, Any]] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._voice.wire.call(realm, "users.list", limit=PAGE, cursor=cursor or None)
            users += [user for user in answer.get("members", ()) if not user.get("deleted") and not user.get("is_bot")]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor or any(user.get("is_primary_owner") for user in users):
                break
        ranked = {user["id"]: user for right in RIGHTS for user in users if user.get(right)}
        return Keepers(found.name, tuple([await self._met(user, realm) for user in ranked.values()]))

    async def _met(self, user: Mapping[str, Any], team: str) -> Person:
        """A user as they are known to us, by their enterprise where there is one, and where they can be written to."""
        enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
        person = Person(PLATFORM, str(enterprise or team), str(user["id"]))
        await self._teams.works(person, team)
        return person

    async def _user(self, user: str, team: str) -> Mapping[str, Any]:
        answer = await self._voice.wire.call(team, "users.info", user=user)
        found: Mapping[str, Any] = answer.get("user", {})
        return found

    async def _member(self, user: str, team: str) -> Mapping[str, Any] | None:
        """The same; None when nobody of that name works there, or no longer."""
        try:
            found = await self._user(user, team)
        except (Refused, NotTaken) as why:
            if why.error in NOBODY:
                return None
            raise
        return None if found.get("deleted") else found

    async def fetch(self, file: Attachment) -> bytes:
        """The bytes of a file that was shared. Raises Unreachable when Slack does not give it, or it is too large."""
        team, identity, url = [*file.address.split(" ", 2), "", ""][:3]
        size = file.size
        if not url:
            shared = (await self._voice.wire.call(team, "files.info", file=identity)).get("file", {})
            url, size = str(shared.get("url_private", "")), int(shared.get("size", 0))
        found = await self._voice.wire.tokens.of(team)
        if found is None or not self._voice.wire.is_slack(url):
            raise Unreachable(wording.NO_FILE)
        content = await self._voice.wire.bytes_of(url, found.token, LARGEST_FILE, size)
        if content is None:
            raise Unreachable(wording.NO_FILE)
        return content

    async def home(self, person: Person, page: Page) -> None:
        """Show the person their page, unless it stands there already."""
        view = home(page)
        digest = hashlib.sha256(json.dumps(view).encode()).hexdigest()
        if self._homes.get(person) == digest:
            return
        publish, team = self._voice.wire.call, await self._teams.of(person)
        try:
            await publish(team, "views.publish", user_id=person.user, view=view)
        except NotTaken as why:
            if why.error not in (*NOT_DRAWN, "invalid_arguments"):
                raise
            await publish(team, "views.publish", user_id=person.user, view=home(page, drawn=False))
        except Refused as why:
            if why.error != "hash_conflict":
                raise
        self._homes[person] = digest
        if len(self._homes) > MOST_HOMES:
            self._homes.popitem(last=False)

    async def check(self) -> list[Finding]:
        """What `doctor` reports of Slack."""
        heard: float | None = None
        with suppress(SQLAlchemyError):  # the database has a line of its own
            heard = await self._core.database.read(keepsakes.kept_at, HEARD)
        return await examine(self._settings, self._core.settings, self._voice.wire, heard)


def _profile(person: Person, user: Mapping[str, Any]) -> Profile:
    shown = user.get("profile", {})
    name = shown.get("display_name") or shown.get("real_name") or user.get("name") or person.user
    admin = any(user.get(right) for right in RIGHTS)
    return Profile(str(name), str(user.get("tz") or ""), admin=admin)
