"""What the weekly channel question says: to the channel, to who sets it up, and to who answers it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent.kinds import Kind
from agent.types import Question
from bot.wording.cards import model_answer
from bot.wording.parts import ended, plain
from bot.wording.practice import clock, day_in_words, days_in_words, full_day
from storage.practice import Paused
from storage.team import TeamDelivery, TeamPractice

ANSWER, STOP, RESUME, ANOTHER, OPEN = "Answer privately", "Stop weekly", "Resume", "Another like it", "Open"
ANY_DIFFICULTY = "any"
USAGE = "`/interview team monday 10:00`, `team off`"
ADMINS = "On Slack that is an admin or owner of the workspace, on Discord whoever may manage the server."


# To the channel.


def announced(practice: TeamPractice, now: datetime) -> str:
    """The channel hears that questions are going to come."""
    return (
        f"**A question for this channel comes {when(practice)}**, {_next(practice, now)}.\n"
        "Everybody answers in private, with a button: nobody sees who answered, or how, and how many is told only from "
        "five on. The model answer follows here after 48 hours. An admin ends it with `/interview team off`."
    )


def post(question: Question, kind: Kind, practice: TeamPractice, reveal_at: datetime, today: date) -> str:
    """The question of the week."""
    level = f"{kind.title}, {question.difficulty}"
    written = f" · written by {plain(question.written_by, 60)}" if question.written_by else ""
    return (
        f"**This week's question: {question.title}** · {level} · about {question.minutes} min{written}\n\n"
        f"{question.body}\n\n"
        f"_Answer in private: press the button, and you alone see your thread and your scores. "
        f"The model answer comes here {_moment(reveal_at, practice.zone, today)}. "
        f"An admin ends these with **{STOP}**._"
    )


def revealed(question: Question, count: int | None) -> str:
    """The model answer; `count` of people who answered, None where they are too few to be told."""
    told = "" if count is None else f"\n\n{count} people answered in private."
    return f"{model_answer(question)}{told}"


# To who sets it up.


def when(practice: TeamPractice) -> str:
    """The schedule: every Monday at 10:00 (Europe/Berlin)."""
    return f"{days_in_words(practice.days)} at {clock(practice.minute)} ({practice.zone})"


def confirmed(practice: TeamPractice, now: datetime) -> str:
    """The schedule as it was set, with what an admin would want to check."""
    here = now.astimezone(ZoneInfo(practice.zone))
    return (
        f"Set for this channel: {_what(practice)} {when(practice)}, {_next(practice, now)}. It is {here:%H:%M} there "
        f"now. I have told the channel. Stop it with `/interview team off`, typed here."
    )


def status(practice: TeamPractice | None, others: int, now: datetime) -> str:
    """What is set in this channel."""
    beside = _others(others)
    if practice is None or not practice.turned_on:
        return (
            "This channel has no weekly question. An admin can set one up with `/interview team monday 10:00`: one "
            f"question a week, answered in private, with the model answer after 48 hours.{beside}"
        )
    if practice.paused is not Paused.NO:
        return (
            f"**This channel's weekly question** ({_what(practice)} {when(practice)}) is paused, because I could not "
            f"post it here. Once I can, an admin presses Resume or types `/interview team resume`.{beside}"
        )
    return (
        f"**This channel's weekly question**: {_what(practice)} {when(practice)}, {_next(practice, now)}. "
        f"An admin changes it with words ({USAGE}).{beside}"
    )


def stopped(waiting: TeamDelivery | None, practice: TeamPractice, now: datetime) -> str:
    """No more questions; `waiting` is the last one, if its model answer is still to come."""
    text = "Stopped: no more weekly questions come to this channel."
    if waiting is not None and waiting.reveal_at is not None:
        today = now.astimezone(ZoneInfo(practice.zone)).date()
        text += f" The model answer of the last one still comes {_moment(waiting.reveal_at, practice.zone, today)}."
    return text


def was_off(others: int) -> str:
    """Off, though nothing was on here."""
    return f"This channel has no weekly question, so there is nothing to stop.{_others(others)}"


def admins_only() -> str:
    """Somebody else wants to set or end it."""
    return f"Only an admin can set up or stop a channel's weekly question. {ADMINS} Anybody may answer it."


def no_team_here() -> str:
    """Typed where nobody else is."""
    return (
        "A weekly question is for a team, and there is none here. Type `/interview team monday 10:00` in the channel "
        "where it shall come. For yourself alone there is `/interview daily`."
    )


def cannot_post(why: str) -> str:
    """We may not write in the channel."""
    return f"I cannot post the weekly question here. {why[:1].upper()}{ended(why[1:])}"


def one_day() -> str:
    """More than one weekday."""
    return "One question a week: name one day, such as `/interview team monday 10:00`."


def only_words() -> str:
    """An order that only the daily question knows."""
    return f"A channel's question can be set and stopped: {USAGE}."


def odd_word(word: str) -> str:
    """A word that is none of ours."""
    return (
        f"I do not know “{plain(word, 40)}”. It works like this: `/interview team monday 10:00`, and behind it a kind, "
        "a difficulty, and a time zone or city if you like; `team off` ends it."
    )


def ask_zone() -> str:
    """The zone is not known."""
    return "By whose clock? Press the button, or add a city to the command: `/interview team monday 10:00 Berlin`."


def nothing_to_ask(kind: str, difficulty: str) -> str:
    """There is no question of this sort."""
    return f"I have no {f'{difficulty} ' if difficulty else ''}question of the kind {kind}. Try another difficulty."


def unreachable(practice: TeamPractice, link: str) -> str:
    """Who set it hears that it could not be posted."""
    channel = f"[the channel]({link})" if link else "the channel"
    return (
        f"I could not post the weekly question that you set up ({when(practice)}): I am no longer in {channel}, may "
        "not write there, or it is archived or gone. It is paused, and I will not write about it again. To go on, "
        "let me in again and type `/interview team resume` there; `/interview team off` ends it."
    )


# To who answers.


def gone() -> str:
    """A button of a question that is not there any more."""
    return "That question is not here any more. `/interview quick` gives you one at any time."


def begun(title: str) -> str:
    """A second press while the answer is not finished."""
    return f"You have begun **{title}** already: it is in our private thread. Resume shows the question there again."


def answered(card: str, scores: str) -> str:
    """A second press after the answer; its card, and its scores in words."""
    return f"You answered this one already. Only you see this:\n\n{card}\n{scores}"


def answered_plainly(title: str) -> str:
    """The same, where there is no card."""
    return f"You answered **{title}** already."


def over() -> str:
    """A press after the model answer was shown."""
    return "The model answer is out already, so this question is closed. Here is another like it, just for you:"


def _what(practice: TeamPractice) -> str:
    return f"a {practice.kind} question ({practice.difficulty or 'any difficulty'})"


def _next(practice: TeamPractice, now: datetime) -> str:
    if practice.next_on is None:
        return "next: never"
    today = now.astimezone(ZoneInfo(practice.zone)).date()
    return f"next: {day_in_words(practice.next_on, today).removeprefix('on ')}"


def _moment(moment: datetime, zone: str, today: date) -> str:
    """On Wednesday 4 November at 10:00 (Europe/Berlin); no “tomorrow”, for it is read on other days too."""
    here = moment.astimezone(ZoneInfo(zone))
    return f"on {full_day(here.date(), today)} at {here:%H:%M} ({zone})"


def _others(others: int) -> str:
    if not others:
        return ""
    have = "1 other channel here has" if others == 1 else f"{others} other channels here have"
    return f" {have} one; it is set and stopped there."
