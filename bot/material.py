"""What a daily question is chosen from: somebody's memory, their plan, and questions of their workspace's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import Connection

from agent.bank import Bank
from agent.types import Card, Question
from bot import choice
from bot.choice import Memory
from bot.countdown import kind_on, topics_of
from bot.intake import workspace_of
from bot.schedule import zone_of
from bot.standing import plan_of, streak_of
from bot.streak import Streak
from storage import practice, questions, reviews
from storage.addresses import Person, Place
from storage.database import Database
from storage.interviews import Record
from storage.plans import Plan
from storage.practice import Practice

USUAL = "quick"
"""The kind of who chose none, on days of no plan."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a choice is made of, and what its message tells beside it.

    `questions` are those of the bank, and the workspace's own of this kind.
    """

    kind: str
    questions: Sequence[Question]
    memory: Memory
    cards: list[Card]
    row: Streak
    previous: date | None
    waiting: str
    plan: Plan | None


class Material:
    """Reads it. Questions of a workspace's own are there in that workspace's direct messages only."""

    def __init__(self, database: Database, bank: Bank, kinds: Collection[str]) -> None:
        """Choose from this bank; `kinds` are those that are known."""
        self._database = database
        self._bank = bank
        self._kinds = kinds

    async def known(self, due: Practice, on: date, place: Place, kind: str = "") -> Known:
        """What is known on a local day. `kind`: wished for this once; empty for the one that was chosen, or planned."""
        home = home_of(due.person, place)
        found = await self._database.read(_known, due, on, home, kind, kinds=self._kinds)
        return replace(found, questions=(*self._bank.questions, *found.questions))

    async def question(self, identity: str, person: Person, place: Place) -> Question | None:
        """A question of the bank, or one of the workspace whose direct messages these are."""
        try:
            return self._bank.get(identity)
        except KeyError:
            return await self._database.read(questions.get, home_of(person, place), identity)


def home_of(person: Person, place: Place) -> str:
    """The workspace that somebody's direct messages belong to; empty where they belong to none.

    That is so where people have one id in all workspaces: what arose in one must not be told beside the others.
    """
    return workspace_of(place) if place.realm == person.realm else ""


def _known(conn: Connection, due: Practice, on: date, workspace: str, kind: str, *, kinds: Collection[str]) -> Known:
    since = datetime.combine(due.level_since, time(), zone_of(due.zone))
    before = [one for one in practice.latest(conn, due.account, 2) if one.on < on]
    open_one = practice.open_elsewhere(conn, due.account)
    plan = plan_of(conn, due.account, on)
    wanted = kind or due.kind or (kind_on(plan, on) if plan is not None else USUAL)
    wanted = wanted if wanted in kinds else USUAL
    memory = Memory(
        seen=practice.last_asked(conn, due.account),
        reviews=reviews.of(conn, due.account),
        count=practice.count(conn, due.account),
        topics=topics_of(plan) if plan is not None else (),
    )
    return Known(
        wanted,
        questions.of_kind(conn, workspace, wanted) if workspace else [],
        memory,
        practice.recent_cards(conn, due.account, due.level, since, choice.LOOKED_AT),
        streak_of(conn, due, on),
        before[0].on if before else None,
        _name_of(open_one, workspace) if open_one is not None else "",
        plan,
    )


def _name_of(record: Record, workspace: str) -> str:
    """What an open interview is called here: a title that was written in another workspace is not told."""
    question = record.interview.question
    return question.title if record.workspace == workspace or not question.written_by else question.kind
