"""What Discord's gateway and its API send, turned into events; nothing here speaks or stores.

Every function raises KeyError, TypeError, ValueError or AttributeError when a payload is not what it should be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.discord import commands
from adapters.discord.handles import Handle
from adapters.discord.text import restored
from agent.types import Attachment
from bot.events import Command, Edit, Lifecycle, Press, Reply
from storage.addresses import Person, Place

PLATFORM = "discord"
DIRECT = "@me"
"""The realm of direct messages, as in Discord's own addresses."""

FORMS = "@forms"
"""The realm of interviews by forms alone; a channel in it is a user's id."""

Payload = Mapping[str, Any]

EPOCH_MILLISECONDS = 1_420_070_400_000
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a payload raises that is not what it should be."""

_DEFAULT, _REPLY = 0, 19
_BOT_DM, _THREADS = 1, (10, 11, 12)
_ADMINISTRATOR, _MANAGE_SERVER = 3, 5
LONGEST_NAME = 200


def moment_of(snowflake: str | int) -> datetime:
    """When an id was made. Its lower bits become microseconds, so that times sort as ids do."""
    number = int(snowflake)
    milliseconds = (number >> 22) + EPOCH_MILLISECONDS
    micros = ((number & 0x3FFFFF) * 1000) >> 22
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000 + micros)


def snowflake_at(moment: datetime) -> int:
    """The smallest id that can be made then."""
    return max(int(moment.timestamp() * 1000) - EPOCH_MILLISECONDS, 0) << 22


def person_of(user: str) -> Person:
    """A person; Discord's ids are global."""
    return Person(PLATFORM, "", user)


def place_of(guild: str | None, channel: str) -> Place:
    """A channel, a thread, or direct messages: to Discord all are channels."""
    return Place(PLATFORM, guild or DIRECT, channel)


def message_id(event_id: str) -> str:
    """Discord's id of the message that a Reply was."""
    return event_id.removeprefix(f"{PLATFORM}:")


# Messages


def reply_of(data: Payload, me: str) -> Reply | None:
    """A message; None when a person did not write it, or when it came without anything to read."""
    author = data["author"]
    if author.get("bot") or data.get("webhook_id") or data.get("type", 0) not in (_DEFAULT, _REPLY):
        return None
    text = restored(str(data["content"]), me)
    files = tuple(map(_attachment, data.get("attachments") or ()))
    if not text.strip() and not files:
        return None
    identity = str(int(data["id"]))
    return Reply(
        id=f"{PLATFORM}:{identity}",
        person=person_of(str(author["id"])),
        place=place_of(data.get("guild_id"), str(data["channel_id"])),
        sent_at=moment_of(identity),
        text=text,
        files=files,
        direct=not data.get("guild_id"),
    )


def edit_of(data: Payload, me: str) -> Edit | None:
    """A changed message; None when Discord itself changed it, such as by showing what a link leads to."""
    author, edited = data.get("author"), data.get("edited_timestamp")
    if not edited or not author or author.get("bot") or "content" not in data:
        return None
    return Edit(
        id=f"{PLATFORM}:{int(data['id'])}:{edited}",
        person=person_of(str(author["id"])),
        place=place_of(data.get("guild_id"), str(data["channel_id"])),
        sent_at=datetime.fromisoformat(edited),
        message=f"{PLATFORM}:{int(data['id'])}",
        text=restored(str(data["content"]), me),
        direct=not data.get("guild_id"),
    )


def deleted_of(data: Payload) -> list[tuple[Place, str]]:
    """The place and the ids of messages that were deleted; whose they were Discord does not say."""
    place = place_of(data.get("guild_id"), str(data["channel_id"]))
    return [(place, str(int(one))) for one in (data["ids"] if "ids" in data else [data["id"]])]


def deletion(place: Place, message: str, owner: Person, now: datetime) -> Edit:
    """The deletion of a message, said of the one whose draft it may be in."""
    return Edit(
        id=f"{PLATFORM}:{message}:deleted",
        person=owner,
        place=place,
        sent_at=now,
        message=f"{PLATFORM}:{message}",
        text=None,
        direct=place.realm == DIRECT,
    )


def gone(place: Place, person: Person, now: datetime) -> Lifecycle:
    """A place that cannot be written to any more."""
    minute = int(now.timestamp() // 60)
    return Lifecycle(
        id=f"{PLATFORM}:gone:{place.channel}:{minute}", person=person, place=place, sent_at=now, name="gone"
    )


def _attachment(data: Payload) -> Attachment:
    return Attachment(
        name=str(data["filename"])[:LONGEST_NAME],
        address=str(data["url"]),
        size=int(data["size"]),
        media_type=str(data.get("content_type") or ""),
    )


# Interactions


def user_of(data: Payload) -> str:
    """Who did it."""
    return str(((data.get("member") or {}).get("user") or data.get("user") or {})["id"])


def where(data: Payload) -> Place:
    """Where it was done."""
    return place_of(data.get("guild_id"), str(data["channel_id"]))


def handle(data: Payload, *, command: bool) -> Handle:
    """How to answer it."""
    channel = data.get("channel") or {}
    kind = int(channel.get("type", _BOT_DM if not data.get("guild_id") else 0))
    return Handle(
        application=str(data["application_id"]),
        token=str(data["token"]),
        issued_at=moment_of(data["id"]).timestamp(),
        command=command,
        member=_is_ours(data),
        permissions=int(data.get("app_permissions") or 0),
        channel_type=kind,
        parent=str(channel.get("parent_id") or "") if kind in _THREADS else "",
        manages=_manages(data),
    )


def _is_ours(data: Payload) -> bool:
    """Whether we can speak where it was done: in servers we were added to, and in our own direct messages."""
    if not data.get("guild_id"):
        return int(data.get("context") or _BOT_DM) == _BOT_DM
    owners = data.get("authorizing_integration_owners") or {}
    return not owners or "0" in owners


def _manages(data: Payload) -> bool:
    """Whether the person may manage the server; an administrator may everything."""
    bits = int((data.get("member") or {}).get("permissions") or 0)
    return bool(bits >> _MANAGE_SERVER & 1 or bits >> _ADMINISTRATOR & 1)


def command_of(data: Payload) -> Command:
    """A subcommand with its options. Raises ValueError when it is none of ours."""
    body = data["data"]
    options: Sequence[Payload] = body.get("options") or ()
    if body["name"] not in (commands.NAME, commands.ADMIN_NAME) or len(options) != 1:
        raise ValueError("not one of our commands")
    chosen = options[0]
    given = {str(option["name"]): str(option.get("value", "")) for option in chosen.get("options") or ()}
    return Command(
        id=_interaction(data),
        person=person_of(user_of(data)),
        place=where(data),
        sent_at=moment_of(data["id"]),
        reply=handle(data, command=True).packed(),
        name=commands.NAME,
        words=commands.words_of(str(chosen["name"]), given),
    )


def press_of(data: Payload, action: str, value: str, values: Mapping[str, str] | None = None) -> Press:
    """A button that was pressed, or a form that was sent."""
    return Press(
        id=_interaction(data),
        person=person_of(user_of(data)),
        place=where(data),
        sent_at=moment_of(data["id"]),
        reply=handle(data, command=False).packed(),
        action=action,
        value=value,
        values=values or {},
    )


def being_typed(data: Payload) -> tuple[str, str]:
    """The option that asks for suggestions, and what was typed into it so far."""
    for option in data["data"]["options"][0].get("options") or ():
        if option.get("focused"):
            return str(option["name"]), str(option.get("value", ""))
    return "", ""


def fields_of(data: Payload) -> dict[str, str]:
    """The fields of a form that was sent, by name; a list gives its first choice."""
    found: dict[str, str] = {}
    for row in data["data"]["components"]:
        for field in [row["component"]] if "component" in row else row.get("components") or ():
            chosen = field.get("values")
            found[str(field["custom_id"])] = str((chosen or [""])[0]) if chosen is not None else str(field["value"])
    return found


def _interaction(data: Payload) -> str:
    return f"{PLATFORM}:i{int(data['id'])}"
