"""Installing the app in a workspace by a browser: the page with the button, and where Slack sends the browser back.

The state of an installation lies in the database, can be used once, within ten minutes, by the browser that began it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError

from adapters.slack.installed import Installed, workspace_of
from adapters.slack.manifest import CALLBACK
from adapters.slack.scopes import SCOPES
from bot.core import Core
from bot.wording import slack_install as wording
from storage import installations, keepsakes
from storage.installations import Installation

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

INSTALL = "/slack/install"
STATE_SECONDS = 600
_COOKIE = "talkpro_slack_install"
_STATES = "slack/install/"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = "body{font:16px/1.5 system-ui;max-width:40em;margin:3em auto;padding:0 1em}a.go{font-weight:bold}"


class Installer:
    """Serves the two pages. `client` makes a client of the Web API without a token."""

    def __init__(
        self,
        core: Core,
        installed: Installed,
        client: Callable[[], AsyncWebClient],
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
        public_url: str,
    ) -> None:
        """Install for this app; `public_url` is where browsers reach us."""
        self._core = core
        self._installed = installed
        self._client = client
        self._client_id = client_id
        self._client_secret = client_secret
        self._authorize = urljoin(api_url, "../oauth/v2/authorize")
        self._redirect = public_url.rstrip("/") + CALLBACK
        self._secure = urlsplit(public_url).scheme == "https"

    def mount(self, http: web.Application) -> None:
        """Add the pages."""
        http.router.add_get(INSTALL, self.offer)
        http.router.add_get(CALLBACK, self.finish)

    async def offer(self, request: web.Request) -> web.Response:
        """The page with the button."""
        browser = request.cookies.get(_COOKIE, "")
        if len(browser) < 32:
            browser = secrets.token_urlsafe(32)
        state = secrets.token_urlsafe(24)
        await self._core.database.write(keepsakes.drop_older, _STATES, STATE_SECONDS)
        await self._core.database.write(keepsakes.keep, _STATES + _digest(state), _digest(browser))
        query = {
            "client_id": self._client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self._redirect,
            "state": state,
        }
        rows = "".join(f"<li><code>{escape(scope)}</code>: {escape(why)}</li>" for scope, why in SCOPES.items())
        response = _page(
            f"<p>{escape(wording.LEAD)}</p>"
            f"<p>{_link(f'{self._authorize}?{urlencode(query)}', wording.BUTTON)}</p>"
            f"<p>{escape(wording.PRIVATE)}</p><p>{escape(wording.BY_MODEL)}</p>"
            f"<p>{escape(wording.ASKS)}</p><ul>{rows}</ul>"
        )
        response.set_cookie(
            _COOKIE,
            browser,
            max_age=STATE_SECONDS,
            path="/slack/",
            httponly=True,
            secure=self._secure,
            samesite="Lax",
        )
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """Slack sends the browser back with a code, or with why not."""
        state, browser = request.query.get("state", ""), request.cookies.get(_COOKIE, "")
        began = await self._core.database.write(keepsakes.take, _STATES + _digest(state), STATE_SECONDS)
        if began is None or not hmac.compare_digest(began, _digest(browser)):
            return _told(wording.OLD_LINK, status=400)
        if "error" in request.query:
            return _told(wording.DECLINED)
        try:
            return await self._keep(await self._exchange(request.query.get("code", "")))
        except SlackApiError as error:
            reason = str(error.response.get("error", "")) if isinstance(error.response.data, dict) else "no answer"
            self._core.log.warning("slack installation refused", reason=reason)
            return _told(wording.refused(reason), status=400)
        except (aiohttp.ClientError, TimeoutError):
            self._core.log.warning("slack installation refused", reason="unreachable")
            return _told(wording.refused("unreachable"), status=502)

    async def _exchange(self, code: str) -> Mapping[str, Any]:
        # Not by `oauth_v2_access`, which sends the secret in a way that aiohttp is giving up.
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code": code,
            "redirect_uri": self._redirect,
        }
        answer = await self._client().api_call("oauth.v2.access", data=form)
        return answer.data if isinstance(answer.data, dict) else {}

    async def _keep(self, answer: Mapping[str, Any]) -> web.Response:
        team = answer.get("team") or {}
        if answer.get("is_enterprise_install") or not team.get("id"):
            return _told(wording.WHOLE_ENTERPRISE, status=400)
        token = str(answer["access_token"])
        who = await self._client().auth_test(token=token)
        installation = Installation(
            workspace=workspace_of(team["id"]),
            name=str(team.get("name") or team["id"]),
            token=token,
            bot=str(who.get("bot_id") or ""),
            bot_user=str(answer.get("bot_user_id") or ""),
            scopes=tuple(str(answer.get("scope", "")).split(",")),
            installed_at=self._core.now(),
            installed_by=str((answer.get("authed_user") or {}).get("id") or ""),
        )
        await self._core.database.write(installations.save, installation)
        self._installed.forget(team["id"])
        self._core.log.info("slack installed", team=team["id"])
        query = urlencode({"app": answer.get("app_id", ""), "team": team["id"]})
        where = urljoin(self._authorize, f"/app_redirect?{query}")
        return _page(f"<p>{escape(wording.installed(installation.name))}</p><p>{_link(where, wording.OPEN)}</p>")


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _link(where: str, label: str) -> str:
    return f'<a class="go" href="{escape(where)}">{escape(label)}</a>'


def _told(text: str, *, status: int = 200) -> web.Response:
    return _page(f"<p>{escape(text)}</p><p>{_link(INSTALL, wording.AGAIN)}</p>", status=status)


def _page(body: str, *, status: int = 200) -> web.Response:
    title = escape(wording.TITLE)
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
