"""Help, statistics, past interviews, and one's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.kinds import Kind
from bot.commands import COMMANDS
from bot.wording.cards import card
from bot.wording.feedback import feedback
from bot.wording.labels import NUMBERS_EACH_TURN, NUMBERS_ON_CARD
from bot.wording.opening import follow_up
from bot.wording.parts import count, number, recalled
from storage.accounts import Preferences
from storage.interviews import Figures, Record


def help_text(kinds: Mapping[str, Kind]) -> str:
    """What the coach can do."""
    rows = "\n".join(f"- `{row.usage}`: {row.does}" for row in COMMANDS if not row.admin)
    admin = "\n".join(f"- `{row.usage}`: {row.does}" for row in COMMANDS if row.admin)
    return (
        "I interview you: one question, your answer in as many messages as you like, scores with your own words as "
        f"evidence.\n\n{rows}\n\nFor admins of this workspace:\n{admin}\n\nKinds: {', '.join(kinds)}.\n"
        "In an interview `submit`, `hint`, `skip` and `finish` work as words too."
    )


def stats(figures: Figures, days: int) -> str:
    """The last days in figures."""
    if not figures.count:
        return f"No finished interview in the last {days} days. `/interview easy` is a good start."
    lines = [f"**Your last {days} days**: {count(figures.count, 'interview')}, {figures.minutes} min."]
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


def history(records: Sequence[Record], offset: int, workspace: str, kinds: Mapping[str, Kind]) -> str:
    """A page of past interviews."""
    if not records:
        return "No past interviews yet." if offset == 0 else "That was the oldest."
    lines = ["**Your interviews**, newest first"]
    lines += [f"{at}. {row(record, workspace, kinds)}" for at, record in enumerate(records, offset + 1)]
    return "\n".join(lines)


def row(record: Record, workspace: str, kinds: Mapping[str, Kind]) -> str:
    """One past interview in a line."""
    score = "not scored"
    shown = record.interview.card
    if shown is not None and shown.correctness is not None:
        score = f"correctness {number(shown.correctness, shown.judge == 'local')}"
    day = f"{record.interview.closed_at:%d %b}" if record.interview.closed_at else ""
    return f"{title(record, workspace, kinds)} · {record.interview.question.difficulty} · {score} · {day}"


def title(record: Record, workspace: str, kinds: Mapping[str, Kind]) -> str:
    """What an interview is called in a workspace: by its kind where it was held in another."""
    question = record.interview.question
    return question.title if record.workspace == workspace else kinds[question.kind].title


def past_elsewhere(record: Record, kinds: Mapping[str, Kind]) -> str:
    """One past interview as another workspace than its own may see it: scores, no words."""
    interview = record.interview
    lines = [f"**{kinds[interview.question.kind].title}** · {interview.question.difficulty} · held elsewhere"]
    shown = interview.card
    if shown is not None:
        local = shown.judge == "local"
        scores = (("Correctness", shown.correctness), ("Clarity", shown.clarity), ("Depth", shown.depth))
        lines += [f"{name} {number(value, local)}" for name, value in scores if value is not None]
    lines.append("Its question and your words show only where it was held: type `/interview history` there.")
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
        parts.append(recalled(turn.answer, 1500))
        if turn.evaluation is not None:
            parts.append(feedback(interview.question, turn.evaluation))
    return "\n\n".join(parts)


def delete_sure(title: str) -> str:
    """Before an interview is deleted."""
    return f"Delete **{title}** for good, with its answers and scores?"


def deleted() -> str:
    """An interview was deleted."""
    return "Deleted."


def me(
    account: str,
    preferences: Preferences,
    kinds: Mapping[str, Kind],
    retention_days: int,
    more: Sequence[str] = (),
) -> str:
    """One's settings and data; `more` are lines of what else was set."""
    kind = kinds[preferences.kind].title if preferences.kind in kinds else "algorithm"
    quiet = f"after {preferences.quiet_seconds} quiet seconds" if preferences.quiet_seconds else "only on Submit"
    numbers = NUMBERS_ON_CARD if preferences.numbers == "card" else NUMBERS_EACH_TURN
    lines = [
        "**Your settings**",
        f"- `/interview` alone starts: {kind}, {preferences.difficulty or 'medium'}",
        f"- Answers are submitted {quiet}",
        f"- Scores are shown {numbers}",
        f"- Your texts are kept {retention_days} days, scores until you delete them",
        *more,
        f"- Your account's id, for whoever runs this: `{account}`",
    ]
    return "\n".join(lines)


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
        "Beyond this chat, nothing leaves the machine I run on."
        if judge == "local"
        else "Beyond this chat, your answers go to the model's maker to be judged, and to nobody else."
    )
    return (
        f"I keep your answers for {retention_days} days and your scores until you delete them. {leaves} Nobody else is "
        "shown what you practise or how well; a practice board that you join shows on how many days, and no more. "
        "`/interview history` deletes one interview; `/interview me` gives you everything as a file, or deletes it."
    )
