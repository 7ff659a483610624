"""What is said about questions that a model writes."""

from __future__ import annotations

from collections.abc import Sequence

from agent.author import Failure
from bot.wording.parts import plain

START = "Start it"

_WHY = {
    Failure.FAULTY: "I had a question about {topic} written twice, and neither was good enough to ask.",
    Failure.UNSUITABLE: "I find no interview question in {topic}. Name a subject of software engineering.",
    Failure.NO_MODEL: "I have no question about {topic}, and no model could write one just now. Try again later.",
    Failure.NOT_RUN: "I have no such question about {topic}. Code is not run here, so I can write other kinds only.",
    Failure.BUDGET: "I have no question about {topic}, and today's budget of this workspace for a new one is used up.",
    Failure.FAULT: "I could not get a question about {topic} written, which is our fault.",
}


def writing(topic: str) -> str:
    """A question is being written for somebody."""
    return (
        f"I am having a question about {_quoted(topic)} written. About a minute, then your interview begins by itself."
    )


def not_written(topic: str, failure: Failure, near: Sequence[str]) -> str:
    """There is no question, and what would work."""
    why = _WHY[failure].format(topic=_quoted(topic))
    return f"{why} Near topics: {', '.join(near)}." if near else why


def fault(topic: str, reference: str) -> str:
    """Writing it failed for a reason of ours."""
    return f"{_WHY[Failure.FAULT].format(topic=_quoted(topic))} Reference: {reference}."


def ready(topic: str, command: str) -> str:
    """The question is there, and the person is busy or was away."""
    return (
        f"Your question about {_quoted(topic)} is written. `{plain(command, 160)}` begins with it, whenever you like."
    )


def no_longer(topic: str) -> str:
    """Who waited waits no more."""
    return f"You wait for no question about {_quoted(topic)} any more."


def help_line() -> str:
    """What a model adds."""
    return "Name any topic: where I have no question about it, I have one written, which takes about a minute."


def _quoted(topic: str) -> str:
    return f"“{plain(topic, 80)}”"
