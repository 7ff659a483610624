"""Starting an interview: the record of it, stored with the event that opens its thread."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from agent.types import FOLLOW_UPS, Interview, Question
from bot.commands import Wish
from bot.scene import Cause, go_on_event
from bot.turns import Outcome
from storage import interviews
from storage.accounts import Account
from storage.interviews import Record
from storage.queue import Write
from storage.workspaces import Workspace


def started(
    account: Account,
    workspace: Workspace,
    cause: Cause,
    wish: Wish,
    question: Question,
    *,
    now: datetime,
    writes: tuple[Write, ...] = (),
) -> Outcome:
    """Begin an interview with this question, and write the rest along with it."""
    interview = Interview(
        id=cause.key,
        question=question,
        opened_at=now,
        touched_at=now,
        max_follow_ups=FOLLOW_UPS[question.difficulty] if question.follow_ups else 0,
        timed=wish.timed,
        language=wish.language,
    )
    record = Record(
        interview=interview,
        account=account.id,
        workspace=workspace.id,
        person=cause.person,
        origin=cause.place,
        public=wish.public if wish.public is not None else workspace.settings.default_place == "public",
    )
    return Outcome(writes=(partial(interviews.start, record=record), *writes), arrivals=(go_on_event(record, cause),))
