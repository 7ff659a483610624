"""The app's manifest, from which Slack makes the app: for Socket Mode, or for HTTP at a public address."""

from __future__ import annotations

from typing import Any

from adapters.slack.scopes import EVENTS, SCOPES
from bot.commands import COMMANDS
from bot.wording import slack_manifest as wording

COMMAND = "/interview"
REQUESTS = "/slack/events"
"""Where Slack sends its requests in HTTP mode."""
CALLBACK = "/slack/oauth_redirect"
"""Where Slack sends browsers back after an installation."""


def manifest(url: str = "") -> dict[str, Any]:
    """The manifest; with a `url`, such as https://talkpro.example, for HTTP, else for Socket Mode."""
    requests = {"request_url": url.rstrip("/") + REQUESTS} if url else {}
    command = {
        "command": COMMAND,
        "description": wording.COMMAND,
        "usage_hint": COMMANDS[0].usage.removeprefix(f"{COMMAND} "),
        "should_escape": False,
        **({"url": requests["request_url"]} if url else {}),
    }
    prompts = [{"title": title, "message": message} for title, message in wording.PROMPTS]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": wording.NAME,
            "description": wording.DESCRIPTION,
            "long_description": wording.LONG_DESCRIPTION,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": wording.NAME, "always_online": True},
            "slash_commands": [command],
            "agent_view": {"agent_description": wording.AGENT, "suggested_prompts": prompts},
        },
        "oauth_config": {
            **({"redirect_urls": [url.rstrip("/") + CALLBACK]} if url else {}),
            "scopes": {"bot": sorted(SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**requests, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
