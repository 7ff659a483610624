"""What calling models comes to, as values: why one gave nothing, who stepped down, and what it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class StepReason(StrEnum):
    """Why a model gave no judgement; the wording lives with the coach.

    REJECTED: the server does not take the request as it is. NOT_ALLOWED: the key, its rights, or its credit. CUT_OFF:
    the reply broke off. UNREADABLE: it came whole, but not as asked. BUDGET: nothing may be spent.
    BLIND: there is nothing but pictures to judge, and it is shown none. PICTURES: it does not take them, and is asked
    about the words alone.
    """

    RATE_LIMITED = "rate limited"
    OVERLOADED = "overloaded"
    SERVER_FAULT = "server fault"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed out"
    CUT_OFF = "cut off"
    TOO_LONG = "too long"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    REJECTED = "rejected"
    NOT_ALLOWED = "not allowed"
    BUDGET = "budget"
    BLIND = "blind"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class StepDown:
    """A model that should have judged and did not, and why; the next rung of the ladder went on."""

    judge: str
    reason: StepReason


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls of one model took, in tokens; what was read from its cache or written to it is not in `tokens_in`.

    `cache_written` was written for five minutes, `cache_written_hour` for an hour.
    """

    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_written: int = 0
    cache_written_hour: int = 0
    calls: int = 1


def together(usages: Iterable[Usage]) -> tuple[Usage, ...]:
    """Add up what calls took, one entry per model, in the order of their first calls."""
    found: dict[str, Usage] = {}
    for usage in usages:
        known = found.get(usage.model)
        found[usage.model] = usage if known is None else _added(known, usage)
    return tuple(found.values())


def _added(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.model,
        tokens_in=one.tokens_in + other.tokens_in,
        tokens_out=one.tokens_out + other.tokens_out,
        cache_read=one.cache_read + other.cache_read,
        cache_written=one.cache_written + other.cache_written,
        cache_written_hour=one.cache_written_hour + other.cache_written_hour,
        calls=one.calls + other.calls,
    )
