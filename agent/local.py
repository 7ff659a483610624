"""The local judge: counts the key points that an answer says, without a model and without a network."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from agent import scores
from agent.estimates import clarity, depth
from agent.matching import SAMPLE, Match, Reading, Rubric, knows, listed, relevance, rubric, runs
from agent.text import MAX_CHARACTERS, Facts, Piece, clean, facts, function_share, is_english, parts, pieces, stem
from agent.types import Evaluation, FollowUp, KeyPoint, PointVerdict, Question, Reason, State, Verdict
from agent.words import FUNCTION_WORDS

__all__ = ["NAME", "Examined", "Facts", "examine", "facts", "judge", "next_follow_up"]

NAME = "local"
"""How this judge signs its evaluations."""

HIT, PARTIAL = 0.7, 0.55
"""From which mark a point is heard, and from which in part. A mark is the square root of the coverage, so that about
half of a phrasing's words are enough for a hit, as people say half of it in words of their own, and about a third for
a part."""

MISTAKEN = 0.85
"""From which mark a common mistake is held to be said: an accusation wants more than a credit does."""

CLOSE = 0.05
"""Who says a mistake and, about as plainly, what is right, is believed the latter."""

DUMP_SHARE, DUMP_WORDS = 0.15, 12
"""Below this share of function words, an answer of at least so many words is a list of keywords."""

DUMP_CAP = 2.0
"""The most that a list of keywords is worth."""

COPIED_SHARE = 0.8
"""The share of four-word runs that a sentence must have in common with the question to be a copy of it."""


@dataclass(frozen=True, slots=True)
class Examined:
    """An answer made ready: what it asserts, what it denies, and what keeps it from counting in full.

    Places are those of the answer. `relevance` is 0 to 1; `dump` says that the answer lists keywords.
    """

    rubric: Rubric
    asserted: tuple[Piece, ...]
    denied: tuple[Piece, ...]
    reading: Reading
    relevance: float
    dump: bool

    def heard(self, point: str) -> Match:
        """Return how well the best phrasing of a key point is covered."""
        return self.reading.best(self.rubric.phrasings[point])

    def mistaken(self, point: str) -> Match:
        """Return how well the nearest mistake about a key point is covered, unless the person rejects it."""
        match = self.reading.best(self.rubric.mistakes[point])
        said = {word.plain for piece in self.asserted[match.first : match.last + 1] for word in piece.words}
        return match if said.isdisjoint(_REJECTING) else Match()


def judge(
    question: Question,
    points: tuple[str, ...],
    answer: str,
    *,
    follow_up: FollowUp | None = None,
    language: str = "",
    pass_ratio: float | None = None,
) -> Evaluation:
    """Judge one answer to a question, or to a follow-up of it.

    `points` are the ids of the key points that are asked for; `language` is the one the person wished for, if any;
    `pass_ratio` is the share of cases passed, where code ran. Points not asked for are among the verdicts when they
    were heard. The feedback is empty: the coach words it.
    """
    asked = (question.title, question.body, *((follow_up.text,) if follow_up is not None else ()))
    shown = (*question.hints, *(other.text for other in question.follow_ups))
    examined = examine(asked, question.key_points, answer, shown=shown, language=language)
    if isinstance(examined, Reason):
        if pass_ratio is None or examined is not Reason.NO_PROSE:
            return Evaluation(State.NOT_SCORED, NAME, reasons=(examined,))
        silent = tuple(PointVerdict(point, Verdict.MISS) for point in points)
        number = scores.correctness(question, points, silent, pass_ratio=pass_ratio)
        return Evaluation(State.SCORED, NAME, silent, number)
    verdicts, reasons = _verdicts(question, points, answer, examined)
    number = scores.correctness(question, points, verdicts, pass_ratio=pass_ratio)
    return Evaluation(
        State.SCORED,
        NAME,
        verdicts,
        number,
        clarity=clarity(examined.asserted, number),
        depth=depth(examined.asserted, number),
        reasons=reasons,
    )


def next_follow_up(
    question: Question, verdicts_so_far: Iterable[PointVerdict], asked: Collection[FollowUp]
) -> FollowUp | None:
    """Choose the follow-up that asks for most of what was missed; None when nothing is missed or none is left."""
    best: dict[str, float] = {}
    for verdict in verdicts_so_far:
        best[verdict.point] = max(best.get(verdict.point, 0.0), scores.VALUES[verdict.verdict])

    def missed(follow_up: FollowUp) -> float:
        return sum(question.point(point).weight * (1.0 - best.get(point, 0.0)) for point in follow_up.points)

    left = [follow_up for follow_up in question.follow_ups if follow_up not in asked]
    chosen = max(left, key=missed, default=None)
    return chosen if chosen is not None and missed(chosen) > 0 else None


def examine(
    asked: tuple[str, ...],
    points: tuple[KeyPoint, ...],
    answer: str,
    *,
    shown: tuple[str, ...] = (),
    language: str = "",
    whole: bool = False,
) -> Examined | Reason:
    """Make an answer ready to be compared with key points, or say why it cannot be judged.

    `asked` are the texts of the question, `shown` what else the person could copy. With `whole` the answer is compared
    as one piece, code and all, and phrasings are taken as they are, be they one word or a reference answer.
    """
    text = clean(answer[:MAX_CHARACTERS])
    taken = parts(text)
    prose = taken.prose
    if whole or not (prose or taken.code):
        prose = ((0, len(text)),)
    everything = pieces(text, prose)
    if not any(word.plain[0].isalpha() or word.plain[0].isdigit() for piece in everything for word in piece.words):
        return Reason.NO_PROSE if taken.code else Reason.EMPTY
    plain = [word.plain for piece in everything for word in piece.words]
    said = " ".join(text[piece.start : piece.end] for piece in everything)
    if not is_english(said, plain, doubtful=_not_english(language)):
        return Reason.OTHER_LANGUAGE
    against = rubric(asked, points, shown)
    own = tuple(piece for piece in everything if not _copied(piece, against))
    if len(own) < len(everything) and not _says_anything(own, against):
        return Reason.QUESTION_COPIED
    kept = [word for piece in own for word in piece.words]
    letters = [word.plain for word in kept if word.plain[0].isalpha() and ":" not in word.plain]
    dumped = listed(own)
    dump = len(letters) >= DUMP_WORDS and (function_share(letters) < DUMP_SHARE or 2 * len(dumped) > len(letters))
    if dump and not knows(against, kept):
        return Reason.OTHER_LANGUAGE
    asserted, denied = _denials(text, own)
    reading = Reading(against, asserted, dumped, whole=whole)
    return Examined(against, asserted, denied, reading, 1.0 if whole else relevance(against, kept), dump)


# What was said about each point


def _verdicts(
    question: Question, points: tuple[str, ...], answer: str, examined: Examined
) -> tuple[tuple[PointVerdict, ...], tuple[Reason, ...]]:
    denials = Reading(examined.rubric, examined.denied)
    found: list[PointVerdict] = []
    reasons: list[Reason] = []
    for point in question.key_points:
        verdict = _verdict(point.id, answer, examined)
        if verdict.verdict is Verdict.MISS and examined.denied:
            denied = denials.best(examined.rubric.phrasings[point.id])
            if denied.coverage**0.5 >= PARTIAL:
                verdict = PointVerdict(point.id, Verdict.WRONG, _quote(answer, examined.denied, denied))
                reasons = [Reason.NEGATED]
        if point.id in points or verdict.verdict in {Verdict.HIT, Verdict.PARTIAL}:
            found.append(verdict)
    if examined.dump:
        found = _capped(question, points, found)
        reasons.append(Reason.KEYWORD_DUMP)
    return tuple(found), tuple(reasons)


def _verdict(point: str, answer: str, examined: Examined) -> PointVerdict:
    heard, mistaken = examined.heard(point), examined.mistaken(point)
    mark = (heard.coverage * examined.relevance) ** 0.5
    if mistaken.coverage > heard.coverage + CLOSE and (mistaken.coverage * examined.relevance) ** 0.5 >= MISTAKEN:
        return PointVerdict(point, Verdict.WRONG, _quote(answer, examined.asserted, mistaken))
    if mark >= PARTIAL:
        verdict = Verdict.HIT if mark >= HIT else Verdict.PARTIAL
        return PointVerdict(point, verdict, _quote(answer, examined.asserted, heard))
    return PointVerdict(point, Verdict.MISS)


def _quote(answer: str, said: Sequence[Piece], match: Match) -> str:
    return answer[said[match.first].start : said[match.last].end]


def _capped(question: Question, points: tuple[str, ...], verdicts: Iterable[PointVerdict]) -> list[PointVerdict]:
    """Leave of a list of keywords, point by point, what keeps its correctness within DUMP_CAP."""
    kept: list[PointVerdict] = []
    for verdict in verdicts:
        part = PointVerdict(verdict.point, Verdict.PARTIAL, verdict.quote)
        heard = verdict.verdict in {Verdict.HIT, Verdict.PARTIAL}
        if heard and scores.correctness(question, points, (*kept, part)) <= DUMP_CAP:
            kept.append(part)
        elif verdict.point in points:
            kept.append(PointVerdict(verdict.point, Verdict.MISS))
    return kept


# What does not count

_DENIAL = re.compile(
    r"\W*(?:(?:no|well|so|and|but)\b,?\s*)?(?:it|that)(?:\s+is|['’]s|\s+isn['’]?t)\s+(?:\w+ly\s+|just\s+)?"
    r"(?:not\s+)?(?:true|correct|right|the\s+case|false|untrue|wrong|incorrect)"
    r"\s+(?:that|to\s+(?:say|claim|think|believe))\b",
    re.IGNORECASE,
)
_AFFIRMING = re.compile(
    r"\W*(?:\w+\W+)?(?:it|that)(?:\s+is|['’]s)\s+(?:\w+ly\s+)?(?:true|correct|right|the\s+case)", re.IGNORECASE
)
_DENIAL_OF_ALL = re.compile(
    r"\W*(?:(?:none|nothing)\s+of\s+(?:this|that|these|it|the\s+(?:following|above))\s+(?:is|are)\s+(?:true|correct|right)"
    r"|(?:the\s+(?:following|above)|all\s+(?:of\s+)?this)\s+(?:is|are)\s+(?:not\s+true|false|wrong|untrue))\s*(?:[:.!]|$)",
    re.IGNORECASE,
)
_REJECTING = frozenset(
    "not no never without instead rather than avoid avoids wrong don't doesn't won't can't cannot isn't wouldn't"
    " shouldn't didn't fails nor neither unlike bad worse".split()
)


def _denials(text: str, said: Sequence[Piece]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Tell the sentences that assert from those that deny as a whole: "it is not true that ..."."""
    if any(_DENIAL_OF_ALL.match(text, piece.start, piece.end) for piece in said):
        return (), tuple(said)
    denying = {
        piece.sentence
        for piece in said
        if _DENIAL.match(text, piece.start, piece.end) and not _AFFIRMING.match(text, piece.start, piece.end)
    }
    return (
        tuple(piece for piece in said if piece.sentence not in denying),
        tuple(piece for piece in said if piece.sentence in denying),
    )


def _copied(piece: Piece, against: Rubric) -> bool:
    """Tell a sentence that is copied from what the person was shown."""
    said = runs([word.plain for word in piece.words])
    return len(said) >= 2 and sum(run in against.shown for run in said) >= COPIED_SHARE * len(said)


def _says_anything(own: Sequence[Piece], against: Rubric) -> bool:
    """Tell whether at least three words of meaning are left that the question has not said."""
    left = {word.plain for piece in own for word in piece.words if word.plain not in FUNCTION_WORDS}
    return len({stem(plain) for plain in islice(left, SAMPLE)} - against.in_question) >= 3


def _not_english(language: str) -> bool:
    return language.strip().casefold() not in {"", "english", "en"}
