"""Slack's Web API: what each method does to the world, and what it answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.blocks import MARKDOWN, TEXT, problems, view_problems
from tests.fakes.slack.world import Channel, Member, Message, SlackError, Team, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

Args = Mapping[str, Any]
Answer = dict[str, Any]

SCOPES = {
    "agents.sessions.setStatus": "chat:write",
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.setSuggestedPrompts": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.startStream": "chat:write",
    "chat.stopStream": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "users.info": "users:read",
    "users.list": "users:read",
}
"""The scope that a method needs; reading conversations needs one by the channel's kind."""
HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
STATUSES = {"processing", "active", "suspended", "closed"}


def method_of(name: str) -> Callable[[FakeSlack, Team, Args], Answer]:
    """What does a method's work. Raises SlackError for one that is not known here."""
    found: Callable[[FakeSlack, Team, Args], Answer] | None = METHODS.get(name)
    if found is None:
        raise SlackError("unknown_method")
    return found


def check_scope(name: str, team: Team) -> None:
    need(team, SCOPES.get(name))


def need(team: Team, scope: str | None) -> None:
    if scope is not None and scope not in team.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(team.scopes))


def auth_test(slack: FakeSlack, team: Team, args: Args) -> Answer:
    return {
        "url": f"https://{team.name}.slack.com/",
        "team": team.name,
        "user": "talkpro",
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "enterprise_id": team.enterprise or None,
        "is_enterprise_install": False,
    }


def auth_revoke(slack: FakeSlack, team: Team, args: Args) -> Answer:
    team.revoked.add(team.token)
    return {"revoked": True}


def post_message(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel", ""))
    message = _made(slack, team, channel, args)
    slack.world.messages.append(message)
    slack.spoken(team, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.shown()}


def post_ephemeral(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel", ""))
    if args.get("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    message = _made(slack, team, channel, args)
    message.only_for = args["user"]
    slack.world.messages.append(message)
    return {"message_ts": message.ts}


def update(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel, message = _mine(slack, team, args)
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    changed = _made(slack, team, channel, args)
    before = message.shown()
    if "blocks" in args or "markdown_text" in args or "text" in args:
        message.blocks = changed.blocks
        message.text = changed.text
    if changed.metadata is not None:
        message.metadata = changed.metadata
    message.edited = True
    slack.changed(team, channel, message, before)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.shown()}


def delete(slack: FakeSlack, team: Team, args: Args) -> Answer:
    _, message = _mine(slack, team, args)
    slack.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def start_stream(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel", ""))
    if not args.get("thread_ts"):
        raise SlackError("invalid_arguments", "missing required field: thread_ts")
    if channel.kind != "im" and not (args.get("recipient_user_id") and args.get("recipient_team_id")):
        raise SlackError(
            "missing_recipient_user_id" if not args.get("recipient_user_id") else "missing_recipient_team_id"
        )
    message = _made(slack, team, channel, {"channel": channel.id, "thread_ts": args["thread_ts"], "text": " "})
    message.text, message.streaming = "", True
    _append(message, args)
    slack.world.messages.append(message)
    slack.spoken(team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def append_stream(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel, message = _mine(slack, team, args)
    _still_streaming(message)
    if not args.get("markdown_text") and not args.get("chunks"):
        raise SlackError("no_text")
    _append(message, args)
    return {"channel": channel.id, "ts": message.ts}


def stop_stream(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel, message = _mine(slack, team, args)
    _still_streaming(message)
    _append(message, args)
    blocks = _listed(args.get("blocks"))
    _judge(problems(blocks, "message"))
    message.blocks = [{"type": "markdown", "text": message.streamed}] * bool(message.streamed) + blocks
    message.text, message.streaming = message.streamed, False
    message.metadata = _object(args.get("metadata")) or message.metadata
    status = args.get("session_status")
    if status is not None:
        _set_session(slack, channel.id, message.root, status)
    return {"channel": channel.id, "ts": message.ts, "message": message.shown()}


def _still_streaming(message: Message) -> None:
    if not message.streaming:
        raise SlackError("message_not_in_streaming_state")


def _append(message: Message, args: Args) -> None:
    text = str(args.get("markdown_text") or "")
    for chunk in _listed(args.get("chunks")):
        if chunk.get("type") == "markdown_text":
            text += chunk["text"]
    if len(text) > MARKDOWN or len(message.streamed) + len(text) > TEXT:
        raise SlackError("msg_too_long")
    message.streamed += text
    message.text = message.streamed


def conversations_open(slack: FakeSlack, team: Team, args: Args) -> Answer:
    user = slack.world.users.get(str(args.get("users", "")))
    if user is None or user.team != team.id:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    return {"channel": {"id": slack.world.direct(team, user.id).id}}


def conversations_info(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.seen_by_app(team, args.get("channel", ""))
    need(team, READ[channel.kind])
    return {
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.kind == "channel",
            "is_group": channel.kind == "group",
            "is_private": channel.kind != "channel",
            "is_im": channel.kind == "im",
            "is_archived": channel.archived,
            "is_member": team.bot_user in channel.members,
        }
    }


def conversations_history(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = _readable(slack, team, args)
    found = [one for one in slack.world.messages if one.channel == channel.id and not one.thread_ts]
    return _page(sorted(found, key=lambda one: one.ts, reverse=True), args)


def conversations_replies(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = _readable(slack, team, args)
    found = slack.world.thread(channel.id, str(args.get("ts", "")))
    if not found:
        raise SlackError("thread_not_found")
    return _page(found, args)


def _readable(slack: FakeSlack, team: Team, args: Args) -> Channel:
    channel = slack.world.seen_by_app(team, args.get("channel", ""))
    need(team, HISTORY[channel.kind])
    if team.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _page(found: list[Message], args: Args) -> Answer:
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "")
    with_metadata = str(args.get("include_all_metadata", "")).lower() in ("true", "1")
    chosen = []
    for message in found:
        inclusive = str(args.get("inclusive", "")).lower() in ("true", "1")
        if message.only_for or (oldest and message.ts < oldest) or (latest and message.ts > latest):
            continue
        if not inclusive and message.ts in (oldest, latest):
            continue
        shown = message.shown()
        if with_metadata and message.metadata is not None:
            shown["metadata"] = message.metadata
        chosen.append(shown)
    limit = int(args.get("limit") or 100)
    return {"messages": chosen[:limit], "has_more": len(chosen) > limit, "response_metadata": {"next_cursor": ""}}


def upload_url(slack: FakeSlack, team: Team, args: Args) -> Answer:
    name, length = str(args.get("filename", "")), int(args.get("length") or 0)
    if not name or length <= 0:
        raise SlackError("missing_argument")
    file = slack.world.new_file(team, name, slack.address)
    file.awaited = length
    return {"upload_url": f"{slack.address}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(slack: FakeSlack, team: Team, args: Args) -> Answer:
    listed = _listed(args.get("files"))
    found = [slack.world.files.get(str(one.get("id"))) for one in listed]
    files = [file for file in found if file is not None and file.team == team.id and len(file.content) == file.awaited]
    if not files or len(files) != len(listed):
        raise SlackError("file_not_found")
    for file in files:
        file.awaited = -1  # it can be completed once
    answer = {"files": [{"id": file.id, "title": file.name} for file in files]}
    if not args.get("channel_id"):
        return answer
    channel = slack.world.spoken_in(team, args["channel_id"])
    text = str(args.get("initial_comment") or "")
    # Slack tells of a file that an app shares without the app's own bot_id.
    message = Message(
        channel.id, slack.world.new_ts(), team.bot_user, text, str(args.get("thread_ts") or ""), files=[*files]
    )
    slack.world.messages.append(message)
    slack.spoken(team, channel, message)
    return answer


def users_info(slack: FakeSlack, team: Team, args: Args) -> Answer:
    user = slack.world.users.get(str(args.get("user", "")))
    if user is None or user.team != team.id:
        raise SlackError("user_not_found")
    return {"user": _user(user, team)}


def users_list(slack: FakeSlack, team: Team, args: Args) -> Answer:
    """A page at a time; the cursor is where the next one begins."""
    users = [user for user in slack.world.users.values() if user.team == team.id]
    first, size = int(args.get("cursor") or 0), int(args.get("limit") or 0) or len(users)
    more = str(first + size) if first + size < len(users) else ""
    page = [_user(user, team) for user in users[first : first + size]]
    return {"members": page, "response_metadata": {"next_cursor": more}}


def _user(user: Member, team: Team) -> dict[str, Any]:
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.name.title(),
        "tz": user.tz,
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": user.owner,
        "is_bot": user.id == team.bot_user,
        "locale": "en-US",
        "profile": {"real_name": user.name.title(), "display_name": user.name},
    }


def views_open(slack: FakeSlack, team: Team, args: Args) -> Answer:
    user = slack.take_trigger(str(args.get("trigger_id", "")))
    return {"view": _shown_view(slack, team, user, args).shown()}


def views_push(slack: FakeSlack, team: Team, args: Args) -> Answer:
    return views_open(slack, team, args)


def views_update(slack: FakeSlack, team: Team, args: Args) -> Answer:
    view = slack.world.views.get(str(args.get("view_id", "")))
    if view is None:
        raise SlackError("not_found")
    body = _object(args.get("view"))
    _judge(view_problems(body))
    _fresh(view, args)
    view.body, view.hash = body, slack.world.new_id("H")
    return {"view": view.shown()}


def views_publish(slack: FakeSlack, team: Team, args: Args) -> Answer:
    user = slack.world.users.get(str(args.get("user_id", "")))
    if user is None or user.team != team.id or user.deleted:
        raise SlackError("user_not_found")
    body = _object(args.get("view"))
    _judge(view_problems(body))
    if body["type"] != "home":
        raise SlackError("invalid_arguments")
    old = slack.world.homes.get(user.id)
    if old is not None:
        _fresh(old, args)
    view = View(slack.world.new_id("V"), team.id, user.id, body, slack.world.new_id("H"))
    slack.world.homes[user.id] = view
    return {"view": view.shown()}


def _shown_view(slack: FakeSlack, team: Team, user: str, args: Args) -> View:
    body = _object(args.get("view"))
    _judge(view_problems(body))
    view = View(slack.world.new_id("V"), team.id, user, body, slack.world.new_id("H"))
    slack.world.views[view.id] = view
    return view


def _fresh(view: View, args: Args) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")


def set_status(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel_id", ""))
    loading = _listed(args.get("loading_messages"))
    if len(loading) > 10 or "status" not in args:
        raise SlackError("invalid_arguments")
    slack.world.statuses[channel.id, str(args.get("thread_ts", ""))] = str(args["status"])
    return {}


def set_prompts(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel_id", ""))
    prompts = _listed(args.get("prompts"))
    if not 1 <= len(prompts) <= 4 or not all(prompt.get("title") and prompt.get("message") for prompt in prompts):
        raise SlackError("invalid_arguments")
    slack.world.prompts[channel.id] = prompts
    return {}


def set_session(slack: FakeSlack, team: Team, args: Args) -> Answer:
    channel = slack.world.spoken_in(team, args.get("channel_id", ""))
    _set_session(slack, channel.id, str(args.get("thread_ts", "")), args.get("status"))
    if len(str(args.get("title", ""))) > 200:
        raise SlackError("invalid_arguments")
    if "agent_session_stopped" not in slack.subscribed:
        return {"warning": "missing_agent_session_stopped_event_subscription"}
    return {}


def _set_session(slack: FakeSlack, channel: str, root: str, status: object) -> None:
    if status not in STATUSES:
        raise SlackError("invalid_arguments")
    slack.world.sessions[channel, root] = str(status)


def _mine(slack: FakeSlack, team: Team, args: Args) -> tuple[Channel, Message]:
    channel = slack.world.spoken_in(team, args.get("channel", ""))
    message = slack.world.found(channel.id, str(args.get("ts", "")))
    if message is None or message.only_for or message.tombstone:
        raise SlackError("message_not_found")
    if message.user != team.bot_user:
        raise SlackError("cant_update_message")
    return channel, message


def _made(slack: FakeSlack, team: Team, channel: Channel, args: Args) -> Message:
    """A message as the arguments say. Raises SlackError where Slack does not take it."""
    markdown, text = str(args.get("markdown_text") or ""), str(args.get("text") or "")
    blocks = _listed(args.get("blocks"))
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MARKDOWN or len(text) > TEXT:
        raise SlackError("msg_too_long")
    _judge(problems(blocks, "message"))
    if markdown:
        blocks = [{"type": "markdown", "text": markdown}]
    if not text and not blocks:
        raise SlackError("no_text")
    root = str(args.get("thread_ts") or "")
    if root:
        parent = slack.world.found(channel.id, root)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.thread_ts:
            raise SlackError("cannot_reply_to_message")
        if parent.tombstone and slack.tombstones_closed:
            raise SlackError("thread_not_found")
    metadata = _object(args.get("metadata")) or None
    if metadata is not None and not (metadata.get("event_type") and isinstance(metadata.get("event_payload"), dict)):
        raise SlackError("invalid_metadata_format")
    for number, block in enumerate(blocks):
        block.setdefault("block_id", f"{secrets.token_hex(2)}{number}")
    return Message(
        channel.id,
        slack.world.new_ts(),
        team.bot_user,
        text or markdown,
        root,
        blocks,
        bot_id=team.bot_id,
        metadata=metadata,
        client_msg_id=str(args.get("client_msg_id") or ""),
    )


def _judge(found: Any) -> None:
    messages = tuple(found)
    if messages:
        raise SlackError("invalid_blocks", *messages)


def _listed(value: Any) -> list[dict[str, Any]]:
    found = json.loads(value) if isinstance(value, str) and value else value
    return [dict(one) if isinstance(one, dict) else one for one in found or ()]


def _object(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) and value else value
    return dict(found or {})


METHODS: dict[str, Callable[[Any, Team, Args], Answer]] = {
    "agents.sessions.setStatus": set_session,
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setSuggestedPrompts": set_prompts,
    "auth.revoke": auth_revoke,
    "auth.test": auth_test,
    "chat.appendStream": append_stream,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.postMessage": post_message,
    "chat.startStream": start_stream,
    "chat.stopStream": stop_stream,
    "chat.update": update,
    "conversations.history": conversations_history,
    "conversations.info": conversations_info,
    "conversations.open": conversations_open,
    "conversations.replies": conversations_replies,
    "files.completeUploadExternal": complete_upload,
    "files.getUploadURLExternal": upload_url,
    "users.info": users_info,
    "users.list": users_list,
    "views.open": views_open,
    "views.publish": views_publish,
    "views.push": views_push,
    "views.update": views_update,
}
