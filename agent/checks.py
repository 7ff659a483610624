"""What a model says is believed only so far: quotes are looked up, numbers bounded, and feedback gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from agent import local, scores
from agent.replies import Judgement, Point, Summary
from agent.text import MAX_CHARACTERS, clean
from agent.types import Card, Evaluation, FollowUp, Interview, PointVerdict, Question, Reason, State, Turn, Verdict

HIGH = 9.0
"""From which correctness on a model is asked again when the local judge heard next to nothing."""

UNHEARD = 0.15
"""The share of the key points' words below which the local judge heard next to nothing."""

MAX_FEEDBACK, MAX_FOLLOW_UP, MAX_POINTS = 1500, 500, 3
"""Characters of a feedback and of a follow-up, and how many points one follow-up may ask for."""

MAX_SUMMARY, MAX_DRILL = 800, 500


# Quotes

IN_PICTURE = "[picture]"
"""How a quote begins that stands in a picture and not in the text."""

MAX_SEEN = 120
"""Characters of what a model says that a picture shows."""

_AROUND = " \t\n.,;:…\"'*"
_SAME = str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\"")


def own_words(quote: str, answer: str) -> str:
    """Find a quote in an answer; "" when it does not stand there.

    White space, case, the slant of quotation marks and marks around the quote make no difference. What is returned are
    the person's words as they were written. Less than two letters or digits say nothing and are not found.
    """
    if sum(map(str.isalnum, quote)) < 2:
        return ""
    answer = answer[:MAX_CHARACTERS]
    parts = clean(quote).translate(_SAME).strip(_AROUND).split()
    found = re.search(r"\s+".join(map(re.escape, parts)), clean(answer).translate(_SAME), re.IGNORECASE)
    return answer[found.start() : found.end()] if found is not None else ""


def seen(quote: str, turn: Turn) -> str:
    """Take what a model says that a picture shows; "" when none came with the answer.

    Nobody can look that up, so it stands on the card as what it is: the model's reading of a picture.
    """
    told = tidy(quote, MAX_SEEN)
    shown = any(file.picture and not file.problem for message in turn.messages for file in message.files)
    return told if shown and told.startswith(IN_PICTURE) and sum(map(str.isalnum, told)) > len(IN_PICTURE) else ""


def verdicts(
    question: Question, turn: Turn, points: Iterable[Point], *, sees: bool = True
) -> tuple[tuple[PointVerdict, ...], bool]:
    """Return what of a model's verdicts stands, in the question's order, and whether any quote was made up.

    The first verdict on a point counts. One whose quote is found nowhere counts as missed, and so does a point asked
    for without a verdict; points not asked for are told when they were heard.
    """
    said: dict[str, Point] = {}
    for point in points:
        said.setdefault(point.id, point)
    found: list[PointVerdict] = []
    made_up = False
    for known in question.key_points:
        verdict = PointVerdict(known.id, Verdict.MISS)
        told = said.get(known.id)
        if told is not None and Verdict(told.verdict) is not Verdict.MISS:
            if quote := own_words(told.quote, turn.answer) or (sees and seen(told.quote, turn)):
                verdict = PointVerdict(known.id, Verdict(told.verdict), quote)
            else:
                made_up = True
        if known.id in turn.points or verdict.verdict in {Verdict.HIT, Verdict.PARTIAL}:
            found.append(verdict)
    return tuple(found), made_up


# Numbers


def evaluation(
    question: Question,
    turn: Turn,
    judgement: Judgement,
    *,
    judge: str,
    raw: str,
    pass_ratio: float | None = None,
    sees: bool = True,
) -> Evaluation:
    """Make an evaluation of what a model replied: scored, without a follow-up.

    Its correctness is bounded by its verdicts, and from above by them alone when it made up a quote.
    """
    stands, made_up = verdicts(question, turn, judgement.points, sees=sees)
    bounded = scores.correctness(
        question, turn.points, stands, pass_ratio=pass_ratio, model=float(judgement.correctness)
    )
    if made_up:
        bounded = min(bounded, scores.correctness(question, turn.points, stands, pass_ratio=pass_ratio))
    return Evaluation(
        state=State.SCORED,
        judge=judge,
        verdicts=stands,
        correctness=bounded,
        clarity=float(judgement.clarity),
        depth=float(judgement.depth),
        feedback=tidy(judgement.feedback, MAX_FEEDBACK),
        raw=raw,
    )


def coverage(question: Question, turn: Turn, language: str = "") -> float:
    """Return how much of the points asked for the local judge hears, 0 to 1; nothing of what it cannot read."""
    asked = (question.title, question.body, *((turn.follow_up.text,) if turn.follow_up is not None else ()))
    shown = (*question.hints, *(other.text for other in question.follow_ups))
    examined = local.examine(asked, question.key_points, turn.answer, shown=shown, language=language)
    if isinstance(examined, Reason):
        return 0.0
    weights = {point: question.point(point).weight for point in turn.points}
    heard = sum(weight * examined.heard(point).coverage for point, weight in weights.items())
    total = sum(weights.values())
    return heard / total if total else 0.0


def doubtful(
    question: Question, turn: Turn, found: Evaluation, *, language: str = "", pass_ratio: float | None = None
) -> bool:
    """Tell a high number that nothing else speaks for: no word of the rubric was heard, and no case passed."""
    if found.correctness is None or found.correctness < HIGH or pass_ratio:
        return False
    return coverage(question, turn, language) < UNHEARD


def lower(one: Evaluation, other: Evaluation) -> Evaluation:
    """Of two judgements return the one with the lower correctness."""
    return other if (other.correctness or 0.0) < (one.correctness or 0.0) else one


# Follow-ups


def missed(interview: Interview, turn: Turn, found: Iterable[PointVerdict]) -> frozenset[str]:
    """Return the points that nobody has heard in full, this turn's verdicts among the others."""
    others = (
        verdict
        for past, counts in scores.counting(interview)
        if past.number != turn.number
        for verdict in counts.verdicts
    )
    hit = {verdict.point for verdict in (*others, *found) if verdict.verdict is Verdict.HIT}
    return frozenset(point.id for point in interview.question.key_points) - hit


def follow_up(interview: Interview, judgement: Judgement, open_points: Collection[str]) -> FollowUp | None:
    """Return the follow-up that a model words, if it asks for something that is still open; else None."""
    text = tidy(judgement.follow_up, MAX_FOLLOW_UP)
    points = [point for point in dict.fromkeys(judgement.follow_up_points) if point in open_points]
    asked = {turn.follow_up.text for turn in interview.turns if turn.follow_up is not None}
    if not points or len(text) < 10 or len(judgement.follow_up) > MAX_FOLLOW_UP or text in asked:
        return None
    return FollowUp(text, tuple(points[:MAX_POINTS]))


# Words


def tidy(text: str, longest: int) -> str:
    """Take a model's text without invisible characters, not too long, and with its code fences closed."""
    plain = clean(text).strip()
    if len(plain) > longest:
        plain = plain[:longest].rsplit(maxsplit=1)[0] + " …"
    return f"{plain}\n```" if plain.count("```") % 2 else plain


def summed_up(card: Card, summary: Summary) -> Card:
    """Put a model's words on a card; they change no number."""
    return replace(card, summary=tidy(summary.summary, MAX_SUMMARY), drill=tidy(summary.drill, MAX_DRILL))
