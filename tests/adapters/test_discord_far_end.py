"""The pretended Discord, as an unmodified discord.py meets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import Discord, far_end, faults
from tests.fakes.discord.world import Refused


class Client(discord.AutoShardedClient):
    """A client that keeps what it hears."""

    def __init__(self, *, content: bool = True) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)
        super().__init__(intents=intents, max_messages=None, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.is_up = asyncio.Event()
        self.news = asyncio.Event()

        @self.tree.command(description="Answer")
        async def hello(interaction: discord.Interaction[Client], word: str) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.edit_original_response(content=f"Hello, {word}")

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.is_up.set()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        self.news.set()

    async def hears(self, number: int) -> list[discord.Message]:
        while len(self.heard) < number:
            self.news.clear()
            await self.news.wait()
        return self.heard


@asynccontextmanager
async def connected(far: Discord, *, content: bool = True) -> AsyncIterator[Client]:
    """A client that is ready."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = far.api_url, yarl.URL(far.gateway_url)
    client = Client(content=content)
    running = asyncio.create_task(client.start(far.token))
    try:
        async with asyncio.timeout(10):
            await client.is_up.wait()
        yield client
    finally:
        await client.close()
        await asyncio.gather(running, return_exceptions=True)
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
async def far() -> AsyncIterator[Discord]:
    async with far_end() as opened:
        yield opened


async def test_a_command_is_answered_for_the_person_alone(far: Discord) -> None:
    anna, ben = far.member("Anna"), far.member("Ben")
    lobby = far.lobby(anna, ben)
    async with connected(far):
        await anna.slash("hello", lobby, word="world")
        await anna.reads("TalkPro (only to you): Hello, world", lobby)
    assert ben.sees(lobby) == ""


async def test_a_thread_is_opened_typed_in_and_streamed_into(far: Discord) -> None:
    anna, ben = far.member("Anna"), far.member("Ben")
    lobby = far.lobby(anna, ben)
    async with connected(far) as client:
        channel = client.get_channel(lobby.id)
        assert isinstance(channel, discord.TextChannel)
        thread = await channel.create_thread(name="Merge calendars", invitable=False)
        await thread.add_user(discord.Object(anna.user.id))
        asked = await thread.send("What is two and two?", nonce="one")
        again = await thread.send("What is two and two?", nonce="one")
        assert asked.id == again.id
        [place] = anna.threads
        assert not ben.threads
        answer = anna.types("Four.", place)
        anna.edits(answer, "Four, surely.")
        heard = await client.hears(2)
        assert [message.content for message in heard][-1] == "Four."
        await asked.edit(content="Right!")
        assert anna.sees(place) == "TalkPro: Right!\n---\nAnna: Four, surely."
        history = [message async for message in thread.history(after=asked)]
        assert [message.content for message in history] == ["Four, surely."]


async def test_text_is_blank_without_the_intent_except_in_direct_messages_and_where_it_is_meant_for_the_app(
    far: Discord,
) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far, content=False) as client:
        anna.types("Nobody reads this", lobby)
        anna.types("For your eyes", anna.dm)
        anna.types(f"<@{far.world.app.id}> listen", lobby)
        assert [message.content for message in await client.hears(3)] == [
            "",
            "For your eyes",
            f"<@{far.world.app.id}> listen",
        ]


async def test_what_happened_while_the_connection_was_lost_is_told_when_it_is_back(far: Discord) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far) as client:
        anna.types("One", lobby)
        await client.hears(1)
        far.gateway.drop()
        anna.types("Two", lobby)
        assert [message.content for message in await client.hears(2)] == ["One", "Two"]
        assert (far.gateway.resumes, far.gateway.identifies) == (1, 1)


async def test_a_send_whose_answer_is_lost_is_done_once(far: Discord) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far) as client:
        there = client.get_partial_messageable(lobby.id)
        far.faults.plan(faults.UNKNOWN, "POST", "/messages")
        with pytest.raises((discord.DiscordException, OSError)):
            await there.send("Once", nonce="same")
        await there.send("Once", nonce="same")
    assert anna.sees(lobby) == "TalkPro: Once"
    assert far.rest.messages.deduplicated == 1


@pytest.mark.parametrize("via", [True, False])
async def test_too_many_requests_are_waited_for_only_when_discord_says_so(far: Discord, via: bool) -> None:
    lobby = far.lobby(far.member("Anna"))
    async with connected(far) as client:
        there = client.get_partial_messageable(lobby.id)
        far.faults.plan(faults.rated(via=via), "POST", "/messages")
        if via:
            await there.send("After a while")
        else:
            with pytest.raises(discord.HTTPException):
                await there.send("Never")


async def test_what_breaks_a_limit_is_refused(far: Discord) -> None:
    lobby = far.lobby(far.member("Anna"))
    async with connected(far) as client:
        with pytest.raises(discord.HTTPException) as refused:
            await client.get_partial_messageable(lobby.id).send("x" * 2001)
    assert refused.value.code == 50035
    assert far.judge is None or far.judge.problems.pop().endswith("content of 2001 characters")


async def test_an_answer_after_three_seconds_comes_too_late(far: Discord) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far):
        begun = anna.slashes("hello", lobby, word="world")
        far.world.pass_by(seconds=4)
        await far.world.until(lambda: begun.refusals)
    assert begun.refusals == [10062]
    with pytest.raises(Refused):
        far.rest.interactions.of(begun.token)
