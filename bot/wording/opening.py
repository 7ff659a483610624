"""What is said when an interview is asked for and begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agent.kinds import Kind
from agent.types import FollowUp, Interview, Question
from bot.wording.parts import plain


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


def no_question(topics: Sequence[str], near: Sequence[str], levels: Sequence[str]) -> str:
    """Nothing in the bank fits the wish; at these other difficulties there is something."""
    if not topics:
        return "There is no such question yet. Try another difficulty or kind."
    said = ", ".join(plain(topic, 40) for topic in topics)
    if levels:
        return f"I have no such question about {said}, but one that is {' and one that is '.join(levels)}."
    if near:
        return f"I have no such question about {said}. Near topics: {', '.join(near)}."
    return f"I have no such question about {said}. Try another topic, or name none."


def unreachable(why: str) -> str:
    """The thread could not be opened."""
    return f"I could not open a thread: {why}"


def offer_start() -> str:
    """Something was said to us in the open, and no interview is."""
    return "No interview is open. Start one:"
