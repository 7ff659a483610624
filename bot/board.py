"""The practice board of a workspace: who joined, by days of practice; never by score, and only for who asks."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.commands import Refusal
from bot.core import Core
from bot.events import Press
from bot.intake import workspace_of
from bot.ports import Choice, Field, Form, Platform, Profile, Unreachable
from bot.ranking import view_of
from bot.scene import Cause, outcome
from bot.turns import Outcome
from bot.wording import board as words
from storage import boards, workspaces
from storage.accounts import Account
from storage.boards import Member

LOOKED_AFTER = timedelta(days=1)
"""How long we take it that somebody is still in the workspace."""
LEAVING = ("leave", "off", "stop")
LONGEST_PSEUDONYM = 30
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]|[\u0300-\u036f\u20d0-\u20ff]{3}")
"""Letters without a face, and more than two marks on one letter."""
_CALLS = re.compile(r"[@<>“”·←]|://|\bwww\.|\w\.[^\W\d]{2,}", re.IGNORECASE)
"""Mentions, links, and what a row of the board is made of."""


class Board:
    """Answers `/interview board`, the asker alone."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def command(self, cause: Cause, account: Account, text: str) -> Outcome:
        """The words behind it."""
        first, _, rest = text.strip().partition(" ")
        word, name = first.lower(), rest.strip()
        if not self._platforms[cause.place.platform].at(cause.place, person=cause.person).traits.shared:
            return await self._nowhere(cause, account, leave=word in LEAVING)
        match word:
            case "":
                return await self._show(cause, account)
            case _ if word in LEAVING and not name:
                return await self._leave(cause, account)
            case "name" if not name:
                return await self._join(cause, account, None)
            case "join" if name.lower() in ("name", "my name", "with my name"):
                return await self._join(cause, account, None)
            case "join" if name:
                return await self._join(cause, account, re.sub(r"^as\s+", "", name, flags=re.IGNORECASE))
            case "join":
                return await self._show(cause, account)
        raise Refusal(words.odd(text), under_board(on=False))

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """A button, or the form with a pseudonym."""
        said = event.values.get("name", "").strip()
        return await self.command(cause, account, f"join {said}" if event.action == "board join" else event.value)

    async def _nowhere(self, cause: Cause, account: Account, *, leave: bool) -> Outcome:
        """There is no workspace here; one may still leave all boards, also those of workspaces one is in no more."""
        if leave:
            gone = partial(boards.leave, account=account.id)
            return replace(outcome(cause.whisper(words.left())), writes=(gone,))
        on = await self._database.read(boards.count, account.id)
        choices = (Choice(words.LEAVE_ALL, "board words", "leave"),) if on else ()
        return outcome(cause.whisper(words.belongs_to_a_server(on), choices))

    async def _show(self, cause: Cause, account: Account) -> Outcome:
        workspace = workspace_of(cause.place)
        while True:
            view = await self._database.read(view_of, workspace, account.id, self._now())
            if not await self._changed(cause, account, view.shown):
                break
        text = words.board(view.rows, view.own, view.members)
        return outcome(cause.whisper(text, under_board(on=view.own is not None)))

    async def _join(self, cause: Cause, account: Account, name: str | None) -> Outcome:
        """Under a pseudonym, or under the name that the platform knows.

        Whom it does not know here it could not tell us to have left: they cannot join.
        """
        shown = "" if name is None else pseudonym(name)
        try:
            known = await self._platforms[cause.place.platform].member(cause.person, cause.place)
        except Unreachable as why:
            raise Refusal(words.cannot_tell(str(why)), under_board(on=False)) from why
        if known is None:
            raise Refusal(words.not_a_member())
        shown = shown or known.name[: words.LONGEST]
        now = self._now()
        workspace = workspace_of(cause.place)
        member = Member(account.id, workspace, cause.person, shown, name is not None, now, now)
        await self._database.write(workspaces.workspace_of, cause.place.platform, cause.place.realm, now)
        if not await self._database.write(boards.join, member):
            raise Refusal(words.taken(shown), (join_as(words.PSEUDONYM),))
        view = await self._database.read(view_of, workspace, account.id, now)
        if view.own is None:  # deleted at this very moment
            return outcome(cause.whisper(words.left()))
        return outcome(cause.whisper(words.joined(view.own), under_board(on=True)))

    async def _leave(self, cause: Cause, account: Account) -> Outcome:
        workspace = workspace_of(cause.place)
        if await self._database.read(boards.member, workspace, account.id) is None:
            return outcome(cause.whisper(words.was_not_on()))
        gone = partial(boards.leave, account=account.id, workspace=workspace)
        return replace(outcome(cause.whisper(words.left())), writes=(gone,))

    async def _changed(self, cause: Cause, account: Account, shown: Sequence[Member]) -> bool:
        """Ask whether those of whom we have not heard for a day are still in the workspace; those who left go.

        Who asks is there. Where the platform does not tell, nothing changes.
        """
        now = self._now()
        platform = self._platforms[cause.place.platform]
        doubtful = [one for one in shown if one.account != account.id and one.seen_at < now - LOOKED_AFTER]

        async def looked(one: Member) -> Profile | Unreachable | None:
            try:
                return await platform.member(one.person, cause.place)
            except Unreachable as why:
                return why

        if not doubtful:
            return False
        found = await asyncio.gather(*map(looked, doubtful))
        return await self._database.write(_keep, list(zip(doubtful, found, strict=True)), now)


def _keep(conn: Connection, found: Sequence[tuple[Member, Profile | Unreachable | None]], now: datetime) -> bool:
    """Keep what the platform told of members; True when the board shows something else now."""
    changed = False
    for one, profile in found:
        if profile is None:
            changed = boards.leave(conn, one.account, one.workspace) > 0 or changed
        elif isinstance(profile, Profile):
            name = one.name if one.pseudonym else profile.name[: words.LONGEST]
            boards.seen(conn, replace(one, name=name, seen_at=now))
            changed = changed or name != one.name
    return changed


def pseudonym(text: str) -> str:
    """A name as it is kept: plain, on one line. Raises Refusal that says what would work."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(character)[0] == "C" for character in name) or _UNSEEN.search(name):
        problem = words.odd_name()
    elif not any(character.isalnum() for character in name):
        problem = words.empty_name()
    elif len(name) > LONGEST_PSEUDONYM:
        problem = words.long_name(LONGEST_PSEUDONYM)
    elif _CALLS.search(unicodedata.normalize("NFKC", name)):
        problem = words.calling_name()
    else:
        return name
    raise Refusal(problem, (join_as(words.PSEUDONYM),))


def under_board(*, on: bool) -> tuple[Choice, ...]:
    """Join or leave."""
    name = Choice(words.MY_NAME, "board words", "name", style="primary")
    if not on:
        return name, join_as(words.PSEUDONYM)
    return join_as(words.OTHER_NAME), Choice(words.LEAVE, "board words", "leave")


def join_as(label: str) -> Choice:
    """A form for a pseudonym."""
    form = Form(words.FORM_TITLE, (Field("name", words.FIELD),), words.FORM_SEND)
    return Choice(label, "board join", form=form)
