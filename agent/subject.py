"""Which sentences of an answer keep to the question, and how closely; what else stands there moves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.matching import COMMON, GENERAL, Meanings, Rubric, tier
from agent.reading import Kept
from agent.text import Piece
from agent.words import FIRST_PERSON, FUNCTION_WORDS

LEAST = 1 / 3
"""The share of a sentence's words that must belong to the subject; people say much in words of their own."""

FULL, FULL_TOLD = 3 / 4, 1 / 2
"""The share from which on a sentence counts in full, and the same for a story, which is about the person. Nine of ten
sentences of good answers lie above it; of answers to other questions hardly one in ten does."""

NOT_OWN = 1 / 2
"""What such a share is worth in a sentence of a story without a word in the first person."""

TOGETHER, TELLING = 4 / 5, 4
"""The share of rarer words that all these sentences must have together to count in full; of fewer nothing is asked."""

ABOUT_A_POINT = 1.75
"""So many words of one key point show that a sentence is about it: two of its own, or three of which some are misspelt
or only mean the same. One may stand there by chance."""


def keeping(against: Rubric, text: str, said: Sequence[Piece], meant: Meanings) -> dict[int, Kept]:
    """Tell which sentences keep to the question, by where they begin, and what of each counts, by what words mean.

    Whatever has nothing to do with the question (a demand, a greeting, a joke, noise) is left out before anything is
    counted, and so can neither earn nor cost. A sentence keeps to the question when enough of its words belong to the
    subject, and when it is about a key point, or stands in one paragraph with a sentence that is. Those that do are
    measured together as well: of an answer to another question some may pass, but hardly most of their words do.
    """
    found: list[_Sentence] = []
    about: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for piece in said:
        sentence = _sentence(against, text, piece, meant)
        if sentence is not None:
            found.append(sentence)
            about[sentence.paragraph] |= sentence.points
    counts = {paragraph: 1.0 for paragraph, points in about.items() if points}
    if against.rich and not against.tells:
        for paragraph in counts:
            counts[paragraph] = _together([sentence for sentence in found if sentence.paragraph == paragraph])
    return {
        one.start: Kept(one.counts * counts[one.paragraph], about[one.paragraph], one.paragraph)
        for one in found
        if one.paragraph in counts
    }


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with enough words of the subject: its stems, each with whether it belongs to it."""

    start: int
    paragraph: int
    content: Mapping[str, bool]
    counts: float
    points: frozenset[str]


def _sentence(against: Rubric, text: str, piece: Piece, meant: Meanings) -> _Sentence | None:
    content = {
        word.stem: word.stem in against.about or bool(meant.get(word.plain))
        for word in piece.words
        if word.plain not in FUNCTION_WORDS
    }
    if not any(content.values()):
        return None
    paragraph = text.rfind("\n\n", 0, piece.start)
    if not against.rich:  # with few phrasings it does not know its subject
        return _Sentence(piece.start, paragraph, content, 1.0, frozenset(against.phrasings))
    share = sum(tier(stem) for stem, known in content.items() if known) / sum(map(tier, content))
    if against.tells and FIRST_PERSON.isdisjoint(word.plain for word in piece.words):
        share *= NOT_OWN
    if share < LEAST:
        return None
    counts = _counts(share, FULL_TOLD if against.tells else FULL)
    return _Sentence(piece.start, paragraph, content, counts, _about(against, piece, meant))


def _about(against: Rubric, piece: Piece, meant: Meanings) -> frozenset[str]:
    """Find the points of which a sentence says enough words; a form of growth is enough by itself."""
    said: defaultdict[str, float] = defaultdict(float)
    for word, terms in {word.stem: meant.get(word.plain, ()) for word in piece.words}.items():
        best: dict[str, float] = {}
        for term, credit in terms:
            if tier(term) > GENERAL:
                best |= {point: max(credit, best.get(point, 0.0)) for point in against.points_of[term]}
        for point, credit in best.items():
            said[point] += 2 * credit if word.startswith("o:") else credit
    return frozenset(point for point, words in said.items() if words >= ABOUT_A_POINT)


def _together(found: Sequence[_Sentence]) -> float:
    rarer = {stem: known for one in found for stem, known in one.content.items() if stem not in COMMON}
    return _counts(sum(rarer.values()) / len(rarer), TOGETHER) if len(rarer) >= TELLING else 1.0


def _counts(share: float, full: float) -> float:
    return min(1.0, share / full) ** 2
