"""Who may come in: the page's own origin, the expected host, the password if there is one, and who somebody is."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import scrypt, sha256
from urllib.parse import urlsplit

from aiohttp import web

SIGNED_IN = timedelta(days=30)
REMEMBERED = timedelta(days=400)
"""How long a browser stays the same person; browsers allow no more."""

TRIES, TRIES_OF_ALL, TRIES_PER = 5, 50, timedelta(minutes=1)
"""Wrong passwords taken from one address, and from all together, before they have to wait."""

PERSONS = 9
"""How many persons one browser can be."""

_SESSION = "talkpro_session"
_PERSON = "talkpro_person"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(request: web.Request) -> bool:
    """Whether a request comes from our own page; one that does not say where it comes from does not."""
    origin = urlsplit(request.headers.get("Origin", ""))
    return origin.scheme in ("http", "https") and origin.netloc.lower() == request.host.lower()


def person_number(request: web.Request) -> int:
    """Which of the browser's persons a page is for (`?as=2`)."""
    asked = request.query.get("as", "1")
    return int(asked) if asked in map(str, range(1, PERSONS + 1)) else 1


def user_of(request: web.Request) -> str | None:
    """The person's id, None for a browser that has none yet.

    The cookie is a secret; the id that others see is a digest of it.
    """
    secret = request.cookies.get(_person_cookie(person_number(request)), "")
    return sha256(secret.encode()).hexdigest()[:32] if len(secret) >= 32 else None


def remember(request: web.Request, response: web.StreamResponse) -> None:
    """Make the browser a person, if it is none yet, and keep it so for another year."""
    name = _person_cookie(person_number(request))
    secret = request.cookies.get(name, "") if user_of(request) else secrets.token_urlsafe(32)
    _set_cookie(request, response, name, secret, REMEMBERED)


class Door:
    """The password before the page; without one, only a request for this very machine passes."""

    def __init__(self, password: str | None, host: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._host = host
        self._key = None if password is None else _key(password)
        self._wrong: Counter[str] = Counter()
        self._counted_since = now()

    @property
    def locked(self) -> bool:
        """Whether a password is asked for."""
        return self._key is not None

    def is_for_us(self, request: web.Request) -> bool:
        """Whether the request's Host is ours.

        A page elsewhere can give its own name our address, but not our name. Behind a password such a page has no
        cookie, so any name may be used there.
        """
        host = urlsplit(f"//{request.host}").hostname or ""
        return self.locked or is_loopback(host) or host == self._host

    def admits(self, request: web.Request) -> bool:
        """Whether the browser has given the password."""
        if self._key is None:
            return True
        until, _, signature = request.cookies.get(_SESSION, "").partition(".")
        genuine = hmac.compare_digest(signature.encode(), self._sign(until).encode())
        return genuine and int(until) > self._now().timestamp()

    def may_try(self, request: web.Request) -> bool:
        """Whether another password is taken from this address now."""
        if self._now() - self._counted_since >= TRIES_PER:
            self._wrong.clear()
            self._counted_since = self._now()
        return self._wrong[_address(request)] < TRIES and self._wrong.total() < TRIES_OF_ALL

    def open(self, request: web.Request, response: web.StreamResponse, password: str) -> bool:
        """Let the browser in for a month if the password is right; a wrong one is counted."""
        if self._key is None or not hmac.compare_digest(_key(password), self._key):
            self._wrong[_address(request)] += 1
            return False
        until = str(int((self._now() + SIGNED_IN).timestamp()))
        _set_cookie(request, response, _SESSION, f"{until}.{self._sign(until)}", SIGNED_IN)
        return True

    def _sign(self, until: str) -> str:
        return hmac.new(self._key or b"", f"session until {until}".encode(), sha256).hexdigest()


def _key(password: str) -> bytes:
    """Made from the password alone, so that a cookie holds over restarts and replicas, until the password changes."""
    return scrypt(password.encode(), salt=b"talkpro web", n=2**14, r=8, p=1)


def _address(request: web.Request) -> str:
    return request.remote or ""


def _person_cookie(number: int) -> str:
    return _PERSON if number == 1 else f"{_PERSON}_{number}"


def _set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str, age: timedelta) -> None:
    secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
    seconds = int(age.total_seconds())
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Strict", secure=secure)
