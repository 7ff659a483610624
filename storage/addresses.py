"""Who somebody is and where something was said, as plain values that outlive the process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A human as one platform knows them.

    `realm` is the Slack enterprise id, else the team id; it is empty on Discord, whose ids are global.
    """

    platform: str
    realm: str
    user: str

    def __str__(self) -> str:
        """Spell the person as one key, for lanes and unique columns."""
        return f"{self.platform}:{self.realm}:{self.user}"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere we can speak. `realm` is the Slack team or the Discord server; `thread` is empty in the open."""

    platform: str
    realm: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        """Spell the place as one key."""
        return f"{self.platform}:{self.realm}:{self.channel}:{self.thread}"
