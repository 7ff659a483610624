"""The weekly channel question before the channel: asked, answered in private by whoever likes, and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import Connection

from agent.bank import Bank
from agent.kinds import Kind
from agent.types import Difficulty, Phase, Question
from bot import buttons, starting
from bot.commands import Refusal, Wish
from bot.core import Core
from bot.delivery import is_running
from bot.events import TeamStep
from bot.intake import workspace_of
from bot.ports import Choice, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.schedule import LATE, Occasion, in_window, local_day
from bot.speech import Speech, spoken_of
from bot.team_delivery import REVEAL_AFTER, step_event
from bot.turns import Later, Outcome
from bot.wording import cards, opening
from bot.wording import team as words
from storage import interviews, notices, questions, queue, team
from storage import practice as daily
from storage.accounts import Account
from storage.addresses import Person
from storage.interviews import Record
from storage.practice import Asked, Paused
from storage.team import TeamDelivery, TeamPractice
from storage.workspaces import Workspace

SLOT = "team"
"""The slots of what is said to channels begin with it, then come the channel's name and the week."""
TELL_AGAIN = 60.0
"""Seconds before a platform that had no time is asked again."""
LOOK_AGAIN = 600.0
"""Seconds before somebody who was written to today is looked at again."""
TOLD_FROM = 5
"""From so many people on it is told how many answered: fewer could be guessed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel's schedule and one of its weeks."""

    practice: TeamPractice
    delivery: TeamDelivery


class TeamQuestions:
    """Asks the question of a week, takes the presses under it, and shows the model answer."""

    def __init__(self, core: Core, bank: Bank, kinds: Mapping[str, Kind], platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._bank = bank
        self._kinds = kinds
        self._platforms = platforms

    async def has(self, practice: TeamPractice) -> bool:
        """Whether there is any question of the sort that is wanted."""
        return await self._choose(practice, "") is not None

    async def step(self, event: TeamStep) -> Outcome:
        """Do what has become due for a week."""
        standing = await self._database.read(_standing, event.team, date.fromisoformat(event.week))
        if standing is None:
            return Outcome()
        match event.what:
            case "ask":
                return await self._ask(standing)
            case "reveal":
                return await self._reveal(standing)
            case "tell":
                return await self._tell(standing)

    # The question.

    async def _ask(self, standing: Standing) -> Outcome:
        """Show the question of a week that was claimed; never outside its window."""
        practice, delivery = standing.practice, standing.delivery
        now = self._now()
        if delivery.state is not Asked.CLAIMED:
            return Outcome()
        if not is_running(practice):
            return Outcome(writes=(partial(team.unclaim, delivery=delivery),))
        question = await self._choose(practice, delivery.week.isoformat())
        if question is None or not in_window(Occasion(delivery.on, delivery.due_at), now):
            return Outcome(writes=(partial(team.keep, delivery=replace(delivery, state=Asked.MISSED)),))
        reveal_at = now + REVEAL_AFTER
        kept = replace(delivery, state=Asked.OFFERED, question=question, reveal_at=reveal_at)
        text = words.post(question, self._kinds[question.kind], practice, reveal_at, local_day(now, practice.zone))
        choices = (
            Choice(words.ANSWER, "team answer", f"{delivery.team}/{delivery.week.isoformat()}", style="primary"),
            Choice(words.STOP, "team stop", delivery.team),
        )
        speech = Speech(slot_of(delivery), _whoever(practice), practice.place, text, choices)
        told = outcome(replace(speech, until=delivery.due_at + LATE))
        take = partial(questions.take, id=question.id, now=now)
        return replace(told, writes=(partial(team.keep, delivery=kept), take))

    async def _choose(self, practice: TeamPractice, seed: str) -> Question | None:
        """A question that the channel has not had, else the one it had longest ago; of the workspace's own, too."""
        own, had = await self._database.read(_own_and_had, practice)
        difficulty = Difficulty(practice.difficulty) if practice.difficulty else None
        bank = Bank((*self._bank.questions, *own))
        return bank.pick(practice.kind, difficulty, exclude=had, seed=f"{practice.id}/{seed}")

    # The model answer.

    async def _reveal(self, standing: Standing) -> Outcome:
        """Show it under the question, if that was ever shown; how many answered is told where nobody can be guessed."""
        practice, delivery = standing.practice, standing.delivery
        platform = self._platforms.get(practice.place.platform)
        shown = await self._database.read(queue.shown, slot_of(delivery))
        if delivery.question is None or delivery.revealed_at is not None or shown is None or platform is None:
            return Outcome()
        count = await self._database.read(team.answers, delivery.team, delivery.week)
        spoken = spoken_of(shown[0])
        there = platform.at(spoken.place).below(spoken)
        text = words.revealed(delivery.question, count if count >= TOLD_FROM else None)
        speech = Speech(f"{slot_of(delivery)}/answer", _whoever(practice), there, text)
        kept = replace(delivery, reveal_at=None, revealed_at=self._now())
        return replace(outcome(speech), writes=(partial(team.keep, delivery=kept),))

    # Out of reach.

    async def lost(self, speech: Speech, *, closed: bool) -> None:
        """A question was never shown: it came too late, or we may not write in the channel; then the schedule rests."""
        name, _, rest = speech.slot.partition("/")
        identity, _, week = rest.partition("/")
        if name == SLOT and week and "/" not in week:
            arrival = partial(step_event, workspace=workspace_of(speech.place), what="tell", now=self._now())
            await self._database.write(_lost, identity, date.fromisoformat(week), arrival if closed else None)

    async def _tell(self, standing: Standing) -> Outcome:
        """Let who set it know, once, that it rests; whoever gets a daily question hears of it beside the next one."""
        practice = standing.practice
        if not practice.word_owed or practice.paused is not Paused.UNREACHABLE:
            return Outcome()
        told = Outcome(writes=(partial(team.told, id=practice.id),))
        platform = self._platforms.get(practice.place.platform)
        if practice.account is None or practice.person is None or platform is None:
            return told
        if await self._database.read(daily.is_running, practice.account):
            return Outcome()
        now = self._now()
        if await self._database.read(notices.had_one, practice.account, now):
            raise Later(LOOK_AGAIN)
        try:
            there = (await platform.direct(practice.person)).place
        except Unreachable as why:
            if not why.for_good:
                raise Unreachable(str(why), for_good=False, retry_after=why.retry_after or TELL_AGAIN) from why
            return told
        slot = f"notice/{practice.account}/{slot_of(standing.delivery)}"
        text = words.unreachable(practice, platform.at(practice.place).traits.link)
        wrote = partial(notices.wrote, account=practice.account, at=now)
        return replace(outcome(Speech(slot, practice.person, there, text)), writes=(*told.writes, wrote))

    # The answers.

    async def answer(self, cause: Cause, account: Account, value: str) -> Outcome:
        """Open that very question for whoever pressed, in private; or lead back to what they have of it."""
        name, _, week = value.partition("/")
        found = await self._database.read(_for_answer, name, week, account.id, workspace_of(cause.place))
        if found is None or found.delivery.question is None:
            return outcome(cause.whisper(words.gone()))
        delivery, question = found.delivery, found.delivery.question
        mine = found.mine
        if mine is not None and mine.interview.phase is not Phase.CLOSED:
            return outcome(cause.whisper(words.begun(mine.interview.question.title), buttons.open_one(mine.interview)))
        if mine is not None and mine.interview.turns and mine.interview.question.id == question.id:
            return outcome(cause.whisper(_answered(mine), (Choice(words.OPEN, "past", mine.interview.id),)))
        if delivery.revealed_at is not None:
            like = f"{question.kind} {question.difficulty} {question.topics[0]} private"
            another = Choice(words.ANOTHER, "start", like, style="primary")
            return outcome(cause.whisper(words.over(), (another,)))
        if found.open_one is not None:
            title = found.open_one.interview.question.title
            raise Refusal(opening.already_open(title), buttons.open_one(found.open_one.interview))
        kept = partial(team.answer, team=name, week=delivery.week, account=account.id, interview=cause.key)
        wish = Wish(public=False)
        workspace = Workspace(workspace_of(cause.place))
        return starting.started(account, workspace, cause, wish, question, now=self._now(), writes=(kept,))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a press finds: the week, what the presser has of it, and what they have open in the workspace."""

    delivery: TeamDelivery
    mine: Record | None
    open_one: Record | None


def slot_of(delivery: TeamDelivery) -> str:
    """The message of a week's question."""
    return f"{SLOT}/{delivery.team}/{delivery.week.isoformat()}"


def _whoever(practice: TeamPractice) -> Person:
    """Somebody to speak to: a channel's message is for nobody alone."""
    return practice.person or Person(practice.place.platform, practice.place.realm, "")


def _answered(mine: Record) -> str:
    shown = mine.interview.card
    if shown is None:
        return words.answered_plainly(mine.interview.question.title)
    chart = cards.card_chart(mine.interview.question.title, shown, ())
    return words.answered(cards.card(mine, shown, (), None), "" if chart is None else chart.alt)


def _standing(conn: Connection, name: str, week: date) -> Standing | None:
    practice, delivery = team.get(conn, name), team.delivery(conn, name, week)
    return None if practice is None or delivery is None else Standing(practice, delivery)


def _own_and_had(conn: Connection, practice: TeamPractice) -> tuple[list[Question], list[str]]:
    return questions.of_kind(conn, practice.workspace, practice.kind), team.asked(conn, practice.id)


def _for_answer(conn: Connection, name: str, week: str, account: str, workspace: str) -> _Found | None:
    """Foreign, wrong and missing names are alike nothing."""
    try:
        standing = _standing(conn, name, date.fromisoformat(week))
    except ValueError:
        return None
    if standing is None or standing.practice.workspace != workspace:
        return None
    interview = team.answered_in(conn, name, standing.delivery.week, account)
    return _Found(
        standing.delivery,
        interviews.get(conn, interview, account) if interview else None,
        interviews.open_of(conn, account, workspace),
    )


def _lost(conn: Connection, name: str, week: date, arrival: partial[queue.Arrival] | None) -> None:
    standing = _standing(conn, name, week)
    if standing is None:
        return
    missed = replace(standing.delivery, state=Asked.MISSED, reveal_at=None)
    team.keep(conn, missed)
    practice = standing.practice
    if arrival is not None and practice.turned_on and practice.paused is Paused.NO:
        rests = replace(practice, paused=Paused.UNREACHABLE, word_owed=True, next_on=None, next_due_at=None)
        team.save(conn, rests)
        queue.accept(conn, arrival(missed))
