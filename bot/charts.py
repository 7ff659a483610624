"""Draws a chart as a PNG picture, for platforms that have no charts of their own."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from io import BytesIO

from agent.scores import Level, level_of
from bot.ports import Chart

FULL = 10.0
"""The value at which a bar ends."""
WIDTH_INCHES, ROW_INCHES, HEAD_INCHES, DOTS_PER_INCH = 6.0, 0.46, 0.55, 130

GROUND, INK, PALE = "#1e1f2b", "#f2f3f5", "#3a3c4e"
SOLID, FAIR, GAPS = "#3ba55d", "#faa81a", "#ed6a5e"


async def picture(chart: Chart) -> bytes:
    """The chart as a PNG; drawn in a thread, and kept for those that ask again."""
    return await asyncio.to_thread(draw, chart)


@lru_cache(maxsize=64)
def draw(chart: Chart) -> bytes:
    """The chart as a PNG of about 780 pixels in width. Text is drawn as it stands; no markup is read."""
    # Imported here: it takes half a second, and most processes never draw.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = HEAD_INCHES + ROW_INCHES * max(len(chart.bars), 1)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DOTS_PER_INCH, facecolor=GROUND)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.2, 0.04, 0.5, 1 - HEAD_INCHES / height - 0.04))
    axes.set_facecolor(GROUND)
    rows = range(len(chart.bars))
    values = [min(max(bar.value, 0.0), FULL) for bar in chart.bars]
    axes.barh(rows, [FULL] * len(values), color=PALE, height=0.5)
    axes.barh(rows, values, color=[_colour(value) for value in values], height=0.5)
    for row, bar in zip(rows, chart.bars, strict=True):
        axes.text(-0.25, row, _short(bar.label, 16), color=INK, ha="right", va="center", parse_math=False)
        axes.text(FULL + 0.25, row, _short(bar.note, 26), color=INK, ha="left", va="center", parse_math=False)
    axes.set_xlim(0, FULL)
    axes.set_ylim(max(len(values), 1) - 0.5, -0.5)
    axes.axis("off")
    figure.text(
        0.03, 1 - 0.3 / height, _short(chart.title, 60), color=INK, weight="bold", va="center", parse_math=False
    )
    made = BytesIO()
    canvas.print_figure(made, format="png", facecolor=GROUND)
    return made.getvalue()


def _colour(value: float) -> str:
    level = level_of(value)
    return SOLID if level is Level.SOLID else FAIR if level is Level.FAIR else GAPS


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
