"""What one can do with a score card: retry, model answer, share, disagree, more like this, judge again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from agent.types import Again, Dispute, Interview, Phase, Verdict
from bot import buttons
from bot.clock import is_provisional
from bot.closing import Closing
from bot.events import Press
from bot.scene import Scene, go_on_event, outcome
from bot.speech import Speech
from bot.turns import Outcome
from bot.wording import cards, controls, opening
from storage import interviews, practice
from storage.addresses import Place
from storage.database import Database

LONGEST_ARGUMENT = 2000
"""Characters of an objection that are read."""


class Afterwards:
    """Takes the presses under a card."""

    def __init__(self, database: Database, closing: Closing) -> None:
        """Work with these."""
        self._database = database
        self._closing = closing

    async def retry(self, scene: Scene) -> Outcome:
        """The same question again, in the same place; the new card says what changed."""
        record = scene.record
        if scene.interview.phase is not Phase.CLOSED:
            return Outcome()
        open_one = await self._database.read(practice.open_beside, record)
        if open_one is not None:
            title = open_one.interview.question.title
            return scene.whisper(opening.already_open(title), buttons.open_one(open_one.interview))
        interview = Interview(
            id=scene.cause.key,
            question=scene.interview.question,
            opened_at=scene.now,
            touched_at=scene.now,
            max_follow_ups=scene.interview.max_follow_ups,
            timed=scene.interview.timed,
            language=scene.interview.language,
            retry_of=scene.interview.id,
        )
        again = replace(record, interview=interview, wake_at=None)
        return Outcome(writes=(partial(interviews.start, record=again),), arrivals=(go_on_event(again, scene.cause),))

    async def reference(self, scene: Scene) -> Outcome:
        """The model answer, for the owner."""
        if scene.interview.phase is not Phase.CLOSED:
            return Outcome()
        return outcome(scene.say(scene.slot("reference"), cards.model_answer(scene.interview.question)))

    async def share(self, scene: Scene, event: Press) -> Outcome:
        """Preview the card as others would see it."""
        card = scene.interview.card
        where = event.values.get("where", "").strip()
        if card is None or card.correctness is None or not where:
            return scene.whisper(controls.interview_over())
        preview = cards.shared_card(scene.record, card)
        chart = cards.card_chart(scene.interview.question.title, card, ())
        scores = f"\n{chart.alt}" if chart is not None else ""
        text = f"{cards.share_preview(where)}\n\n{preview}{scores}"
        return scene.whisper(text, buttons.post_share(scene.interview, where))

    async def share_post(self, scene: Scene, where: str) -> Outcome:
        """Post the card where the owner said."""
        card = scene.interview.card
        if card is None or not where:
            return scene.whisper(controls.interview_over())
        there = Place(scene.record.origin.platform, scene.record.origin.realm, where)
        chart = cards.card_chart(scene.interview.question.title, card, ())
        shared = Speech(
            scene.slot("share", where),
            scene.record.person,
            there,
            cards.shared_card(scene.record, card),
            chart=chart,
        )
        return outcome(shared, scene.cause.whisper(cards.was_shared()))

    async def disagree(self, scene: Scene, event: Press) -> Outcome:
        """Have the answer judged a second time; without a model, put the owner's own words beside the missed point."""
        interview = scene.interview
        card = interview.card
        if card is None:
            return scene.whisper(controls.interview_over())
        point, quote = event.values.get("point", ""), event.values.get("quote", "")
        missed = {verdict.point for verdict in card.verdicts if verdict.verdict in (Verdict.MISS, Verdict.WRONG)}
        if point not in missed:
            return scene.whisper(cards.nothing_missed())
        if card.judge != "local":
            # The argument points into the first answer: that is what the question itself asked for.
            return scene.with_interview(interview.disputed(1, quote.strip()[:LONGEST_ARGUMENT])).kept(go_on=True)
        said = " ".join(quote.split())
        answers = " ".join(" ".join(turn.answer.split()) for turn in interview.turns)
        if not said or said not in answers:
            return scene.whisper(cards.not_your_words())
        disputes = (*interview.disputes, Dispute(point, said))
        disputed = replace(interview, disputes=disputes, card=replace(card, disputes=disputes))
        kept = scene.with_interview(disputed)
        return kept.kept(await self._closing.card(kept), scene.cause.whisper(cards.disputed()))

    async def rejudge(self, scene: Scene, number: str) -> Outcome:
        """Judge the last answer again, with what came late."""
        interview = scene.interview
        if not interview.turns or number != str(interview.round) or not interview.turns[-1].addenda:
            return scene.whisper(controls.old_button())
        return scene.with_interview(interview.asked_again()).kept(go_on=True)

    async def rescore(self, scene: Scene, number: str) -> Outcome:
        """Let a model judge a turn that a stand-in judged."""
        interview = scene.interview
        waiting = {str(turn.number) for turn in interview.turns if is_provisional(turn) and not turn.again}
        if number not in waiting:
            return scene.whisper(controls.old_button())
        return scene.with_interview(interview.rescored(int(number), Again.ASKED)).kept(go_on=True)
