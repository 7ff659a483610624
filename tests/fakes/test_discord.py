"""The pretended Discord, as an unmodified discord.py meets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from aiohttp import ClientSession
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import Discord, far_end, faults, people
from tests.fakes.discord import judge as judging
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
        self.outcomes: list[int] = []
        self.asked = asyncio.Event()

        @self.tree.command(description="Answer")
        async def hello(interaction: discord.Interaction[Client], word: str) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.edit_original_response(content=f"Hello, {word}")

        @self.tree.command(description="Say something for all")
        async def ask(interaction: discord.Interaction[Client]) -> None:
            view = discord.ui.View()
            view.add_item(discord.ui.Button(label="Fill in", custom_id="fill"))
            await interaction.response.send_message("A form?", view=view)
            self.outcomes = [await _outcome(interaction.followup.send(f"And {number}")) for number in range(6)]
            self.asked.set()

    async def on_interaction(self, interaction: discord.Interaction[Client]) -> None:
        data: Any = interaction.data
        if interaction.type is discord.InteractionType.component:
            form = discord.ui.Modal(title="A form", custom_id="form")
            form.add_item(discord.ui.Label(text="Your answer", component=discord.ui.TextInput(custom_id="answer")))
            await interaction.response.send_modal(form)
        elif interaction.type is discord.InteractionType.modal_submit:
            field = data["components"][0]["component"]
            await interaction.response.send_message(f"{field['custom_id']} is {field['value']}", ephemeral=True)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds, as the library does."""

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


async def _outcome(call: Awaitable[Any]) -> int:
    """The error code of a call, 0 where there is none."""
    try:
        await call
    except discord.HTTPException as why:
        return why.code
    return 0


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


async def test_a_button_opens_a_form_whose_fields_come_back(far: Discord) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far):
        await anna.slash("ask", lobby)
        opened = await anna.presses("Fill in", lobby)
        await anna.fills(opened, answer="forty-two")
        await anna.reads("TalkPro (only to you): answer is forty-two", lobby)


@pytest.mark.parametrize(("by_user", "last"), [(False, 0), (True, 40094)])
async def test_who_installed_the_app_for_themselves_gets_five_further_answers(
    far: Discord, by_user: bool, last: int
) -> None:
    anna = far.member("Anna", by_user=by_user)
    lobby = far.lobby(anna, installed=not by_user)
    async with connected(far) as client:
        await anna.slash("ask", lobby)
        await client.asked.wait()
        assert client.outcomes == [0, 0, 0, 0, 0, last]


async def test_threads_rest_are_locked_and_go(far: Discord) -> None:
    anna = far.member("Anna")
    lobby = far.lobby(anna)
    async with connected(far) as client:
        channel = client.get_channel(lobby.id)
        assert isinstance(channel, discord.TextChannel)
        thread = await channel.create_thread(name="One", type=discord.ChannelType.public_thread)
        said = await thread.send("Here")
        [place] = anna.threads
        people.archive(far.world, place)
        assert await _outcome(said.edit(content="There")) == 50083
        assert await _outcome(thread.send("Awake")) == 0
        people.archive(far.world, place, locked=True)
        assert await _outcome(thread.send("Still awake?")) == 160005
        people.delete_thread(far.world, place)
        assert await _outcome(thread.send("Anybody?")) == 10003
        assert lobby.guild is not None
        lobby.guild.active_threads = 0
        assert await _outcome(channel.create_thread(name="Two")) == 160006
        lobby.guild.permissions = 0
        assert await _outcome(channel.send("Nothing")) == 50001
        anna.user.dms = False
        direct = await client.get_partial_messageable(lobby.id)._state.http.start_private_message(anna.user.id)
        assert await _outcome(client.get_partial_messageable(int(direct["id"])).send("Psst")) == 50007


async def test_a_session_that_is_no_more_begins_anew(far: Discord) -> None:
    far.lobby(far.member("Anna"))
    async with connected(far) as client:
        client.is_up.clear()
        far.gateway.invalidate()
        await client.is_up.wait()
        far.gateway.ask_to_reconnect()
        await far.world.until(lambda: far.gateway.resumes)
        assert (far.gateway.identifies, far.gateway.resumes) == (2, 1)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a field of another type": ({"content": "x", "tts": "yes"}, "tts"),
    "a field that is misspelt": ({"content": "x", "contnet": "y"}, "unknown fields ['contnet']"),
    "a field misspelt further in": (
        {"content": "x", "embeds": [{"titel": "y"}]},
        "unknown fields ['embeds.titel']",
    ),
    "more than is allowed": ({"content": "x" * 2001}, "content of 2001 characters"),
    "a button without a style": (
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "label": "y", "custom_id": "z"}]}]},
        "components",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_discords_own_description_does_not_know_is_a_problem(far: Discord, name: str) -> None:
    if far.judge is None:
        pytest.skip(judging.MISSING)
    body, problem = WRONG[name]
    lobby = far.lobby(far.member("Anna"))
    address = f"{far.api_url}/channels/{lobby.id}/messages"
    async with ClientSession(headers={"Authorization": f"Bot {far.token}"}) as session:
        async with session.post(address, json={"content": "Right"}) as response:
            assert response.status == 200
        assert far.judge.problems == []
        async with session.post(address, json=body) as response:
            await response.read()
    assert any(problem in found for found in far.judge.problems)
    far.judge.problems.clear()
