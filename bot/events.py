"""What can happen, as plain data: the same few events from every platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from agent.types import Attachment
from storage.addresses import Person, Place
from storage.questions import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What every event has. `id` is unique over all platforms and equal for a second delivery of the same event.

    `reply` is an opaque handle for answering this very event (a response URL, an interaction token); it is stored
    until it expires and never logged. `sent_at` is the platform's time.
    """

    id: str
    person: Person
    place: Place
    sent_at: datetime
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Happening):
    """A command: `name` is a row of the command table, `words` what was typed behind it."""

    name: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Happening):
    """A message. `direct`: said in the app's own direct messages with the person, thread or not."""

    text: str
    files: tuple[Attachment, ...] = ()
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Happening):
    """A message was changed, or deleted when `text` is None. `message` is the id of the Reply it changes."""

    message: str
    text: str | None
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Happening):
    """A choice was pressed, or its form sent: `values` are the form's fields by name."""

    action: str
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Happening):
    """Something about the place itself: `gone` (deleted, archived, the coach removed) or `uninstalled`.

    `uninstalled` is about the whole workspace, whose texts and token are deleted; its place names no channel. A place
    that names no thread stands for all that is held in its channel.
    """

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Happening):
    """The person looks at the page that the platform keeps for them, or what it shows has changed."""


Event = Command | Reply | Edit | Press | Lifecycle | Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """Our own event: the interview's next step is to be derived and taken. `reply` is the handle that began it."""

    interview: str
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Our own event: the time an interview was waiting for has come."""

    interview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Our own event: an account's daily question of a local day (ISO 8601) is due. `again`: shown so often before."""

    account: str
    on: str
    again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamStep:
    """Our own event: of a channel's question of a week (its Monday, ISO 8601), `what` is to be done now.

    `ask`: show it. `reveal`: show the model answer. `tell`: let who set it know that it could not be shown.
    """

    team: str
    week: str
    what: Literal["ask", "reveal", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Our own event: a file of a message is to be fetched; `number` counts from 1 within the message."""

    interview: str
    message: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteQuestion:
    """Our own event: a question is to be written, for those who wait for it or, when `spare`, for who comes next."""

    topic: Topic
    spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWritten:
    """Our own event: what somebody waits for was written, or will not be; then `failure` says why."""

    wish: str
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearlySpent:
    """Our own event: a workspace has spent most of its budget of a day (ISO 8601, UTC), or all of it."""

    workspace: str
    on: str
    used_up: bool = False


Inward = Event | GoOn | Wake | Ask | TeamStep | Fetch | WriteQuestion | QuestionWritten | NearlySpent
"""Whatever can wait in a lane."""

_KINDS: Mapping[str, type[Inward]] = {
    "command": Command,
    "reply": Reply,
    "edit": Edit,
    "press": Press,
    "lifecycle": Lifecycle,
    "opened": Opened,
    "go on": GoOn,
    "wake": Wake,
    "ask": Ask,
    "team step": TeamStep,
    "fetch": Fetch,
    "write question": WriteQuestion,
    "question written": QuestionWritten,
    "nearly spent": NearlySpent,
}
_NAMES = {sort: kind for kind, sort in _KINDS.items()}
_JSON = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` makes one at each call


def packed(event: Inward) -> tuple[str, str]:
    """The event as a kind and a JSON document, for the inbox."""
    kind = _NAMES[type(event)]
    document = _adapter(kind).dump_python(event, mode="json")
    # Half a surrogate pair, which JSON can carry and no database can keep, becomes a question mark.
    return kind, _JSON.encode(document).encode(errors="replace").decode()


def unpacked(kind: str, payload: str) -> Inward:
    """Read an event back from the inbox. Raises KeyError or ValidationError when it is not one of ours."""
    event: Inward = _adapter(kind).validate_json(payload)
    return event


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])
