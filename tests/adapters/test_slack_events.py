"""Payloads of Slack's are read as plain events, and what is none of ours as nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.slack import blocks
from adapters.slack.events import Heard, Limited, OpenForm, Prompted, Stopped, read
from bot.events import Command, Edit, Lifecycle, Opened, Press, Reply
from bot.ports import Choice, Field, Form
from storage.addresses import Person, Place

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TS, ROOT = "1795396050.000200", "1795396040.000100"
FORM = Form("Share", (Field("where", "Where?", "place", "C1"),), "Share")


def event(body: dict[str, Any], **envelope: Any) -> list[Heard]:
    whole = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"user_id": "UBOT"}],
        "event": {"channel": "D1", "channel_type": "im", "event_ts": TS, **body},
    }
    return read(whole | envelope, NOW)


def said(**more: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "text": "a &lt; b", "ts": TS, **more}


def only(heard: list[Heard]) -> Any:
    (one,) = heard
    return one


def test_a_message_to_the_app_begins_a_thread_of_its_own() -> None:
    reply = only(event(said()))
    assert reply == Reply(
        id=f"slack:T1/D1/{TS}",
        person=Person("slack", "T1", "U1"),
        place=Place("slack", "T1", "D1", TS),
        sent_at=datetime.fromtimestamp(float(TS), UTC),
        text="a < b",
        direct=True,
    )


def test_the_same_message_by_another_event_is_the_same() -> None:
    assert only(event(said())).id == only(event(said(), event_id="Ev2")).id


def test_people_of_an_enterprise_are_known_by_it() -> None:
    reply = only(event(said(thread_ts=ROOT), enterprise_id="E1"))
    assert (reply.person, reply.place) == (Person("slack", "E1", "U1"), Place("slack", "T1", "D1", ROOT))


@pytest.mark.parametrize(
    "body",
    [
        said(bot_id="B1"),
        said(subtype="bot_message"),
        said(subtype="channel_join"),
        said(channel="C1", channel_type="channel"),
        said(user=None),
        said(ts="abc"),
        said(ts="1e400"),
        {"type": "reaction_added", "user": "U1"},
        {"type": "member_left_channel", "user": "U1", "channel": "C1"},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}},
    ],
)
def test_what_is_none_of_ours_is_nothing(body: dict[str, Any]) -> None:
    assert event(body) == []


def test_a_message_in_a_thread_of_a_channel_may_be_ours() -> None:
    reply = only(event(said(channel="C1", channel_type="channel", thread_ts=ROOT, subtype="thread_broadcast")))
    assert (reply.place, reply.direct) == (Place("slack", "T1", "C1", ROOT), False)


def test_files_come_with_the_message_and_the_address_names_their_workspace() -> None:
    file = {"id": "F1", "name": "a.py", "mimetype": "text/x-python", "size": 3, "url_private": "https://x.slack.com/a"}
    reply = only(event(said(subtype="file_share", files=[file, "odd", {"id": "F2", "size": "3"}])))
    first, second = reply.files
    assert (first.name, first.address, first.size) == ("a.py", "T1 F1 https://x.slack.com/a", 3)
    assert (second.name, second.address, second.size) == ("F2", "T1 F2 ", 0)


def test_a_changed_message_names_the_one_it_changes() -> None:
    body = {"type": "message", "subtype": "message_changed", "ts": TS, "message": said(thread_ts=ROOT, ts=ROOT)}
    edit = only(event({**body, "previous_message": said(text="before")}))
    assert (type(edit), edit.message, edit.text, edit.place.thread) == (Edit, f"slack:T1/D1/{ROOT}", "a < b", ROOT)
    assert event({**body, "previous_message": said()}) == []  # only a preview of a link was added
    assert event({**body, "message": said(bot_id="B1")}) == []


def test_a_deleted_message_leaves_the_draft_and_a_deleted_root_ends_the_thread() -> None:
    body = {"type": "message", "subtype": "message_deleted", "ts": TS, "deleted_ts": ROOT}
    edit = only(event({**body, "previous_message": said(ts=ROOT)}))
    assert (type(edit), edit.text) == (Edit, None)
    gone = only(event({**body, "previous_message": said(ts=ROOT, bot_id="B1")}))
    assert (gone.name, gone.place) == ("gone", Place("slack", "T1", "D1", ROOT))
    assert event({**body, "previous_message": said(ts=ROOT, bot_id="B1", thread_ts="1.0")}) == []
    tombstone = {"subtype": "tombstone", "ts": ROOT}
    changed = {"type": "message", "subtype": "message_changed", "ts": TS, "message": tombstone}
    assert only(event({**changed, "previous_message": said(ts=ROOT, bot_id="B1")})).name == "gone"


def test_what_happens_to_a_channel_or_a_workspace() -> None:
    for body in (
        {"type": "channel_archive", "channel": "C1"},
        {"type": "member_left_channel", "user": "UBOT", "channel": "C1"},
    ):
        gone = only(event(body))
        assert (type(gone), gone.name, gone.place) == (Lifecycle, "gone", Place("slack", "T1", "C1"))
    left_by: list[dict[str, Any]] = [
        {"type": "app_uninstalled"},
        {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}},
    ]
    for body in left_by:
        left = only(event(body))
        assert (left.name, left.place) == ("uninstalled", Place("slack", "T1", ""))
    assert read({"type": "app_rate_limited", "team_id": "T1"}, NOW) == [Limited("T1")]


def test_the_app_is_opened_and_writing_is_stopped() -> None:
    opened = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    assert isinstance(only(event(opened)), Opened)
    assert only(event({**opened, "tab": "messages"})) == Prompted("T1", "D1")
    stopped = {"type": "agent_session_stopped", "streaming_message_ts": [TS, 5]}
    assert only(event(stopped)) == Stopped("D1", (TS,))


def test_a_command_is_read_with_its_handle() -> None:
    body = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "text": "hard &amp; fast", "trigger_id": "1.2"}
    command = only(read({**body, "command": "/interview", "response_url": "https://x"}, NOW))
    assert (type(command), command.name, command.words, command.reply) == (
        *(Command, "interview"),
        *("hard & fast", "https://x"),
    )
    assert "1.2" not in command.id


def pressed(choice: Choice, **more: Any) -> list[Heard]:
    (row,) = blocks.rows((choice,))
    action = {**row["elements"][0], "action_ts": TS}
    body = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "container": {"type": "message", "channel_id": "D1", "message_ts": TS, "thread_ts": ROOT},
        "response_url": "https://x",
        "trigger_id": "1.2",
        "actions": [action],
    }
    return read(body | more, NOW)


def test_a_press_is_read_in_its_place() -> None:
    press = only(pressed(Choice("Submit", "submit", "abc/0")))
    assert (press.action, press.value, press.place, press.reply) == (
        *("submit", "abc/0"),
        *(Place("slack", "T1", "D1", ROOT), "https://x"),
    )
    home = only(pressed(Choice("Easy", "start", "easy"), container={"type": "view"}, response_url=None))
    assert (home.place, home.reply) == (Place("slack", "T1", ""), None)


def test_a_form_is_opened_at_the_press_and_comes_back_filled_in() -> None:
    opened = only(pressed(Choice("Share", "share", "abc", form=FORM)))
    assert isinstance(opened, OpenForm)
    assert (opened.form, opened.trigger) == (FORM, "1.2")
    view = {
        "id": "V1",
        "callback_id": "form",
        "private_metadata": opened.memory,
        "state": {
            "values": {
                "where": {"value": {"type": "conversations_select", "selected_conversation": "C9"}},
                "point": {"value": {"type": "static_select", "selected_option": {"value": "p1"}}},
                "quote": {"value": {"type": "plain_text_input", "value": "a\r\nb <c>"}},
                "none": {"value": {"type": "plain_text_input", "value": None}},
            }
        },
    }
    sent = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}
    press = only(read(sent, NOW))
    assert isinstance(press, Press)
    assert (press.action, press.value, press.reply) == ("share", "abc", "https://x")
    assert press.place == Place("slack", "T1", "D1", ROOT)
    assert press.values == {"where": "C9", "point": "p1", "quote": "a\nb <c>", "none": ""}
    assert only(read(sent, NOW)).id == press.id
    for memory in ("[]", "{", json.dumps({"a": 1})):
        odd = read({**sent, "view": {**view, "private_metadata": memory}}, NOW)
        assert all(isinstance(one, Press) and one.action == "" for one in odd)
