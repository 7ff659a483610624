"""A person with a Slack client: types, edits, deletes, shares files, presses, fills in forms, and reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.world import Channel, File, Member, Message, Team, View, as_sent

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


class SlackUser:
    """What somebody does. Every method returns what was delivered to the app, if anything was."""

    def __init__(self, slack: FakeSlack, team: Team, member: Member) -> None:
        self.slack = slack
        self.team = team
        self.member = member

    @property
    def id(self) -> str:
        return self.member.id

    @property
    def direct(self) -> Channel:
        """The direct messages with the app."""
        return self.slack.world.direct(self.team, self.id)

    def join(self, channel: Channel) -> None:
        channel.members.add(self.id)

    # Typing.

    async def command(self, words: str, channel: Channel | None = None, command: str = "/interview") -> Delivery:
        """Type a command, and see what answers it at once."""
        there = channel or self.direct
        delivery = self.slack.send(
            "slash_commands",
            {
                "token": "verification",
                "team_id": self.team.id,
                "team_domain": self.team.name,
                **({"enterprise_id": self.team.enterprise} if self.team.enterprise else {}),
                "channel_id": there.id,
                "channel_name": there.name,
                "user_id": self.id,
                "user_name": self.member.name,
                "command": command,
                "text": words,
                "api_app_id": self.slack.world.app,
                "is_enterprise_install": "false",
                "response_url": self.slack.new_response_url(there.id, self.id),
                "trigger_id": self.slack.new_trigger(self.id),
            },
        )
        return await self._seen(delivery, there)

    async def _seen(self, delivery: Delivery, channel: Channel) -> Delivery:
        """Wait for the ack; what it carries is shown to this person, and so is the lack of one."""
        await delivery.done.wait()
        if not delivery.acknowledged:
            what = delivery.payload.get("command", "that")
            self.slack.show(channel.id, self.id, {"text": f"{what} failed with the error “operation_timeout”"})
        elif delivery.body and (delivery.body.get("text") or delivery.body.get("blocks")):
            self.slack.show(channel.id, self.id, delivery.body)
        self.slack.tell()
        return delivery

    async def say(
        self, text: str, channel: Channel | None = None, thread: str = "", files: tuple[File, ...] = ()
    ) -> Message:
        """Type a message, in the direct messages unless told otherwise, and wait for its ack."""
        message = self.typed(text, channel, thread, files)
        await self.delivery_of(message)
        return message

    def typed(
        self, text: str, channel: Channel | None = None, thread: str = "", files: tuple[File, ...] = ()
    ) -> Message:
        """Type a message, and wait for nothing."""
        there = channel or self.direct
        world = self.slack.world
        message = Message(
            there.id, world.new_ts(), self.id, as_sent(text), thread, client_msg_id=world.new_id("M"), files=[*files]
        )
        world.messages.append(message)
        body = {**message.shown(), "team": self.team.id, "event_ts": message.ts}
        self.slack.in_channel(self.team, there, body)
        self.slack.tell()
        return message

    async def delivery_of(self, message: Message) -> Delivery | None:
        """Wait until the app has acknowledged the message, or will not; None where it is not told of it."""
        for delivery in reversed(self.slack.post.deliveries):
            event = delivery.payload.get("event", {})
            if (event.get("channel"), event.get("ts")) == (message.channel, message.ts):
                await delivery.done.wait()
                return delivery
        return None

    async def edit(self, message: Message, text: str) -> None:
        """Change a message of one's own."""
        before = message.shown()
        message.text, message.edited = as_sent(text), True
        delivery = self.slack.changed(self.team, self.slack.world.channels[message.channel], message, before)
        if delivery is not None:
            await delivery.done.wait()

    async def delete(self, message: Message) -> None:
        """Delete a message; also one of the app's, where a person may."""
        delivery = self.slack.remove(message)
        if delivery is not None:
            await delivery.done.wait()

    def file(self, name: str, content: bytes, mimetype: str = "text/plain") -> File:
        """A file to be shared with a message."""
        return self.slack.world.new_file(self.team, name, self.slack.address, mimetype, content)

    # Pressing.

    def button(self, label: str, channel: Channel | None = None) -> tuple[Message, dict[str, Any]]:
        """The newest button of this label that the person can see. A label that ends in … stands for its beginning."""
        for message in reversed(self.messages(channel)):
            for element in elements_of(message.blocks):
                if _matches(label, _label(element)):
                    return message, element
        raise AssertionError(f"no button {label!r} on this page:\n{self.page(channel)}")

    async def press(self, label: str, channel: Channel | None = None) -> Delivery:
        """Press the newest button of this label."""
        return await self.press_on(*self.button(label, channel))

    async def press_on(self, message: Message, element: Mapping[str, Any]) -> Delivery:
        """Press a button of a message, whether one can see it or not."""
        channel = self.slack.world.channels[message.channel]
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": bool(message.only_for),
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = {
            "type": "block_actions",
            "container": container,
            "channel": {"id": channel.id, "name": channel.name},
            "response_url": self.slack.new_response_url(channel.id, self.id, message),
            "state": {"values": {}},
            **({} if message.only_for else {"message": message.shown()}),
        }
        return await self._seen(self._acted(payload, element), channel)

    async def press_home(self, label: str) -> Delivery:
        """Press a button of the app's home tab."""
        view = self.slack.world.homes[self.id]
        for element in elements_of(view.body["blocks"]):
            if _matches(label, _label(element)):
                container = {"type": "view", "view_id": view.id}
                payload = {"type": "block_actions", "container": container, "view": view.shown()}
                delivery = self._acted(payload, element)
                await delivery.done.wait()
                return delivery
        raise AssertionError(f"no button {label!r} at home:\n{text_of(view.body['blocks'])}")

    def _acted(self, payload: dict[str, Any], element: Mapping[str, Any]) -> Delivery:
        action = {
            "type": element["type"],
            "action_id": element.get("action_id", ""),
            "block_id": element.get("block_id", "b"),
            "action_ts": self.slack.world.new_ts(),
            **({"text": element["text"], "value": element.get("value", "")} if element["type"] == "button" else {}),
        }
        return self.slack.send("interactive", {**self._about(), **payload, "actions": [action]})

    def _about(self) -> dict[str, Any]:
        return {
            "user": {
                "id": self.id,
                "username": self.member.name,
                "name": self.member.name,
                "team_id": self.team.id,
            },
            "api_app_id": self.slack.world.app,
            "token": "verification",
            "trigger_id": self.slack.new_trigger(self.id),
            "team": {"id": self.team.id, "domain": self.team.name},
            "enterprise": {"id": self.team.enterprise, "name": "e"} if self.team.enterprise else None,
            "is_enterprise_install": False,
        }

    async def modal(self) -> View:
        """Wait for a form that was opened for this person."""
        views = self.slack.world.views
        return await self.slack.until(
            lambda: next((view for view in reversed(views.values()) if view.user == self.id), None), "a form"
        )

    async def fill(self, **values: str) -> Delivery:
        """Fill in the newest form, by its labels in lower case or its blocks' names, and send it."""
        view = await self.modal()
        payload = {
            **self._about(),
            "type": "view_submission",
            "view": view.shown(_filled(view.body["blocks"], values)),
            "response_urls": [],
        }
        delivery = self.slack.send("interactive", payload)
        await delivery.done.wait()
        if delivery.acknowledged and (delivery.body or {}).get("response_action") in (None, "clear"):
            del self.slack.world.views[view.id]
        return delivery

    async def stop(self, message: Message) -> Delivery:
        """Press Stop while a message is being written."""
        message.streaming = False
        body = {
            "type": "agent_session_stopped",
            "channel": message.channel,
            "thread_ts": message.root,
            "streaming_message_ts": [message.ts],
            "user": self.id,
        }
        delivery = self.slack.event(self.team, body)
        await delivery.done.wait()
        return delivery

    async def open_home(self, tab: str = "home") -> Delivery:
        """Open the app, at its home or its messages."""
        body = {"type": "app_home_opened", "user": self.id, "channel": self.direct.id, "tab": tab}
        delivery = self.slack.event(self.team, body)
        await delivery.done.wait()
        return delivery

    # Reading.

    def messages(self, channel: Channel | None = None, thread: str | None = None) -> list[Message]:
        """What this person can see, oldest first; of one channel or thread, or of all."""
        world = self.slack.world
        seen = [
            message
            for message in world.messages
            if self.id in world.channels[message.channel].members and message.only_for in ("", self.id)
        ]
        if channel is not None:
            seen = [message for message in seen if message.channel == channel.id]
        if thread is not None:
            seen = [message for message in seen if message.root == thread]
        return seen

    def page(self, channel: Channel | None = None, thread: str | None = None) -> str:
        """The same as one text."""
        return "\n---\n".join(read(message) for message in self.messages(channel, thread))

    async def reads(self, words: str, channel: Channel | None = None) -> Message:
        """Wait until a message with these words can be seen."""
        return await self.slack.until(
            lambda: next((one for one in reversed(self.messages(channel)) if words in read(one)), None), words
        )

    def home(self) -> str:
        """What stands on the app's home tab."""
        view = self.slack.world.homes.get(self.id)
        return "" if view is None else text_of(view.body["blocks"])


def read(message: Message) -> str:
    """A message as text, its buttons in brackets."""
    return "This message was deleted." if message.tombstone else text_of(message.blocks) or message.text


def text_of(blocks: list[dict[str, Any]]) -> str:
    """Blocks as text."""
    return "\n".join(line for block in blocks for line in _lines(block) if line)


def elements_of(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Everything in these blocks that can be pressed."""
    for block in blocks:
        if block.get("type") in ("actions", "context_actions"):
            yield from block["elements"]
        if "accessory" in block:
            yield block["accessory"]


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    match block.get("type"):
        case "markdown":
            yield block["text"]
        case "section" | "header":
            yield _plain(block.get("text", ""))
            yield from (_plain(text) for text in block.get("fields", ()))
            if "accessory" in block:
                yield f"[{_label(block['accessory'])}]"
        case "context":
            yield from (_plain(element) for element in block["elements"])
        case "actions" | "context_actions":
            yield " ".join(f"[{_label(element)}]" for element in block["elements"])
        case "data_visualization":
            yield f"({block['title']}: a chart)"
        case "input":
            yield f"{_plain(block['label'])}: ____"


def _plain(text: Any) -> str:
    return str(text.get("text", "")) if isinstance(text, Mapping) else str(text)


def _label(element: Mapping[str, Any]) -> str:
    return _plain(element.get("text") or element.get("placeholder") or element.get("alt_text") or "")


def _matches(wanted: str, label: str) -> bool:
    return label.startswith(wanted[:-1]) if wanted.endswith("…") else label == wanted


def _filled(blocks: list[dict[str, Any]], values: Mapping[str, str]) -> dict[str, Any]:
    """The state of a form: each field with the value given for it, or what stood there at first."""
    state: dict[str, Any] = {}
    left = dict(values)
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        names = (block.get("block_id", ""), element.get("action_id", ""), _plain(block["label"]).lower())
        given = next((left.pop(name) for name in names if name in left), None)
        state[block["block_id"]] = {element["action_id"]: _value(element, given)}
    assert not left, f"the form has no fields {sorted(left)}, only {[_plain(b.get('label', '')) for b in blocks]}"
    return state


def _value(element: Mapping[str, Any], given: str | None) -> dict[str, Any]:
    kind = element["type"]
    match kind:
        case "static_select" | "radio_buttons":
            options = element["options"]
            chosen = next((one for one in options if given in (one["value"], _plain(one["text"]))), None)
            assert given is None or chosen is not None, f"{given} is none of {[one['value'] for one in options]}"
            return {"type": kind, "selected_option": chosen or element.get("initial_option")}
        case "conversations_select":
            return {"type": kind, "selected_conversation": given or element.get("initial_conversation")}
        case "channels_select":
            return {"type": kind, "selected_channel": given or element.get("initial_channel")}
        case _:
            return {"type": kind, "value": element.get("initial_value") if given is None else given}
