"""Getting better, in figures: scores with their trend, topics, the streak, how well somebody knows themselves; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from agent.scores import VALUES, Level, level_of
from agent.types import Card, Turn
from bot.countdown import Week
from bot.streak import Streak
from storage.plans import Plan
from storage.progress import Result

ENOUGH = 3
"""From so many comparable cards in each of two spans a trend is told."""
LEAST_POINTS = 2
"""A topic of which fewer key points were asked is neither strong nor weak."""
MOST_TOPICS = 3
SCORES: Mapping[str, Callable[[Card], float | None]] = {
    "correctness": lambda card: card.correctness,
    "clarity": lambda card: card.clarity,
    "depth": lambda card: card.depth,
}


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a score over the last days, and how much more that is than in the days before; None: not known."""

    value: float | None
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind by one sort of judge: how many, and the three scores by name."""

    kind: str
    local: bool
    count: int
    scores: Mapping[str, Mean]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often people rated their answer as it was then scored, higher, and lower."""

    right: int = 0
    high: int = 0
    low: int = 0

    @property
    def count(self) -> int:
        """Ratings in all."""
        return self.right + self.high + self.low


@dataclass(frozen=True, slots=True)
class Standing:
    """All that `stats` tells; topics with the share (0 to 1) of their key points that were said, best first."""

    count: int
    minutes: int
    days: int
    kinds: tuple[Kind, ...]
    topics: tuple[tuple[str, float], ...]
    calibration: Calibration
    row: Streak
    plan: tuple[Plan, Week] | None = None
    today: date = date.min


def kinds_of(recent: Sequence[Result], earlier: Sequence[Result]) -> tuple[Kind, ...]:
    """Means and trends; numbers of a model and of the local judge are never mixed."""
    groups = sorted({(result.kind, result.local) for result in recent})
    return tuple(_kind(group, _cards(recent, group), _cards(earlier, group)) for group in groups)


def _cards(results: Iterable[Result], group: tuple[str, bool]) -> list[Card]:
    return [one.card for one in results if one.counts and (one.kind, one.local) == group]


def _kind(group: tuple[str, bool], recent: Sequence[Card], earlier: Sequence[Card]) -> Kind:
    return Kind(*group, len(recent), {name: _mean(score, recent, earlier) for name, score in SCORES.items()})


def _mean(score: Callable[[Card], float | None], recent: Sequence[Card], earlier: Sequence[Card]) -> Mean:
    now, then = ([value for card in cards if (value := score(card)) is not None] for cards in (recent, earlier))
    if not now:
        return Mean(None)
    enough = min(len(now), len(then)) >= ENOUGH
    return Mean(fmean(now), fmean(now) - fmean(then) if enough else None)


def topics_of(results: Iterable[Result]) -> tuple[tuple[str, float], ...]:
    """Topics by the share of their key points that were said, best first; those seldom asked are left out."""
    said: dict[str, list[float]] = {}
    for result in results:
        for topic in result.topics:
            said.setdefault(topic, []).extend(VALUES[verdict.verdict] for verdict in result.card.verdicts)
    shares = [(topic, fmean(worths)) for topic, worths in said.items() if len(worths) >= LEAST_POINTS]
    return tuple(sorted(shares, key=lambda share: (-share[1], share[0])))


def calibration_of(turns: Iterable[Turn]) -> Calibration:
    """Compare what people thought of their answers with what was scored."""
    order = [Level.GAPS.value, Level.FAIR.value, Level.SOLID.value]
    right = high = low = 0
    for turn in turns:
        evaluation = turn.evaluation
        if evaluation is None or evaluation.correctness is None or turn.rating not in order:
            continue
        apart = order.index(turn.rating) - order.index(level_of(evaluation.correctness).value)
        right, high, low = right + (apart == 0), high + (apart > 0), low + (apart < 0)
    return Calibration(right, high, low)
