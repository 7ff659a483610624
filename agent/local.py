"""The local judge: counts the key points that an answer says, without a model and without a network."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from agent import scores
from agent.estimates import clarity, depth
from agent.matching import SAMPLE, Rubric, knows, meanings, rubric, runs
from agent.reading import Kept, Match, Reading, listed
from agent.subject import keeping
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

CLEARLY = 8
"""From so many English words about the question on an answer is English, whatever else stands there."""

COPIED_SHARE = 0.8
"""The share of four-word runs that a sentence must have in common with the question to be a copy of it."""


@dataclass(frozen=True, slots=True)
class Examined:
    """An answer made ready: what it asserts and what it denies of the subject, sentence by sentence.

    Places are those of the answer. `kept` says, by where a sentence begins, what of it counts (None: all);
    `dump` says that the answer lists keywords.
    """

    rubric: Rubric
    asserted: tuple[Piece, ...]
    denied: tuple[Piece, ...]
    reading: Reading
    kept: Mapping[int, Kept] | None
    dump: bool

    def heard(self, point: str, *, in_full: bool = False) -> Match:
        """Return how well the best phrasing of a key point is covered; `in_full`: however loosely it is said."""
        return self.reading.best(point, self.rubric.phrasings[point], in_full=in_full)

    def mistaken(self, point: str) -> Match:
        """Return how well the nearest mistake about a key point is covered, unless the person rejects it.

        However loosely the sentence keeps to the question, a mistake in it is one.
        """
        match = self.reading.best(point, self.rubric.mistakes[point], in_full=True)
        said = {word.plain for piece in self.asserted[match.first : match.last + 1] for word in piece.words}
        return match if said.isdisjoint(_REJECTING) else Match()

    def paragraphs(self, of: Collection[int]) -> tuple[Piece, ...]:
        """Return what is asserted in the paragraphs of these sentences, which are told by their place in `asserted`."""
        if self.kept is None:
            return self.asserted
        chosen = {self.kept[self.asserted[i].start].paragraph for i in of}
        return tuple(piece for piece in self.asserted if self.kept[piece.start].paragraph in chosen)


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
    verdicts, reasons, telling = _verdicts(question, points, answer, examined)
    number = scores.correctness(question, points, verdicts, pass_ratio=pass_ratio)
    return Evaluation(
        State.SCORED,
        NAME,
        verdicts,
        number,
        clarity=clarity(telling, number),
        depth=depth(telling, number),
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
    against = rubric(asked, points, shown)
    own = tuple(piece for piece in everything if not _copied(piece, against))
    meant = meanings(against, (word for piece in own for word in piece.words))
    kept = None if whole else keeping(against, text, own, meant)
    heard = own if kept is None else tuple(piece for piece in own if piece.start in kept)
    doubtful = _not_english(language)
    clearly = kept is not None and sum(len(piece.words) for piece in heard) >= CLEARLY
    if not (clearly and _english(text, heard, doubtful)) and not _english(text, everything, doubtful):
        return Reason.OTHER_LANGUAGE
    if len(own) < len(everything) and not _says_anything(own, against):
        return Reason.QUESTION_COPIED
    if taken.code and not heard:
        return Reason.NO_PROSE
    dumped = listed(heard)
    dump = _lists(heard or own, dumped)
    if dump and not knows(against, [word for piece in heard or own for word in piece.words]):
        return Reason.OTHER_LANGUAGE
    denying = _denying(text, own)
    asserted = tuple(piece for piece in heard if piece.sentence not in denying)
    denied = tuple(piece for piece in heard if piece.sentence in denying)
    reading = Reading(against, asserted, dumped, kept=kept, meant=meant, whole=whole)
    return Examined(against, asserted, denied, reading, kept, dump)


def _lists(said: Sequence[Piece], dumped: Collection[int]) -> bool:
    """Tell a list of keywords, by its function words, or by its `dumped` words."""
    plain = [word.plain for piece in said for word in piece.words]
    letters = [word for word in plain if word[0].isalpha() and ":" not in word]
    return len(letters) >= DUMP_WORDS and (function_share(letters) < DUMP_SHARE or 2 * len(dumped) > len(letters))


# What was said about each point


def _verdicts(
    question: Question, points: tuple[str, ...], answer: str, examined: Examined
) -> tuple[tuple[PointVerdict, ...], tuple[Reason, ...], tuple[Piece, ...]]:
    """Return the verdicts, what is to be said about them, and the sentences of the paragraphs that they quote."""
    denials = Reading(examined.rubric, examined.denied, kept=examined.kept)
    found: list[PointVerdict] = []
    reasons: list[Reason] = []
    quoted: set[int] = set()
    for point in question.key_points:
        verdict, match = _verdict(point.id, answer, examined)
        quoted.update(range(match.first, match.last + 1))
        if verdict.verdict is Verdict.MISS and examined.denied:
            denied = denials.best(point.id, examined.rubric.phrasings[point.id])
            if denied.coverage**0.5 >= PARTIAL:
                verdict = PointVerdict(point.id, Verdict.WRONG, _quote(answer, examined.denied, denied))
                reasons = [Reason.NEGATED]
        if point.id in points or verdict.verdict in {Verdict.HIT, Verdict.PARTIAL}:
            found.append(verdict)
    if examined.dump:
        found = _capped(question, points, found)
        reasons.append(Reason.KEYWORD_DUMP)
    return tuple(found), tuple(reasons), examined.paragraphs(quoted)


def _verdict(point: str, answer: str, examined: Examined) -> tuple[PointVerdict, Match]:
    heard, mistaken = examined.heard(point), examined.mistaken(point)
    mark = heard.coverage**0.5
    if mistaken.coverage**0.5 >= MISTAKEN and mistaken.coverage > examined.heard(point, in_full=True).coverage + CLOSE:
        return PointVerdict(point, Verdict.WRONG, _quote(answer, examined.asserted, mistaken)), mistaken
    if mark >= PARTIAL:
        verdict = Verdict.HIT if mark >= HIT else Verdict.PARTIAL
        return PointVerdict(point, verdict, _quote(answer, examined.asserted, heard)), heard
    return PointVerdict(point, Verdict.MISS), Match()


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


def _denying(text: str, said: Sequence[Piece]) -> frozenset[int]:
    """Find the sentences that deny as a whole: "it is not true that ..."."""
    if any(_DENIAL_OF_ALL.match(text, piece.start, piece.end) for piece in said):
        return frozenset(piece.sentence for piece in said)
    return frozenset(
        piece.sentence
        for piece in said
        if _DENIAL.match(text, piece.start, piece.end) and not _AFFIRMING.match(text, piece.start, piece.end)
    )


def _copied(piece: Piece, against: Rubric) -> bool:
    """Tell a sentence that is copied from what the person was shown."""
    said = runs([word.plain for word in piece.words])
    return len(said) >= 2 and sum(run in against.shown for run in said) >= COPIED_SHARE * len(said)


def _says_anything(own: Sequence[Piece], against: Rubric) -> bool:
    """Tell whether at least three words of meaning are left that the question has not said."""
    left = {word.plain for piece in own for word in piece.words if word.plain not in FUNCTION_WORDS}
    return len({stem(plain) for plain in islice(left, SAMPLE)} - against.in_question) >= 3


def _english(text: str, said: Sequence[Piece], doubtful: bool) -> bool:
    plain = [word.plain for piece in said for word in piece.words]
    return is_english(" ".join(text[piece.start : piece.end] for piece in said), plain, doubtful=doubtful)


def _not_english(language: str) -> bool:
    return language.strip().casefold() not in {"", "english", "en"}
