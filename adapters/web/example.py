"""A finished interview to look at before one's own first: the same parts as a real one, marked as an example."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot import wording
from bot.ports import Chart
from storage.transcript import COACH

YOU = "you"

Line = tuple[str, str, tuple[dict[str, Any], ...], dict[str, Any] | None]
"""Who says it, what, and the choices and chart below."""


def example() -> list[Line]:
    """The conversation, first to last."""
    bars = wording.EXAMPLE_BARS
    chart = Chart(wording.EXAMPLE_TITLE, bars, wording.chart_in_words(bars))
    return [
        (COACH, wording.EXAMPLE_QUESTION, (), None),
        (YOU, wording.EXAMPLE_THOUGHT, (), None),
        (YOU, wording.EXAMPLE_CODE, (), None),
        (COACH, wording.EXAMPLE_CARD, (), asdict(chart)),
    ]
