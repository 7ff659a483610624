"""What Slack brings, read as plain events. Whatever has not the shape that it should have is read as nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from yarl import URL

from adapters.slack.blocks import FORM, LINK, read_action
from adapters.slack.installed import PLATFORM
from adapters.slack.text import typed
from agent.messages import Attachment
from bot.events import Command, Edit, Event, Happening, Lifecycle, Opened, Press, Reply
from bot.ports import Form
from storage.addresses import Person, Place

Json = Mapping[str, Any]

SPOKEN = ("", "file_share", "thread_broadcast")
"""The subtypes of a message that a person wrote."""


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A button with a form was pressed: the form is to be opened at once, with this trigger and memory."""

    team: str
    trigger: str
    form: Form
    memory: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Stop was pressed while messages were written."""

    channel: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompted:
    """Somebody opened the direct messages with the app."""

    team: str
    channel: str


@dataclass(frozen=True, slots=True)
class Limited:
    """Slack holds events back, for we had too many in an hour."""

    team: str


Heard = Event | OpenForm | Stopped | Prompted | Limited


NAMED = ("team", "user", "enterprise", "channel")
IDS = ("team_id", "enterprise_id", "user_id", "channel_id", "app_installed_team_id")
PARTS = ("event", "message", "previous_message", "item", "view", "container", "assistant_thread", "function_data")
LONGEST_ID, LONGEST_NAME = 64, 120
DEEPEST = 8
"""How deep parts may lie within parts; Slack's lie three deep."""


def is_sound(body: object) -> bool:
    """Whether what is read of a request before it is ours has the shape that bolt relies on."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("event", {}), dict)
        and isinstance(listed := body.get("response_urls", []), list)
        and all(isinstance(one, dict) and _is_address(one.get("response_url")) for one in listed)
        and _is_address(body.get("response_url"))
        and _is_shaped(body)
    )


def _is_shaped(part: Json, depth: int = 0) -> bool:
    listed = part.get("authorizations")
    return (
        depth < DEEPEST
        and all(_is_id(part.get(key)) for key in IDS)
        and all(
            _is_shaped(named, depth + 1) and _is_id(named.get("id"))
            if isinstance(named := part.get(key), dict)
            else _is_id(named)
            for key in NAMED
        )
        and all(
            _is_shaped(inner, depth + 1) if isinstance(inner := part.get(key), dict) else inner is None for key in PARTS
        )
        and (
            all(isinstance(one, dict) and _is_shaped(one, depth + 1) for one in listed)
            if isinstance(listed, list)
            else listed is None
        )
    )


def _is_id(value: object) -> bool:
    """Whether it can be one of Slack's ids, which are short and plain, or is none."""
    return value is None or (isinstance(value, str) and value.isascii() and len(value) <= LONGEST_ID)


def _is_address(url: object) -> bool:
    try:
        return url is None or (isinstance(url, str) and URL(url).scheme in ("http", "https") and bool(URL(url).host))
    except ValueError:
        return False


def read(body: Json, now: datetime) -> list[Heard]:
    """What happened, in the order in which it is to be taken; mostly one event, and nothing of what is none of ours."""
    return [heard for heard in _read(body, now) if not isinstance(heard, Happening) or _can_be_stored(heard)]


def _can_be_stored(event: Happening) -> bool:
    """Whether its names are of a length that Slack's have, and without halves of characters."""
    place = event.place
    names = (event.id, event.person.realm, event.person.user, place.realm, place.channel, place.thread)
    return all(name.isascii() and len(name) <= LONGEST_NAME for name in names)


def _read(body: Json, now: datetime) -> list[Heard]:
    try:
        match _text(body, "type"):
            case "event_callback" if isinstance(body.get("event"), dict):
                return _event(body, body["event"], now)
            case "block_actions":
                return _pressed(body, now)
            case "view_submission":
                return _sent(body, now)
            case "app_rate_limited":
                return [Limited(_text(body, "team_id"))]
            case "" if _text(body, "command"):
                return _command(body, now)
    except (ValueError, OverflowError):
        pass  # a time or a number that is none
    return []


def _event(body: Json, event: Json, now: datetime) -> list[Heard]:
    team = _text(body, "team_id")
    kind, channel = _text(event, "type"), _text(event, "channel")
    identity = f"{PLATFORM}:{_text(body, 'event_id')}"
    nobody = Person(PLATFORM, _realm(body, team), "")
    match kind:
        case "message":
            return _message(body, event, team)
        case "app_home_opened" if _text(event, "tab") == "messages":
            return [Prompted(team, channel)]
        case "app_home_opened":
            person = Person(PLATFORM, _realm(body, team), _text(event, "user"))
            place = Place(PLATFORM, team, "")
            return [Opened(id=identity, person=person, place=place, sent_at=_time(event, "event_ts", now))]
        case "agent_session_stopped":
            messages = event.get("streaming_message_ts")
            found = messages if isinstance(messages, list) else [messages]
            return [Stopped(channel, tuple(ts for ts in found if isinstance(ts, str)))]
        case "app_uninstalled" | "tokens_revoked":
            tokens = event.get("tokens")
            if kind == "tokens_revoked" and not (isinstance(tokens, dict) and tokens.get("bot")):
                return []
            place, name = Place(PLATFORM, team, ""), "uninstalled"
        case "member_left_channel" if _text(event, "user") not in _ourselves(body):
            return []
        case "member_left_channel" | "channel_archive" | "channel_deleted" | "group_archive" | "group_deleted":
            place, name = Place(PLATFORM, team, channel), "gone"
        case _:
            return []
    sent_at = _time(event, "event_ts", now)
    return [Lifecycle(id=identity, person=nobody, place=place, sent_at=sent_at, name=name)] if team else []


def _message(body: Json, event: Json, team: str) -> list[Heard]:
    match _text(event, "subtype"):
        case "message_changed" if isinstance(event.get("message"), dict):
            return _changed(body, event, team, event["message"])
        case "message_deleted":
            before = event.get("previous_message")
            return _deleted(body, event, team, before if isinstance(before, dict) else {}, _text(event, "deleted_ts"))
        case subtype if subtype in SPOKEN:
            pass
        case _:
            return []
    user, ts, direct = _text(event, "user"), _text(event, "ts"), _text(event, "channel_type") == "im"
    if not user or not ts or "bot_id" in event or not (direct or _text(event, "thread_ts")):
        return []
    return [
        Reply(
            id=message_id(team, _text(event, "channel"), ts),
            person=Person(PLATFORM, _realm(body, team), user),
            place=_where(event, event, team),
            sent_at=_moment(ts),
            text=typed(_text(event, "text")),
            files=_files(event, team),
            direct=direct,
        )
    ]


def _changed(body: Json, event: Json, team: str, message: Json) -> list[Heard]:
    before = event.get("previous_message")
    before = before if isinstance(before, dict) else {}
    if _text(message, "subtype") == "tombstone":
        return _deleted(body, event, team, before, _text(message, "ts"))
    if "bot_id" in message or not _text(message, "user") or _text(before, "text") == _text(message, "text"):
        return []  # our own, or only a preview of a link was added
    return [_edit(body, event, team, message, typed(_text(message, "text")))]


def _deleted(body: Json, event: Json, team: str, before: Json, ts: str) -> list[Heard]:
    if not ts:
        return []
    if "bot_id" not in before:
        return [_edit(body, event, team, {**before, "ts": ts}, None)] if _text(before, "user") else []
    if _text(before, "thread_ts") not in ("", ts):
        return []  # one of our own messages inside a thread
    nobody = Person(PLATFORM, _realm(body, team), "")
    place = Place(PLATFORM, team, _text(event, "channel"), ts)
    identity = f"{PLATFORM}:{_text(body, 'event_id')}"
    return [Lifecycle(id=identity, person=nobody, place=place, sent_at=_moment(_text(event, "ts")), name="gone")]


def _edit(body: Json, event: Json, team: str, message: Json, text: str | None) -> Edit:
    return Edit(
        id=f"{PLATFORM}:{_text(body, 'event_id')}",
        person=Person(PLATFORM, _realm(body, team), _text(message, "user")),
        place=_where(event, message, team),
        sent_at=_moment(_text(event, "ts")),
        message=message_id(team, _text(event, "channel"), _text(message, "ts")),
        text=text,
        direct=_text(event, "channel_type") == "im",
    )


def _where(event: Json, message: Json, team: str) -> Place:
    """In direct messages each message in the open begins a thread of its own."""
    root = _text(message, "thread_ts")
    if not root and _text(event, "channel_type") == "im":
        root = _text(message, "ts")
    return Place(PLATFORM, team, _text(event, "channel"), root)


def _files(event: Json, team: str) -> tuple[Attachment, ...]:
    files = event.get("files")
    found = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return tuple(
        Attachment(
            name=_text(file, "name") or _text(file, "title") or _text(file, "id"),
            address=f"{team} {_text(file, 'id')} {_text(file, 'url_private_download') or _text(file, 'url_private')}",
            size=size if isinstance(size := file.get("size"), int) else 0,
            media_type=_text(file, "mimetype"),
        )
        for file in found
    )


def _command(body: Json, now: datetime) -> list[Heard]:
    team, user = _text(body, "team_id"), _text(body, "user_id")
    if not team or not user:
        return []
    return [
        Command(
            id=_once("command", _text(body, "trigger_id")),
            person=Person(PLATFORM, _text(body, "enterprise_id") or team, user),
            place=Place(PLATFORM, team, _text(body, "channel_id")),
            sent_at=now,
            reply=_text(body, "response_url") or None,
            name="interview",
            words=typed(_text(body, "text")),
        )
    ]


def _pressed(body: Json, now: datetime) -> list[Heard]:
    team, person = _who(body)
    actions = body.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    action, value, form = read_action(_text(pressed, "action_id"), _text(pressed, "value"))
    if not team or not person.user or not action or action == LINK:
        return []
    within = _part(body, "container")
    place = Place(PLATFORM, team, _text(within, "channel_id"), _text(within, "thread_ts"))
    reply, trigger = _text(body, "response_url") or None, _text(body, "trigger_id")
    if form is not None:
        memory = {"a": action, "v": value, "c": place.channel, "t": place.thread, "r": reply}
        return [OpenForm(team, trigger, form, json.dumps(memory))]
    return [
        Press(
            id=_once("press", trigger),
            person=person,
            place=place,
            sent_at=_time(pressed, "action_ts", now),
            reply=reply,
            action=action,
            value=value,
        )
    ]


def _sent(body: Json, now: datetime) -> list[Heard]:
    team, person = _who(body)
    view = _part(body, "view")
    memory = json.loads(_text(view, "private_metadata") or "{}")
    if _text(view, "callback_id") != FORM or not isinstance(memory, dict) or not team or not person.user:
        return []
    place = Place(PLATFORM, team, _text(memory, "c"), _text(memory, "t"))
    return [
        Press(
            id=f"{PLATFORM}:form/{_text(view, 'id')}",
            person=person,
            place=place,
            sent_at=now,
            reply=_text(memory, "r") or None,
            action=_text(memory, "a"),
            value=_text(memory, "v"),
            values=_values(view),
        )
    ]


def _values(view: Json) -> dict[str, str]:
    """What was filled in, by the field's name."""
    values: dict[str, str] = {}
    for name, elements in _part(_part(view, "state"), "values").items():
        for element in elements.values() if isinstance(elements, dict) else ():
            if isinstance(element, dict):
                chosen = _text(_part(element, "selected_option"), "value") or _text(element, "selected_conversation")
                values[name] = typed_plain(_text(element, "value")) or chosen
    return values


def typed_plain(text: str) -> str:
    """A form's text comes as it was typed, but for the ends of its lines."""
    return text.replace("\r\n", "\n")


def _who(body: Json) -> tuple[str, Person]:
    team = _text(_part(body, "team"), "id") or _text(_part(body, "user"), "team_id")
    realm = _text(_part(body, "enterprise"), "id") or team
    return team, Person(PLATFORM, realm, _text(_part(body, "user"), "id"))


def message_id(team: str, channel: str, ts: str) -> str:
    """What a message is called in our tables, however often and by whichever event we hear of it."""
    return f"{PLATFORM}:{team}/{channel}/{ts}"


def _once(kind: str, trigger: str) -> str:
    """A trigger opens forms, so it is kept as a digest."""
    return f"{PLATFORM}:{kind}/{hashlib.sha256(trigger.encode(errors='replace')).hexdigest()[:32]}"


def _realm(body: Json, team: str) -> str:
    return _text(body, "enterprise_id") or team


def _ourselves(body: Json) -> list[str]:
    listed = body.get("authorizations")
    return [_text(one, "user_id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _part(body: Json, key: str) -> Json:
    part = body.get(key)
    return part if isinstance(part, dict) else {}


def _text(body: Json, key: str) -> str:
    text = body.get(key)
    return text if isinstance(text, str) else ""


def _time(body: Json, key: str, now: datetime) -> datetime:
    ts = _text(body, key)
    return _moment(ts) if ts else now


def _moment(ts: str) -> datetime:
    """Slack's time of something. Raises ValueError when it is none."""
    seconds = float(ts)
    if not 0 <= seconds < 2**33:
        raise ValueError("not a time of ours")
    return datetime.fromtimestamp(seconds, UTC)
