"""The coach: takes an event out of its lane, finds the interview it belongs to, and takes one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from agent.bank import Bank
from agent.kinds import Kind
from agent.types import Difficulty, Phase
from bot import buttons, commands, starting
from bot.afterwards import Afterwards
from bot.authoring import Authoring, Found
from bot.board import Board
from bot.commands import Refusal, Unknown, Wish
from bot.conduct import Conduct
from bot.core import Core
from bot.events import (
    Ask,
    Command,
    Edit,
    Fetch,
    GoOn,
    Happening,
    Lifecycle,
    NearlySpent,
    Opened,
    Press,
    QuestionWritten,
    Reply,
    TeamStep,
    Wake,
    WriteQuestion,
    unpacked,
)
from bot.exports import Exports
from bot.intake import workspace_of
from bot.judging import Judging
from bot.lookback import Lookback
from bot.notices import Notices
from bot.offers import Offers
from bot.plans import Plans
from bot.ports import Unreachable
from bot.practice import DailyPractice
from bot.progress import Progress
from bot.scene import Cause, Scene, arrival, home_again, identity_of, outcome
from bot.team import Team
from bot.team_questions import TeamQuestions
from bot.turns import Later, Outcome
from bot.usual_place import UsualPlace
from bot.wording import controls, faults, opening
from storage import accounts, interviews, leaving, practice, workspaces
from storage.accounts import Account
from storage.addresses import Person, Place
from storage.interviews import Record
from storage.queue import Claim
from storage.workspaces import Workspace

LEAVE_AT_ONCE = 50
"""Interviews whose texts are deleted in one transaction when a workspace removes the app."""

AT_HOME = ("daily", "plan", "settings", "delete")
"""How commands and presses begin that change what stands on the person's own page."""

MOST_TOPICS = 5
"""Topics that a refusal names."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The coach's departments."""

    conduct: Conduct
    judging: Judging
    afterwards: Afterwards
    lookback: Lookback
    daily: DailyPractice
    offers: Offers
    progress: Progress
    plans: Plans
    authoring: Authoring
    board: Board
    notices: Notices
    exports: Exports
    team: Team
    team_questions: TeamQuestions
    usual_place: UsualPlace


class Coach:
    """Takes one step for each event: reads, thinks, shows a preview, and returns what is to be stored and said."""

    def __init__(
        self, core: Core, bank: Bank, kinds: Mapping[str, Kind], rooms: Rooms, *, homes: frozenset[str]
    ) -> None:
        """Work with these; `homes` are the platforms that keep a page for every person."""
        self._database = core.database
        self._settings = core.settings
        self._now = core.now
        self._bank = bank
        self._kinds = kinds
        self._rooms = rooms
        self._homes = homes

    async def step(self, claim: Claim) -> Outcome:
        """Take the step that this event asks for. Raises Later when a platform asks us to wait."""
        try:
            return await self._step(claim)
        except Unreachable as why:
            if why.retry_after is None:
                raise
            raise Later(why.retry_after) from why

    async def _step(self, claim: Claim) -> Outcome:
        """A refusal is an answer like any other."""
        event = unpacked(claim.kind, claim.payload)
        match event:
            case GoOn() | Wake() | Fetch():
                return await self._inward(claim, event)
            case Ask():
                return await self._rooms.offers.ask(event)
            case TeamStep():
                return await self._rooms.team_questions.step(event)
            case NearlySpent():
                return await self._rooms.notices.nearly_spent(event)
            case WriteQuestion():
                return await self._rooms.authoring.write(claim, event)
            case QuestionWritten():
                return await self._rooms.authoring.written(claim, event)
        cause = _cause(claim, event)
        try:
            match event:
                case Command():
                    told = await self._rooms.daily.with_owed(cause, await self._command(cause, event, event.words))
                    return self._seen_at_home(event, commands.row_of(event.words)[0].method, told)
                case Press():
                    told = await self._press(cause, event)
                    return self._seen_at_home(event, event.action.partition(" ")[0], told)
                case Lifecycle(name="uninstalled"):
                    return await self._leave(claim, event)
                case Opened():
                    return await self._rooms.lookback.home(cause, await self._account(event))
                case Reply() | Edit() | Lifecycle():
                    return await self._words(claim, cause, event)
        except Refusal as refusal:
            return outcome(cause.whisper(str(refusal), refusal.choices))

    def _seen_at_home(self, event: Command | Press, what: str, told: Outcome) -> Outcome:
        """Let the person's own page show what they changed, where there is such a page."""
        if what not in AT_HOME or not told.writes or event.person.platform not in self._homes:
            return told
        again = home_again(event.person, event.place, f"home/{identity_of(event.id)}", self._now())
        return replace(told, arrivals=(*told.arrivals, again))

    async def given_up(self, claim: Claim, reference: str) -> Outcome:
        """A step failed again and again: say so, and let the interview go on where it can."""
        event = unpacked(claim.kind, claim.payload)
        if isinstance(event, Ask):
            return await self._rooms.offers.given_up(event)
        if isinstance(event, TeamStep | NearlySpent):
            return Outcome()
        if isinstance(event, WriteQuestion | QuestionWritten):
            return await self._rooms.authoring.given_up(claim, event, reference)
        if not isinstance(event, GoOn | Wake | Fetch):
            return outcome(_cause(claim, event).whisper(faults.given_up(reference)))
        scene = await self._own_scene(claim, event)
        if scene is None:
            return Outcome()
        if isinstance(event, Fetch):
            return await self._rooms.conduct.fetch(scene, event, given_up=True)
        if scene.interview.phase is Phase.JUDGING:
            return await self._rooms.judging.given_up(scene)
        return outcome(scene.say(scene.slot("given up", scene.cause.key), faults.given_up(reference)))

    # Finding the interview.

    def _scene(self, record: Record, owner: Account, cause: Cause) -> Scene:
        quiet = owner.preferences.quiet_seconds or self._settings.quiet_seconds
        kind = self._kinds[record.interview.question.kind]
        return Scene(record, owner.preferences, kind, cause, self._now(), quiet)

    async def _own_scene(self, claim: Claim, event: GoOn | Wake | Fetch) -> Scene | None:
        found = await self._database.read(_record_and_owner, event.interview)
        if found is None:
            return None
        record, owner = found
        reply = event.reply if isinstance(event, GoOn) else None
        return self._scene(record, owner, Cause(identity_of(claim.dedup_key), record.person, record.origin, reply))

    async def _inward(self, claim: Claim, event: GoOn | Wake | Fetch) -> Outcome:
        scene = await self._own_scene(claim, event)
        if scene is None:
            return Outcome()
        match event:
            case GoOn():
                return await self._rooms.conduct.go_on(scene)
            case Wake():
                return await self._rooms.conduct.wake(scene)
            case Fetch():
                return await self._rooms.conduct.fetch(scene, event)

    async def _leave(self, claim: Claim, event: Lifecycle) -> Outcome:
        """A workspace removed the app: delete what arose there, a little at a time."""
        workspace = workspace_of(event.place)
        leave = partial(leaving.leave, workspace=workspace, before=event.sent_at, keep=claim.lane, limit=LEAVE_AT_ONCE)
        while await self._database.write(leave) == LEAVE_AT_ONCE:
            pass
        return Outcome()

    # Words and presses.

    async def _words(self, claim: Claim, cause: Cause, event: Reply | Edit | Lifecycle) -> Outcome:
        if claim.lane.startswith("interview:"):
            found = await self._database.read(_record_and_owner, claim.lane.removeprefix("interview:"))
            if found is None:
                return Outcome()
            scene = self._scene(*found, cause)
            match event:
                case Reply():
                    return await self._rooms.conduct.reply(scene, event)
                case Edit():
                    return await self._rooms.conduct.edit(scene, event)
                case Lifecycle():
                    return await self._rooms.conduct.gone(scene)
        if isinstance(event, Lifecycle):
            return await self._gone(event)
        if isinstance(event, Reply):
            if commands.is_start(event.text, self._kinds, self._bank.topics()):
                return await self._start(cause, event.text)
            return outcome(cause.whisper(opening.offer_start(), buttons.starts()))
        return Outcome()

    async def _gone(self, event: Lifecycle) -> Outcome:
        """Something is gone that held more than one interview: each hears of it in its own lane."""
        records = await self._database.read(interviews.open_in, event.place)
        return Outcome(
            arrivals=tuple(arrival(event, f"{event.id}/{record.interview.id}", record) for record in records)
        )

    async def _press(self, cause: Cause, event: Press) -> Outcome:
        lookback = self._rooms.lookback
        match event.action:
            case "start":
                return await self._command(cause, event, event.value)
            case "help":
                return await lookback.help(cause)
            case "privacy":
                return await lookback.privacy(cause)
            case "cancel":
                return Outcome()
        return await self._press_of(await self._account(event), cause, event)

    async def _press_of(self, account: Account, cause: Cause, event: Press) -> Outcome:
        lookback = self._rooms.lookback
        name, number, more = buttons.read_mark(event.value)
        family = event.action.partition(" ")[0]
        rooms: Mapping[str, DailyPractice | Board | Team | Notices | UsualPlace] = {
            "daily": self._rooms.daily,
            "board": self._rooms.board,
            "team": self._rooms.team,
            "notices": self._rooms.notices,
            "default": self._rooms.usual_place,
        }
        if family in rooms:
            return await rooms[family].press(cause, account, event)
        match event.action:
            case "plan words":
                return await self._rooms.plans.command(cause, account, event.value)
            case "stats chart":
                return await self._rooms.progress.chart(cause, account)
            case "history":
                return await lookback.history(cause, account, int(event.value) if event.value.isdecimal() else 0)
            case "past":
                return await lookback.past(cause, account, name)
            case "delete":
                return await lookback.delete(cause, account, name, sure="sure" in more)
            case "settings":
                return await lookback.settings(cause, account, event)
            case "export":
                return await self._rooms.exports.ask(cause, account)
            case "forget":
                return await lookback.forget(cause, account, sure=event.value == "sure")
        record = await self._database.read(interviews.get, name, account.id)
        if record is None:
            return outcome(cause.whisper(controls.not_yours()))
        return await self._press_in(self._scene(record, account, cause), event, number, more)

    async def _press_in(self, scene: Scene, event: Press, number: str, more: list[str]) -> Outcome:
        afterwards = self._rooms.afterwards
        match event.action:
            case "resume":
                return await self._resume(scene)
            case "retry":
                return await afterwards.retry(scene)
            case "reference":
                return await afterwards.reference(scene)
            case "more":
                question, seen = scene.interview.question, "public" if scene.record.public else "private"
                like = f"{question.kind} {question.difficulty} {question.topics[0]} {seen}"
                return await self._start(scene.cause, like)
            case "share":
                return await afterwards.share(scene, event)
            case "share post":
                return await afterwards.share_post(scene, "/".join(more))
            case "disagree":
                return await afterwards.disagree(scene, event)
            case "rescore":
                return await afterwards.rescore(scene, number)
            case "rejudge":
                return await afterwards.rejudge(scene, number)
        if number not in ("", scene.round):
            return scene.whisper(controls.old_button())
        if event.action == "answer":
            return await self._rooms.conduct.answer(scene, event)
        return await self._rooms.conduct.press(scene, event.action, more)

    async def _resume(self, scene: Scene) -> Outcome:
        if scene.interview.phase is Phase.CLOSED:
            other = await self._database.read(practice.open_beside, scene.record)
            if other is not None:
                title = other.interview.question.title
                return scene.whisper(opening.already_open(title), buttons.open_one(other.interview))
        return await self._rooms.conduct.resume(scene)

    # Commands.

    async def _command(self, cause: Cause, event: Happening, text: str) -> Outcome:
        """The words behind the command, typed or on a button that proposed them."""
        row, words = commands.row_of(text)
        lookback = self._rooms.lookback
        match row.method:
            case "help":
                return await lookback.help(cause)
            case "stats":
                return await self._rooms.progress.stats(cause, await self._account(event))
            case "history":
                return await lookback.history(cause, await self._account(event), 0)
            case "me":
                return await lookback.me(cause, await self._account(event))
            case "stop":
                return await self._stop(cause, event)
            case "plan":
                return await self._rooms.plans.command(cause, await self._account(event), words)
            case "board":
                return await self._rooms.board.command(cause, await self._account(event), words)
            case "daily":
                return await self._rooms.daily.command(cause, await self._account(event), words)
            case "team":
                return await self._rooms.team.command(cause, await self._account(event), words)
            case "default":
                return await self._rooms.usual_place.command(cause, words)
            case _:
                return await self._start(cause, words)

    async def _stop(self, cause: Cause, event: Happening) -> Outcome:
        account = await self._account(event)
        record = await self._database.read(interviews.open_of, account.id, workspace_of(event.place))
        if record is None:
            stopped = await self._rooms.authoring.stop_waiting(account, workspace_of(event.place), cause)
            return stopped or outcome(cause.whisper(controls.nothing_open(), buttons.starts()))
        # The stop is an order to the interview's own lane, where it cannot overtake what was written before.
        press = Press(
            id=f"stop/{event.id}",
            person=event.person,
            place=record.place or event.place,
            sent_at=event.sent_at,
            reply=event.reply,
            action="stop",
            value=record.interview.id,
        )
        told = cause.whisper(controls.stopping(record.interview.question.title))
        return replace(outcome(told), arrivals=(arrival(press, press.id, record),))

    async def _start(self, cause: Cause, words: str) -> Outcome:
        try:
            wish = commands.parse(words, self._kinds, self._bank.topics())
        except Unknown as unknown:
            raise Refusal(
                opening.did_you_mean(unknown.word, unknown.near), buttons.meant(unknown.words, unknown.near)
            ) from unknown
        account, workspace = await self._database.write(_account_and_workspace, cause.person, cause.place, self._now())
        record = await self._database.read(interviews.open_of, account.id, workspace.id)
        if record is not None:
            raise Refusal(opening.already_open(record.interview.question.title), buttons.open_one(record.interview))
        found = await self._pick(account, workspace, cause, wish)
        if isinstance(found, Outcome):
            return found
        return starting.started(account, workspace, cause, wish, found.question, now=self._now(), writes=found.writes)

    async def _pick(self, account: Account, workspace: Workspace, cause: Cause, wish: Wish) -> Found | Outcome:
        """A question of the bank, or else of the workspace's own, or what is done to have one written."""
        seen = await self._database.read(interviews.asked, account.id)
        kind = wish.kind or account.preferences.kind or "algorithm"
        difficulty = wish.difficulty or Difficulty(account.preferences.difficulty or Difficulty.MEDIUM)
        question = self._bank.pick(kind, difficulty, wish.topics, exclude=seen, seed=cause.key)
        if question is None and wish.kind is None and wish.topics:
            # The topic was said and the kind was not: the topic leads.
            for other in self._kinds:
                question = question or self._bank.pick(other, difficulty, wish.topics, exclude=seen, seed=cause.key)
        if question is not None:
            return Found(question)
        found = await self._rooms.authoring.find(account, workspace, cause, wish, difficulty)
        if found is None:
            raise self._no_question(wish, kind, difficulty)
        return found

    def _no_question(self, wish: Wish, kind: str, difficulty: Difficulty) -> Refusal:
        """There is none: offer the same topics at another difficulty, else topics that come near."""
        topics = wish.topics[:MOST_TOPICS]
        levels = [level.value for level in Difficulty if topics and self._bank.pick(kind, level, topics)]
        near = self._bank.near(topics, wish.kind, difficulty)
        instead = [f"{level} {' '.join(topics)}" for level in levels] or [f"{difficulty} {topic}" for topic in near]
        return Refusal(opening.no_question(topics, near, levels), buttons.instead(wish.kind or "", instead))

    async def _account(self, event: Happening) -> Account:
        return await self._database.write(accounts.account_of, event.person, self._now())


def _cause(claim: Claim, event: Happening) -> Cause:
    return Cause(identity_of(claim.dedup_key), event.person, event.place, event.reply)


def _record_and_owner(conn: Connection, interview: str) -> tuple[Record, Account] | None:
    record = interviews.get(conn, interview)
    if record is None:
        return None
    owner = accounts.get(conn, record.account)
    return None if owner is None else (record, owner)


def _account_and_workspace(conn: Connection, person: Person, place: Place, now: datetime) -> tuple[Account, Workspace]:
    account = accounts.account_of(conn, person, now)
    return account, workspaces.workspace_of(conn, place.platform, place.realm, now)
