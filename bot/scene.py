"""One step of one interview: what is known when it begins, and what it leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from agent.kinds import Kind
from agent.types import Interview
from bot.clock import next_wake
from bot.events import GoOn, Inward, Opened, packed
from bot.intake import person_lane, workspace_of
from bot.ports import Chart, Choice
from bot.speech import Speech
from bot.turns import Outcome
from storage import interviews
from storage.accounts import Preferences
from storage.addresses import Person, Place
from storage.interviews import Record
from storage.queue import Arrival


@dataclass(frozen=True, slots=True)
class Cause:
    """What a step answers: a key that is unique and the same when the step is taken again, and whom to answer."""

    key: str
    person: Person
    place: Place
    reply: str | None = None

    def whisper(self, markdown: str, choices: tuple[Choice, ...] = ()) -> Speech:
        """Answer the person alone, where the event came from."""
        return Speech(f"whisper/{self.key}", self.person, self.place, markdown, choices, whisper=True, reply=self.reply)


@dataclass(frozen=True, slots=True)
class Scene:
    """An interview as it stands, with its owner's preferences; every method gives a new value."""

    record: Record
    preferences: Preferences
    kind: Kind
    cause: Cause
    now: datetime
    quiet_seconds: int

    @property
    def interview(self) -> Interview:
        """The interview."""
        return self.record.interview

    @property
    def place(self) -> Place:
        """Where the interview is held; where it was asked for, as long as it has no place of its own."""
        return self.record.place or self.record.origin

    def slot(self, *parts: object) -> str:
        """The name of one of this interview's messages."""
        return "/".join([self.interview.id, *map(str, parts)])

    @property
    def round(self) -> str:
        """The present question's part of a slot; a skipped question counts too."""
        return str(self.interview.round + len(self.interview.skipped))

    def with_interview(self, interview: Interview) -> Scene:
        """The same scene one step on."""
        wake_at = next_wake(interview, self.quiet_seconds, practice=self.record.practice)
        return replace(self, record=replace(self.record, interview=interview, wake_at=wake_at))

    def say(self, slot: str, markdown: str, choices: tuple[Choice, ...] = (), chart: Chart | None = None) -> Speech:
        """Say something in the interview's place; where that was lost, to its owner alone."""
        lost = self.record.place is None and self.interview.asked_at is not None
        reply = self.cause.reply if lost else None
        return Speech(slot, self.record.person, self.place, markdown, choices, chart, whisper=lost, reply=reply)

    def whisper(self, markdown: str, choices: tuple[Choice, ...] = ()) -> Outcome:
        """Answer the person alone and change nothing."""
        return outcome(self.cause.whisper(markdown, choices))

    def kept(self, *speeches: Speech, go_on: bool = False) -> Outcome:
        """Save the interview, and say this. `go_on`: there is a next step to take at once."""
        write: Callable[[Connection], object] = partial(interviews.save, record=self.record)
        return replace(
            outcome(*speeches),
            writes=(write,),
            arrivals=(go_on_event(self.record, self.cause),) if go_on else (),
        )


def identity_of(event: str) -> str:
    """A short key for what an event causes, the same when its step is taken again: sixteen hex digits of a hash."""
    return hashlib.sha256(event.encode()).hexdigest()[:16]


def outcome(*speeches: Speech) -> Outcome:
    """Say this, and nothing else."""
    return Outcome(posts=tuple(speech.outgoing() for speech in speeches))


def arrival(event: Inward, key: str, record: Record) -> Arrival:
    """An event of our own for an interview's lane, where it is handled before anything that waits there."""
    kind, payload = packed(event)
    return Arrival(dedup_key=key, lane=record.lane, sort_key="", kind=kind, payload=payload, workspace=record.workspace)


def home_again(person: Person, place: Place, key: str, now: datetime) -> Arrival:
    """An event of our own that has a person's own page drawn again, as somebody in this workspace sees it."""
    opened = Opened(id=key, person=person, place=replace(place, channel="", thread=""), sent_at=now)
    kind, payload = packed(opened)
    return Arrival(key, person_lane(person), "", kind, payload, workspace_of(place))


def go_on_event(record: Record, cause: Cause) -> Arrival:
    """Our own event that takes the interview's next step."""
    interview = record.interview.id
    return arrival(GoOn(interview=interview, reply=cause.reply), f"go on/{interview}/{cause.key}", record)
