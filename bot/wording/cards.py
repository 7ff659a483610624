"""The score card, in words and as a chart, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.scores import level_of
from agent.types import Card, Interview, PointVerdict, Question, State, Verdict
from bot.ports import Bar, Chart
from bot.wording.parts import CLAIM, LEVELS, because, chart_in_words, count, number, plain, quoted
from storage.interviews import Record


def card(record: Record, shown: Card, earlier: Sequence[Card], before: Card | None) -> str:
    """The score card's text; its bars are the chart. `earlier`: comparable cards; `before`: what a retry retries."""
    interview = record.interview
    question = interview.question
    local = shown.judge == "local"
    by = "by the local judge" if local else f"by {shown.judge}"
    lines = [f"**{question.title}** · {question.difficulty} · {by}" + (" · disputed" if shown.disputes else "")]
    hit = [verdict for verdict in shown.verdicts if verdict.verdict in (Verdict.HIT, Verdict.PARTIAL)]
    missed = [verdict for verdict in shown.verdicts if verdict.verdict in (Verdict.MISS, Verdict.WRONG)]
    if shown.state is State.NOT_SCORED:
        reasons = {reason for turn in interview.turns if turn.evaluation for reason in turn.evaluation.reasons}
        lines.append(f"**Not scored**: {because(sorted(reasons))}.")
    else:
        full = sum(verdict.verdict is Verdict.HIT for verdict in shown.verdicts)
        lines.append(f"**Points heard {full} of {len(shown.verdicts)}**" + _quotes(hit))
    if missed and shown.state is not State.NOT_SCORED:
        lines.append("**Missed** " + ", ".join(question.point(verdict.point).name for verdict in missed))
    code = _code_line(interview)
    if code:
        lines.append(f"**Code** {code}")
    for dispute in shown.disputes:
        lines.append(f"**Disputed** {question.point(dispute.point).name}: {quoted(dispute.quote)}")
    if shown.state is State.PROVISIONAL:
        lines.append("Provisional: the model could not be reached, so the local judge stood in.")
    if before is not None and before.correctness is not None and shown.correctness is not None:
        lines.append(
            f"**Against last time** correctness {number(before.correctness, local)} → "
            f"{number(shown.correctness, local)}"
        )
    if shown.summary:
        lines.append(shown.summary)
    if shown.drill:
        lines.append(f"**Next** {shown.drill}")
    elif shown.next_step:
        lines.append(f"**Next** bring this up early: {shown.next_step}")
    foot = [f"{shown.minutes} min"]
    if shown.hints:
        cost = ""
        if shown.before_hints is not None and shown.before_hints != shown.correctness:
            cost = f" ({number(shown.before_hints, local)} before hints)"
        foot.append(count(shown.hints, "hint") + cost)
    if earlier:
        foot.append(f"against your last {len(earlier)}")
    lines.append(" · ".join(foot))
    return "\n".join(lines)


def _code_line(interview: Interview) -> str:
    """The best run of the interview: cases, and said and measured growth."""
    runs = [
        (evaluation.code, turn.answer)
        for turn in interview.turns
        for evaluation in turn.evaluations
        if evaluation.code is not None and evaluation.code.pass_ratio is not None
    ]
    if not runs:
        return ""
    report, answer = max(runs, key=lambda run: run[0].pass_ratio or 0.0)
    said = CLAIM.findall(answer)
    parts = [f"{report.passed}/{report.total}"]
    if report.growth is not None:
        claim = f"said {plain(said[-1], 40)}, " if said else ""
        parts.append(f"{claim}measured ≈ n^{report.growth:.1f}")
    return " · ".join(parts)


def _quotes(verdicts: Sequence[PointVerdict]) -> str:
    said = [quoted(verdict.quote, 60) for verdict in verdicts if verdict.quote][:2]
    return "".join(f" {quote}" for quote in said)


def card_chart(title: str, shown: Card, earlier: Sequence[Card]) -> Chart | None:
    """The three scores as bars with words; arrows only against at least three comparable cards."""
    local = shown.judge == "local"
    rows: list[Bar] = []
    for label, name in (("Correctness", "correctness"), ("Clarity", "clarity"), ("Depth", "depth")):
        value: float | None = getattr(shown, name)
        if value is None:
            continue
        note = [number(value, local), LEVELS[level_of(round(value) if local else value)], _arrow(value, name, earlier)]
        if local and name != "correctness":
            note.append("estimate")
        rows.append(Bar(label, value, " ".join(part for part in note if part)))
    if not rows:
        return None
    return Chart(title, tuple(rows), chart_in_words(rows))


def _arrow(value: float, name: str, earlier: Sequence[Card]) -> str:
    known = [score for old in earlier if (score := getattr(old, name)) is not None]
    if len(known) < 3:
        return ""
    change = value - sum(known) / len(known)
    if abs(change) < 0.5:
        return ""
    return f"{'▲' if change > 0 else '▼'}{abs(change):.1f}"


def model_answer(question: Question) -> str:
    """The reference answer, with the reference solution."""
    text = f"**A strong answer to {question.title}**\n\n{question.reference}"
    if question.code:
        text += f"\n\n```python\n{question.code.solution.strip()}\n```"
    return text


def share_preview(where: str) -> str:
    """Before a card is posted for others."""
    # Where the platform gives ids only, a number or capitals would say nothing to a person.
    who = where if where.islower() else "that channel"
    return f"This is what {who} will see. Your answers stay here."


def shared_card(record: Record, shown: Card) -> str:
    """A card for other eyes: scores, no words, nothing missed."""
    question = record.interview.question
    by = "by the local judge" if shown.judge == "local" else f"by {shown.judge}"
    return f"**{question.title}** · {question.difficulty} · {by} · {shown.minutes} min"


def was_shared() -> str:
    """The card was posted."""
    return "Posted."


def not_your_words() -> str:
    """A dispute whose quote is not in the answer."""
    return "Those words are not in your answer. Copy the sentence exactly as you wrote it, then send again."


def disputed() -> str:
    """A dispute was taken, where no model judges."""
    return "Noted on the card. Without a model the score stands; your words are shown beside the point."


def nothing_missed() -> str:
    """Nothing can be disputed."""
    return "No point was missed, so there is nothing to dispute."
