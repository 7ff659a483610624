"""Small pieces that sentences are made of, safe to stand in any chat: quotations, counts, numbers, words for levels."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.calls import StepReason
from agent.checks import IN_PICTURE
from agent.scores import Level
from agent.types import Reason
from bot.ports import Bar

MINUS = "\N{MINUS SIGN}"

LEVELS = {Level.SOLID: "solid", Level.FAIR: "fair", Level.GAPS: "gaps"}

REASONS = {
    Reason.EMPTY: "there was nothing to read in it",
    Reason.NO_PROSE: "the local judge reads words, and found none about the question around the code",
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

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

CLAIM = re.compile(r"\bO ?\(([^()\n]{1,40}(?:\([^()\n]{0,20}\))?[^()\n]{0,10})\)")

_MARKUP = re.compile(r"([\\`*_~|<>\[\]#])")


def plain(text: str, limit: int = 300) -> str:
    """What a person or a model wrote, fit to stand in a line of ours: one line, no markup, no mention, no control."""
    flat = " ".join(CONTROL.sub("", text).split())
    if len(flat) > limit:
        flat = flat[: limit - 1].rstrip() + "…"
    return _MARKUP.sub(r"\\\1", flat).replace("@", "@\u2060")


def quoted(text: str, limit: int = 120) -> str:
    """A person's own words, in quotation marks; or what a judge saw in their picture."""
    seen = text.removeprefix(IN_PICTURE)
    return f"“{plain(text, limit)}”" if seen == text else f"in your picture “{plain(seen, limit)}”"


def block(text: str) -> str:
    """What a person's code is or printed, in a fence that it cannot break."""
    return f"```text\n{CONTROL.sub('', text).replace('```', '` ` `')}\n```"


def recalled(text: str, limit: int) -> str:
    """What a person wrote, as much of it as fits: lines of words as a quotation, code as code."""
    shown = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    told = []
    for number, part in enumerate(shown.split("```")):
        if number % 2:
            told.append(block(part.partition("\n")[2].rstrip() or part))
        elif part.strip():
            told.append("\n".join(f"> {plain(line, limit)}" for line in part.splitlines() if line.strip()))
    return "\n\n".join(told)


def ended(text: str) -> str:
    """A reason as it ends a sentence: platforms give some with a full stop and some without."""
    return text if text.endswith(".") else f"{text}."


def count(number: int, noun: str) -> str:
    """So many of them, with the noun in the right number."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def because(reasons: Iterable[Reason]) -> str:
    """Why an answer was not scored."""
    return " and ".join(REASONS[reason] for reason in reasons) or REASONS[Reason.JUDGE_FAILED]


def number(value: float, local: bool) -> str:
    """A score as it is shown: one decimal from a model, a whole number with ≈ from the local judge."""
    return f"≈ {round(value)}" if local else f"{value:.1f}"


def chart_in_words(bars: Iterable[Bar]) -> str:
    """What a chart shows, for those who cannot see it."""
    return f"Out of 10: {'; '.join(f'{bar.label} {bar.note}' for bar in bars)}"
