"""What the clock says: time left, time up, and rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.types import Interview
from bot.wording.parts import count


def place_gone(title: str) -> str:
    """The thread of an interview was deleted, or we were taken out of the channel."""
    return f"I cannot write in the thread of **{title}** any more. What you did is kept; Resume opens a new one."


def time_left(interview: Interview, now: datetime) -> str:
    """A nudge of a timed interview."""
    left = max(1, round(((interview.deadline or now) - now) / timedelta(minutes=1)))
    return f"{count(left, 'minute')} left."


def time_is_up() -> str:
    """The clock ran out."""
    return "Time is up; I take what is there."


def still_there(title: str) -> str:
    """The one nudge of an untimed interview."""
    return f"**{title}** is still open. It rests here for two more days; go on whenever you like, or press Finish."


def rested() -> str:
    """An interview closed for its silence."""
    return "I closed this interview after three quiet days. Resume takes it up where it stopped."
