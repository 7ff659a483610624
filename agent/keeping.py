"""What of a request is worth keeping in the server's cache, and for how long: writing costs, and reading saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from agent.types import Interview, Turn


class Keep(StrEnum):
    """For how long something is kept after its last use."""

    MINUTES = "5m"
    HOUR = "1h"


LASTS: Mapping[Keep, timedelta] = {Keep.MINUTES: timedelta(minutes=5), Keep.HOUR: timedelta(hours=1)}

PAYS: Mapping[Keep, int] = {Keep.MINUTES: 1, Keep.HOUR: 2}
"""How many further requests must be possible before it is written. Writing costs 1.25 and 2 times the price of sending,
and reading a tenth or less, so that minutes pay from the first reading on, and an hour from the second."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is marked in the request for a turn.

    `question`: the rules and the question. `answer`: the conversation up to this answer. `before`: the conversation up
    to the answer of that turn, where it was written before, is still there, and this answer is not worth adding.
    """

    question: Keep | None = None
    answer: Keep | None = None
    before: tuple[int, Keep] | None = None


def kept(interview: Interview, turn: Turn, *, ask: bool) -> Kept:
    """Decide what to mark for a turn; `ask`: a follow-up may come. The same interview gives the same marks again.

    Whoever took less than five minutes for every answer so far, the first among them, is expected to go on like that;
    for everybody else things are kept for an hour, since people think for longer than five minutes.
    """
    quick = True
    at, used_at = interview.opened_at, interview.opened_at
    marks = Kept()
    follow_ups = 0
    for one in interview.turns:
        if one.number > turn.number:
            break
        quick = quick and one.submitted_at - at < LASTS[Keep.MINUTES]
        at = one.submitted_at
        follow_ups += one.follow_up is not None
        left = max(0, interview.max_follow_ups - follow_ups)
        if one.number == turn.number:
            marks = _marks(marks, at - used_at, left if ask else 0, Keep.MINUTES if quick else Keep.HOUR, one)
            return replace(marks, before=None) if marks.answer else marks
        if one.evaluation is not None and one.evaluation.raw:  # else nothing was sent
            marks = _marks(marks, at - used_at, left, Keep.MINUTES if quick else Keep.HOUR, one)
            used_at = at
    return Kept()


def _marks(last: Kept, since: timedelta, left: int, keep: Keep, turn: Turn) -> Kept:
    """Mark a request, sent `since` after the last one, when so many may follow; `before`: for the next to read."""
    if left >= PAYS[keep]:
        return Kept(question=keep, answer=keep, before=(turn.number, keep))
    if last.question is None or since >= LASTS[last.question]:
        return Kept()
    return Kept(question=last.question, before=last.before)
