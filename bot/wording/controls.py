"""What is said to hints, skipping, finishing, and presses that no longer fit."""

from __future__ import annotations

from agent.types import HINT_PRICES
from bot.wording.parts import MINUS


def hint_label(taken: int, free: bool) -> str:
    """The hint button, with its price."""
    price = 0.0 if free else HINT_PRICES[taken]
    return "Hint: free" if price == 0 else f"Hint: {MINUS}{price:.1f}"


def hint(number: int, of: int, text: str, free: bool) -> str:
    """A hint that was taken."""
    price = 0.0 if free else HINT_PRICES[number - 1]
    cost = "free" if price == 0 else f"{MINUS}{price:.1f} correctness"
    line = f"**Hint {number} of {of}** ({cost}): {text}"
    if number < of and not free:
        line += f"\n_The next one costs {HINT_PRICES[number]:.1f}._"
    return line


def hint_costs(price: float) -> str:
    """The price of the next hint, before it is taken."""
    return f"The next hint costs {price:.1f} of the card's correctness."


def no_hint() -> str:
    """All hints are taken."""
    return "There are no more hints for this question."


def old_button() -> str:
    """A button of an earlier question."""
    return "That button belongs to an earlier question. Please use the newest one."


def not_yours() -> str:
    """Somebody pressed a button of another person's interview, or one that is gone."""
    return "There is nothing here that you can act on. `/interview` starts your own."


def skipped(title: str) -> str:
    """The question was dropped."""
    return f"Skipped **{title}**; it is not scored."


def nothing_left() -> str:
    """No other question of the sort."""
    return "There is no other question of this sort. Answer this one, or press Finish."


def stopping(title: str) -> str:
    """The command to stop, where it was typed."""
    return f"I am ending **{title}**; the rest is where it was held."


def nothing_answered() -> str:
    """An interview ended before anything was answered."""
    return "Closed. Nothing was answered, so nothing is scored."


def nothing_open() -> str:
    """Stop without an interview."""
    return "No interview is open. `/interview` starts one."


def interview_over() -> str:
    """A button that needs an open interview."""
    return "This interview is over."
