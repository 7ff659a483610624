"""How things look on the wire, by Discord's OpenAPI file and, for gateway events, its documentation."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.discord.world import (
    DM,
    LOADING,
    MEMBERS,
    Channel,
    Guild,
    Json,
    Message,
    Upload,
    User,
    World,
    time_of,
)

INTENT_FLAGS = (1 << 19) | (1 << 23)
"""The application may have the message content intent, and has commands."""


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name.lower(),
        "global_name": None if one.bot else one.name,
        "discriminator": "0000" if one.bot else "0",
        "avatar": None,
        "bot": one.bot,
        "flags": 0,
        "public_flags": 0,
        "primary_guild": None,
    }


def me(one: User) -> Json:
    return {**user(one), "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def application(world: World) -> Json:
    flags = INTENT_FLAGS if world.content_flag else 1 << 23
    return {
        "id": str(world.app.id),
        "name": world.app.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.app),
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(next((guild.owner for guild in world.guilds.values()), world.app)),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": {"0": {}, "1": {}},
        "bot_public": True,
        "bot_require_code_grant": False,
        "hook": True,
    }


def role(guild: Guild, permissions: int) -> Json:
    return {
        "id": str(guild.id),
        "name": "@everyone",
        "permissions": str(permissions),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member(guild: Guild, one: User, *, permissions: bool = False) -> Json:
    found: Json = {
        "user": user(one),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": stamp(time_of(guild.id)),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if permissions:
        found["permissions"] = str(guild.members.get(one.id, MEMBERS))
    return found


def guild(world: World, one: Guild) -> Json:
    """A server, as GET and as the fixed part of GUILD_CREATE."""
    return {
        **dict.fromkeys(("icon", "description", "home_header", "splash", "discovery_splash", "banner")),
        **dict.fromkeys(("application_id", "afk_channel_id", "system_channel_id", "widget_channel_id")),
        **dict.fromkeys(("vanity_url_code", "rules_channel_id", "safety_alerts_channel_id")),
        **dict.fromkeys(("public_updates_channel_id", "incidents_data", "max_presences")),
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner.id),
        "features": [],
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "roles": [role(one, one.permissions)],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
    }


def guild_create(world: World, one: Guild) -> Json:
    mine = [channel for channel in world.channels.values() if channel.guild is one]
    threads = [thread for thread in mine if thread.is_thread and not thread.archived and world.app.id in thread.people]
    return {
        **guild(world, one),
        "joined_at": stamp(time_of(one.id)),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members) + 1,
        "members": [member(one, world.app)],
        "channels": [channel(world, each) for each in mine if not each.is_thread],
        "threads": [channel(world, each) for each in threads],
        **{name: [] for name in ("presences", "voice_states", "stage_instances", "guild_scheduled_events")},
        "soundboard_sounds": [],
    }


def channel(world: World, one: Channel) -> Json:
    """A channel, a thread or direct messages."""
    last = str(one.last) if one.last else None
    if one.type == DM:
        people = [user(world.users[id]) for id in one.people]
        return {"id": str(one.id), "type": DM, "flags": 0, "last_message_id": last, "recipients": people}
    assert one.guild is not None
    found: Json = {
        "id": str(one.id),
        "type": one.type,
        "flags": 0,
        "guild_id": str(one.guild.id),
        "name": one.name,
        "parent_id": str(one.parent.id) if one.parent else None,
        "last_message_id": last,
        "rate_limit_per_user": one.slow,
    }
    if not one.is_thread:
        overwrites = [{"id": str(one.guild.id), "type": 0, "allow": "0", "deny": str(one.denied)}] if one.denied else []
        return found | {"position": 0, "permission_overwrites": overwrites, "nsfw": False, "topic": None}
    count = len(world.in_channel(one))
    return found | {
        "owner_id": str(one.owner),
        "message_count": count,
        "member_count": min(50, len(one.people)),
        "total_message_sent": count,
        "thread_metadata": {
            "archived": one.archived,
            "archive_timestamp": stamp(time_of(one.id)),
            "auto_archive_duration": one.keeps,
            "locked": one.locked,
            "invitable": one.invitable,
            "create_timestamp": stamp(time_of(one.id)),
        },
    }


def thread_member(one: Channel, id: int) -> Json:
    return {"id": str(one.id), "user_id": str(id), "join_timestamp": stamp(time_of(one.id)), "flags": 1}


def upload(world: World, one: Upload, channel: Channel, *, only: bool = False) -> Json:
    place = "ephemeral-attachments" if only else "attachments"
    url = f"{world.base}/{place}/{channel.id}/{one.id}/{one.name}?ex=66&is=65&hm={one.id:x}"
    found: Json = {"id": str(one.id), "filename": one.name, "size": len(one.content), "url": url, "proxy_url": url}
    found["content_type"] = one.kind
    if one.note:
        found["description"] = one.note
    if only:
        found["ephemeral"] = True
    return found


def message(world: World, one: Message) -> Json:
    """A message, as every route and event gives it."""
    found: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": 0,
        "content": one.content,
        "author": user(one.author),
        "mentions": [user(each) for each in one.mentions],
        "mention_roles": [],
        "mention_everyone": one.pings and "@everyone" in one.content,
        "attachments": [upload(world, each, one.channel, only=one.only is not None) for each in one.files],
        "embeds": one.embeds,
        "components": one.components,
        "timestamp": stamp(one.at),
        "edited_timestamp": stamp(one.edited_at) if one.edited_at else None,
        "flags": one.flags,
        "pinned": False,
        "tts": False,
    }
    if one.nonce is not None:
        found["nonce"] = one.nonce
    if one.answers is not None:
        answered = one.answers
        found["type"] = 19
        found["message_reference"] = {
            "type": 0,
            "message_id": str(answered.id),
            "channel_id": str(answered.channel.id),
        }
    if one.cause is not None:
        found |= {
            "type": 20 if one.cause["type"] == 2 else 19,
            "interaction_metadata": one.cause,
            "webhook_id": str(world.app.id),
            "application_id": str(world.app.id),
        }
    return found


def message_event(world: World, one: Message) -> Json:
    """A message as the gateway sends it."""
    found = message(world, one) | {"channel_type": one.channel.type}
    if one.channel.guild is not None:
        partial = member(one.channel.guild, one.author)
        del partial["user"]
        found |= {"guild_id": str(one.channel.guild.id), "member": partial}
    return found


def blanked(data: Json) -> Json:
    """A message without what needs the message content intent."""
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}


def is_loading(one: Message) -> bool:
    return bool(one.flags & LOADING)
