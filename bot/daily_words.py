"""The words behind `/interview daily`, in any order: hour, days, kind, difficulty, zone, or an order like `off`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rapidfuzz import fuzz, process

from agent.kinds import Kind
from agent.types import Difficulty
from bot.commands import NEAR_ENOUGH
from bot.schedule import EVERY_DAY, WEEKDAYS, WEEKENDS
from bot.zones import zone_called, zones_near

ORDERS = ("off", "pause", "now", "resume")
ALIASES = {"stop": "off", "on": "resume", "continue": "resume", "start": "resume"}
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SETS = {
    "weekdays": WEEKDAYS,
    "workdays": WEEKDAYS,
    "weekends": WEEKENDS,
    "weekend": WEEKENDS,
    "daily": EVERY_DAY,
    "everyday": EVERY_DAY,
}
FOLLOWS_PLAN = "plan"
"""The kind of somebody who chose none: what a plan says, else quick."""
SMALL = frozenset({"at", "in", "on", "every", "and", "for", "zone", "time", "until", "day", "each"})
UNITS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7, "m": 30, "month": 30, "months": 30}
LONGEST_PAUSE = 366

_HOUR = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|(\d{2}))?\s*(am|pm)?")
_SPAN = re.compile(r"(\d{1,3})\s*([a-z]+)")


class Odd(Exception):
    """A word that is none of ours. `near` is what was probably meant, empty when nothing is near."""

    def __init__(self, word: str, near: str = "", words: str = "") -> None:
        """Keep the word, its mend, and the whole wish mended."""
        super().__init__(word)
        self.word = word
        self.near = near
        self.words = words


class NoHour(Exception):
    """Something like an hour that no clock shows."""


@dataclass(frozen=True, slots=True)
class DailyWish:
    """What somebody wants of the daily question; None where nothing was said.

    `order` is one of ORDERS or empty. `minute` counts from midnight. An empty `kind` is the plan's. `follows`: the
    difficulty follows results. A pause ends after `pause_days` or on `pause_until`.
    """

    order: str = ""
    minute: int | None = None
    days: frozenset[int] | None = None
    kind: str | None = None
    difficulty: Difficulty | None = None
    follows: bool = False
    zone: str | None = None
    pause_days: int | None = None
    pause_until: date | None = None


def read(words: str, kinds: Mapping[str, Kind]) -> DailyWish:
    """Read the words. Raises Odd for a word that is none of ours, NoHour for an hour like 25:00."""
    return _Reader(words, kinds).read()


def minute_of(said: str) -> int | None:
    """Minutes after midnight of `8:30`, `08.30`, `0830`, `8am`; None when it is no hour at all. Raises NoHour."""
    found = _HOUR.fullmatch(said.strip().casefold())
    if found is None:
        return None
    hours, first, second, half = found.groups()
    if first is None and second is None and half is None:
        return None  # a bare number says too little
    hour, minute = int(hours), int(first or second or 0)
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        raise NoHour(said)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute


def days_of(said: str) -> frozenset[int] | None:
    """Weekdays of `weekdays`, `mon`, `tuesday`, `fridays`; None when it names none."""
    word = said.casefold()
    if word in SETS:
        return SETS[word]
    for number, name in enumerate(DAY_NAMES):
        if word.removesuffix("s") == name or (len(word) >= 3 and name.startswith(word)):
            return frozenset({number})
    return None


class _Reader:
    def __init__(self, words: str, kinds: Mapping[str, Kind]) -> None:
        self._tokens = words.replace(",", " ").split()
        self._known = {word.casefold(): kind.name for kind in kinds.values() for word in (kind.name, *kind.aliases)}
        self._at = 0

    def read(self) -> DailyWish:
        wish = DailyWish()
        while self._at < len(self._tokens):
            wish = self._with_next(wish)
        return wish

    def _with_next(self, wish: DailyWish) -> DailyWish:
        word = self._tokens[self._at].casefold()
        self._at += 1
        order = ALIASES.get(word, word)
        pausing = wish.order == "pause"
        if order in ORDERS:
            return replace(wish, order=order)
        if pausing and (length := self._span(word)) is not None:
            return replace(wish, pause_days=length)
        if pausing and (end := _day(word)) is not None:
            return replace(wish, pause_until=end)
        if (minute := minute_of(self._with_half(word))) is not None:
            return replace(wish, minute=minute)
        if (kind := self._kind(word)) is not None:
            return replace(wish, kind=kind)
        if (days := days_of(word)) is not None:
            return replace(wish, days=days | (wish.days or frozenset()))
        if word in tuple(Difficulty):
            return replace(wish, difficulty=Difficulty(word))
        if word == FOLLOWS_PLAN:
            return replace(wish, kind="")
        if word == "auto":
            return replace(wish, follows=True)
        if (zone := self._zone()) is not None:
            return replace(wish, zone=zone)
        if word not in SMALL:
            raise self._odd(word)
        return wish

    def _with_half(self, word: str) -> str:
        """`8:30 pm` in two words."""
        if self._at < len(self._tokens) and self._tokens[self._at].casefold() in ("am", "pm") and word[:1].isdigit():
            self._at += 1
            return word + self._tokens[self._at - 1]
        return word

    def _span(self, word: str) -> int | None:
        """Days of `2w`, `10days`, `2 weeks`."""
        if word.isdecimal() and self._at < len(self._tokens) and self._tokens[self._at].casefold() in UNITS:
            word += self._tokens[self._at]
            self._at += 1
        found = _SPAN.fullmatch(word.casefold())
        if found is None or found[2] not in UNITS:
            return None
        return int(found[1]) * UNITS[found[2]]

    def _kind(self, word: str) -> str | None:
        """A kind of one word or of two."""
        if self._at < len(self._tokens):
            pair = f"{word}-{self._tokens[self._at].casefold()}"
            if pair in self._known:
                self._at += 1
                return self._known[pair]
        return self._known.get(word)

    def _zone(self) -> str | None:
        """A zone or a city of one, two or three words; the longest wins."""
        start = self._at - 1
        for length in (3, 2, 1):
            words = self._tokens[start : start + length]
            if len(words) == length and (zone := zone_called(" ".join(words))) is not None:
                self._at = start + length
                return zone
        return None

    def _odd(self, word: str) -> Odd:
        known = [*ORDERS, *SETS, *DAY_NAMES, *Difficulty, *self._known]
        best = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH)
        near = best[0] if best is not None else next(iter(zones_near(word)), None)
        if near is None or len(word) <= 3:
            return Odd(self._tokens[self._at - 1])
        mended = " ".join([*self._tokens[: self._at - 1], near, *self._tokens[self._at :]])
        return Odd(self._tokens[self._at - 1], near, mended)


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def pause_end(wish: DailyWish, today: date) -> date | None:
    """The local day on which a pause ends; None when none was said, or one that is past or too far."""
    if wish.pause_until is not None:
        end = wish.pause_until
    elif wish.pause_days is not None:
        end = today + timedelta(days=wish.pause_days)
    else:
        return None
    return end if today < end <= today + timedelta(days=LONGEST_PAUSE) else None
