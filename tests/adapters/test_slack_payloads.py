"""Ten thousand payloads that Slack never sends: none of them is an unhandled exception, whatever stands where."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.http import readable
from adapters.slack.installed import Authorizer, Installed
from adapters.slack.listeners import bolt_app
from adapters.slack.manifest import REQUESTS
from adapters.slack.pacing import Pace
from adapters.slack.platform import Slack
from adapters.slack.wire import Wire
from bot.core import Core
from bot.events import Event, packed
from bot.settings import Settings
from bot.wiring import utc_now
from storage import installations, upkeep
from storage.database import Database
from tests.adapters.far import ANNA, house_of
from tests.adapters.playground import Logged, nothing
from tests.adapters.slack_far import SlackFar, slack_far
from tests.fakes.slack import SIGNING_SECRET
from tests.fakes.slack.delivery import Kind, encoded, signed

COUNT, FEW, AT_ONCE = 10_000, 1000, 16

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(2**63), 1e308),
    *("", " ", "0", "-1", "abc", "nan", "inf", "1e400", "1795000000", "1795000000.000100", "-5.5", "9" * 400),
    *("x" * 5000, "\x00", "\ud800", "\u202e", "é" * 300, "<@U1>", "<!channel>", "<http://a|b", "../..", "{}", "[]"),
    *("event_callback", "block_actions", "view_submission", "message", "message_changed", "app_uninstalled", "im"),
    *([], [None], ["x"], [[]], [{}], {}, {"id": None}, {"id": []}, {"x": {"y": {}}}, {"type": "plain_text"}),
)
"""What may stand anywhere."""


def genuine(far: SlackFar) -> list[tuple[Kind, dict[str, Any]]]:
    """One payload of every sort, as Slack sends them."""
    anna, team = far.people[ANNA], far.team
    direct = anna.direct.id
    said = {"type": "message", "channel": direct, "channel_type": "im", "user": anna.id, "team": team.id}
    text = {**said, "text": "easy quick", "ts": "1795000001.000100", "event_ts": "1795000001.000100"}
    file = {
        "id": "F1",
        "name": "a.py",
        "mimetype": "text/x-python",
        "size": 10,
        "url_private": f"{far.slack.address}/files-pri/F1/a.py",
        "url_private_download": f"{far.slack.address}/files-pri/F1/a.py",
    }
    changed = {"channel": direct, "channel_type": "im", "type": "message", "hidden": True, "ts": "1795000002.000200"}
    events: list[dict[str, Any]] = [
        text,
        {**text, "subtype": "file_share", "files": [file], "thread_ts": "1795000000.000100"},
        {**changed, "subtype": "message_changed", "message": text, "previous_message": text},
        {**changed, "subtype": "message_deleted", "deleted_ts": text["ts"], "previous_message": text},
        {**text, "subtype": "thread_broadcast", "root": {"ts": "1795000000.000100"}},
        {"type": "app_home_opened", "user": anna.id, "channel": direct, "tab": "home", "view": {"id": "V1"}},
        {"type": "app_home_opened", "user": anna.id, "channel": direct, "tab": "messages"},
        {
            "type": "agent_session_stopped",
            "channel": direct,
            "thread_ts": "1795000000.000100",
            "streaming_message_ts": ["1795000000.000200"],
            "user": anna.id,
        },
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}},
        {"type": "app_rate_limited", "minute_rate_limited": 1795000000},
    ]
    envelope = {
        "type": "event_callback",
        "team_id": team.id,
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event_time": 1795000000,
        "authorizations": [{"team_id": team.id, "user_id": team.bot_user, "is_bot": True, "enterprise_id": None}],
    }
    about = {
        "team": {"id": team.id, "domain": "hall"},
        "user": {"id": anna.id, "name": "anna", "team_id": team.id},
        "trigger_id": "1.2",
        "api_app_id": "A1",
    }
    action = {
        "type": "button",
        "action_id": "talkpro:start",
        "block_id": "b",
        "value": "easy",
        "action_ts": "1795000003.1",
    }
    press = {
        **about,
        "type": "block_actions",
        "container": {"type": "message", "message_ts": "1795000000.000100", "channel_id": direct, "thread_ts": "1.1"},
        "channel": {"id": direct, "name": "directmessage"},
        "message": text,
        "response_url": f"{far.slack.address}/commands/none",
        "state": {"values": {}},
        "actions": [action],
    }
    view = {
        "id": "V1",
        "callback_id": "talkpro:form",
        "private_metadata": "{}",
        "hash": "1",
        "state": {"values": {"point": {"point": {"type": "plain_text_input", "value": "x"}}}},
    }
    command = {
        "command": "/interview",
        "text": "easy",
        "team_id": team.id,
        "channel_id": far.hall.id,
        "user_id": anna.id,
        "trigger_id": "1.3",
        "response_url": f"{far.slack.address}/commands/none",
    }
    interactive: list[dict[str, Any]] = [
        press,
        {**press, "container": {"type": "view", "view_id": "V1"}, "view": view},
        {**about, "type": "view_submission", "view": view, "response_urls": []},
        {**about, "type": "view_closed", "view": view, "is_cleared": False},
        {**about, "type": "shortcut", "callback_id": "start_interview", "action_ts": "1.1"},
        {**about, "type": "message_action", "callback_id": "x", "message": text, "channel": {"id": direct}},
    ]
    return [
        *(("events_api", {**envelope, "event": event}) for event in events),
        *(("interactive", payload) for payload in interactive),
        ("slash_commands", command),
    ]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a payload something stands."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from paths(part, (*path, name))


def spoilt(payload: dict[str, Any], path: tuple[Any, ...], odd: Any, *, gone: bool) -> dict[str, Any]:
    """The payload with something else in one place, or nothing, if that place is still there."""
    made = copy.deepcopy(payload)
    there: Any = made
    try:
        for name in path[:-1]:
            there = there[name]
        if gone:
            del there[path[-1]]
        else:
            there[path[-1]] = odd
    except (KeyError, IndexError, TypeError):
        return payload
    return made


def generated(bases: list[tuple[Kind, dict[str, Any]]], count: int) -> list[tuple[Kind, dict[str, Any]]]:
    """So many payloads and a few more, each spoilt in one to three places."""
    found: list[tuple[Kind, dict[str, Any]]] = []
    ways = [[*paths(payload)] for _, payload in bases]

    @seed(20261123)
    @settings(
        max_examples=count // len(bases) + 1,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(
        st.lists(
            st.tuples(st.integers(0, 10_000), st.sampled_from(ODD), st.booleans()),
            min_size=len(bases),
            max_size=len(bases) * 3,
        )
    )
    def make(changes: list[tuple[int, Any, bool]]) -> None:
        for number, (kind, payload) in enumerate(bases):
            made = payload
            for at, odd, gone in changes[number :: len(bases)]:
                made = spoilt(made, ways[number][at % len(ways[number])], odd, gone=gone)
            found.append((kind, made))

    make()
    return found


async def taken(event: Event) -> None:
    """Take an event as the queue would, and keep nothing; its names must fit the tables."""
    packed(event)
    person, place = event.person, event.place
    for limit, names in (
        (200, [event.id]),
        (64, [person.realm, person.user, place.realm]),
        (128, [place.channel, place.thread]),
    ):
        for name in names:
            assert len(name.encode()) <= limit


async def test_no_payload_is_an_unhandled_exception(migrated_sqlite_url: str, tmp_path: Path) -> None:
    """All of them through bolt and all that the adapter does until an event is accepted, without a wire before it."""
    unhandled: list[str] = []
    database = await Database.open(migrated_sqlite_url)
    async with slack_far("http") as far:
        core = Core(Settings(_env_file=None), database, web.Application(), Logged().logger(), utc_now, nothing)
        (slack,) = far.build(core)
        assert isinstance(slack, Slack)
        await database.write(installations.save, far.installation())
        wire = Wire(far.slack.api_url, Installed(database), Pace(), core.log)
        app = bolt_app(wire, Authorizer(wire.tokens), slack.take)
        running = asyncio.create_task(slack.run(taken))
        await asyncio.sleep(0)
        payloads = generated(genuine(far), COUNT)
        for kind, payload in payloads:
            body, content = encoded(kind, payload)
            text = readable(body, content)
            if text is not None:
                request = AsyncBoltRequest(body=text, headers={"content-type": content})
                answer = await app.async_dispatch(request)
                if answer.status >= 500:
                    unhandled.append(text[:3000])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await wire.close()
        await core.closing.aclose()
    await database.close()
    assert len(payloads) >= COUNT
    assert unhandled == []


async def test_the_whole_product_outlives_a_thousand_of_them(
    migrated_sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slack_far("http") as far, house_of(far, migrated_sqlite_url, tmp_path) as house:
        payloads = generated(genuine(far), FEW)
        limit = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as http:

            async def send(kind: Kind, payload: dict[str, Any]) -> int:
                body, content = encoded(kind, payload)
                headers = {"Content-Type": content, **signed(body, SIGNING_SECRET)}
                async with limit, http.post(house.address + REQUESTS, data=body, headers=headers) as answer:
                    await answer.read()
                    return answer.status

            statuses = await asyncio.gather(*(send(*one) for one in payloads))
        await house.settled()
        assert house.core is not None
        given_up = await house.core.database.read(upkeep.dead_letters)
        assert [letter for letter in given_up if letter.what == "turn"] == []
    failed = [str(payload)[:3000] for (_, payload), status in zip(payloads, statuses, strict=True) if status >= 500]
    assert failed == []
    assert "Traceback" not in capsys.readouterr().err
