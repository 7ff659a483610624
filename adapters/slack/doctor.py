"""What `doctor` looks at in Slack: kinds of tokens, scopes, the socket, and the pieces of HTTP mode."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.install import INSTALL
from adapters.slack.scopes import SCOPES
from adapters.slack.settings import SlackSettings, secret
from adapters.slack.wire import Wire
from bot.ports import Finding
from bot.settings import Settings
from bot.wording import slack as wording

BOT, APP, SIGNING, CLIENT = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID"


async def examine(settings: SlackSettings, core: Settings, wire: Wire, heard: float | None) -> list[Finding]:
    """Try everything that is set, and say how to mend what does not work.

    `heard`: when it was last noted that a direct message reached us, in seconds since the epoch; None for never.
    """
    findings = []
    if settings.bot_token is not None:
        findings += await _bot(secret(settings.bot_token), wire)
    if settings.app_token is not None:
        findings.append(await _socket(secret(settings.app_token), wire))
    if settings.signing_secret is not None:
        findings.append(_signing(secret(settings.signing_secret)))
    if settings.client_id or settings.client_secret is not None:
        findings += _many(settings, core)
    if settings.by_socket or settings.by_http:
        # Slack tells no app to which events it is subscribed: only one that came proves it.
        said = (
            wording.MESSAGES_UNPROVEN if heard is None else wording.messages_arrive(datetime.fromtimestamp(heard, UTC))
        )
        findings.append(Finding("Slack messages", ok=True, detail=said))
    else:
        findings.append(Finding("Slack", ok=False, detail=wording.HALF_SET, mend=wording.HALF_MEND))
    return findings


async def _bot(token: str, wire: Wire) -> list[Finding]:
    if not token.startswith("xoxb-"):
        return [Finding(BOT, ok=False, detail=wording.BOT_TOKEN_KIND, mend=wording.BOT_TOKEN_MEND)]
    try:
        who = await wire.client(token).auth_test()
    except SlackApiError as error:
        said = wording.refused(_code(error))
        return [Finding(BOT, ok=False, detail=said, mend=wording.BOT_TOKEN_MEND)]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return [Finding(BOT, ok=False, detail=type(error).__name__, mend=wording.UNREACHABLE_MEND)]
    named = Finding(BOT, ok=True, detail=wording.in_workspace(str(who.get("team", "")), str(who.get("user", ""))))
    granted = {scope.strip() for scope in str(_header(who.headers, "x-oauth-scopes")).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        said = wording.scopes_missing(missing)
        return [named, Finding("Slack scopes", ok=False, detail=said, mend=wording.SCOPES_MEND)]
    return [named, Finding("Slack scopes", ok=True, detail=wording.scopes_there(len(SCOPES)))]


async def _socket(token: str, wire: Wire) -> Finding:
    if not token.startswith("xapp-"):
        return Finding(APP, ok=False, detail=wording.APP_TOKEN_KIND, mend=wording.CONNECTIONS_MEND)
    try:
        answer = await wire.client().apps_connections_open(app_token=token)
        async with wire.session.ws_connect(str(answer["url"])) as socket:
            await socket.receive(timeout=5)
    except SlackApiError as error:
        return Finding(APP, ok=False, detail=wording.refused(_code(error)), mend=wording.SOCKET_MEND)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Finding(APP, ok=False, detail=type(error).__name__, mend=wording.UNREACHABLE_MEND)
    return Finding(APP, ok=True, detail=wording.SOCKET_WORKS)


def _signing(signing_secret: str) -> Finding:
    if len(signing_secret) < 16:
        return Finding(SIGNING, ok=False, detail=wording.TOO_SHORT, mend=wording.SIGNED_MEND)
    return Finding(SIGNING, ok=True, detail=wording.SIGNED_SET)


def _many(settings: SlackSettings, core: Settings) -> list[Finding]:
    if not (settings.many and settings.signing_secret is not None and core.public_url):
        return [Finding(CLIENT, ok=False, detail=wording.OAUTH_HALF, mend=wording.OAUTH_MEND)]
    found = [Finding(CLIENT, ok=True, detail=wording.install_at(core.public_url.rstrip("/") + INSTALL))]
    if not core.sealer.seals:
        found.append(Finding("TALKPRO_SECRET_KEY", ok=False, detail=wording.UNSEALED, mend=wording.UNSEALED_MEND))
    return found


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else "no answer"


def _header(headers: object, name: str) -> str:
    found = [value for key, value in dict(headers).items() if key.lower() == name]  # type: ignore[call-overload]
    return str(found[0]) if found else ""
