"""A finished interview to look at before one's own first: the same parts as a real one, marked as an example."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.ports import Chart
from bot.wording import parts, playground
from storage.transcript import COACH

YOU = "you"

Line = tuple[str, str, tuple[dict[str, Any], ...], dict[str, Any] | None]
"""Who says it, what, and the choices and chart below."""


def example() -> list[Line]:
    """The conversation, first to last."""
    bars = playground.EXAMPLE_BARS
    chart = Chart(playground.EXAMPLE_TITLE, bars, parts.chart_in_words(bars))
    return [
        (COACH, playground.EXAMPLE_QUESTION, (), None),
        (YOU, playground.EXAMPLE_THOUGHT, (), None),
        (YOU, playground.EXAMPLE_CODE, (), None),
        (COACH, playground.EXAMPLE_CARD, (), asdict(chart)),
    ]
