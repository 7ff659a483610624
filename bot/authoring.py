"""Questions for topics that the bank lacks: written by a model for who waits, and a few ahead for who comes next.

Somebody's wish is stored with an event in the lane of its topic, so that two wishes for one topic have one question
written. Each call of a model is a step of its own: what was paid for is stored before the next call is made. When
there is a question, or will be none, an event goes to the lane of each person who waits, where their interview begins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from pydantic import TypeAdapter
from sqlalchemy import Connection

from agent.author import Attempt, Author, Failure
from agent.authoring import Ask, Rejected, topic_of
from agent.bank import Bank
from agent.types import Difficulty, Question
from bot import starting
from bot.commands import Refusal, Wish
from bot.events import QuestionWritten, WriteQuestion, packed
from bot.intake import person_lane
from bot.ports import Choice
from bot.purse import Purse
from bot.scene import Cause, identity_of, outcome
from bot.turns import Outcome
from bot.wording import authoring as wording
from storage import accounts, interviews, questions, workspaces
from storage.accounts import Account
from storage.database import Database
from storage.interviews import Record
from storage.questions import Lack, State, Topic
from storage.queue import Arrival, Claim, Write
from storage.workspaces import Workspace

SPARES = 2
"""How many questions that nobody was asked are kept ready of a topic."""
WANTED_WITHIN = timedelta(days=14)
"""For how long after somebody wanted it."""
RESTS = timedelta(days=1)
"""How long a topic rests for which nothing could be written."""
AT_ONCE = 200
"""The most topics looked after in one tick."""
SPARE_SHARE = 0.5
"""The share of a day's budget from which on nothing is written ahead: the rest is for answers, and for who waits."""
PATIENCE = timedelta(minutes=30)
"""Who waited longer is told that the question is there, and not taken by surprise with an interview."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question to begin with, and what is to be written along with that."""

    question: Question
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """How things stand with a topic: who waits and has a question by now, who has none, what is in store."""

    state: State
    granted: tuple[questions.Wish, ...]
    waiting: tuple[questions.Wish, ...]
    in_store: int
    titles: tuple[str, ...]


class Authoring:
    """Finds a question in the workspace's own, or has one written."""

    def __init__(
        self, database: Database, author: Author, purse: Purse, bank: Bank, now: Callable[[], datetime]
    ) -> None:
        """Work with these."""
        self._database = database
        self._author = author
        self._purse = purse
        self._bank = bank
        self._now = now

    @property
    def can_write(self) -> bool:
        """Whether there is a model to write questions."""
        return self._author.can_write

    # Before an interview.

    async def find(
        self, account: Account, workspace: Workspace, cause: Cause, wish: Wish, difficulty: Difficulty
    ) -> Found | Outcome | None:
        """A question of the workspace's own for a wish that the bank cannot grant, or what is done to have one.

        None when nothing can be done. Raises Refusal when it could, but not now or not here.
        """
        words = topic_of(wish.topics)
        if not words:
            return None
        topic = Topic(workspace.id, wish.kind or "", difficulty.value, questions.name_of(words))
        now = self._now()
        want = partial(questions.want, topic=topic, words=words, now=now)
        own, new = await self._database.read(_own, topic, account.id)
        if new is not None:
            return Found(new, (want, partial(questions.take, id=new.id, now=now)))
        failure = await self._why_not(topic)
        if failure is None:
            wanted = questions.Wish(
                id=cause.key,
                account=account.id,
                topic=topic,
                person=cause.person,
                place=cause.place,
                at=now,
                reply=cause.reply,
                public=wish.public,
                timed=wish.timed,
                language=wish.language,
            )
            return Outcome(
                writes=(want, partial(questions.wish, wanted=wanted)),
                posts=outcome(cause.whisper(wording.writing(words))).posts,
                arrivals=(write_event(topic, f"write/{cause.key}", now),),
            )
        if own is not None:
            return Found(own, (want,))
        if failure is Failure.NO_MODEL:
            return None
        raise Refusal(self._refusal(words, failure, topic))

    async def stop_waiting(self, account: Account, workspace: str, cause: Cause) -> Outcome | None:
        """Whoever waits for a question waits no more; None when they did not."""
        found = await self._database.read(_waited_for, account.id, workspace)
        if found is None:
            return None
        wish, words = found
        return _kept(outcome(cause.whisper(wording.no_longer(words))), partial(questions.drop_wish, id=wish.id))

    async def _why_not(self, topic: Topic) -> Failure | None:
        """Why no question can be written about this now."""
        if not self._author.can_write:
            return Failure.NO_MODEL
        if not self._author.kinds_for(topic.kind):
            return Failure.NOT_RUN
        return None if await self._purse.may_spend(topic.workspace) else Failure.BUDGET

    def _refusal(self, words: str, failure: Failure, topic: Topic) -> str:
        near = self._bank.near([words], topic.kind or None, Difficulty(topic.difficulty))
        return wording.not_written(words, failure, near)

    # In the lane of a topic.

    async def write(self, claim: Claim, event: WriteQuestion) -> Outcome:
        """Have a question written, if anybody still waits for one or a spare one is lacking: one call at most."""
        topic = event.topic
        view = await self._database.read(_view, topic)
        if view is None:
            return Outcome()
        arrivals = tuple(self._tell(wish) for wish in view.granted)
        failed_at = view.state.failed_at
        old = [wish for wish in view.waiting if failed_at is not None and wish.at <= failed_at]
        # They waited while the last try failed: that was theirs, too.
        arrivals += tuple(self._tell(wish, view.state.failure) for wish in old)
        waiting = [wish for wish in view.waiting if wish not in old]
        if not waiting and not (event.spare and view.in_store < SPARES):
            return Outcome(arrivals=arrivals)
        attempt = await self._attempt(claim, topic, view)
        now = self._now()
        writes: list[Write] = list(self._purse.counted(topic.workspace, attempt.usage))
        if attempt.question is not None:
            writes.append(partial(questions.add, topic=topic, question=attempt.question, now=now))
        elif attempt.rejected is not None and view.state.rejected is None:
            rejected = _rejected().dump_json(attempt.rejected).decode()
            writes.append(partial(questions.reject, topic=topic, rejected=rejected))
            again = write_event(topic, f"repair/{identity_of(claim.dedup_key)}", now, spare=event.spare)
            return Outcome(writes=tuple(writes), arrivals=(*arrivals, again))
        else:
            writes.append(partial(questions.fail, topic=topic, failure=_named(attempt), now=now))
        told = tuple(self._tell(wish, _named(attempt)) for wish in waiting)
        return Outcome(writes=tuple(writes), arrivals=(*arrivals, *told))

    async def _attempt(self, claim: Claim, topic: Topic, view: _View) -> Attempt:
        kinds = self._author.kinds_for(topic.kind)
        if not kinds:
            return Attempt(failure=Failure.NOT_RUN)
        titles = (*view.titles, *(question.title for question in self._bank.questions))
        ask = Ask(view.state.words, Difficulty(topic.difficulty), kinds, titles)
        rejected = None if view.state.rejected is None else _rejected().validate_json(view.state.rejected)
        may_spend = partial(self._purse.may_spend, topic.workspace)
        return await self._author.write(ask, identity_of(claim.dedup_key), may_spend, rejected)

    def _tell(self, wish: questions.Wish, failure: str = "") -> Arrival:
        """Send word to the lane of who waits."""
        kind, payload = packed(QuestionWritten(wish=wish.id, failure=failure))
        return Arrival(
            dedup_key=f"written/{wish.id}",
            lane=person_lane(wish.person),
            sort_key=_sort_key(self._now()),
            kind=kind,
            payload=payload,
            workspace=wish.topic.workspace,
        )

    async def lacking(self) -> list[Arrival]:
        """What is to arrive so that every topic that was wanted lately has enough questions in store."""
        if not self._author.can_write:
            return []
        now = self._now()
        lacks = await self._database.read(_lacks, now)
        spent = {workspace: await self._purse.share_spent(workspace) for workspace in {_where(lack) for lack in lacks}}
        return [
            _spare_event(lack, now)
            for lack in lacks
            if spent[_where(lack)] < SPARE_SHARE and self._author.kinds_for(lack.topic.kind)
        ]

    # In the lane of a person.

    async def written(self, claim: Claim, event: QuestionWritten) -> Outcome:
        """Begin the interview that somebody waits for, or say why there is none."""
        wish = await self._database.read(questions.wish_called, event.wish)
        if wish is None:
            return Outcome()
        cause = Cause(identity_of(claim.dedup_key), wish.person, wish.place, wish.reply)
        drop = partial(questions.drop_wish, id=wish.id)
        state, question, account, is_busy = await self._database.read(_for_wish, wish)
        words = state.words if state is not None else ""
        now = self._now()
        if question is None or account is None:
            failure = Failure(event.failure) if event.failure else Failure.FAULT
            return _kept(outcome(cause.whisper(self._refusal(words, failure, wish.topic))), drop)
        if is_busy or now - wish.at > PATIENCE:
            command = " ".join(filter(None, (wish.topic.difficulty, wish.topic.kind, words)))
            start = Choice(wording.START, "start", command)
            return _kept(outcome(cause.whisper(wording.ready(words, f"/interview {command}"), (start,))), drop)
        workspace = await self._database.write(workspaces.workspace_of, wish.place.platform, wish.place.realm, now)
        how = Wish(public=wish.public, timed=wish.timed, language=wish.language)
        take = partial(questions.take, id=question.id, now=now)
        return starting.started(account, workspace, cause, how, question, now=now, writes=(drop, take))

    async def given_up(self, claim: Claim, event: WriteQuestion | QuestionWritten, reference: str) -> Outcome:
        """A step failed again and again: nobody is to wait for it in vain."""
        if isinstance(event, WriteQuestion):
            waiting = await self._database.read(questions.waiting_for, event.topic)
            fail = partial(questions.fail, topic=event.topic, failure=Failure.FAULT.value, now=self._now())
            return Outcome(writes=(fail,), arrivals=tuple(self._tell(wish, Failure.FAULT.value) for wish in waiting))
        wish = await self._database.read(questions.wish_called, event.wish)
        if wish is None:
            return Outcome()
        state = await self._database.read(questions.state_of, wish.topic)
        cause = Cause(identity_of(claim.dedup_key), wish.person, wish.place, wish.reply)
        words = state.words if state is not None else ""
        return _kept(outcome(cause.whisper(wording.fault(words, reference))), partial(questions.drop_wish, id=wish.id))


def write_event(topic: Topic, key: str, now: datetime, *, spare: bool = False) -> Arrival:
    """Our own event that has a question about a topic written."""
    kind, payload = packed(WriteQuestion(topic=topic, spare=spare))
    return Arrival(
        dedup_key=key,
        lane=_lane(topic),
        sort_key=_sort_key(now),
        kind=kind,
        payload=payload,
        workspace=topic.workspace,
    )


def another_like(conn: Connection, record: Record) -> Question | None:
    """A question of the workspace's own beside one that was written there, for who was asked neither."""
    interview = record.interview
    seen = {*interviews.asked(conn, record.account), *interview.skipped, interview.question.id}
    beside = questions.beside(conn, record.workspace, interview.question.id)
    return next((question for question in beside if question.id not in seen), None)


def _spare_event(lack: Lack, now: datetime) -> Arrival:
    # The same for every replica that looks, and another once something came of it.
    failed = "" if lack.failed_at is None else f"/{lack.failed_at.timestamp()}"
    return write_event(lack.topic, f"spare/{_lane(lack.topic)}/{lack.made}{failed}", now, spare=True)


def _where(lack: Lack) -> str:
    return lack.topic.workspace


def _lane(topic: Topic) -> str:
    parts = (topic.workspace, topic.kind, topic.difficulty, topic.name)
    return f"topic:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


def _sort_key(now: datetime) -> str:
    return f"{int(now.timestamp() * 1_000_000):020d}"


def _kept(told: Outcome, *writes: Write) -> Outcome:
    return Outcome(writes=writes, posts=told.posts)


def _named(attempt: Attempt) -> str:
    return "" if attempt.failure is None else attempt.failure.value


def _unseen(conn: Connection, topic: Topic, account: str) -> tuple[list[Question], list[Question]]:
    """A workspace's questions about a topic that an account was not asked, and those it was, the longest ago first."""
    seen = interviews.asked(conn, account)
    written = questions.written_for(conn, topic)
    old = [question for question in written if question.id in seen]
    return (
        [question for question in written if question.id not in seen],
        sorted(old, key=lambda question: -seen.index(question.id)),
    )


def _own(conn: Connection, topic: Topic, account: str) -> tuple[Question | None, Question | None]:
    """Of a workspace's own, the question that an account was asked longest ago, and one that it was never asked."""
    new, old = _unseen(conn, topic, account)
    return next(iter(old), None), next(iter(new), None)


def _view(conn: Connection, topic: Topic) -> _View | None:
    state = questions.state_of(conn, topic)
    if state is None:
        return None
    waiting = questions.waiting_for(conn, topic)
    granted = [wish for wish in waiting if _unseen(conn, topic, wish.account)[0]]
    return _View(
        state,
        tuple(granted),
        tuple(wish for wish in waiting if wish not in granted),
        questions.in_store(conn, topic),
        tuple(question.title for question in questions.written_for(conn, topic)),
    )


def _for_wish(conn: Connection, wish: questions.Wish) -> tuple[State | None, Question | None, Account | None, bool]:
    """The topic of a wish, a question for it, its account, and whether that has an open interview there."""
    _, new = _own(conn, wish.topic, wish.account)
    is_busy = interviews.open_of(conn, wish.account, wish.topic.workspace) is not None
    return questions.state_of(conn, wish.topic), new, accounts.get(conn, wish.account), is_busy


def _waited_for(conn: Connection, account: str, workspace: str) -> tuple[questions.Wish, str] | None:
    wish = questions.wish_of(conn, account, workspace)
    state = None if wish is None else questions.state_of(conn, wish.topic)
    return None if wish is None else (wish, "" if state is None else state.words)


def _lacks(conn: Connection, now: datetime) -> list[Lack]:
    return questions.lacking(
        conn, wanted_since=now - WANTED_WITHIN, failed_before=now - RESTS, enough=SPARES, limit=AT_ONCE
    )


@cache
def _rejected() -> TypeAdapter[Rejected]:
    return TypeAdapter(Rejected)
