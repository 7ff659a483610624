"""What `talkpro doctor` looks at in Discord: the token, the application, its intents, and how to invite it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from adapters.discord.commands import NAME
from adapters.discord.settings import DiscordSettings
from bot.ports import Finding
from bot.wording import discord as wording

PERMISSIONS = 377_957_239_808
"""View Channel, Send Messages, Embed Links, Attach Files, Read Message History, threads of both sorts, and in them."""
CONTENT, CONTENT_LIMITED = 1 << 18, 1 << 19
FEW_SESSIONS = 100
SECONDS = 10.0


def invite(application: str) -> str:
    """The link that adds the bot to a server, with exactly what it needs."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={PERMISSIONS}"
    )


async def examine(settings: DiscordSettings) -> list[Finding]:
    """Look at all of it, by using it."""
    token = settings.token.get_secret_value() if settings.token else ""
    base = settings.api_url.rstrip("/")
    headers = {"Authorization": f"Bot {token}"}
    try:
        async with asyncio.timeout(SECONDS), aiohttp.ClientSession(headers=headers) as session:
            status, me = await _get(session, f"{base}/users/@me")
            if status == 401:
                return [Finding("DISCORD_TOKEN", ok=False, detail=wording.TOKEN_REFUSED, mend=wording.TOKEN_MEND)]
            if status != 200:
                raise aiohttp.ClientError(status)
            _, app = await _get(session, f"{base}/applications/@me")
            _, gateway = await _get(session, f"{base}/gateway/bot")
            told = await _listed(session, f"{base}/applications/{app.get('id', '')}/commands")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        detail = wording.doctor_unreachable(base, type(error).__name__)
        return [Finding("DISCORD_API_URL", ok=False, detail=detail, mend=wording.UNREACHABLE_MEND)]
    findings = [Finding("DISCORD_TOKEN", ok=True, detail=wording.doctor_bot(str(me.get("username", ""))))]
    if app.get("interactions_endpoint_url"):
        findings.append(Finding("Discord", ok=False, detail=wording.ENDPOINT_SET, mend=wording.ENDPOINT_MEND))
    findings += [_content(int(app.get("flags") or 0)), _sessions(gateway)]
    link = invite(str(app.get("id", "")))
    knows = any(command.get("name") == NAME for command in told)
    findings.append(Finding("Discord", ok=True, detail=wording.COMMANDS_TOLD if knows else wording.COMMANDS_NOT_YET))
    findings.append(_servers(app, link))
    findings.append(Finding("Discord", ok=True, detail=wording.doctor_invite(link)))
    return findings


def _servers(app: dict[str, Any], link: str) -> Finding:
    servers, people = (int(app.get(f"approximate_{what}_count") or 0) for what in ("guild", "user_install"))
    detail = wording.doctor_servers(servers, people)
    return Finding("Discord", ok=bool(servers or people), detail=detail, mend=wording.doctor_invite(link))


def _content(flags: int) -> Finding:
    reads = bool(flags & (CONTENT | CONTENT_LIMITED))
    # Without it everything works, in direct messages and forms: it is no fault.
    return Finding("Discord", ok=True, detail=wording.CONTENT_ON if reads else wording.CONTENT_OFF)


def _sessions(gateway: dict[str, Any]) -> Finding:
    left = int((gateway.get("session_start_limit") or {}).get("remaining", 1000))
    detail = wording.doctor_sessions(left)
    return Finding("Discord", ok=left >= FEW_SESSIONS, detail=detail, mend=wording.SESSIONS_MEND)


async def _listed(session: aiohttp.ClientSession, address: str) -> list[dict[str, Any]]:
    async with session.get(address) as response:
        found = await response.json()
        return found if isinstance(found, list) else []


async def _get(session: aiohttp.ClientSession, address: str) -> tuple[int, dict[str, Any]]:
    async with session.get(address) as response:
        found = await response.json()
        return response.status, found if isinstance(found, dict) else {}
