"""Calls of Slack's Web API: with the workspace's token, no blind repetition, and every refusal told apart."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.installed import Tokens
from adapters.slack.pacing import Pace
from bot.ports import Unreachable
from bot.wording import slack as wording

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse
    from structlog.typing import FilteringBoundLogger

CALL_SECONDS = 10.0
CONNECT_SECONDS = 5.0
UPLOAD_SECONDS = 25.0
DEFAULT_RETRY = 30
"""Seconds to wait when Slack asks us to wait and does not say how long."""

BY_QUERY = (
    *("conversations.history", "conversations.replies", "chat.getPermalink", "users.info", "users.list", "files.info"),
    "files.getUploadURLExternal",
)
"""Methods that take no JSON."""

FILE_HOSTS = (".slack.com", ".slack-gov.com")

UNSURE = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
"""Errors after which some of it may have been done (Slack's method pages)."""
TOKEN = ("token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive", "org_login_required")
UPLOADS = (
    *("file_uploads_disabled", "file_uploads_except_images_disabled", "file_type_not_allowed"),
    "file_upload_size_restricted",
)
"""Errors of a workspace that takes no files, or none so large."""
REFUSALS: Mapping[str, str] = {
    **dict.fromkeys(TOKEN, wording.NOT_INSTALLED),
    **dict.fromkeys(("team_access_not_granted", "ekm_access_denied", "no_permission"), wording.NOT_INSTALLED),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), wording.INVITE),
    **dict.fromkeys(("message_not_found", "thread_not_found", "cannot_reply_to_message"), wording.THREAD_GONE),
    **dict.fromkeys(("cant_update_message", "edit_window_closed", "cant_delete_message"), wording.THREAD_GONE),
    **dict.fromkeys(("user_not_found", "user_disabled", "cannot_dm_bot", "user_not_in_channel"), wording.NO_DIRECT),
    **dict.fromkeys(("restricted_action", "restricted_action_read_only_channel"), wording.REFUSED),
    **dict.fromkeys(("restricted_action_thread_only_channel", "restricted_action_thread_locked"), wording.REFUSED),
    **dict.fromkeys(UPLOADS, wording.FILES_NOT_TAKEN),
    "is_archived": wording.ARCHIVED,
}
"""What Slack refuses for good, and what the person is told."""


class Unsure(Unreachable):
    """Nobody knows whether it was done: look before doing it again."""

    def __init__(self) -> None:
        """Slack did not answer."""
        super().__init__(wording.SLACK_SILENT, for_good=False)


class Refused(Unreachable):
    """Slack refused, and nothing was done; `error` is its code."""

    def __init__(self, error: str, message: str, *, for_good: bool = True, retry_after: float | None = None) -> None:
        """Keep the code beside the sentence."""
        super().__init__(message, for_good=for_good, retry_after=retry_after)
        self.error = error


class NotTaken(Exception):
    """Slack found a fault in what we sent: a fault of ours. `error` is its code."""

    def __init__(self, method: str, error: str) -> None:
        """Keep the code."""
        super().__init__(f"{method}: {error}")
        self.error = error


class Wire:
    """The way to Slack, shared by all that speak. Close it when the last word was said."""

    def __init__(self, api_url: str, tokens: Tokens, pace: Pace, log: FilteringBoundLogger) -> None:
        """Call the Web API at this address."""
        self.tokens = tokens
        self.pace = pace
        self._api_url = api_url
        self._log = log
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one HTTP session, opened at its first use; without cookies, which no part of this needs."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Let go of every connection."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str | None = None) -> AsyncWebClient:
        """A client of the Web API, which never repeats a call by itself and logs nothing of what is said."""
        return AsyncWebClient(
            token=token, base_url=self._api_url, session=self.session, retry_handlers=[], logger=quiet()
        )

    async def call(self, team: str, method: str, **arguments: object) -> Mapping[str, Any]:
        """Call a method in a workspace. Raises Refused, Unsure, or NotTaken when the fault is ours."""
        self.pace.check(team, method)
        found = await self.tokens.of(team)
        if found is None:
            raise Refused("not_installed", wording.NOT_INSTALLED)
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            answer = await self._sent(self.client(found.token), method, given)
        except SlackClientError as error:
            response = getattr(error, "response", None)
            data = getattr(response, "data", None)
            status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
            raise self._refused(team, method, status, data, getattr(response, "headers", {})) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise Unsure from None
        if not isinstance(answer.data, dict):
            raise Unsure
        return answer.data

    async def _sent(self, client: AsyncWebClient, method: str, given: dict[str, object]) -> AsyncSlackResponse:
        if method in BY_QUERY:
            return await client.api_call(method, http_verb="GET", params=given)
        return await client.api_call(method, json=given)

    def _refused(
        self, team: str, method: str, status: int, data: object, headers: Mapping[str, str]
    ) -> Unreachable | NotTaken:
        error = str(data.get("error", "")) if isinstance(data, dict) else ""
        if status == 429 or error == "ratelimited":
            waited = str(headers.get("Retry-After", ""))
            seconds = float(waited) if waited.isdecimal() else DEFAULT_RETRY
            self.pace.hold(team, method, seconds)
            return Refused(error, wording.SLACK_BUSY, for_good=False, retry_after=seconds)
        if status >= 500 or not error or error in UNSURE:
            return Unsure()
        if error in TOKEN:
            self.tokens.forget(team)
        self._log.info("slack refused", method=method, error=error, team=team)
        if error == "missing_scope":
            needed = data.get("needed", "") if isinstance(data, dict) else ""
            return Refused(error, wording.missing_scope(str(needed)))
        if error in REFUSALS:
            return Refused(error, REFUSALS[error])
        return NotTaken(method, error)

    async def respond(self, url: str, body: Mapping[str, Any]) -> bool:
        """Answer through a response URL; False when it works no more. Raises Unsure, or Refused when Slack is busy."""
        try:
            async with self.session.post(url, json=body) as answer:
                if answer.status == 429:
                    raise Refused("ratelimited", wording.SLACK_BUSY, for_good=False, retry_after=1)
                if answer.status >= 500:
                    raise Unsure
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise Unsure from None

    def is_slack(self, url: str) -> bool:
        """Whether a file's address is Slack's own: nobody else is sent our token."""
        parts = urlsplit(url)
        host, ours = parts.hostname or "", urlsplit(self._api_url).netloc
        return parts.netloc == ours or (parts.scheme == "https" and host.endswith(FILE_HOSTS))

    async def bytes_of(self, url: str, token: str, limit: int, size: int) -> bytes | None:
        """What lies at a file's address, None when it is larger than `limit` or Slack shows a page instead.

        Whoever may not read a file is sent to a page to sign in, or shown it with status 200: a web page is the file
        only where it is as long as Slack says that the file is.
        """
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self.session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status >= 500 or answer.status == 429:
                    raise Unsure
                if answer.status != 200:
                    return None
                body = bytearray()
                async for piece in answer.content.iter_chunked(65536):
                    body += piece
                    if len(body) > limit:
                        return None
                is_page = answer.content_type == "text/html" or body[:15].lower() == b"<!doctype html>"
                return None if is_page and len(body) != size else bytes(body)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Unsure from None

    async def upload(self, url: str, content: bytes) -> None:
        """Bring a file's bytes to where Slack said; the address alone allows it. Raises Unsure."""
        limit = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
        if not self.is_slack(url):
            raise Unsure
        try:
            async with self.session.post(url, data=content, timeout=limit, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Unsure
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Unsure from None


class Wordless(logging.Filter):
    """Leaves of a library's line only where it was logged: its text may quote a person, a token or an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let errors pass, without their words."""
        record.msg, record.args = f"{record.module}.{record.funcName}", ()
        return record.levelno >= logging.ERROR


def quiet() -> logging.Logger:
    """The logger that the libraries are given."""
    logger = logging.getLogger("talkpro.slack")
    logger.setLevel(logging.ERROR)
    if not any(isinstance(one, Wordless) for one in logger.filters):
        logger.addFilter(Wordless())
    return logger
