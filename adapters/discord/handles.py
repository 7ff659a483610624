"""The handle for answering one interaction: its token, until when it works, and what was known of the place."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from datetime import datetime

TOKEN_SECONDS = 15 * 60 - 30
"""How long a token answers: Discord says fifteen minutes; the rest is for our clocks and the way."""


@dataclass(frozen=True, slots=True)
class Handle:
    """One interaction, as far as it is needed to answer it and to open a thread for it.

    `command`: it was a command, whose first answer can be changed; a press has none. `member`: we can speak there, as
    a member of the server or in our own direct messages. `parent` is the channel that a thread is in. `manages`: the
    person may manage the server. It is a credential: it is never logged.
    """

    application: str
    token: str
    issued_at: float
    command: bool
    member: bool
    permissions: int
    channel_type: int
    parent: str = ""
    manages: bool = False

    def works(self, now: datetime) -> bool:
        """Whether the token still answers."""
        return now.timestamp() - self.issued_at < TOKEN_SECONDS

    def packed(self) -> str:
        """The handle as the opaque text that events carry."""
        return json.dumps(astuple(self), separators=(",", ":"))


def handle_of(reply: str | None) -> Handle | None:
    """Read a handle back."""
    return None if reply is None else Handle(*json.loads(reply))
