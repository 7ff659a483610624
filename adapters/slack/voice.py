"""What all conversations with Slack share: the wire, the database, the messages being written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from adapters.slack.pacing import Pace
from adapters.slack.wire import Wire
from storage.database import Database

MOST_DIRECT = 5000


@dataclass(frozen=True, slots=True)
class Voice:
    """What all conversations of a process share.

    `streams`: what stops showing a message that is being written, by its channel and ts.
    """

    wire: Wire
    database: Database
    log: FilteringBoundLogger
    now: Callable[[], datetime]
    streams: dict[tuple[str, str], Callable[[], None]] = field(default_factory=dict)
    direct: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)

    @property
    def pace(self) -> Pace:
        """How fast we may speak."""
        return self.wire.pace

    async def direct_of(self, team: str, user: str) -> str:
        """The channel of the direct messages with somebody."""
        known = self.direct.get((team, user))
        if known is None:
            answer = await self.wire.call(team, "conversations.open", users=user)
            known = self.direct[team, user] = str(answer["channel"]["id"])
            if len(self.direct) > MOST_DIRECT:
                self.direct.popitem(last=False)
        return known
