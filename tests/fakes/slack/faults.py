"""What can go wrong with a call of the Web API, switchable by method and number of times; and Slack's rate limits."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum

TIERS = {
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.appendStream": 100,
    "chat.update": 50,
    "chat.delete": 50,
    "chat.postEphemeral": 100,
    "conversations.open": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.publish": 100,
    "views.update": 100,
    "assistant.threads.setStatus": 100,
    "assistant.threads.setSuggestedPrompts": 100,
    "agents.sessions.setStatus": 50,
    "apps.connections.open": 1,
}
"""Calls a minute, by method and workspace."""
BURST = 5
"""Messages that one channel takes at once; after that one a second."""


class Fault(StrEnum):
    """What happens instead of an answer."""

    RATE_LIMITED = "429 with Retry-After"
    BROKEN = "500"
    AWAY = "503"
    RESET = "the connection is reset before anything is done"
    SLOW = "the answer comes late"
    CUT = "the body of the answer is cut off"
    GARBAGE = "the answer is no JSON"
    UNKNOWN = "it is done, and the connection is reset before the answer"
    REFUSED = "the answer is an error of the API"


@dataclass
class Trouble:
    """A fault and how often it still happens; `count` below zero is for ever. `seconds`: Retry-After, or how slow."""

    fault: Fault
    count: int = 1
    seconds: float = 1
    error: str = ""
    skip: int = 0


@dataclass
class Faults:
    """The faults to come, by method; the method `*` means any."""

    coming: defaultdict[str, deque[Trouble]] = field(default_factory=lambda: defaultdict(deque))
    happened: list[tuple[str, Fault]] = field(default_factory=list)

    def add(
        self, method: str, fault: Fault, *, times: int = 1, seconds: float = 1, error: str = "", skip: int = 0
    ) -> None:
        """Let the next calls of a method fail, after the first `skip` of them."""
        self.coming[method].append(Trouble(fault, times, seconds, error, skip))

    def stop(self) -> None:
        """Let everything succeed again."""
        self.coming.clear()

    def next(self, method: str) -> Trouble | None:
        for name in (method, "*"):
            waiting = self.coming[name]
            if not waiting:
                continue
            trouble = waiting[0]
            if trouble.skip > 0:
                trouble.skip -= 1
                continue
            trouble.count -= 1
            if trouble.count == 0:
                waiting.popleft()
            self.happened.append((method, trouble.fault))
            return trouble
        return None


@dataclass
class Limits:
    """Slack's rate limits, off until switched on. `scale` multiplies what is allowed, for tests that cannot wait."""

    on: bool = False
    scale: float = 1
    calls: defaultdict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    channels: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    refused: list[str] = field(default_factory=list)

    def wait(self, method: str, team: str, channel: str) -> int:
        """Seconds that the caller has to wait; 0 when the call may be made, which then counts."""
        if not self.on:
            return 0
        now = time.monotonic()
        windows: list[tuple[deque[float], float, float]] = []
        if method in TIERS:
            windows.append((self.calls[method, team], TIERS[method] * self.scale, 60))
        if method == "chat.postMessage":
            windows.append((self.channels[channel], BURST, BURST / self.scale))
        for window, allowed, per in windows:
            while window and window[0] <= now - per:
                window.popleft()
            if len(window) >= allowed:
                self.refused.append(method)
                return max(1, round(window[0] + per - now + 0.5))
        for window, _, _ in windows:
            window.append(now)
        return 0
