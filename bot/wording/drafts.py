"""What is said of a draft: what is in it, what it lacks, and what came too late for it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.local import Facts
from agent.messages import Message
from agent.types import Interview
from bot.wording.parts import count, plain


def read_line(messages: Sequence[Message], facts: Facts) -> str:
    """What there is to judge, in one sentence of facts."""
    files = [file for message in messages for file in message.files]
    pictures = sum(bool(file.picture and not file.problem) for file in files)
    unread = sum(not file.is_read for file in files)
    return "".join(
        [
            count(len(messages), "message"),
            _code(facts),
            f", {count(pictures, 'picture')}" if pictures else "",
            f", {count(unread, 'file')} being fetched" if unread else "",
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


def _code(facts: Facts) -> str:
    if not facts.code_lines:
        return ""
    return f", {count(facts.code_lines, 'line')} of {facts.code_language or 'code'}"
