"""A chart as a picture."""

from __future__ import annotations

from bot import charts
from bot.ports import Bar, Chart


async def test_a_chart_becomes_a_png_and_the_same_chart_the_same_png() -> None:
    chart = Chart("Cost in $x$ and $y", (Bar("Depth", 12.0, "12 of 10 $"), Bar("Clarity", -1.0)), "words")
    first = await charts.picture(chart)
    assert first.startswith(b"\x89PNG")
    assert await charts.picture(chart) is first
    assert await charts.picture(Chart("", (), "")) != first
