"""What is said about getting better: scores and their trend, topics, self-ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import Bar, Chart
from bot.wording.parts import number
from bot.wording.plan import in_stats
from bot.wording.practice import streak_line

if TYPE_CHECKING:
    from bot.figures import Calibration, Kind, Mean, Standing

SHOW_CHART = "Show a chart"
RATED = {"solid": "Submit: solid", "fair": "Submit: fair", "gaps": "Submit: gaps"}
SETTING = "Rate my answer when I submit it"
SETTING_OFF, SETTING_ON = "no", "yes: solid, fair or gaps"
SMALL = 0.25
"""A change below it is no trend."""
SHOWN = 3
STRONG = 0.7


def stats(standing: Standing, days: int) -> str:
    """The last days in figures."""
    if not standing.count:
        nothing = f"No finished interview in the last {days} days. `/interview easy` is a good start."
        more = [streak_line(standing.row)] if standing.row.days else []
        return "\n".join([nothing, *more, *_plan(standing)])
    noun = "interview" if standing.count == 1 else "interviews"
    on = "1 day" if standing.days == 1 else f"{standing.days} days"
    lines = [f"**Your last {days} days**: {standing.count} {noun} on {on}, {standing.minutes} min."]
    if standing.row.days:
        lines.append(f"Streak: {streak_line(standing.row)}")
    lines += [*map(_kind, standing.kinds), ""] if standing.kinds else []  # a line after a list would join its last row
    strong, weak = strongest_and_weakest(standing)
    if strong:
        lines.append("Strongest, by points said: " + _topics(strong))
    if weak:
        lines.append("Weakest, by points said: " + _topics(weak))
    if standing.calibration.count:
        lines.append(_calibration(standing.calibration))
    return "\n".join([*lines, *_plan(standing)]).rstrip()


def _plan(standing: Standing) -> list[str]:
    return [in_stats(*standing.plan, standing.today)] if standing.plan is not None else []


def _kind(kind: Kind) -> str:
    said = [
        f"{name} {number(mean.value, kind.local)}{_trend(mean)}"
        for name, mean in kind.scores.items()
        if mean.value is not None
    ]
    by = "the local judge" if kind.local else "a model"
    return f"- {kind.kind}, {kind.count} by {by}: " + (", ".join(said) or "not scored")


def _trend(mean: Mean) -> str:
    if mean.change is None:
        return ""
    if abs(mean.change) < SMALL:
        return " ="
    return f" {'▲' if mean.change > 0 else '▼'}{abs(mean.change):.1f}"


def strongest_and_weakest(standing: Standing) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """At most three topics of each; none is both."""
    strong = [topic for topic in standing.topics if topic[1] >= STRONG][:SHOWN]
    weak = [topic for topic in reversed(standing.topics) if topic[1] < STRONG][:SHOWN]
    return strong, weak


def _topics(topics: list[tuple[str, float]]) -> str:
    return ", ".join(f"{topic} {share:.0%}" for topic, share in topics)


def _calibration(found: Calibration) -> str:
    times = "time" if found.count == 1 else "times"
    said = f"You rated your answers {found.count} {times}: {found.right} as scored"
    return f"{said}, {found.high} too high, {found.low} too low."


def chart(standing: Standing, days: int) -> Chart | None:
    """The scores of the kind practised most, then topics, as bars; None when there is nothing to show."""
    bars: list[Bar] = []
    if standing.kinds:
        most = max(standing.kinds, key=lambda kind: kind.count)
        bars += [
            Bar(name.capitalize(), mean.value, f"{number(mean.value, most.local)}{_trend(mean)}")
            for name, mean in most.scores.items()
            if mean.value is not None
        ]
    strong, weak = strongest_and_weakest(standing)
    bars += [Bar(topic, 10 * share, f"{share:.0%} of points") for topic, share in [*strong, *reversed(weak)]]
    if not bars:
        return None
    alt = "; ".join(f"{bar.label} {bar.note}" for bar in bars)
    return Chart(f"Your last {days} days", tuple(bars), alt)


def in_direct() -> str:
    """The chart stands in the direct messages."""
    return "The chart is in our direct messages."
