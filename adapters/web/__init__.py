"""The web playground: a chat in the browser, on this machine or behind a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core import Core
    from bot.ports import Platform


def build(core: Core) -> list[Platform]:
    """Mount the playground; without a password only where nobody but this machine can reach it."""
    from adapters.web.access import Door, is_loopback
    from adapters.web.platform import Web
    from adapters.web.server import Server

    settings = core.settings
    password = settings.web_password.get_secret_value() if settings.web_password else None
    if not password and not is_loopback(settings.http_host):
        core.log.warning("no playground", host=settings.http_host, mend="set TALKPRO_WEB_PASSWORD")
        return []
    web = Web(core)
    Server(Door(password or None, settings.http_host, core.now), web, core.log).mount(core.http)
    return [web]
