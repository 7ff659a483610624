"""Puts the adapter together from its settings."""

from __future__ import annotations

from adapters.slack.http import Door
from adapters.slack.install import Installer
from adapters.slack.installed import Authorizer, Installed
from adapters.slack.listeners import bolt_app
from adapters.slack.one import OneWorkspace
from adapters.slack.pacing import Pace
from adapters.slack.platform import Slack
from adapters.slack.settings import SlackSettings, secret
from adapters.slack.socket import Sockets
from adapters.slack.voice import Voice
from adapters.slack.wire import Wire
from bot.core import Core
from bot.ports import Platform
from bot.wording import slack_install


def set_up(core: Core, settings: SlackSettings) -> list[Platform]:
    """The platform, its pages mounted. Settings that are not enough are told by the log, and by `doctor`."""
    if not settings.by_socket and not settings.by_http:
        core.log.warning("slack is half set up", mend="talkpro doctor")
    installed = Installed(core.database)
    wire = Wire(settings.api_url, installed, Pace(), core.log)
    if settings.bot_token is not None:
        wire.tokens = OneWorkspace(secret(settings.bot_token), wire.client)
    core.closing.push_async_callback(wire.close)
    voice = Voice(wire, core.database, core.log, core.now)
    slack = Slack(core, settings, voice)
    app = bolt_app(wire, Authorizer(wire.tokens), slack.take)
    if settings.by_socket:
        slack.listen(Sockets(app, secret(settings.app_token), wire, core.log))
    if settings.by_http:
        Door(app, secret(settings.signing_secret), core.log, lambda: core.now().timestamp()).mount(core.http)
    if settings.by_http and settings.many and core.settings.public_url and core.settings.secret_key is None:
        core.log.warning("slack cannot be installed", mend=slack_install.NOT_SEALED)
    elif settings.by_http and settings.many and core.settings.public_url:
        Installer(
            core,
            installed,
            wire.client,
            client_id=settings.client_id,
            client_secret=secret(settings.client_secret),
            api_url=settings.api_url,
            public_url=core.settings.public_url,
        ).mount(core.http)
    return [slack]
