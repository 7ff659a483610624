"""Getting better, in figures: scores with their trend, topics, the streak, and how well somebody knows themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import fmean

from sqlalchemy import Connection

from agent.scores import VALUES, Level, level_of
from agent.types import Card, Turn
from bot.core import Core
from bot.plans import Week, standing_week
from bot.ports import Choice, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.schedule import local_day
from bot.speech import Speech
from bot.standing import streak_for
from bot.streak import Streak
from bot.turns import Outcome
from bot.wording import progress as words
from storage import practice, progress
from storage.accounts import Account
from storage.plans import Plan
from storage.progress import Result

DAYS = 30
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


class Progress:
    """Answers `/interview stats`."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def stats(self, cause: Cause, account: Account) -> Outcome:
        """The last thirty days, to the person alone."""
        standing = await self._database.read(standing_of, account, self._now())
        text = words.stats(standing, DAYS)
        chart = words.chart(standing, DAYS)
        if chart is None:
            return outcome(cause.whisper(text))
        try:
            direct = (await self._platforms[cause.person.platform].direct(cause.person)).place
        except (KeyError, Unreachable):
            return outcome(cause.whisper(text))
        if direct == replace(cause.place, thread=""):
            return outcome(Speech(f"stats/{cause.key}", cause.person, cause.place, text, chart=chart))
        return outcome(cause.whisper(text, (Choice(words.SHOW_CHART, "stats chart"),)))

    async def chart(self, cause: Cause, account: Account) -> Outcome:
        """The chart, in the direct messages, where it may stand."""
        standing = await self._database.read(standing_of, account, self._now())
        chart = words.chart(standing, DAYS)
        try:
            direct = (await self._platforms[cause.person.platform].direct(cause.person)).place
        except Unreachable as why:
            return outcome(cause.whisper(str(why)))
        if chart is None:
            return outcome(cause.whisper(words.stats(standing, DAYS)))
        told = () if direct == replace(cause.place, thread="") else (cause.whisper(words.in_direct()),)
        return outcome(
            Speech(f"stats/{cause.key}", cause.person, direct, words.stats(standing, DAYS), chart=chart), *told
        )


def standing_of(conn: Connection, account: Account, now: datetime) -> Standing:
    """How an account stands now."""
    since, before = now - timedelta(days=DAYS), now - timedelta(days=2 * DAYS)
    found = progress.results(conn, account.id, before)
    recent = [result for result in found if result.closed_at >= since]
    due = practice.get(conn, account.id)
    zone = due.zone if due is not None else account.preferences.zone or "UTC"
    today = local_day(now, zone)
    days = practice.days_practised(conn, account.id)
    return Standing(
        count=len(recent),
        minutes=sum(result.card.minutes for result in recent),
        days=sum(day > today - timedelta(days=DAYS) for day in days),
        kinds=kinds_of(recent, [result for result in found if result.closed_at < since]),
        topics=topics_of(recent),
        calibration=calibration_of(progress.rated_turns(conn, account.id, since)),
        row=streak_for(conn, account.id, due, today),
        plan=standing_week(conn, account.id, today, zone),
        today=today,
    )


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
