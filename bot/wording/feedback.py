"""What is said of one answer: the facts, the points with their evidence, and the scores."""

from __future__ import annotations

from collections.abc import Sequence

from agent.calls import StepDown, StepReason
from agent.ladder import Waiting
from agent.local import Facts
from agent.types import Evaluation, PointVerdict, Question, State, Turn, Verdict
from bot.wording.drafts import read_line
from bot.wording.parts import STEP_REASONS, because, number, plain, quoted


def facts_line(turn: Turn, facts: Facts) -> str:
    """The first line of the feedback, at once."""
    return f"Read {read_line(turn.messages, facts)}."


def feedback(question: Question, evaluation: Evaluation) -> str:
    """What was heard in an answer, in words; without numbers, so that it can be shown before it is stored."""
    if evaluation.state is State.NOT_SCORED:
        return f"**Not scored**: {because(evaluation.reasons)}."
    if evaluation.feedback:
        return evaluation.feedback
    hidden = set(evaluation.follow_up.points) if evaluation.follow_up else set[str]()
    lines = [_verdict_line(question, verdict) for verdict in evaluation.verdicts if verdict.verdict is not Verdict.MISS]
    missed = [
        question.point(verdict.point).name
        for verdict in evaluation.verdicts
        if verdict.verdict is Verdict.MISS and verdict.point not in hidden
    ]
    if not lines:
        lines.append("I did not hear any of the points I listen for.")
    if missed:
        lines.append(f"Not heard: {', '.join(missed)}.")
    if evaluation.reasons:
        lines.append(f"Held down, because {because(evaluation.reasons)}.")
    return "\n".join(f"- {line}" for line in lines)


def _verdict_line(question: Question, verdict: PointVerdict) -> str:
    name = question.point(verdict.point).name
    said = quoted(verdict.quote) if verdict.quote else ""
    if verdict.verdict is Verdict.HIT:
        return f"Heard **{name}**: {said}"
    if verdict.verdict is Verdict.PARTIAL:
        return f"Partly **{name}**: {said}"
    return f"Check **{name}**: {said} is a common mistake"


def noticed(what: StepDown | Waiting) -> str:
    """A model that did not judge, or is asked once more, in one plain sentence."""
    why = STEP_REASONS[what.reason]
    if isinstance(what, Waiting):
        return f"_{plain(what.judge, 60)} {why}; I ask it once more in {max(1, round(what.seconds))} s._"
    then = "your words alone are judged" if what.reason is StepReason.PICTURES else "the next judge takes over"
    return f"_{plain(what.judge, 60)} {why}, so {then}._"


def judged_again(turn: Turn, evaluation: Evaluation) -> str:
    """The first line of a second judgement: by whom, and what changed."""
    before = turn.evaluation
    line = f"**Judged again** by {'the local judge' if evaluation.judge == 'local' else plain(evaluation.judge, 60)}"
    if before is None or before.correctness is None or evaluation.correctness is None:
        return f"{line}."
    old = number(before.correctness, before.judge == "local")
    return f"{line}: correctness {old} → {number(evaluation.correctness, evaluation.judge == 'local')}."


def still_provisional() -> str:
    """Re-score while no model can be reached."""
    return "No model can be reached yet, so the score stays provisional. I try again by myself within the hour."


def scores_line(evaluation: Evaluation, points: Sequence[str]) -> str:
    """The scores of a turn in one line, with how many of the points it asked for; empty when there are none."""
    if evaluation.state is State.NOT_SCORED or evaluation.correctness is None:
        return ""
    local = evaluation.judge == "local"
    asked = [verdict.verdict for verdict in evaluation.verdicts if verdict.point in points]
    half = asked.count(Verdict.PARTIAL)
    heard = f"Points heard {asked.count(Verdict.HIT)} of {len(points)}" + (f", {half} in part" if half else "")
    scores = [f"Correctness {number(evaluation.correctness, local)}"]
    if evaluation.clarity is not None:
        scores.append(f"Clarity {number(evaluation.clarity, local)}" + (" (estimate)" if local else ""))
    if evaluation.depth is not None:
        scores.append(f"Depth {number(evaluation.depth, local)}" + (" (estimate)" if local else ""))
    if evaluation.state is State.PROVISIONAL:
        scores.append("provisional")
    line = " · ".join(scores)
    return f"**{heard}** · {line}" if local else f"**{line}**"
