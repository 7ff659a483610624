"""When an interview wants to be looked at again: quiet, deadlines, nudges, and the moving draft bar; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from agent.types import Evaluation, Interview, Phase, Reason, State, Turn

BAR_QUIET = timedelta(seconds=10)
BAR_MOVES = 2
GRACE = timedelta(minutes=1)
NUDGE_AFTER = timedelta(hours=24)
REST_UNTIL = timedelta(hours=72)
RESCORE_AFTER = tuple(timedelta(minutes=minutes) for minutes in (3, 10, 25, 55))
"""When a turn that a stand-in judged is tried again, after it was submitted."""


class Due(StrEnum):
    """What an interview's clock can ask for."""

    MOVE_BAR = "move bar"
    SUBMIT_QUIET = "submit quiet"
    SAY_TIME = "say time"
    TIME_UP = "time up"
    NUDGE = "nudge"
    REST = "rest"
    RESCORE = "rescore"


def agenda(interview: Interview, quiet_seconds: int, *, practice: bool = False) -> list[tuple[datetime, Due]]:
    """What is still to come while the interview waits for its owner, earliest first.

    A daily question is not nudged: the next one comes by itself, and nobody is written to twice a day.
    """
    if interview.asked_at is None or interview.phase not in (Phase.ANSWERING, Phase.CLOSED):
        return []
    entries = [
        (turn.submitted_at + RESCORE_AFTER[turn.rescores], Due.RESCORE)
        for turn in interview.turns
        if is_provisional(turn) and turn.rescores < len(RESCORE_AFTER)
    ]
    if interview.phase is Phase.CLOSED:
        return sorted(entries)
    last_word = interview.touched_at
    if interview.draft:
        if len(interview.draft) > interview.bar_below and interview.bar_moves < BAR_MOVES:
            entries.append((last_word + BAR_QUIET, Due.MOVE_BAR))
        if quiet_seconds:
            entries.append((last_word + timedelta(seconds=quiet_seconds), Due.SUBMIT_QUIET))
    if interview.deadline is not None:
        length = interview.deadline - interview.asked_at
        nudges = (interview.asked_at + length / 2, interview.deadline - length / 10)
        entries += [(moment, Due.SAY_TIME) for moment in nudges[interview.nudged :]]
        entries.append((interview.deadline + GRACE, Due.TIME_UP))
    else:
        if interview.nudged == 0 and not practice:
            entries.append((last_word + NUDGE_AFTER, Due.NUDGE))
        entries.append((last_word + REST_UNTIL, Due.REST))
    return sorted(entries)


def is_provisional(turn: Turn) -> bool:
    """Whether a stand-in judged the turn."""
    return turn.evaluation is not None and stood_in(turn.evaluation)


def stood_in(evaluation: Evaluation) -> bool:
    """Whether a stand-in judged, or would have and could not see what the model was to see."""
    blind = {Reason.JUDGE_FAILED, Reason.UNSEEN}.issubset(evaluation.reasons)
    return evaluation.state is State.PROVISIONAL or blind


def next_wake(interview: Interview, quiet_seconds: int, *, practice: bool = False) -> datetime | None:
    """The earliest moment at which something is due; None when only the owner can move the interview."""
    entries = agenda(interview, quiet_seconds, practice=practice)
    return entries[0][0] if entries else None


def due(interview: Interview, quiet_seconds: int, now: datetime, *, practice: bool = False) -> Due | None:
    """The first thing that is due now."""
    for moment, what in agenda(interview, quiet_seconds, practice=practice):
        if moment <= now:
            return what
    return None
