"""Estimates of clarity and depth by outward signs. Nobody checked them against people, so they are labelled."""

from __future__ import annotations

from collections.abc import Sequence

from agent.text import Piece, function_share
from agent.words import COMPARISONS, CONNECTIVES, CORNERS, FILLERS, FUNCTION_WORDS, REASONS_GIVEN


def clarity(said: Sequence[Piece], correctness: float) -> float:
    """Estimate how easily an answer is followed, 0 to 10 in whole numbers.

    Sentences of a speakable length, words that lead from one to the next, few fillers, little repetition. An answer
    that misses the question cannot be clear about it, so the estimate stays within 3 of the correctness below 7.
    """
    plain = [word.plain for piece in said for word in piece.words]
    if not plain:
        return 0.0
    sentences = len({piece.sentence for piece in said})
    leading = len({piece.sentence for piece in said if any(word.plain in CONNECTIVES for word in piece.words)})
    content = [word for word in plain if word not in FUNCTION_WORDS]
    estimate = 4.0
    estimate += 1.5 if 6 <= len(plain) / sentences <= 24 else -1.5 if len(plain) / sentences > 35 else 0.0
    estimate += 1.5 * min(1.0, 3 * leading / sentences)
    estimate += 1.0 if sentences >= 2 else 0.0
    estimate -= 1.5 * min(1.0, 20 * sum(word in FILLERS for word in plain) / len(plain))
    estimate -= 1.0 if content and len(set(content)) < 0.4 * len(content) else 0.0
    estimate -= 1.5 if len(plain) >= 8 and function_share(plain) < 0.2 else 0.0
    return _whole(min(estimate, correctness + 3.0))


def depth(said: Sequence[Piece], correctness: float) -> float:
    """Estimate how far an answer goes beyond naming things, 0 to 10 in whole numbers.

    Reasons, what the alternative costs, where it breaks, and figures; each sign counts up to twice, so length alone
    earns nothing. An answer that misses the question cannot be deep about it.
    """
    plain = [word.plain for piece in said for word in piece.words]
    estimate = 2.0
    for signs in (REASONS_GIVEN, COMPARISONS, CORNERS):
        estimate += 1.1 * min(2, sum(word in signs for word in plain))
    estimate += 0.7 * min(2, sum(word[0].isdigit() or word.startswith("o:") for word in plain))
    return _whole(min(estimate, correctness + 1.0))


def _whole(estimate: float) -> float:
    return float(round(min(max(estimate, 0.0), 10.0)))
