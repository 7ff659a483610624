"""What Discord's refusals mean: whether a place is lost, a message is gone, or we only have to wait."""

from __future__ import annotations

from adapters.discord.transport import Paused, Refused, TooFast
from bot.ports import Unreachable
from bot.wording import discord as wording

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
MISSING_ACCESS, CANNOT_DM, MISSING_PERMISSIONS, INVALID_TOKEN, NO_SHARED_SERVER = 50001, 50007, 50013, 50027, 50278
ARCHIVED, LOCKED, MOST_THREADS, EDITED_TOO_OFTEN = 50083, 160005, 160006, 30046
OPENED_TOO_FAST = 40003
NOBODY = {10007, 10013}
"""Unknown member, unknown user: somebody who is not in the server."""
UNKNOWN_GUILD = 10004
WRONG_CHANNEL_TYPE, THREAD_LOCKED_TYPE = 50024, 50068
NO_HISTORY = 160002
"""A message cannot be answered where we may not read what was said."""

SHUT = {CANNOT_DM, NO_SHARED_SERVER}
"""Direct messages are closed to us, or we were blocked: the two look alike."""
LOST = {
    UNKNOWN_CHANNEL: wording.PLACE_GONE,
    LOCKED: wording.PLACE_LOCKED,
    MISSING_ACCESS: wording.PLACE_CLOSED,
    MISSING_PERMISSIONS: wording.PLACE_CLOSED,
    **dict.fromkeys(SHUT, wording.DM_CLOSED),
    UNKNOWN_GUILD: wording.NOT_IN_SERVER,
}
"""A place that cannot be written to, until somebody does something about it."""
MOVED = {UNKNOWN_MESSAGE, EDITED_TOO_OFTEN}
"""A message that cannot be changed any more; it is said again."""
EXPIRED = {UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN}
"""An interaction that can be answered no more."""
NO_THREADS = {MOST_THREADS, WRONG_CHANNEL_TYPE, THREAD_LOCKED_TYPE}
"""No thread can be opened there, whatever we are allowed to."""
PAUSE_SECONDS = 60.0


def unreachable(error: Refused | Paused | TooFast | OSError) -> Unreachable:
    """What a failed call is to the coach."""
    match error:
        case Paused():
            return Unreachable(wording.REFUSED_MUCH, for_good=False, retry_after=PAUSE_SECONDS)
        case TooFast():
            return Unreachable(wording.BUSY, for_good=False, retry_after=error.retry_after)
        case Refused():
            if error.code in LOST:
                return Unreachable(LOST[error.code])
            if error.status == 429 or error.code == OPENED_TOO_FAST:
                return Unreachable(wording.BUSY, for_good=False, retry_after=error.retry_after or PAUSE_SECONDS)
            if error.status >= 500 or error.status == 401:
                return Unreachable(wording.NOT_READY, for_good=False)
            return Unreachable(wording.REFUSED)
    # No connection, or no answer in time.
    return Unreachable(wording.NOT_READY, for_good=False)
