"""Discord: a command group, private threads, direct messages, forms, and one gateway connection for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core import Core
    from bot.ports import Platform


def build(core: Core) -> list[Platform]:
    """Discord, when its token is set."""
    from adapters.discord.settings import DiscordSettings

    settings = DiscordSettings()
    if settings.token is None:
        return []
    # Imported where Discord is spoken: the library takes half a second.
    from adapters.discord.platform import Discord

    return [Discord(core, settings)]
