"""Every sentence a person can read, made from values: short, kind, concrete, and safe to show in any chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.calls import StepDown, StepReason
from agent.checks import IN_PICTURE
from agent.code_report import CaseRow, CodeReport, Ran
from agent.kinds import Kind
from agent.ladder import Waiting
from agent.local import Facts
from agent.messages import Message
from agent.scores import Level, level_of
from agent.types import (
    HINT_PRICES,
    Card,
    Evaluation,
    FollowUp,
    Interview,
    PointVerdict,
    Question,
    Reason,
    State,
    Turn,
    Verdict,
)
from bot.commands import COMMANDS
from bot.ports import Bar, Chart
from storage.accounts import Preferences
from storage.interviews import Figures, Record
from storage.usage import Total

# Labels of buttons and forms.
SUBMIT, RUN, SKIP, FINISH = "Submit", "Run", "Skip", "Finish"
KEEP_WRITING, SKIP_ANYWAY = "Keep writing", "Skip anyway"
SUBMIT_AND_FINISH, THROW_AWAY = "Submit and finish", "Discard the draft and finish"
RESCORE = "Re-score"
RESUME, RETRY, MODEL_ANSWER, SHARE, DISAGREE, MORE = (
    "Resume",
    "Retry",
    "Model answer",
    "Share",
    "I disagree",
    "More like this",
)
OPEN, DELETE, DELETE_YES, DELETE_ALL, DELETE_ALL_YES, CANCEL = (
    "Open",
    "Delete",
    "Yes, delete it",
    "Delete everything",
    "Yes, delete everything",
    "Cancel",
)
OLDER, PRIVACY, SETTINGS, POST_IT, JUDGE_AGAIN, TAKE_IT = (
    "Older",
    "Privacy",
    "Settings",
    "Post it",
    "Judge again with this",
    "Take the hint",
)
EASY, MEDIUM, HARD, HELP = "Easy", "Medium", "Hard", "Help"
SHARE_TITLE, SHARE_WHERE = "Share this score card", "Where?"
DISAGREE_ARGUMENT = "Where in your answer do you say it?"
DISAGREE_TITLE, DISAGREE_POINT, DISAGREE_QUOTE = (
    "I disagree",
    "Which point did you make?",
    "Your own words from the answer, copied exactly",
)
SETTINGS_TITLE, SETTINGS_KIND, SETTINGS_DIFFICULTY, SETTINGS_QUIET, SETTINGS_NUMBERS = (
    "Your settings",
    "Kind, when you name none",
    "Difficulty, when you name none",
    "Submit by itself after so many quiet seconds (0: never, else 30 or more)",
    "Show scores",
)
NUMBERS_EACH_TURN, NUMBERS_ON_CARD = "after each answer", "only on the card"

MINUS = "\N{MINUS SIGN}"
LEVELS = {Level.SOLID: "solid", Level.FAIR: "fair", Level.GAPS: "gaps"}
REASONS = {
    Reason.EMPTY: "there was nothing to read in it",
    Reason.NO_PROSE: "the local judge reads words, and there were none around the code",
    Reason.OTHER_LANGUAGE: "the local judge reads the question's language only",
    Reason.QUESTION_COPIED: "it repeats the question",
    Reason.KEYWORD_DUMP: "it lists keywords without saying anything about them",
    Reason.NEGATED: "it denies what it says",
    Reason.TOO_SHORT: "it is too short to judge",
    Reason.UNSEEN: "the local judge cannot see pictures, and there was nothing else in it",
    Reason.JUDGE_FAILED: "the judge failed, which is our fault, not yours",
}

STEP_REASONS = {
    StepReason.RATE_LIMITED: "has too many requests just now",
    StepReason.OVERLOADED: "is overloaded",
    StepReason.SERVER_FAULT: "has a fault on its side",
    StepReason.UNREACHABLE: "cannot be reached",
    StepReason.TIMED_OUT: "takes too long",
    StepReason.CUT_OFF: "broke off in the middle",
    StepReason.TOO_LONG: "wrote more than fits",
    StepReason.UNREADABLE: "gave no readable judgement",
    StepReason.REFUSED: "declined to judge this",
    StepReason.REJECTED: "does not take the request",
    StepReason.NOT_ALLOWED: "does not accept the key",
    StepReason.BLIND: "is not shown pictures",
    StepReason.PICTURES: "does not take the pictures",
    StepReason.BUDGET: "has used up today's budget of this workspace",
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CLAIM = re.compile(r"\bO ?\(([^()\n]{1,40}(?:\([^()\n]{0,20}\))?[^()\n]{0,10})\)")
_MARKUP = re.compile(r"([\\`*_~|<>\[\]#])")


def plain(text: str, limit: int = 300) -> str:
    """What a person or a model wrote, fit to stand in a line of ours: one line, no markup, no mention, no control."""
    flat = " ".join(_CONTROL.sub("", text).split())
    if len(flat) > limit:
        flat = flat[: limit - 1].rstrip() + "…"
    return _MARKUP.sub(r"\\\1", flat).replace("@", "@\u2060")


def quoted(text: str, limit: int = 120) -> str:
    """A person's own words, in quotation marks; or what a judge saw in their picture."""
    seen = text.removeprefix(IN_PICTURE)
    return f"“{plain(text, limit)}”" if seen == text else f"in your picture “{plain(seen, limit)}”"


# Starting.


def ready(public: bool, link: str = "") -> str:
    """The whisper that answers the command; `link` leads to the interview, where one can be followed."""
    is_ready = f"Your interview is ready: [Open]({link})" if link else "Your interview is ready"
    return f"{is_ready}, in a thread here." if public else f"{is_ready}. Nothing was posted here."


def intro(interview: Interview, kind: Kind, retention_days: int, judge: str) -> str:
    """The first message of an interview."""
    question = interview.question
    return (
        f"**{question.title}** · {kind.title}, {question.difficulty} · about {question.minutes} min, "
        f"{_follow_ups(interview.max_follow_ups)}. {_written_by(question)}{_judge_says(judge)} "
        f"Kept {retention_days} days."
    )


def _follow_ups(most: int) -> str:
    return {0: "no follow-up", 1: "one follow-up at most"}.get(most, f"{most} follow-ups at most")


def _written_by(question: Question) -> str:
    return f"Written by {plain(question.written_by, 60)} for this topic. " if question.written_by else ""


def _judge_says(judge: str) -> str:
    if judge == "local":
        return "A local judge counts the points you make."
    who = "Claude (Anthropic)" if judge.startswith("claude-") else plain(judge, 60)
    return f"{who} reads your answer and can be wrong."


def question(interview: Interview, *, runs: bool) -> str:
    """The question itself, and how to answer it; `runs`: Python in the answer is run."""
    lines = [interview.question.body]
    if interview.deadline is not None:
        lines.append(f"The clock runs: your answer is taken at {_clock(interview.deadline)} with a minute of grace.")
    code = ""
    if interview.question.code is not None:
        code = " Python runs." if runs else " Code is read, not run."
    lines.append(f"_Think aloud in as many messages as you like.{code} Nothing is judged until you press Submit._")
    return "\n\n".join(lines)


def follow_up(ask: FollowUp, interview: Interview) -> str:
    """A follow-up question."""
    text = f"**Follow-up.** {plain(ask.text, 600)}"
    if interview.deadline is not None:
        text += f"\n\nYour answer is taken at {_clock(interview.deadline)} with a minute of grace."
    return text


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


def thread_title(interview: Interview) -> str:
    """The title of the thread."""
    return f"{interview.question.title} ({interview.question.difficulty})"


def already_open(title: str) -> str:
    """A second start while one is open."""
    return f"You have an interview open: **{title}**. Resume it, or finish it and start again."


def did_you_mean(word: str, near: str) -> str:
    """A near miss of a known word."""
    return f"I do not know “{plain(word, 40)}”. Did you mean **{near}**?"


def no_question(topics: Sequence[str], near: Sequence[str]) -> str:
    """Nothing in the bank fits the wish."""
    if not topics:
        return "There is no such question yet. Try another difficulty or kind."
    said = ", ".join(plain(topic, 40) for topic in topics)
    if near:
        return f"I have no such question about {said}. Near topics: {', '.join(near)}."
    return f"I have no such question about {said}. Try another topic, or name none."


def unreachable(why: str) -> str:
    """The thread could not be opened."""
    return f"I could not open a thread: {why}"


def offer_start() -> str:
    """Something was said to us in the open, and no interview is."""
    return "No interview is open. Start one:"


# The draft.


def read_line(messages: Sequence[Message], facts: Facts) -> str:
    """What there is to judge, in one sentence of facts."""
    files = [file for message in messages for file in message.files]
    pictures = sum(bool(file.picture and not file.problem) for file in files)
    unread = sum(not file.is_read for file in files)
    return "".join(
        [
            _count(len(messages), "message"),
            _code(facts),
            f", {_count(pictures, 'picture')}" if pictures else "",
            f", {_count(unread, 'file')} being fetched" if unread else "",
        ]
    )


def draft_bar(interview: Interview, facts: Facts, quiet_seconds: int) -> str:
    """What stands in the draft."""
    text = f"Draft: {read_line(interview.draft, facts)}."
    if quiet_seconds:
        text += f" It submits itself after {quiet_seconds} quiet seconds."
    return text


def draft_moved() -> str:
    """The old draft bar, once a new one stands below."""
    return "_The draft goes on below._"


def draft_submitted(interview: Interview, facts: Facts) -> str:
    """The draft bar of an answer that is being submitted."""
    return f"Submitted: {read_line(interview.draft, facts)}."


def nothing_to_submit() -> str:
    """Submit without a draft."""
    return "There is nothing to submit yet. Write your answer in this thread first."


def draft_first(what: str) -> str:
    """Skip or stop with an open draft."""
    return f"You have a draft that was not submitted. {what}"


SKIP_LOSES_DRAFT = "Skipping throws it away."
STOP_WITH_DRAFT = "Shall it count?"


def came_late() -> str:
    """A message that came while its turn was judged, or before the next question was shown."""
    return (
        "That came before my next question, so I keep it with your last answer, unjudged. "
        "It does not count as an answer to the question above."
    )


def before_question() -> str:
    """A message that came before the first question."""
    return "That came before the question was shown. Please say it again if it belongs to your answer."


def file_problem(name: str, problem: str) -> str:
    """A file that could not be taken."""
    return f"{plain(name, 80)}: {problem}. The rest of your draft is safe."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _code(facts: Facts) -> str:
    if not facts.code_lines:
        return ""
    return f", {_count(facts.code_lines, 'line')} of {facts.code_language or 'code'}"


# Code.


def code_result(report: CodeReport) -> str:
    """What running the code showed, in a sentence."""
    match report.ran:
        case Ran.CASES if report.passed == report.total:
            return f"**All {report.total} cases pass.**"
        case Ran.CASES:
            failing = f"; {', '.join(report.failing[:3])} fail" if report.failing else ""
            return f"**{report.passed} of {report.total} cases pass**{failing}."
        case Ran.BROKEN:
            return f"**The code does not load**:\n{_block(report.error)}"
        case Ran.NO_ENTRY:
            return f"Your code defines no `{report.error}`, so no case was run; it loses nothing."
        case Ran.UNSUPPORTED:
            return f"Not available in the runner: {plain(report.error, 120)}. That does not count against you."
        case Ran.FAULT:
            return "The code could not be run, which is our fault; it does not count against you."
        case Ran.NOT_PYTHON:
            return f"Code in {report.language or 'another language'} is read, not run; it loses nothing."
        case Ran.OFF:
            return "Not executed: code is read, not run, here."


def code_table(report: CodeReport) -> str:
    """What a run of the draft showed: the examples in full, hidden cases by what they are about."""
    lines = [code_result(report)]
    if report.rows:
        rows = [f"{'ok  ' if row.passed else 'FAIL'} {row.case}{_case_detail(row)}" for row in report.rows]
        lines.append(_block("\n".join(rows)))
    if report.ran is Ran.CASES:
        lines.append(f"_{report.milliseconds:.0f} ms in all. A run counts for nothing; Submit does._")
    return "\n".join(lines)


def _case_detail(row: CaseRow) -> str:
    if row.passed:
        return f": {row.given} gives {row.got}"
    wanted = f", expected {row.expected}" if row.expected else ""
    return f": {row.given} gives {row.got}{wanted}"


def _block(text: str) -> str:
    """What came out of a person's code, in a fence that it cannot break."""
    return f"```text\n{_CONTROL.sub('', text).replace('```', '` ` `')}\n```"


def growth(report: CodeReport, answer: str) -> str:
    """The measured growth beside what the person claimed; empty when the measurement says nothing."""
    if report.growth is None:
        return ""
    said = _CLAIM.findall(answer)
    claim = f"you said O({plain(said[-1], 40)}); " if said else ""
    return f"Growth: {claim}measured about n^{report.growth:.1f}."


def no_code_to_run(question: Question) -> str:
    """Run without code."""
    entry = question.code.entry if question.code else ""
    return f"I found no Python in your draft. Write `{entry}` in a message of its own or between ``` lines."


def nothing_runs_here() -> str:
    """Run where nothing can be run."""
    return "Nothing can be run here; code is read."


def run_again_soon() -> str:
    """Run pressed too quickly."""
    return "One run every three seconds, please."


# Hints, skipping, finishing.


def hint_label(taken: int, free: bool) -> str:
    """The hint button, with its price."""
    price = 0.0 if free else HINT_PRICES[taken]
    return "Hint: free" if price == 0 else f"Hint: {MINUS}{price:.1f}"


def hint(number: int, of: int, text: str, free: bool) -> str:
    """A hint that was taken."""
    price = 0.0 if free else HINT_PRICES[number - 1]
    cost = "free" if price == 0 else f"{MINUS}{price:.1f} correctness"
    line = f"**Hint {number} of {of}** ({cost}): {text}"
    if number < of and not free:
        line += f"\n_The next one costs {HINT_PRICES[number]:.1f}._"
    return line


def hint_costs(price: float) -> str:
    """The price of the next hint, before it is taken."""
    return f"The next hint costs {price:.1f} of the card's correctness."


def no_hint() -> str:
    """All hints are taken."""
    return "There are no more hints for this question."


def old_button() -> str:
    """A button of an earlier question."""
    return "That button belongs to an earlier question. Please use the newest one."


def not_yours() -> str:
    """Somebody pressed a button of another person's interview, or one that is gone."""
    return "There is nothing here that you can act on. `/interview` starts your own."


def skipped(title: str) -> str:
    """The question was dropped."""
    return f"Skipped **{title}**; it is not scored."


def nothing_left() -> str:
    """No other question of the sort."""
    return "There is no other question of this sort. Answer this one, or press Finish."


def stopping(title: str) -> str:
    """The command to stop, where it was typed."""
    return f"I am ending **{title}**; the rest is where it was held."


def nothing_answered() -> str:
    """An interview ended before anything was answered."""
    return "Closed. Nothing was answered, so nothing is scored."


def nothing_open() -> str:
    """Stop without an interview."""
    return "No interview is open. `/interview` starts one."


def interview_over() -> str:
    """A button that needs an open interview."""
    return "This interview is over."


# Clock.


def place_gone(title: str) -> str:
    """The thread of an interview was deleted, or we were taken out of the channel."""
    return f"I cannot write in the thread of **{title}** any more. What you did is kept; Resume opens a new one."


def time_left(interview: Interview, now: datetime) -> str:
    """A nudge of a timed interview."""
    left = max(1, round(((interview.deadline or now) - now) / timedelta(minutes=1)))
    return f"{_count(left, 'minute')} left."


def time_is_up() -> str:
    """The clock ran out."""
    return "Time is up; I take what is there."


def still_there(title: str) -> str:
    """The one nudge of an untimed interview."""
    return f"**{title}** is still open. It rests here for two more days; go on whenever you like, or press Finish."


def rested() -> str:
    """An interview closed for its silence."""
    return "I closed this interview after three quiet days. Resume takes it up where it stopped."


# Feedback.


def facts_line(turn: Turn, facts: Facts) -> str:
    """The first line of the feedback, at once."""
    return f"Read {read_line(turn.messages, facts)}."


def feedback(question: Question, evaluation: Evaluation) -> str:
    """What was heard in an answer, in words; without numbers, so that it can be shown before it is stored."""
    if evaluation.state is State.NOT_SCORED:
        return f"**Not scored**: {_because(evaluation.reasons)}."
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
        lines.append(f"Held down, because {_because(evaluation.reasons)}.")
    return "\n".join(f"- {line}" for line in lines)


def _verdict_line(question: Question, verdict: PointVerdict) -> str:
    name = question.point(verdict.point).name
    said = quoted(verdict.quote) if verdict.quote else ""
    if verdict.verdict is Verdict.HIT:
        return f"Heard **{name}**: {said}"
    if verdict.verdict is Verdict.PARTIAL:
        return f"Partly **{name}**: {said}"
    return f"Check **{name}**: {said} is a common mistake"


def _because(reasons: Iterable[Reason]) -> str:
    return " and ".join(REASONS[reason] for reason in reasons) or REASONS[Reason.JUDGE_FAILED]


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


def number(value: float, local: bool) -> str:
    """A score as it is shown: one decimal from a model, a whole number with ≈ from the local judge."""
    return f"≈ {round(value)}" if local else f"{value:.1f}"


# The card.


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
        lines.append(f"**Not scored**: {_because(sorted(reasons))}.")
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
        foot.append(_count(shown.hints, "hint") + cost)
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
    said = _CLAIM.findall(answer)
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


def chart_in_words(bars: Iterable[Bar]) -> str:
    """What a chart shows, for those who cannot see it."""
    return "; ".join(f"{bar.label} {bar.note} of 10" for bar in bars)


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


# Looking back, and one's own data.


def help_text(kinds: Mapping[str, Kind]) -> str:
    """What the coach can do."""
    rows = "\n".join(f"- `{row.usage}`: {row.does}" for row in COMMANDS)
    return (
        "I interview you: one question, your answer in as many messages as you like, scores with your own words as "
        f"evidence.\n\n{rows}\n\nKinds: {', '.join(kinds)}.\n"
        "In an interview `submit`, `hint`, `skip` and `finish` work as words too."
    )


def stats(figures: Figures, days: int) -> str:
    """The last days in figures."""
    if not figures.count:
        return f"No finished interview in the last {days} days. `/interview easy` is a good start."
    lines = [f"**Your last {days} days**: {_count(figures.count, 'interview')}, {figures.minutes} min."]
    for group in figures.groups:
        local = group.local
        values = [
            f"{label} {number(value, local)}"
            for label, value in (
                ("correctness", group.correctness),
                ("clarity", group.clarity),
                ("depth", group.depth),
            )
            if value is not None
        ]
        by = "local judge" if local else "model"
        lines.append(f"- {group.kind} ({by}, {group.count}): " + (", ".join(values) or "not scored"))
    if figures.topics:
        lines.append("\nTopics: " + ", ".join(f"{topic} {count}" for topic, count in figures.topics[:8]))
    return "\n".join(lines)


def history(records: Sequence[Record], offset: int) -> str:
    """A page of past interviews."""
    if not records:
        return "No past interviews yet." if offset == 0 else "That was the oldest."
    lines = ["**Your interviews**, newest first"]
    for at, record in enumerate(records, offset + 1):
        shown = record.interview.card
        score = "not scored"
        if shown is not None and shown.correctness is not None:
            score = f"correctness {number(shown.correctness, shown.judge == 'local')}"
        day = f"{record.interview.closed_at:%d %b}" if record.interview.closed_at else ""
        lines.append(
            f"{at}. {record.interview.question.title} · {record.interview.question.difficulty} · {score} · {day}"
        )
    return "\n".join(lines)


def past(record: Record) -> str:
    """One past interview: what was asked, answered and heard."""
    interview = record.interview
    parts = [f"**{interview.question.title}**", interview.question.body]
    if interview.card is not None:
        parts.insert(0, card(record, interview.card, (), None))
    for turn in interview.turns:
        if turn.follow_up is not None:
            parts.append(follow_up(turn.follow_up, interview))
        parts.append("> " + plain(turn.answer, 1500))
        if turn.evaluation is not None:
            parts.append(feedback(interview.question, turn.evaluation))
    return "\n\n".join(parts)


def delete_sure(title: str) -> str:
    """Before an interview is deleted."""
    return f"Delete **{title}** for good, with its answers and scores?"


def deleted() -> str:
    """An interview was deleted."""
    return "Deleted."


def me(account: str, preferences: Preferences, kinds: Mapping[str, Kind], retention_days: int) -> str:
    """One's settings and data."""
    kind = kinds[preferences.kind].title if preferences.kind in kinds else "algorithm"
    quiet = f"after {preferences.quiet_seconds} quiet seconds" if preferences.quiet_seconds else "only on Submit"
    numbers = NUMBERS_ON_CARD if preferences.numbers == "card" else NUMBERS_EACH_TURN
    return (
        f"**You** are account `{account}` here.\n"
        f"- Default: {kind}, {preferences.difficulty or 'medium'}\n"
        f"- Answers are submitted {quiet}\n"
        f"- Scores are shown {numbers}\n"
        f"- Your texts are kept {retention_days} days, scores until you delete them"
    )


def settings_saved() -> str:
    """Settings were changed."""
    return "Saved."


def quiet_is_off_or_long() -> str:
    """A wrong number of quiet seconds."""
    return "Quiet seconds must be 0 (only Submit submits) or a whole number from 30 to 3600. Nothing was changed."


def delete_all_sure() -> str:
    """Before everything of an account is deleted."""
    return "Delete your account here with every interview, answer, score and setting? This cannot be undone."


def all_deleted() -> str:
    """Everything was deleted."""
    return "Everything of yours is deleted. `/interview` starts afresh."


def privacy(retention_days: int, judge: str) -> str:
    """What is kept, who sees it, and what leaves the machine."""
    leaves = (
        "Nothing leaves the machine I run on."
        if judge == "local"
        else "Your answers go to the model's maker to be judged, and to nobody else."
    )
    return (
        f"I keep your answers for {retention_days} days and your scores until you delete them. {leaves} Nobody else is "
        "shown what you practise or how well. `/interview history` deletes one interview, `/interview me` everything."
    )


# Faults.


def fault(reference: str) -> str:
    """A fault of ours."""
    return f"Something went wrong on my side; what you wrote is safe. If it happens again, mention `{reference}`."


def given_up(reference: str) -> str:
    """A step that failed again and again."""
    return f"I could not do that after several tries, and I am sorry. What you wrote is safe. Reference: `{reference}`."


# The terminal.

TERMINAL_WELCOME = (
    "Type `/interview easy` to begin, `/interview help` for more. End an answer with `submit`; paste code freely. "
    "Ctrl-C leaves; what is open stays."
)
TERMINAL_LEFT = "Saved. `talkpro chat` goes on where you stopped."
NO_FILES_HERE = "files cannot be sent in a terminal; paste the text"


def form_field(label: str, options: Sequence[str], value: str) -> str:
    """One field of a form, asked for in a terminal."""
    numbered = "".join(f"\n  {number}) {option}" for number, option in enumerate(options, 1))
    return f"{label}{f' [{value}]' if value and not options else ''}:{numbered}"


# Doctor and command line.

DOCTOR_NOT_MIGRATED = "the tables are older than the program"
DOCTOR_DATABASE = "Check the address, the user and that the server runs; or leave DATABASE_URL empty for SQLite."
DOCTOR_NO_REDIS = "not set; not needed for one process"
DOCTOR_REDIS = "Check the address and that the server runs; or leave REDIS_URL empty."
DOCTOR_ANSWERS = "answers"
DOCTOR_RUNNER_OFF = "off: code is read, not run"
DOCTOR_RUNNER = "Set TALKPRO_RUNNER=off, or on macOS and Windows run TalkPro in a Linux container."
DOCTOR_NO_MODEL = "not set; the local judge judges"
DOCTOR_MODEL = "Check the key, ANTHROPIC_BASE_URL and the model's name; `TALKPRO_DIALECT=generic` suits other servers."
DOCTOR_PORT = "Stop the other program, or set TALKPRO_HTTP_PORT to a free port."
DOCTOR_SHORT_PASSWORD = "shorter than 12 characters"  # noqa: S105 - a sentence, not a password
DOCTOR_PASSWORD = "Set a longer one."  # noqa: S105 - a sentence, not a password
DATABASE_SILENT = "The database does not answer, or not as it should. `talkpro doctor` looks at it."
NO_SUCH_JUDGE = "Known judges: local, and claude where ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL is set."
RUNCODE_USAGE = "Name --source, --entry and --cases, or --batch."
WORKSPACE, MODEL = "workspace", "model"
NOT_MIGRATED = "The database is older than this program. Run: talkpro db upgrade"


def doctor_database_in_use(pid: int) -> str:
    """The SQLite file is open elsewhere."""
    return f"in use by process {pid}, which is fine"


def doctor_port_taken(address: str) -> str:
    """The port is taken."""
    return f"{address} is in use"


def report_table(report: Mapping[str, Any]) -> str:
    """A runner's report for a person."""
    lines = [f"{report['status']}: {report['passed']} of {report['total']} pass, {report['total_ms']:.0f} ms"]
    if report["reason"]:
        lines.append(report["reason"])
    if report["failure"]:
        lines.append(f"{report['failure']['type']}, line {report['failure']['line']}: {report['failure']['message']}")
    for case in report["cases"]:
        got = f"  got {case['got']}" if case["got"] is not None and case["verdict"] != "pass" else ""
        lines.append(f"  {case['verdict']:<8} {case['id']}{got}")
    return "\n".join(lines)


def doctor_runner(engine: str) -> str:
    """The runner held what it promises."""
    return f"{engine}: the self-test could not break out"


def doctor_model(model: str) -> str:
    """A model answered as asked."""
    return f"{model} answers"


def doctor_model_fails(model: str, reason: StepReason) -> str:
    """A model did not answer as asked."""
    return f"{model} {STEP_REASONS[reason]}"


def usage_table(title: str, totals: Sequence[Total]) -> str:
    """What was spent, as a table."""
    names = ("calls", "in", "out", "cache read", "cache written", "dollars")
    lines = [f"{title:<28}" + "".join(f"{name:>14}" for name in names)]
    for total in totals:
        counts = (total.calls, total.tokens_in, total.tokens_out, total.cache_read, total.cache_written)
        lines.append(f"{total.name:<28}" + "".join(f"{count:>14}" for count in counts) + f"{total.dollars:>14.4f}")
    return "\n".join(lines)


def doctor_set(is_set: bool) -> str:
    """Whether an optional secret is there."""
    return "set" if is_set else "not set; the playground answers on this machine only"


def doctor_questions(count: int) -> str:
    """How many questions there are."""
    return f"{count} questions"


def file_taken(path: str, pid: int) -> str:
    """A second run on the same SQLite file."""
    return f"{path} is in use by process {pid}. Stop that one first, or set TALKPRO_DATA to another folder."


def started(address: str) -> str:
    """The product answers."""
    return f"TalkPro is at {address}  (Ctrl-C stops it)"


def nothing_is_run(why: str) -> str:
    """Code is read and not run, though it was to be."""
    return f"Code is read, not run, here ({why}). In a container it runs: TALKPRO_WEB_PASSWORD=... docker compose up"


def setting_wrong(name: str, why: str) -> str:
    """A setting that cannot be used."""
    return f"{name}: {why}"


def address_taken(address: str) -> str:
    """The address cannot be listened on."""
    return f"Cannot listen on {address}. Is another program there? Set TALKPRO_HTTP_PORT to a free port."


def no_account(account: str) -> str:
    """An export of nobody."""
    return f"there is no account {account}; /interview me shows yours"


def question_row(row: Mapping[str, str | int | list[str]]) -> str:
    """A line of the list of questions."""
    topics = row["topics"]
    said = ", ".join(topics) if isinstance(topics, list) else topics
    return f"{row['id']:<32} {row['kind']:<14} {row['difficulty']:<7} {row['minutes']:>3} min  {said}"


def no_such_question(identity: str) -> str:
    """A question that is not in the bank."""
    return f"there is no question {identity}; `talkpro questions list` shows all"


def linted(problems: int) -> str:
    """The last line of the lint."""
    return "No problems." if not problems else f"{_count(problems, 'problem')}."


def upgraded(*, changed: bool) -> str:
    """After an upgrade."""
    return "The tables are up to date now." if changed else "The tables were up to date already."


def backed_up(path: str) -> str:
    """After a backup."""
    return f"Written to {path}."


def copied(counts: Mapping[str, int]) -> str:
    """After a copy."""
    rows = "\n".join(f"  {table}: {count}" for table, count in counts.items())
    return f"Copied {sum(counts.values())} rows.\n{rows}"


# The playground.

FILE_TOO_LARGE = "larger than 100 KB"
FILE_NOT_TEXT = "not a text file"
MESSAGE_GONE = "that message is no longer there"
NOBODY_TO_TELL = "there is nobody to tell it to"
OTHER_HOST = "This server answers to another host name."
NO_SUCH_FILE = "There is no such file."
FOREIGN_FORM = "This form belongs to another page."
PASSWORD_TOO_LONG = "That is too long for a password."  # noqa: S105 - a sentence, not a password
FOREIGN_PAGE = "This connection comes from another page."
PAGE_FIRST = "Load the page first."
NOT_READY = "Not ready yet."
PLAYGROUND = "playground"

EXAMPLE_QUESTION = """\
**Merge calendars** · algorithm, medium · about 15 min
Two people keep their meetings as `[start, end]` pairs. Return the times at which at least one of them is busy."""
EXAMPLE_THOUGHT = "I'd put both lists together, sort by start, then sweep once."
EXAMPLE_CODE = """\
```python
def busy(a, b):
    out = []
    for start, end in sorted(a + b):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out
```"""
EXAMPLE_CARD = """\
**Merge calendars** · medium · by the local judge
**Points heard 4 of 6** “sort by start, then sweep”
**Missed** empty calendars
14 min · 1 hint"""
EXAMPLE_TITLE = "Merge calendars"
EXAMPLE_BARS = (
    Bar("Correctness", 7.0, "≈ 7 solid"),
    Bar("Clarity", 6.0, "≈ 6 fair estimate"),
    Bar("Depth", 5.0, "≈ 5 gaps estimate"),
)


def playground_at(address: str, *, password: bool) -> str:
    """Where the playground is, and who may come in."""
    return f"{address}, {'with the password' if password else 'from this machine only'}"
