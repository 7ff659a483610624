"""An answer read against a rubric: which sentences say which words, and how well each key point is covered by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.matching import Meanings, Phrase, Rubric, meanings
from agent.text import Piece
from agent.words import FUNCTION_WORDS

SHORT = 60
"""Up to so many words an answer is read as one; a longer one in windows of WINDOW words."""

WINDOW = 40

MAX_NARROWED = 60
"""Up to how many pieces a quote is looked for in; a longer stretch is a whole answer, which nobody quotes."""

DUMP_RUN = 12
"""So many words in a row without a single function word are a list, and say nothing."""


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a phrase was said, 0 to 1, and in which pieces (first, last); no pieces when nothing was."""

    coverage: float = 0.0
    first: int = 0
    last: int = -1


def listed(pieces: Sequence[Piece]) -> frozenset[int]:
    """Find the words (by where they begin) that stand in a run of DUMP_RUN words without a function word."""
    run: list[int] = []
    dumped: list[int] = []
    for piece in pieces:
        for word in piece.words:
            if word.plain in FUNCTION_WORDS:
                if len(run) >= DUMP_RUN:
                    dumped += run
                run = []
            elif word.plain[0].isalpha():
                run.append(word.start)
    return frozenset(dumped + run if len(run) >= DUMP_RUN else dumped)


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a sentence counts: how much of what it says, above 0 up to 1, and for which points.

    `paragraph` is where its paragraph begins.
    """

    counts: float
    points: frozenset[str]
    paragraph: int


_Where = dict[int, tuple[float, float]]
"""In which windows a term is said: how much of it (less than 1 for a typo), and how much of that counts."""


class Reading:
    """An answer read against a rubric: which of its terms each piece says, and how well each phrase is covered."""

    def __init__(
        self,
        against: Rubric,
        pieces: Sequence[Piece],
        dumped: frozenset[int] = frozenset(),
        *,
        kept: Mapping[int, Kept] | None = None,
        meant: Meanings | None = None,
        whole: bool = False,
    ) -> None:
        """Read `pieces` without the `dumped` words; `whole`: as one, however long, and with no proof asked.

        `kept` says, by where a piece begins, what of it counts (None: all); `meant` is what its words mean, if known.
        """
        self._whole = whole
        if meant is None:
            meant = meanings(against, (word for piece in pieces for word in piece.words))
        self._kept = [None if kept is None else kept[piece.start] for piece in pieces]
        self.pieces: list[dict[str, float]] = []
        for piece in pieces:
            said: dict[str, float] = {}
            for word in piece.words:
                if word.start not in dumped:
                    for term, credit in meant.get(word.plain, ()):
                        said[term] = max(credit, said.get(term, 0.0))
            self.pieces.append(said)
        self._lengths = [len(piece.words) for piece in pieces]
        self._saying: defaultdict[str, list[int]] = defaultdict(list)
        for i, said in enumerate(self.pieces):
            for term in said:
                self._saying[term].append(i)
        self._views: dict[str, _View] = {}

    def best(self, point: str, phrases: Iterable[Phrase], *, in_full: bool = False) -> Match:
        """Find the phrase about a point that is covered best, and where; `in_full`: however loosely it is said."""
        view = self._view(point)
        found, coverage, window = None, 0.0, 0
        where: dict[str, _Where] = {}
        for phrase in phrases:
            covered: defaultdict[int, float] = defaultdict(float)
            for term in (*phrase.proofs, *(term for term, _ in phrase.terms)):
                if term not in where:
                    where[term] = self._where(view, term)
            for term, weight in phrase.terms:
                for i, (credit, counted) in where[term].items():
                    covered[i] += weight * (credit if in_full else counted)
            for i, share in covered.items():
                if share > coverage + 1e-9 and (self._whole or _proved(phrase, i, where)):
                    found, coverage, window = phrase, share, i
        if found is None:
            return Match()
        first, last = view.windows[window]
        if last - first < MAX_NARROWED:
            first, last = self._narrowed(view, found, first, last)
        return Match(min(coverage, 1.0), view.pieces[first], view.pieces[last])

    def _view(self, point: str) -> _View:
        if point not in self._views:
            counts = {
                i: 1.0 if what is None else what.counts
                for i, what in enumerate(self._kept)
                if what is None or point in what.points
            }
            windows = _windows([self._lengths[i] for i in counts], self._whole)
            seen_by: dict[int, list[int]] = {i: [] for i in counts}
            pieces = tuple(counts)
            for window, (first, last) in enumerate(windows):
                for i in pieces[first : last + 1]:
                    seen_by[i].append(window)
            self._views[point] = _View(pieces, counts, windows, seen_by)
        return self._views[point]

    def _where(self, view: _View, term: str) -> _Where:
        found: _Where = {}
        for i in self._saying.get(term, ()):
            if counts := view.counts.get(i):
                credit = self.pieces[i][term]
                for window in view.seen_by[i]:
                    most, counted = found.get(window, (0.0, 0.0))
                    found[window] = (max(credit, most), max(credit * counts, counted))
        return found

    def _narrowed(self, view: _View, phrase: Phrase, first: int, last: int) -> tuple[int, int]:
        """Leave out, from either end, pieces that together add less than a tenth of the coverage."""

        def covered(first: int, last: int) -> float:
            said = [(self.pieces[i], view.counts[i]) for i in view.pieces[first : last + 1]]
            return sum(weight * max(piece.get(t, 0.0) * counts for piece, counts in said) for t, weight in phrase.terms)

        enough = 0.9 * covered(first, last)
        while first < last and covered(first + 1, last) >= enough:
            first += 1
        while first < last and covered(first, last - 1) >= enough:
            last -= 1
        return first, last


@dataclass(frozen=True, slots=True)
class _View:
    """The pieces that count for one point and how much, the windows over them, and which windows see a piece."""

    pieces: tuple[int, ...]
    counts: Mapping[int, float]
    windows: Sequence[tuple[int, int]]
    seen_by: Mapping[int, Sequence[int]]


def _proved(phrase: Phrase, window: int, where: Mapping[str, _Where]) -> bool:
    """Tell whether a window says enough of a phrase's own words, and its growth if it has one."""
    proof = sum(weight * where[term].get(window, (0.0,))[0] for term, weight in phrase.proofs.items())
    growth = [window in where[term] for term, _ in phrase.terms if term.startswith("o:")]
    return proof >= phrase.need - 1e-9 and (any(growth) or not growth)


def _windows(lengths: Sequence[int], whole: bool) -> list[tuple[int, int]]:
    """Lay windows over pieces of these lengths, none inside another: (first piece, last piece)."""
    if not lengths:
        return []
    if whole or sum(lengths) <= SHORT:
        return [(0, len(lengths) - 1)]
    found: list[tuple[int, int]] = []
    last, total = -1, 0
    for first, length in enumerate(lengths):
        if last < first:
            last, total = first, length
        while last + 1 < len(lengths) and total + lengths[last + 1] <= WINDOW:
            last += 1
            total += lengths[last]
        if not found or found[-1][1] < last:
            found.append((first, last))
        total -= length
    return found
