"""A person in front of Discord: types, presses, fills forms in, and reads what they can see as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tests.fakes.discord import payloads, rules
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, FORM, Interaction, Interactions
from tests.fakes.discord.messages import Messages, Sent
from tests.fakes.discord.world import (
    LOADING,
    THREADS,
    Channel,
    Happened,
    Json,
    Message,
    User,
    World,
)

T = TypeVar("T")
STRING, INTEGER, BOOLEAN, CHANNEL = 3, 4, 5, 7
FAILED = "The application did not respond"


class Member:
    """Somebody with a Discord client. `by_user`: the app is with them, not with the server."""

    def __init__(self, user: User, messages: Messages, interactions: Interactions, *, by_user: bool = False) -> None:
        self.user = user
        self.by_user = by_user
        self._messages = messages
        self._interactions = interactions

    @property
    def world(self) -> World:
        return self._messages.world

    @property
    def dm(self) -> Channel:
        return self.world.dm(self.user)

    @property
    def threads(self) -> list[Channel]:
        """The threads that this person can see, oldest first."""
        return [
            channel
            for channel in self.world.channels.values()
            if channel.type in THREADS and self.world.may_see(channel, self.user)
        ]

    # Commands.

    async def slash(self, words: str, channel: Channel, /, **options: object) -> Interaction:
        """Run `/interview medium` with these options; returns once it is answered."""
        begun = self.slashes(words, channel, **options)
        await self._answered(begun)
        return begun

    def slashes(self, words: str, channel: Channel, /, **options: object) -> Interaction:
        """Run a command and do not wait for anything."""
        data = self._command(words, channel, options)
        return self._begin(COMMAND, channel, data)

    async def suggestions(self, words: str, channel: Channel, **options: object) -> list[str]:
        """What is suggested while the last of these options is being typed."""
        data = self._command(words, channel, options, focus=list(options)[-1])
        begun = self._begin(AUTOCOMPLETE, channel, data)
        await self._answered(begun)
        assert begun.suggestions is not None
        return [choice["name"] for choice in begun.suggestions]

    def _command(self, words: str, channel: Channel, options: Mapping[str, object], focus: str = "") -> Json:
        name, *rest = words.removeprefix("/").split()
        guild = channel.guild.id if channel.guild else None
        known = [*self.world.commands.get(guild, []), *self.world.commands.get(None, [])]
        command = next((each for each in known if each["name"] == name and each["type"] == 1), None)
        assert command is not None, f"no command /{name}; there are {[each['name'] for each in known]}"
        needed, may = int(command.get("default_member_permissions") or 0), 0
        if channel.guild is not None:
            may = channel.guild.members.get(self.user.id, 0)
        assert may & needed == needed, f"{self.user.name} is not shown /{name}"
        data: Json = {"id": command["id"], "name": name, "type": 1}
        into, level = data, command
        for word in rest:
            level = next((each for each in level.get("options", ()) if each["name"] == word), {})
            assert level, f"no {word!r} in /{words}"
            into["options"] = [{"name": word, "type": level["type"]}]
            into = into["options"][0]
        offered = {each["name"]: each for each in level.get("options", ())}
        assert all(each["type"] > 2 for each in offered.values()), f"/{words} wants a further word: {list(offered)}"
        missing = [each["name"] for each in offered.values() if each.get("required") and each["name"] not in options]
        assert focus or not missing, f"/{words} wants {missing}"
        given = []
        for key, value in options.items():
            assert key in offered, f"/{words} has no option {key!r}, only {list(offered)}"
            allowed = [choice["value"] for choice in offered[key].get("choices") or ()]
            assert not allowed or value in allowed, f"{key} is one of {allowed}"
            one = {"name": key, "type": offered[key]["type"], "value": value}
            given.append(one | {"focused": True} if key == focus else one)
        into["options"] = given
        return data

    def _begin(self, kind: int, channel: Channel, data: Json, source: Message | None = None) -> Interaction:
        assert self.world.may_see(channel, self.user), f"{self.user.name} cannot see {channel.name or 'this'}"
        return self._interactions.begin(kind, self.user, channel, data, source=source, by_user=self.by_user)

    async def _answered(self, begun: Interaction) -> None:
        def over() -> bool:
            late = self.world.now() - begun.at > self._interactions.first_answer
            return begun.answered or (late and bool(begun.refusals))

        await self.world.until(over, what=lambda: f"no answer to {begun.data}")

    # Messages.

    def types(
        self,
        text: str,
        channel: Channel,
        *,
        files: Sequence[tuple[str, str, bytes]] = (),
        answering: Message | None = None,
    ) -> Message:
        """Send a message, with files as (name, kind, content)."""
        assert self.world.may_see(channel, self.user), f"{self.user.name} cannot see {channel.name or 'this'}"
        body: Json = {"content": text}
        if answering is not None:
            body["message_reference"] = {"message_id": str(answering.id)}
        return self._messages.post(channel, self.user, Sent(body, files))

    def edits(self, message: Message, text: str) -> None:
        assert message.author is self.user
        self._messages.edit(message, Sent({"content": text}))

    def deletes(self, message: Message) -> None:
        assert message.author is self.user
        self._messages.delete(message)

    def attaches(
        self, channel: Channel, name: str, content: bytes, kind: str = "text/plain", text: str = ""
    ) -> Message:
        return self.types(text, channel, files=[(name, kind, content)])

    # Buttons and forms.

    async def presses(self, label: str, channel: Channel) -> Interaction:
        """Press the newest button of this label here, waiting for it to appear; returns once that is answered."""
        source, button = await self.button(label, channel)
        return await self.press(source, button["custom_id"])

    async def press(self, source: Message, custom_id: str) -> Interaction:
        """Press a button by its id; returns once that is answered."""
        begun = self.pressing(source, custom_id)
        await self._answered(begun)
        return begun

    def pressing(self, source: Message, custom_id: str) -> Interaction:
        """Press a button, whatever its id, and do not wait for anything."""
        return self._begin(COMPONENT, source.channel, {"component_type": 2, "custom_id": custom_id}, source)

    async def button(self, label: str, channel: Channel) -> tuple[Message, Json]:
        """The newest button of this label, once there is one that can be pressed."""

        def found() -> tuple[Message, Json] | None:
            for message in reversed(self.visible(channel)):
                for part in rules.walk(message.components):
                    if part.get("type") == rules.BUTTON and part.get("label") == label and not part.get("disabled"):
                        return message, part
            return None

        return await self.world.until(found, what=lambda: f"no button {label!r} in:\n{self.sees(channel)}")

    async def fills(self, begun: Interaction, **values: str) -> Interaction:
        """Fill the form in that answered this interaction, by field, and send it; what is not named stays."""
        sent = self.filling(begun, **values)
        await self._answered(sent)
        return sent

    def filling(self, begun: Interaction, **values: str) -> Interaction:
        """Send a form and do not wait for anything."""
        form = begun.form
        assert form is not None, "no form was opened"
        fields = self.fields(begun)
        unknown = values.keys() - fields.keys()
        assert not unknown, f"no fields {unknown} in the form, only {list(fields)}"
        components: list[Json] = []
        for part in form["components"]:
            if part["type"] == rules.TEXT:
                components.append({"type": rules.TEXT, "id": len(components)})
                continue
            inner = part["component"] if part["type"] == rules.LABEL else part["components"][0]
            name = inner["custom_id"]
            filled = {"type": inner["type"], "custom_id": name, "id": len(components) + 100}
            filled |= _filled(inner, values.get(name))
            shell: Json = {"type": part["type"], "id": len(components)}
            components.append(
                shell | ({"component": filled} if part["type"] == rules.LABEL else {"components": [filled]})
            )
        data: Json = {"custom_id": form["custom_id"], "components": components}
        chosen = [int(each) for part in components for each in _chosen(part)]
        channels = {str(id): self._partial(id) for id in chosen if id in self.world.channels}
        if channels:
            data["resolved"] = {"channels": channels}
        return self._begin(FORM, begun.channel, data, begun.source)

    def fields(self, begun: Interaction) -> dict[str, Json]:
        """The fields of the form that answered an interaction, by custom id."""
        parts = rules.walk((begun.form or {}).get("components", []))
        return {part["custom_id"]: part for part in parts if "custom_id" in part}

    def _partial(self, id: int) -> Json:
        channel = self.world.channels[id]
        may = channel.guild.members.get(self.user.id, 0) if channel.guild else 0
        return payloads.channel(self.world, channel) | {"permissions": str(may)}

    # Reading.

    def visible(self, channel: Channel) -> list[Message]:
        if not self.world.may_see(channel, self.user):
            return []
        return self.world.in_channel(channel, self.user)

    def sees(self, channel: Channel) -> str:
        """Everything this person can read here, oldest first, as one text."""
        return "\n---\n".join(shown(self.world, message) for message in self.visible(channel))

    async def reads(self, text: str, channel: Channel) -> str:
        """Wait until this stands here; gives all that stands here then."""

        def found() -> str | None:
            page = self.sees(channel)
            return page if text in page else None

        return await self.world.until(found, what=lambda: f"no {text!r} in:\n{self.sees(channel)}")

    async def waits(self, found: Callable[[], T | None]) -> T:
        """Wait until this gives something."""
        places = [place for place in self.world.channels.values() if self.world.may_see(place, self.user)]
        return await self.world.until(found, what=lambda: "\n---\n".join(map(self.sees, places)))


def shown(world: World, message: Message) -> str:
    """A message as it looks, with its author; a deferred one that is not answered yet as `...`."""
    who = f"{message.author.name} (only to you)" if message.only else message.author.name
    buttons = " ".join(f"[{label}]" for label in labels(message))
    return f"{who}: " + "\n".join(filter(None, (words(message), buttons)))


def words(message: Message) -> str:
    """What is to be read in a message: text, embeds, components, what its pictures show."""
    if message.flags & LOADING:
        return "..."
    lines = [message.content]
    for embed in message.embeds:
        lines += [str(embed.get(name) or "") for name in ("title", "description")]
        lines += [f"{each['name']}: {each['value']}" for each in embed.get("fields") or ()]
        lines.append((embed.get("footer") or {}).get("text", ""))
    lines += [part["content"] for part in rules.walk(message.components) if part.get("type") == rules.TEXT]
    lines += [f"({upload.name}{': ' + upload.note if upload.note else ''})" for upload in message.files]
    return "\n".join(filter(None, lines))


def labels(message: Message) -> list[str]:
    """What its buttons and lists say."""
    found = []
    for part in rules.walk(message.components):
        if part.get("type") == rules.BUTTON:
            found.append(part.get("label", ""))
        elif part.get("type") in rules.SELECTS:
            found.append(part.get("placeholder") or part["custom_id"])
    return found


def delete_thread(world: World, thread: Channel, *, told: bool = True) -> None:
    """A moderator deletes a thread; without the right to see it the app is not told."""
    assert thread.guild is not None
    del world.channels[thread.id]
    if told:
        parent = str(thread.parent.id) if thread.parent else None
        data = {"id": str(thread.id), "guild_id": str(thread.guild.id), "parent_id": parent, "type": thread.type}
        world.happen(Happened("THREAD_DELETE", data, thread.guild.id))
    world.changed()


def delete_channel(world: World, channel: Channel) -> None:
    """A moderator deletes a channel, and its threads with it."""
    assert channel.guild is not None
    data = payloads.channel(world, channel)
    for thread in [each for each in world.channels.values() if each.parent is channel]:
        del world.channels[thread.id]
    del world.channels[channel.id]
    world.happen(Happened("CHANNEL_DELETE", data, channel.guild.id))


def archive(world: World, thread: Channel, *, locked: bool = False) -> None:
    """A thread goes to rest, or a moderator locks it too."""
    assert thread.guild is not None
    thread.archived, thread.locked = True, locked
    world.happen(Happened("THREAD_UPDATE", payloads.channel(world, thread), thread.guild.id))


def remove_app(world: World, channel: Channel) -> None:
    """The app is removed from the server that this channel is in."""
    assert channel.guild is not None
    channel.guild.installed = False
    world.happen(Happened("GUILD_DELETE", {"id": str(channel.guild.id)}, channel.guild.id))


def _filled(field: Json, value: str | None) -> Json:
    if field["type"] == rules.INPUT:
        text = field.get("value", "") if value is None else value
        assert len(text) <= field.get("max_length", 4000), "the client lets nobody type more"
        return {"value": text}
    if value is not None:
        return {"values": [value]}
    preset = [each["value"] for each in field.get("options") or () if each.get("default")]
    return {"values": preset or [each["id"] for each in field.get("default_values") or ()]}


def _chosen(part: Json) -> list[str]:
    inner = part.get("component") or {}
    return [value for value in inner.get("values", ()) if inner.get("type") == 8]
