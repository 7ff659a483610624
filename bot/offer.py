"""The message of a daily question: what it shows, its buttons, and the slot it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from agent.types import Question
from bot import choice
from bot.ports import Choice
from bot.speech import Speech
from bot.streak import Streak
from bot.wording import plan as plan_words
from bot.wording import practice as words
from storage.addresses import Place
from storage.plans import Plan
from storage.practice import Delivery, Practice

SLOT = "daily"
"""The slots of offers begin with it, then come account and local day."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One day's question with all that its message shows."""

    practice: Practice
    delivery: Delivery
    question: Question
    row: Streak = field(default_factory=Streak)
    previous: date | None = None
    waiting: str = ""
    plan: Plan | None = None

    def speech(self, place: Place, today: date, *, free: bool, first: str = "") -> Speech:
        """The message, in the slot of its latest showing."""
        delivery, due = self.delivery, self.practice
        told = [day for day in self.row.frozen if self.previous is not None and day >= self.previous]
        text = words.offer(
            self.question,
            choice.why_of(delivery.why),
            today=today,
            zone=due.zone,
            hints=delivery.hints,
            freezes=told,
            unanswered=max(0, due.unanswered - 1),
            waiting=self.waiting,
        )
        if self.plan is not None:
            text += f"\n\n{plan_words.in_offer((self.plan.on - delivery.on).days)}"
        choices = under_offer(delivery, self.question, free=free)
        return Speech(slot_of(delivery), due.person, place, f"{first}\n\n{text}" if first else text, choices)


def slot_of(delivery: Delivery) -> str:
    """The message of a day's question; each showing has its own."""
    name = f"{SLOT}/{delivery.account}/{delivery.on.isoformat()}"
    return f"{name}/{delivery.times}" if delivery.times else name


def under_offer(delivery: Delivery, question: Question, *, free: bool) -> tuple[Choice, ...]:
    """What one can do with an offer; each button carries its day."""
    day = delivery.on.isoformat()
    hints = len(question.hints) if free else min(1, len(question.hints))
    hint = (Choice(words.HINT, "daily hint", day),) if delivery.hints < hints else ()
    return (
        *answer_only(delivery)[:1],
        *hint,
        Choice(words.EASIER, "daily easier", day),
        Choice(words.HARDER, "daily harder", day),
        Choice(words.SNOOZE, "daily snooze", day),
        Choice(words.SKIP, "daily skip", day),
        *answer_only(delivery)[1:],
    )


def answer_only(delivery: Delivery) -> tuple[Choice, ...]:
    """Answer it after all, or have no more of them."""
    day = delivery.on.isoformat()
    return (
        Choice(words.ANSWER, "daily answer", day, style="primary", word="answer"),
        Choice(words.STOP, "daily stop", day),
    )
