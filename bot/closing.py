"""The end of an interview: summing up, the score card, and resting after a silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from agent.interviewer import Interviewer, Means
from agent.types import Card
from bot import buttons
from bot.purse import Purse
from bot.scene import Scene, home_again
from bot.speech import Speech
from bot.turns import Outcome
from bot.wording import cards, clock
from storage import interviews
from storage.database import Database

COMPARED = 10
"""How many earlier cards an arrow looks back on."""


class Closing:
    """Closes interviews and makes their cards."""

    def __init__(
        self,
        database: Database,
        interviewer: Interviewer,
        purse: Purse,
        after_card: Callable[[Scene], Awaitable[tuple[Speech, ...]]],
        homes: frozenset[str] = frozenset(),
    ) -> None:
        """Work with these; `after_card` gives what is said once below a new card.

        `homes`: the platforms that keep a page for every person.
        """
        self._after_card = after_card
        self._database = database
        self._interviewer = interviewer
        self._purse = purse
        self._homes = homes

    async def close(self, scene: Scene) -> Outcome:
        """Sum the interview up and show the card."""
        means = Means(may_spend=partial(self._purse.may_spend, scene.record.workspace))
        card = await self._interviewer.sum_up(scene.interview, scene.now, means)
        closed = scene.with_interview(scene.interview.closed(card, scene.now))
        outcome = self._seen_at_home(closed, closed.kept(await self.card(closed), *await self._after_card(closed)))
        return replace(outcome, writes=(*outcome.writes, *self._purse.writes(scene.record, 0, card.usage)))

    async def recount(self, scene: Scene) -> tuple[Scene, Speech]:
        """The card anew, by rules, after a turn of a closed interview was judged again."""
        card = self._interviewer.summarise(scene.interview, scene.now)
        recounted = scene.with_interview(replace(scene.interview, card=card))
        return recounted, await self.card(recounted)

    async def rest(self, scene: Scene) -> Outcome:
        """Close an interview for its silence: with a card on what was answered, without a word when nothing was."""
        interview = scene.interview
        draft = interview.draft
        if not interview.turns:
            return scene.with_interview(replace(interview.closed(None, scene.now), draft=draft)).kept()
        card = self._interviewer.summarise(interview, scene.now)
        rested = scene.with_interview(replace(interview.closed(card, scene.now), draft=draft))
        word = scene.say(scene.slot("rested"), clock.rested(), buttons.resume(interview))
        return self._seen_at_home(rested, rested.kept(await self.card(rested), word))

    def _seen_at_home(self, scene: Scene, outcome: Outcome) -> Outcome:
        """Let the person's own page show the new card, where there is such a page."""
        person = scene.record.person
        if person.platform not in self._homes:
            return outcome
        again = home_again(person, scene.place, scene.slot("home", scene.cause.key), scene.now)
        return replace(outcome, arrivals=(*outcome.arrivals, again))

    async def card(self, scene: Scene) -> Speech:
        """The card of a closed interview, beside what it may be compared with."""
        interview = scene.interview
        card = interview.card
        if card is None:
            raise ValueError("the interview has no card")
        earlier, before = await self._database.read(_compared, scene, card.judge == "local")
        title = interview.question.title
        return scene.say(
            scene.slot("card"),
            cards.card(scene.record, card, earlier, before),
            buttons.under_card(scene.record, card),
            cards.card_chart(title, card, earlier),
        )


def _compared(conn: Connection, scene: Scene, local: bool) -> tuple[list[Card], Card | None]:
    record = scene.record
    kind = record.interview.question.kind
    earlier = interviews.comparable(conn, record.account, kind, local, before=record.interview.closed_at)
    before = interviews.get(conn, record.interview.retry_of, record.account) if record.interview.retry_of else None
    card = before.interview.card if before is not None else None
    return earlier[:COMPARED], card if card is not None and (card.judge == "local") == local else None
