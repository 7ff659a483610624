"""The far end of the Slack adapter: two people in one workspace, by Socket Mode or by signed requests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from adapters.slack.manifest import REQUESTS
from adapters.slack.scopes import EVENTS, SCOPES
from adapters.slack.settings import SlackSettings
from adapters.slack.setup import set_up
from bot.core import Core
from bot.ports import Platform
from storage import installations
from storage.addresses import Person
from storage.installations import Installation
from tests.adapters.far import ANNA, BEN, Seen, Shared, plain
from tests.fakes.slack import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    FakeSlack,
    SlackUser,
    fake_slack,
)
from tests.fakes.slack.delivery import Http
from tests.fakes.slack.person import elements_of, read
from tests.fakes.slack.world import Message, Team

Mode = Literal["socket", "http"]
PINGS = re.compile(r"<!(?:channel|here|everyone|subteam)|<@[UW]\w+>|(?<![\w`])@(?:channel|here|everyone)\b")


class SlackFar:
    """Anna and Ben, who talk to the coach in one workspace's hall, its threads, and their direct messages.

    In HTTP mode the workspace is one that installed the app: while `installed`, its token is put into the database.
    """

    def __init__(self, slack: FakeSlack, mode: Mode) -> None:
        self.settings: Mapping[str, Any] = {}
        self.slack = slack
        self.mode = mode
        self.installed = True
        slack.subscribed = {*EVENTS}
        self.team: Team = slack.world.team("hall", scopes=tuple(SCOPES))
        self.people: dict[str, SlackUser] = {name: slack.person(self.team, name) for name in (ANNA, BEN)}
        self.hall = slack.world.channel(self.team, "hall", *(person.id for person in self.people.values()))
        self.core: Core | None = None
        self._said: dict[str, Message] = {}

    def build(self, core: Core) -> list[Platform]:
        self.core = core
        told: dict[str, Any] = {"api_url": self.slack.api_url}
        if self.mode == "socket":
            told |= {"bot_token": self.team.token, "app_token": APP_TOKEN}
        else:
            told |= {"signing_secret": SIGNING_SECRET, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return set_up(core, SlackSettings(_env_file=None, **told))

    async def open(self, address: str) -> None:
        if self.mode == "socket":
            await self.slack.connected(2)
            return
        assert self.core is not None
        self.slack.post.http = Http(address + REQUESTS, SIGNING_SECRET)
        if self.installed:
            await self.core.database.write(installations.save, self.installation())

    def installation(self) -> Installation:
        """The workspace as it installed the app."""
        assert self.core is not None
        team = self.team
        return Installation(
            f"slack:{team.id}", team.name, team.token, team.bot_id, team.bot_user, team.scopes, self.core.now()
        )

    def person(self, who: str) -> Person:
        return Person("slack", self.team.enterprise or self.team.id, self.people[who].id)

    async def command(self, who: str, words: str) -> None:
        await self.people[who].command(words, self.hall)

    async def say(self, who: str, text: str, files: Sequence[Shared] = ()) -> str:
        person = self.people[who]
        root = self._newest(person)
        channel = self.slack.world.channels[root.channel]
        shared = tuple(person.file(name, content, kind) for name, kind, content in files)
        message = await person.say(text, channel, root.ts, shared)
        self._said[message.ts] = message
        return message.ts

    async def edit(self, who: str, said: str, text: str | None) -> None:
        message = self._said[said]
        if text is None:
            await self.people[who].delete(message)
        else:
            await self.people[who].edit(message, text)

    async def press(self, who: str, label: str, values: Mapping[str, str] | None = None) -> None:
        await self.people[who].press(label)
        if values is not None:
            await self.people[who].fill(**values)

    async def button(self, who: str, label: str) -> Callable[[], Awaitable[None]]:
        message, element = self.people[who].button(label)
        element = dict(element)

        async def press() -> None:
            await self.people[who].press_on(message, element)

        return press

    async def again(self) -> None:
        """What people did last is delivered once more; what the app itself said is no event of theirs."""
        post = self.slack.post
        bots = {team.bot_user for team in self.slack.world.teams.values()}
        for delivery in reversed(post.deliveries):
            event = delivery.payload.get("event", {})
            author = event.get("message", event).get("user")
            if author not in bots:
                await post.send_again(delivery).done.wait()
                return
        raise AssertionError("nothing was delivered yet")

    async def seen(self, who: str) -> list[Seen]:
        return [Seen(plain(unescaped(read(one))), labels(one)) for one in self.people[who].messages()]

    async def documents(self, who: str) -> list[bytes]:
        person = self.people[who]
        bot = self.team.bot_user
        return [file.content for one in person.messages() if one.user == bot for file in one.files]

    def pings(self) -> list[str]:
        bots = {team.bot_user for team in self.slack.world.teams.values()}
        said = [read(one) + "\n" + one.text for one in self.slack.world.messages if one.user in bots]
        return [text for text in said if PINGS.search(text)]

    def _newest(self, person: SlackUser) -> Message:
        """The root of the newest thread that this person can see."""
        roots = [one for one in person.messages() if not one.thread_ts and not one.only_for]
        threads = [root for root in roots if len(self.slack.world.thread(root.channel, root.ts)) > 1]
        assert threads, f"no thread; the page says:\n{person.page()}"
        return threads[-1]


def labels(message: Message) -> tuple[str, ...]:
    """What stands on a message's buttons."""
    return tuple(str(element["text"]["text"]) for element in elements_of(message.blocks) if "text" in element)


def unescaped(text: str) -> str:
    """What a client shows of a text: three characters that were escaped, and links by their labels."""
    linked = re.sub(r"<(?:https?|mailto)[^|>]*\|([^>]*)>|<((?:https?|mailto)[^>]*)>", r"\1\2", text)
    return linked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@asynccontextmanager
async def slack_far(mode: Mode) -> AsyncIterator[SlackFar]:
    """A far end that is there inside the block."""
    async with fake_slack() as slack:
        yield SlackFar(slack, mode)
