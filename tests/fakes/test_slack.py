"""The fake Slack, used by bolt and slack_sdk as they are: it brings, takes, refuses and fails as Slack does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import APP_TOKEN, FakeSlack, Fault, SlackUser, fake_slack
from tests.fakes.slack.person import read
from tests.fakes.slack.world import Team, as_sent


@asynccontextmanager
async def client(slack: FakeSlack, team: Team) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(team.token, base_url=slack.api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def bolt(slack: FakeSlack, team: Team, *listeners: Callable[[AsyncApp], Any]) -> AsyncIterator[AsyncApp]:
    async with client(slack, team) as web:
        app = AsyncApp(client=web, process_before_response=True)
        for listen in listeners:
            listen(app)
        handler: Any = AsyncSocketModeHandler(app, APP_TOKEN)
        await handler.connect_async()
        await slack.connected()
        try:
            yield app
        finally:
            await handler.close_async()


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with fake_slack() as one:
        yield one


@pytest.fixture
def team(slack: FakeSlack) -> Team:
    return slack.world.team()


@pytest.fixture
def anna(slack: FakeSlack, team: Team) -> SlackUser:
    return slack.person(team, "anna")


async def test_a_command_is_acknowledged_and_its_answer_seen_by_its_person_alone(
    slack: FakeSlack, team: Team, anna: SlackUser
) -> None:
    def listen(app: AsyncApp) -> None:
        @app.command("/interview")
        async def command(ack: Any, command: dict[str, Any]) -> None:
            await ack(f"you said {command['text']}")

    ben = slack.person(team, "ben")
    hall = slack.world.channel(team, "hall", anna.id, ben.id)
    async with bolt(slack, team, listen):
        delivery = await anna.command("medium", hall)
    assert delivery.acknowledged
    assert anna.page(hall) == "you said medium"
    assert ben.page(hall) == ""


async def test_an_event_that_is_not_acknowledged_comes_again_and_says_so(
    slack: FakeSlack, team: Team, anna: SlackUser
) -> None:
    heard: list[tuple[str, list[str]]] = []

    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def message(event: dict[str, Any], request: Any) -> None:
            heard.append((event["text"], request.headers.get("x-slack-retry-num")))
            if len(heard) < 3:
                raise RuntimeError

    slack.post.patience, slack.post.rests = 0.1, (0.0, 0.0, 0.0)
    async with bolt(slack, team, listen):
        message = await anna.say("a < b")
    assert heard == [("a &lt; b", ["0"]), ("a &lt; b", ["1"]), ("a &lt; b", ["2"])]
    assert (await anna.delivery_of(message)).outcomes == ["timeout", "timeout", "ack"]  # type: ignore[union-attr]


async def test_a_refreshed_connection_is_opened_anew(slack: FakeSlack, team: Team, anna: SlackUser) -> None:
    heard: list[str] = []

    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def message(event: dict[str, Any]) -> None:
            heard.append(event["text"])

    async with bolt(slack, team, listen):
        await slack.post.refresh()
        await slack.until(lambda: slack.post.opened == 2 and slack.post.connections)
        await anna.say("still there?")
    assert heard == ["still there?"]


async def test_a_place_refuses_whom_it_does_not_hold(slack: FakeSlack, team: Team, anna: SlackUser) -> None:
    closed = slack.world.channel(team, "closed", anna.id, bot=False)
    secret = slack.world.channel(team, "secret", anna.id, kind="group", bot=False)
    async with client(slack, team) as web:
        assert await refusal(web.chat_postMessage(channel=closed.id, text="hello")) == "not_in_channel"
        assert await refusal(web.chat_postMessage(channel=secret.id, text="hello")) == "channel_not_found"
        said = await web.chat_postMessage(channel=anna.id, text="hello")
        assert said["channel"] == anna.direct.id
        assert anna.page() == "hello"
        anna.member.deleted = True
        assert await refusal(web.conversations_open(users=anna.id)) == "user_disabled"
        team.installed = False
        assert await refusal(web.auth_test()) == "account_inactive"
        team.revoked.add(team.token)
        assert await refusal(web.auth_test()) == "token_revoked"


async def test_blocks_that_slack_does_not_take_are_refused_with_the_reason(
    slack: FakeSlack, team: Team, anna: SlackUser
) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    wrong: list[list[dict[str, Any]]] = [
        [{"type": "markdown", "text": "x" * 6001}, {"type": "markdown", "text": "x" * 6000}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "actions", "elements": [button, button]}],
        [{"type": "actions", "elements": [{**button, "action_id": str(n)} for n in range(26)]}],
        [{"type": "divider"}] * 51,
        [{"type": "alert"}],
    ]
    async with client(slack, team) as web:
        for blocks in wrong:
            assert await refusal(web.chat_postMessage(channel=anna.id, text="x", blocks=blocks)) == "invalid_blocks"
        assert await refusal(web.chat_postMessage(channel=anna.id, markdown_text="x" * 12_001)) == "msg_too_long"
    assert anna.page() == ""


async def test_a_stream_is_written_stopped_and_then_closed(slack: FakeSlack, team: Team, anna: SlackUser) -> None:
    hall = slack.world.channel(team, "hall", anna.id)
    async with client(slack, team) as web:
        root = await web.chat_postMessage(channel=hall.id, text="root")
        where: dict[str, Any] = {"channel": hall.id, "thread_ts": root["ts"]}
        assert await refusal(web.chat_startStream(**where)) == "missing_recipient_user_id"
        begun = await web.chat_startStream(**where, recipient_user_id=anna.id, recipient_team_id=team.id)
        stream: dict[str, Any] = {"channel": hall.id, "ts": begun["ts"]}
        await web.chat_appendStream(**stream, markdown_text="It is ")
        assert await refusal(web.chat_update(**stream, text="no")) == "streaming_state_conflict"
        await web.chat_stopStream(**stream, markdown_text="done.")
        assert await refusal(web.chat_appendStream(**stream, markdown_text="!")) == "message_not_in_streaming_state"
    assert read(anna.messages(hall)[-1]) == "It is done."


async def test_every_fault_can_be_switched_on(slack: FakeSlack, team: Team, anna: SlackUser) -> None:
    async with client(slack, team) as web:

        async def post() -> Any:
            return await web.chat_postMessage(channel=anna.id, text="hello")

        slack.faults.add("chat.postMessage", Fault.REFUSED, error="internal_error")
        assert await refusal(post()) == "internal_error"
        slack.faults.add("chat.postMessage", Fault.RATE_LIMITED, seconds=7)
        with pytest.raises(SlackApiError) as caught:
            await post()
        assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
        for fault in (Fault.RESET, Fault.CUT, Fault.UNKNOWN):
            slack.faults.add("chat.postMessage", fault)
            with pytest.raises(aiohttp.ClientError):
                await post()
        for fault in (Fault.BROKEN, Fault.AWAY, Fault.GARBAGE):
            slack.faults.add("chat.postMessage", fault)
            with pytest.raises(SlackApiError):
                await post()
        slack.limits.on = True
        done = [await web.chat_postMessage(channel=anna.id, text="quick") for _ in range(5)]
        assert await refusal(post()) == "ratelimited"
    assert len(done) == 5
    assert anna.page().split("\n---\n") == ["hello", "hello", *["quick"] * 5]


def test_typed_text_is_escaped_and_linked_as_a_client_does() -> None:
    assert as_sent("run main.py at http://a.example/b?c=1&d=2") == (
        "run <http://main.py|main.py> at <http://a.example/b?c=1&amp;d=2>"
    )
    assert as_sent("`if a < b`: see `main.py`") == "`if a &lt; b`: see `main.py`"
