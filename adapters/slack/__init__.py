"""Slack: one workspace by Socket Mode or HTTP with a token of one's own, or many that install the app by a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core import Core
    from bot.ports import Platform


def build(core: Core) -> list[Platform]:
    """Come up where tokens are set: Socket Mode with SLACK_APP_TOKEN, HTTP with SLACK_SIGNING_SECRET, or both."""
    from adapters.slack.settings import SlackSettings

    settings = SlackSettings()
    if not settings.anything:
        return []
    from adapters.slack.setup import set_up

    return set_up(core, settings)
