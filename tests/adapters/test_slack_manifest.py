"""The manifest: what Slack's own schema says of it, and that it asks for what the code needs and for nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from adapters.slack.manifest import CALLBACK, COMMAND, REQUESTS, manifest
from adapters.slack.scopes import EVENTS, SCOPES
from agent.bank import load
from agent.kinds import kinds
from bot.commands import COMMANDS, is_start
from tests.fakes.slack.api import HISTORY, METHODS
from tests.fakes.slack.api import SCOPES as NEEDED
from tests.nursery import talkpro

ROOT = Path(__file__).parent.parent.parent
SCHEMA = ROOT.parent / "shared" / "data" / "slack-manifest.schema.json"
PUBLIC = "https://talkpro.example"
CALLS = re.compile(r'"((?:agents|apps|assistant|auth|chat|conversations|files|reactions|users|views)\.[A-Za-z.]+)"')
EVENTS_OF = {"message.channels": "channel", "message.groups": "group", "message.im": "im"}


@pytest.fixture(scope="module")
def schema() -> Any:
    if not SCHEMA.exists():
        pytest.skip(f"Slack's manifest schema is not beside the checkout, at {SCHEMA}")
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize("url", ["", PUBLIC])
def test_slacks_own_schema_takes_it(schema: Any, url: str) -> None:
    schema.validate(manifest(url))


def test_the_file_is_the_one_for_socket_mode() -> None:
    assert yaml.safe_load((ROOT / "manifest.yml").read_text()) == manifest()


def test_for_http_every_address_is_ours_and_socket_mode_is_off() -> None:
    made = manifest(f"{PUBLIC}/")
    settings = made["settings"]
    assert not settings["socket_mode_enabled"]
    assert made["oauth_config"]["redirect_urls"] == [PUBLIC + CALLBACK]
    addresses = [
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        *(command["url"] for command in made["features"]["slash_commands"]),
    ]
    assert addresses == [PUBLIC + REQUESTS] * 3


def test_for_socket_mode_there_is_no_address_in_it() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"]
    assert "url" not in json.dumps(made)


def test_the_commands_and_first_words_are_those_of_the_table() -> None:
    (command,) = manifest()["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert f"{COMMAND} {command['usage_hint']}" == COMMANDS[0].usage
    assert all(row.usage.startswith(COMMAND) for row in COMMANDS)
    topics = load().topics()
    for prompt in manifest()["features"]["agent_view"]["suggested_prompts"]:
        assert is_start(prompt["message"], kinds(), topics)


def test_it_is_an_agent_in_the_one_way_that_new_apps_may_be() -> None:
    features = manifest()["features"]
    assert "agent_view" in features
    assert "assistant_view" not in features


def test_scopes_and_events_have_a_reason_and_fit_together() -> None:
    made = manifest()
    assert made["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}
    assert made["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)
    assert all(SCOPES.values())
    assert all(EVENTS.values())
    assert {HISTORY[kind] for event, kind in EVENTS_OF.items() if event in EVENTS} == {
        scope for scope in SCOPES if scope.endswith(":history")
    }


def test_the_command_line_prints_it(tmp_path: Path) -> None:
    assert yaml.safe_load(talkpro(tmp_path, "manifest").stdout) == manifest()
    assert json.loads(talkpro(tmp_path, "manifest", "--http", PUBLIC, "--json").stdout) == manifest(PUBLIC)
    assert talkpro(tmp_path, "manifest", "--http", "talkpro.example").returncode == 2


def source() -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "adapters" / "slack").glob("*.py")))


def test_every_scope_is_needed_by_a_call_or_an_event_and_none_is_missing() -> None:
    called = {*CALLS.findall(source())}
    assert called <= {*METHODS} | {"files.info", "chat.getPermalink"}, "the pretended Slack does not know them"
    by_calls = {NEEDED[method] for method in called if method in NEEDED}
    by_events = {HISTORY[EVENTS_OF[event]] for event in EVENTS if event in EVENTS_OF}
    else_needed = {"commands", "files:read", "assistant:write"}  # the command, files by their address, agent_view
    assert by_calls | by_events | else_needed == {*SCOPES}


def test_every_event_that_is_asked_for_is_read() -> None:
    events = (ROOT / "adapters" / "slack" / "events.py").read_text()
    assert [event for event in EVENTS if f'"{event.partition(".")[0]}"' not in events] == []
