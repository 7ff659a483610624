"""A rubric: the weighted words of phrasings and mistakes, and which of them a word that is said may stand for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from rapidfuzz.distance import OSA

from agent.text import Word, stem, words
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

OF_THE_QUESTION = 0.3
"""What is left of that for a word of the question that most phrasings of the point contain."""

SHORT_PROOF = 1.0
"""What they weigh at least for a phrasing that has few of them."""

MANY_PHRASINGS = 9
"""From so many phrasings on a rubric knows the words of its subject."""

SAMPLE = 600
"""How many words of an answer are enough to tell what it is about."""

MAX_STRANGERS = 1500
"""How many unknown words of an answer are compared with the expected ones for typos."""

COMMON = {stem(word): TRADE for word in TRADE_WORDS} | {stem(word): GENERAL for word in GENERAL_WORDS}
"""Words of little weight, by their stems."""

Meanings = Mapping[str, Sequence[tuple[str, float]]]
"""What each word may stand for: terms, and how much of each it says, 0 to 1."""


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
    `points_of` leads from a term to the points whose phrasings or mistakes contain it.
    `about` holds the stems that belong to the subject; it is only worth asking when `rich`. `tells`: the phrasings tell
    of the person's own doings. Which sentences keep to the subject is told by `agent.subject`.
    """

    phrasings: Mapping[str, tuple[Phrase, ...]]
    mistakes: Mapping[str, tuple[Phrase, ...]]
    terms: frozenset[str]
    points_of: Mapping[str, frozenset[str]]
    equals: Mapping[str, frozenset[str]]
    spellings: Mapping[str, tuple[tuple[str, str], ...]]
    starts: frozenset[str]
    in_question: frozenset[str]
    shown: frozenset[tuple[str, ...]]
    about: frozenset[str]
    rich: bool
    tells: bool


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
            weight = tier(term)
            if term in in_question:
                weight *= IN_QUESTION_BUT_KEY if term in key else IN_QUESTION
            weights[term] = weight * _rarity(spread[term], len(points))
        total = sum(weights.values())
        return tuple((term, weight / total) for term, weight in weights.items())

    phrasings, mistakes = {}, {}
    for point in points:
        key = _key_terms(said[point.id])
        right = set().union(*said[point.id])
        own = {
            term: tier(term) * (OF_THE_QUESTION if term in in_question else 1.0) for term in right - (in_question - key)
        }
        phrasings[point.id] = tuple(
            Phrase(weigh(content, key), own, _needed(own.get(term, 0.0) for term in content))
            for content in said[point.id]
            if content
        )
        mistakes[point.id] = tuple(
            _mistake(weigh(content, key), set(content) - right)
            for text in point.mistakes
            if (content := _content(text)).keys() - right
        )
    points_of: defaultdict[str, set[str]] = defaultdict(set)
    for point in points:
        for phrase in (*phrasings[point.id], *mistakes[point.id]):
            for term, _ in phrase.terms:
                points_of[term].add(point.id)
    terms = frozenset(points_of)
    equals = _equals(terms)
    told = [not FIRST_PERSON.isdisjoint(word.plain for word in words(text)) for p in points for text in p.phrasings]
    return Rubric(
        phrasings,
        mistakes,
        terms,
        {term: frozenset(ids) for term, ids in points_of.items()},
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
    proofs = {term: tier(term) for term in telling}
    return Phrase(terms, proofs, 0.5 * sum(proofs.values()))


def _needed(proofs: Iterable[float]) -> float:
    """Return what must be heard of a phrasing whose words prove so much together."""
    return min(PROOF, max(SHORT_PROOF, sum(proofs)))


def tier(term: str) -> float:
    """Return what a word counts by how common it is: GENERAL, TRADE, 1, or GROWTH."""
    return GROWTH if term.startswith("o:") else COMMON.get(term, 1.0)


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


# Words said


def meanings(against: Rubric, said: Iterable[Word]) -> Meanings:
    """Lead from each word said to the terms it stands for, and how much it counts."""
    meant: dict[str, Sequence[tuple[str, float]]] = {}
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


def covering(meant: Meanings) -> Callable[[Phrase], float]:
    """Return what tells how much of a phrase is said by these words together, 0 to 1; 0 where it is not proved."""
    said: dict[str, float] = {}
    for terms in meant.values():
        for term, credit in terms:
            said[term] = max(credit, said.get(term, 0.0))

    def covered(phrase: Phrase) -> float:
        share = sum(weight * said[term] for term, weight in phrase.terms if term in said)
        growth = [term in said for term, _ in phrase.terms if term.startswith("o:")]
        if not share or (growth and not any(growth)):
            return 0.0
        proof = sum(weight * said[term] for term, weight in phrase.proofs.items() if term in said)
        return min(1.0, share) if proof >= phrase.need - 1e-9 else 0.0

    return covered


def _spelt(plain: str) -> bool:
    return len(plain) >= 5 and plain.isalpha() and plain not in FUNCTION_WORDS


def _misspelt(plain: str, spelling: str) -> bool:
    """Tell a typo of a word from another word: in short words a changed letter mostly makes another one."""
    if abs(len(plain) - len(spelling)) > 1:
        return False
    if OSA.distance(plain, spelling, score_cutoff=1) > 1:
        return False
    return len(plain) >= 8 or len(plain) != len(spelling) or sorted(plain) == sorted(spelling)


def knows(against: Rubric, said: Sequence[Word]) -> bool:
    """Tell whether at least a fifth of the words are known at all; of another language hardly any is."""
    sample = said[:SAMPLE]
    known = sum(word.stem in against.about or word.stem in COMMON or word.plain in FUNCTION_WORDS for word in sample)
    return 5 * known >= len(sample)
