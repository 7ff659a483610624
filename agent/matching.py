"""How much of a key point an answer says: weighted words of its phrasings, found again within a few sentences."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from rapidfuzz.distance import OSA

from agent.text import Piece, Word, stem, words
from agent.types import KeyPoint
from agent.words import EQUAL_WORDS, FIRST_PERSON, FUNCTION_WORDS, GENERAL_WORDS, IRREGULAR, NUMBERS, TRADE_WORDS

GENERAL = 0.4
"""What a word counts that nearly every answer contains, against 1 for others."""

TRADE = 0.7
"""What a word of the trade counts."""

GROWTH = 1.5
"""What a form of growth such as O(n log n) counts: it says a whole clause."""

IN_QUESTION = 0.1
"""What is left of a word's weight when the question says it already."""

IN_QUESTION_BUT_KEY = 0.6
"""The same for a word that most phrasings of the point contain: there it cannot be said otherwise."""

EQUAL = 0.6
"""What an equal word counts ("remove" for "delete")."""

TYPO = 0.8
"""What a misspelt word counts."""

PROOF = 1.4
"""What the person's own words about a point weigh at least before it is heard: two words of the trade."""

SHORT = 60
"""Up to so many words an answer is read as one; a longer one in windows of WINDOW words."""

WINDOW = 40

MANY_PHRASINGS = 8
"""From so many phrasings on a rubric knows the words of its subject."""

ON_TOPIC = 2 / 3
"""The share of an answer's rarer words that belong to the subject, from which on it is taken in full."""

TELLING = 8
"""From how many rarer words on an answer tells by them what it is about."""

TOLD = 0.04
"""The share of first-person words in a story, from which on it is taken in full."""

SAMPLE = 600
"""How many words of an answer are enough to tell what it is about."""

MAX_STRANGERS = 1500
"""How many unknown words of an answer are compared with the expected ones for typos."""

MAX_NARROWED = 60
"""Up to how many pieces a quote is looked for in; a longer stretch is a whole answer, which nobody quotes."""

DUMP_RUN = 12
"""So many words in a row without a single function word are a list, and say nothing."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something: its words by stem with their weights, which add up to 1.

    `proofs` holds what words prove that it was said and not merely touched, and `need` how much of it there must be;
    of its forms of growth, if it has any, one must be among the words.
    """

    terms: tuple[tuple[str, float], ...]
    proofs: Mapping[str, float]
    need: float


@dataclass(frozen=True, slots=True)
class Rubric:
    """What an answer is compared with: phrasings and mistakes of each point, and what is known of their words.

    `terms` are the stems that count, `equals` leads from a stem to the terms it may stand for, `spellings` from a first
    letter to (spelling, term), and `starts` holds the first two letters of all these, so that other words need no
    stemming. `in_question` holds the question's stems, `shown` the four-word runs of all that the person could copy.
    `about` holds the stems that belong to the subject; it is only worth asking when `rich`. `tells`: the phrasings tell
    of the person's own doings.
    """

    phrasings: Mapping[str, tuple[Phrase, ...]]
    mistakes: Mapping[str, tuple[Phrase, ...]]
    terms: frozenset[str]
    equals: Mapping[str, frozenset[str]]
    spellings: Mapping[str, tuple[tuple[str, str], ...]]
    starts: frozenset[str]
    in_question: frozenset[str]
    shown: frozenset[tuple[str, ...]]
    about: frozenset[str]
    rich: bool
    tells: bool


@dataclass(frozen=True, slots=True)
class Match:
    """How much of a phrase was said, 0 to 1, and in which pieces (first, last); no pieces when nothing was."""

    coverage: float = 0.0
    first: int = 0
    last: int = -1


# The rubric


@lru_cache(maxsize=512)
def rubric(asked: tuple[str, ...], points: tuple[KeyPoint, ...], shown: tuple[str, ...] = ()) -> Rubric:
    """Prepare key points for comparison; `asked` are the texts of the question, `shown` what else could be copied."""
    in_question = frozenset(word.stem for text in asked for word in words(text))
    said = {point.id: [_content(phrasing) for phrasing in point.phrasings] for point in points}
    spread = Counter(term for phrasings in said.values() for term in set().union(*phrasings))

    def weigh(content: Iterable[str], key: frozenset[str]) -> tuple[tuple[str, float], ...]:
        weights = {}
        for term in content:
            weight = _tier(term)
            if term in in_question:
                weight *= IN_QUESTION_BUT_KEY if term in key else IN_QUESTION
            weights[term] = weight * _rarity(spread[term], len(points))
        total = sum(weights.values())
        return tuple((term, weight / total) for term, weight in weights.items())

    phrasings, mistakes = {}, {}
    for point in points:
        key = _key_terms(said[point.id])
        right = set().union(*said[point.id])
        own = {term: _tier(term) for term in right - (in_question - key)}
        phrasings[point.id] = tuple(Phrase(weigh(content, key), own, PROOF) for content in said[point.id] if content)
        mistakes[point.id] = tuple(
            _mistake(weigh(content, key), set(content) - right)
            for text in point.mistakes
            if (content := _content(text)).keys() - right
        )
    terms = frozenset(
        term for phrases in (*phrasings.values(), *mistakes.values()) for phrase in phrases for term, _ in phrase.terms
    )
    equals = _equals(terms)
    told = [not FIRST_PERSON.isdisjoint(word.plain for word in words(text)) for p in points for text in p.phrasings]
    return Rubric(
        phrasings,
        mistakes,
        terms,
        equals,
        _spellings(text for point in points for text in (*point.phrasings, *point.mistakes)),
        starts=frozenset(term[:2] for term in (*terms, *equals)),
        in_question=in_question,
        shown=frozenset(run for text in (*asked, *shown) for run in runs([word.plain for word in words(text)])),
        about=terms | in_question | equals.keys(),
        rich=len(told) >= MANY_PHRASINGS,
        tells=2 * sum(told) > len(told),
    )


def _mistake(terms: tuple[tuple[str, float], ...], telling: set[str]) -> Phrase:
    """Make a mistake of weighted words; `telling` are those that set it apart from what is right."""
    proofs = {term: _tier(term) for term in telling}
    return Phrase(terms, proofs, 0.5 * sum(proofs.values()))


def _tier(term: str) -> float:
    return GROWTH if term.startswith("o:") else _COMMON.get(term, 1.0)


def _key_terms(phrasings: Sequence[Iterable[str]]) -> frozenset[str]:
    """Find the terms that most of at least three phrasings contain."""
    often = Counter(term for content in phrasings for term in content)
    return frozenset(term for term, times in often.items() if 2 * times > len(phrasings) >= 3)


def _spellings(texts: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for text in texts:
        for word in words(text):
            if _spelt(word.plain):
                found[word.plain[0]][word.plain.removesuffix("s")] = word.stem
    return {letter: tuple(known.items()) for letter, known in found.items()}


def _content(text: str) -> dict[str, None]:
    """Return the stems that carry the meaning of a text, each once and in order; of a text without any, all stems."""
    said = list(words(text))
    return dict.fromkeys(word.stem for word in said if word.plain not in FUNCTION_WORDS) or dict.fromkeys(
        word.stem for word in said
    )


def _rarity(points: int, of: int) -> float:
    """Weigh a term by how few of the question's points it belongs to: 1 for one of them, less for more."""
    return math.log(1 + of / max(points, 1)) / math.log(1 + of)


def _equals(terms: frozenset[str]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group in EQUAL_WORDS:
        stems = {stem(word) for word in group}
        for said, meant in product(stems, stems & terms):
            if said != meant:
                found[said].add(meant)
    return {said: frozenset(meant) for said, meant in found.items()}


def runs(plain: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every four words in a row."""
    return [tuple(plain[i : i + 4]) for i in range(len(plain) - 3)]


# The answer


def relevance(against: Rubric, said: Sequence[Word]) -> float:
    """Tell how far an answer keeps to the question, 0 to 1; what is heard in it counts only so much.

    A good answer says much in its own words, yet most of its rarer words belong to the question or to some way to
    answer it; of an answer to another question hardly half do. A story is about the person, so its words are its
    own, but somebody must tell it in the first person. A rubric with few phrasings cannot tell.
    """
    if not against.rich or not said:
        return 1.0
    if against.tells:
        share = sum(word.plain in FIRST_PERSON for word in said) / len(said)
        return min(1.0, share / TOLD) ** 2
    distinct = islice(dict.fromkeys(word.plain for word in said if word.plain not in FUNCTION_WORDS), SAMPLE)
    rare = set(map(stem, distinct)) - _COMMON.keys()
    if len(rare) < TELLING:
        return 1.0
    return min(1.0, len(rare & against.about) / len(rare) / ON_TOPIC) ** 3


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


def knows(against: Rubric, said: Sequence[Word]) -> bool:
    """Tell whether at least a fifth of the words are known at all; of another language hardly any is."""
    sample = said[:SAMPLE]
    known = sum(word.stem in against.about or word.stem in _COMMON or word.plain in FUNCTION_WORDS for word in sample)
    return 5 * known >= len(sample)


class Reading:
    """An answer read against a rubric: which of its terms each piece says, and how well each phrase is covered."""

    def __init__(
        self, against: Rubric, pieces: Sequence[Piece], dumped: frozenset[int] = frozenset(), *, whole: bool = False
    ) -> None:
        """Read `pieces` without the `dumped` words; `whole`: as one, however long, and with no proof asked."""
        self._whole = whole
        meant = _meanings(against, (word for piece in pieces for word in piece.words))
        self.pieces: list[dict[str, float]] = []
        for piece in pieces:
            said: dict[str, float] = {}
            for word in piece.words:
                if word.start not in dumped:
                    for term, credit in meant.get(word.plain, ()):
                        said[term] = max(credit, said.get(term, 0.0))
            self.pieces.append(said)
        self._windows = _windows([len(piece.words) for piece in pieces], whole)
        self._where: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for i, (first, last) in enumerate(self._windows):
            for said in self.pieces[first : last + 1]:
                for term, credit in said.items():
                    where = self._where[term]
                    where[i] = max(credit, where.get(i, 0.0))

    def best(self, phrases: Iterable[Phrase]) -> Match:
        """Find the phrase that is covered best, and where."""
        found, coverage, window = None, 0.0, 0
        for phrase in phrases:
            covered: defaultdict[int, float] = defaultdict(float)
            for term, weight in phrase.terms:
                for i, credit in self._where.get(term, _NOWHERE).items():
                    covered[i] += weight * credit
            for i, share in covered.items():
                if share > coverage + 1e-9 and (self._whole or self._proved(phrase, i)):
                    found, coverage, window = phrase, share, i
        if found is None:
            return Match()
        first, last = self._windows[window]
        if last - first < MAX_NARROWED:
            first, last = self._narrowed(found, coverage, first, last)
        return Match(min(coverage, 1.0), first, last)

    def _proved(self, phrase: Phrase, window: int) -> bool:
        proof = sum(weight * self._where.get(term, _NOWHERE).get(window, 0.0) for term, weight in phrase.proofs.items())
        growth = [window in self._where.get(term, _NOWHERE) for term, _ in phrase.terms if term.startswith("o:")]
        return proof >= phrase.need - 1e-9 and (any(growth) or not growth)

    def _narrowed(self, phrase: Phrase, coverage: float, first: int, last: int) -> tuple[int, int]:
        """Leave out, from either end, pieces that together add less than a tenth of the coverage."""

        def enough(first: int, last: int) -> bool:
            said = self.pieces[first : last + 1]
            share = sum(weight * max(piece.get(term, 0.0) for piece in said) for term, weight in phrase.terms)
            return share >= 0.9 * coverage

        while first < last and enough(first + 1, last):
            first += 1
        while first < last and enough(first, last - 1):
            last -= 1
        return first, last


_NOWHERE: Mapping[int, float] = {}
_COMMON = {stem(word): TRADE for word in TRADE_WORDS} | {stem(word): GENERAL for word in GENERAL_WORDS}


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


def _meanings(against: Rubric, said: Iterable[Word]) -> dict[str, list[tuple[str, float]]]:
    """Lead from each word said to the terms it stands for, and how much it counts."""
    meant: dict[str, list[tuple[str, float]]] = {}
    strangers = 0
    for word in said:
        if word.plain in meant or (word.plain in FUNCTION_WORDS and word.stem not in against.terms):
            continue
        known: list[tuple[str, float]] = []
        if word.plain[:2] in against.starts or word.plain in NUMBERS or word.plain in IRREGULAR:
            known += [(word.stem, 1.0)] if word.stem in against.terms else []
            known += [(term, EQUAL) for term in against.equals.get(word.stem, ())]
        if not known and _spelt(word.plain) and strangers < MAX_STRANGERS:
            strangers += 1
            plain = word.plain.removesuffix("s")
            known = [
                (term, TYPO) for spelling, term in against.spellings.get(plain[0], ()) if _misspelt(plain, spelling)
            ]
        meant[word.plain] = known
    return meant


def _spelt(plain: str) -> bool:
    return len(plain) >= 5 and plain.isalpha() and plain not in FUNCTION_WORDS


def _misspelt(plain: str, spelling: str) -> bool:
    """Tell a typo of a word from another word: in short words a changed letter mostly makes another one."""
    if abs(len(plain) - len(spelling)) > 1:
        return False
    if OSA.distance(plain, spelling, score_cutoff=1) > 1:
        return False
    return len(plain) >= 8 or len(plain) != len(spelling) or sorted(plain) == sorted(spelling)
