"""What the daily question says: its schedule in words, the offer, the reason for it, the streak."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from agent.types import Question
from bot.choice import Because, Why
from bot.schedule import EVERY_DAY, WEEKDAYS, WEEKENDS, zone_of
from bot.streak import Streak
from bot.wording.parts import plain
from storage.plans import Plan
from storage.practice import Paused, Practice

ANSWER, HINT, EASIER, HARDER, SNOOZE, SKIP, STOP = (
    "Answer",
    "Hint",
    "Easier",
    "Harder",
    "Snooze 1 h",
    "Skip",
    "Stop daily",
)
CHANGE, SET_UP, PAUSE_WEEK, RESUME, ASK_NOW, TURN_ON, SET_ZONE = (
    "Change",
    "Turn on",
    "Pause 1 week",
    "Resume",
    "Ask me now",
    "Turn on again",
    "Set the time zone",
)
YES, OTHER_TIME, NO = "Yes", "Other time", "No"
FORM_TITLE, FORM_SEND = "Your daily question", "Save"
FIELD_HOUR, FIELD_DAYS, FIELD_KIND, FIELD_DIFFICULTY, FIELD_ZONE = (
    "At what time? (08:30, 7pm)",
    "On which days? (every day, weekdays, mon wed fri)",
    "Kind",
    "Difficulty",
    "Time zone or city (Europe/Berlin, Tokyo)",
)
FOLLOWS_RESULTS = "follows my results"
FOLLOWS_PLAN = "what my plan says, else quick"
TURNS_ON = "`/interview daily 08:30 weekdays`"
USAGE = f"{TURNS_ON}, `daily pause 2w`, `daily now`, `daily off`"


def clock(minute: int) -> str:
    """Minutes after midnight, as a clock shows them."""
    return f"{minute // 60:02}:{minute % 60:02}"


def days_in_words(days: frozenset[int]) -> str:
    """Weekdays: every day, every weekday, every Monday and Friday."""
    if days == EVERY_DAY:
        return "every day"
    if days == WEEKDAYS:
        return "every weekday"
    if days == WEEKENDS:
        return "every Saturday and Sunday"
    names = [f"{date(2024, 1, 1) + timedelta(days=day):%A}" for day in sorted(days)]  # that was a Monday
    return "every " + (f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0])


def days_to_type(days: frozenset[int]) -> str:
    """The same as one would type it."""
    known = {EVERY_DAY: "every day", WEEKDAYS: "weekdays", WEEKENDS: "weekends"}
    return known.get(days) or " ".join(f"{date(2024, 1, 1) + timedelta(days=day):%a}" for day in sorted(days)).lower()


def day_in_words(day: date, today: date) -> str:
    """A day that is near: today, tomorrow, yesterday, on Friday, on Friday 4 December."""
    apart = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(apart)
    if near is not None:
        return near
    return f"on {day:%A}" if 1 < apart < 7 else f"on {full_day(day, today)}"


def full_day(day: date, today: date) -> str:
    """A day with its date; the year where it is another one."""
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%A} {day.day} {day:%B}{year}"


def when(practice: Practice) -> str:
    """The schedule: every weekday at 08:30 Europe/Berlin."""
    return f"{days_in_words(practice.days)} at {clock(practice.minute)} {practice.zone}"


def confirmed(practice: Practice, now: datetime, plan: Plan | None) -> str:
    """The schedule as it was set, with what a person would want to check."""
    here = now.astimezone(zone_of(practice.zone))
    return (
        f"Set: {_what(practice, plan)} {when(practice)}, {_next(practice, here.date())}.{_steered(practice, plan)}\n"
        f"It is {here:%H:%M} there now. It comes here, to you alone; nothing counts until you press Answer, and every "
        f"message has a button to stop."
    )


def set_up_elsewhere() -> str:
    """The command was typed in another place."""
    return "Done. The details are in our direct messages."


def status(practice: Practice | None, row: Streak, today: date, plan: Plan | None) -> str:
    """What is set; `plan` is running."""
    if practice is None or not practice.turned_on:
        return f"You get no daily question. Turn it on with the button, or with {TURNS_ON}."
    lines = [f"**Your daily question**: {_what(practice, plan)} {when(practice)}.{_steered(practice, plan)}"]
    match practice.paused:
        case Paused.NO:
            lines.append(f"{_next(practice, today).capitalize()}.")
        case Paused.ASKED:
            lines.append(f"Paused; it goes on {_day_of(practice, today)}.")
        case Paused.UNANSWERED:
            lines.append("Paused, because three questions in a row stayed unanswered.")
        case Paused.UNREACHABLE:
            lines.append("Paused, because my last message could not reach you.")
    if row.days:
        lines.append(f"Streak: {streak_line(row)}.")
    lines.append(f"Change it with a button or with words: {USAGE}.")
    return "\n".join(lines)


def _what(practice: Practice, plan: Plan | None) -> str:
    level = practice.difficulty or "level follows your results"
    if plan is not None and not practice.kind:
        return f"a question of the kind your plan has for the day ({level})"
    kind = practice.kind or "quick"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} question ({level})"


def _steered(practice: Practice, plan: Plan | None) -> str:
    """Whose word counts, where a plan names other kinds."""
    if plan is None or not practice.kind:
        return ""
    return f" You chose {practice.kind}, so your plan does not change the kind; `/interview daily plan` lets it."


def _next(practice: Practice, today: date) -> str:
    return f"next: {_day_of(practice, today).removeprefix('on ')}"


def _day_of(practice: Practice, today: date) -> str:
    return "never, no day is chosen" if practice.next_on is None else day_in_words(practice.next_on, today)


# The offer.


def offer(
    question: Question,
    why: Why,
    *,
    today: date,
    zone: str,
    hints: int,
    freezes: Sequence[date] = (),
    unanswered: int = 0,
    waiting: str = "",
) -> str:
    """The daily question before it is answered.

    `hints` were taken; `freezes` were used since the last one; `unanswered` came before it in a row; `waiting` is
    the title of an interview that is open.
    """
    parts = [
        f"**{question.title}** · {question.kind}, {question.difficulty} · about {question.minutes} min"
        f"{_writer(question)}",
        question.body,
        f"_{reason(why, today, zone)}_",
    ]
    parts += [f"**Hint {number}**: {text}" for number, text in enumerate(question.hints[:hints], 1)]
    parts += [f"A freeze kept your streak {day_in_words(day, today)}." for day in freezes]
    if waiting:
        parts.append(f"Your interview **{waiting}** is still open too.")
    if unanswered >= 2:
        parts.append("The last two stayed unanswered. If this one does too, I pause until you press a button here.")
    return "\n\n".join(parts)


def _writer(question: Question) -> str:
    return f" · written by {plain(question.written_by, 60)}" if question.written_by else ""


def reason(why: Why, today: date, zone: str) -> str:
    """Why this question came today. A point that is due is not named: its name is a part of the answer."""
    asked = ""
    if why.asked_at is not None:
        asked = day_in_words(why.asked_at.astimezone(zone_of(zone)).date(), today)
    topic = plain(why.topic, 60)
    said = {
        Because.MISSED: f"Why today: you missed a point of it {asked}.",
        Because.HALF: f"Why today: you had a point of it half right {asked}.",
        Because.DUE: f"Why today: you knew a point of it {asked}; about now it begins to fade.",
        Because.WEAK_TOPIC: f"Why today: {topic} had gaps {asked}; this is another question on it.",
        Because.DUE_TOPIC: f"Why today: {topic} was good {asked}; time to see if it stayed.",
        Because.NEW_TOPIC: f"Why today: {topic} is new for you.",
        Because.NEW: "Why today: you have not seen this question yet.",
        Because.FADING: f"Why today: you have seen all I have of this kind; this one, last seen {asked}, fades first.",
        Because.LONGEST_AGO: f"Why today: you last saw it {asked}, longer ago than the others.",
        Because.WISHED: "Why this one: you asked for another level.",
    }[why.because]
    level = {
        "up": " It is harder than before: your last three were 8 or better on average.",
        "down": " It is easier than before: your last three were 4 or less on average.",
        "none left": " Of your level I have none left that you have not seen lately.",
    }.get(why.level, "")
    return said + level


def snoozed(minute: int) -> str:
    """The offer, put off."""
    return f"Snoozed. I ask again at {clock(minute)}."


def again() -> str:
    """The first line when a snoozed question comes back."""
    return "Here it is again, as you asked."


def skipped(title: str, row: Streak) -> str:
    """The offer, skipped."""
    kept = " Answer it later today if you like; a skipped day does not count for your streak." if row.days else ""
    return f"Skipped **{plain(title, 120)}**.{kept}"


def answering(title: str) -> str:
    """The offer, once Answer was pressed."""
    return f"**{plain(title, 120)}** is open for your answer."


def answered(title: str) -> str:
    """The offer, once it was answered."""
    return f"**{plain(title, 120)}** is answered."


def no_more_hints(free: bool) -> str:
    """No hint is left, or none before Answer."""
    return "There are no more hints." if free else "More hints come after Answer, with their price."


def no_such_level(up: bool) -> str:
    """There is no harder, or easier, one."""
    return "This is the hardest I have." if up else "This is the easiest I have."


def old_offer(day: date, today: date) -> str:
    """A button of an earlier day's question."""
    return (
        f"That question came {day_in_words(day, today)}. You can still answer it, and it counts for today; its other "
        f"buttons are for its own day."
    )


def answered_already(day: date, today: date) -> str:
    """A button of a question that was answered."""
    return f"You have answered the question that came {day_in_words(day, today)}. `/interview history` shows its card."


def begun_already() -> str:
    """A button of a question, or a wish for it, after Answer was pressed on it."""
    return (
        "You pressed Answer on that one already: write there; hints and Skip are there too. If you left it, press "
        "Answer to begin anew."
    )


def offer_gone() -> str:
    """A button whose question is not known any more."""
    return "I do not have that question any more. `/interview daily now` asks another."


def clock_runs(title: str) -> str:
    """Answer was pressed while a timed interview runs in the same place."""
    return f"The clock of **{plain(title, 120)}** is running here. Finish it first, then press Answer."


def waits_meanwhile(title: str) -> str:
    """An interview is open in the same place."""
    return f"_**{plain(title, 120)}** waits meanwhile; what you write now belongs to this question._"


def goes_on(title: str) -> str:
    """The interview that waited."""
    return f"What you write here now belongs to **{plain(title, 120)}** again."


# Orders.


def stopped() -> str:
    """Turned off."""
    return "Stopped. You get no daily question any more. `/interview daily 08:30` turns it on again."


def was_off() -> str:
    """Off, though it was not on."""
    return f"There is no daily question to change. {TURNS_ON} turns it on."


def paused(practice: Practice, today: date) -> str:
    """Paused by its owner."""
    return f"Paused. The next question comes {_day_of(practice, today)}. Your streak is safe meanwhile."


def how_long() -> str:
    """A pause of no length."""
    return "For how long? `/interview daily pause 2w`, `pause 5 days` or `pause until 2026-12-01`, a year at most."


def sent_to_direct() -> str:
    """The question of now is in the direct messages."""
    return "Your question is in our direct messages."


def answered_today() -> str:
    """Now, though today's question was answered."""
    return "You answered today's question already. `/interview quick` gives you another one at any time."


def asked_elsewhere() -> str:
    """Now, though today's question is one of another workspace."""
    return "Today's question came to you in another workspace; it waits there. `/interview quick` gives you one here."


def nothing_to_ask(kind: str) -> str:
    """There is no question of this kind."""
    return f"I have no question of the kind {plain(kind, 40)}. Try `/interview daily now quick`."


def odd_word(word: str, near: str) -> str:
    """A word behind daily that is none of ours."""
    if near:
        return f"I do not know “{plain(word, 40)}”. Did you mean **{near}**?"
    return f"I do not know “{plain(word, 40)}”. It works like this: {USAGE}."


def no_hour(word: str) -> str:
    """An hour that no clock shows."""
    return f"“{plain(word, 20)}” is no time of day. Write it like 08:30, 18:00 or 7pm."


def ask_zone() -> str:
    """The zone is not known."""
    return (
        "Which time zone do you live in? I ask only once. Press the button, or add a city to the command: "
        "`/interview daily 08:30 Berlin`. On Discord the command's field `zone` lists them with their clocks."
    )


def no_zone(said: str) -> str:
    """A zone that is none."""
    return (
        f"I do not know a time zone or a large city “{plain(said, 60)}”. Try the nearest capital, or a name like "
        "Europe/Berlin."
    )


def which_zone(said: str) -> str:
    """A zone that is nearly one."""
    return f"I do not know “{plain(said, 60)}”. Did you mean one of these?"


def zone_label(zone: str, now: datetime, city: str = "") -> str:
    """A zone to pick, with the time it is there; `city` where one was meant that the zone is not named after."""
    return f"{f'{city} ({zone})' if city else zone}, now {now.astimezone(zone_of(zone)):%H:%M}"


def cannot_write(why: str) -> str:
    """Direct messages are closed at the very start."""
    return f"The question comes by direct message, and that does not work yet: {why}"


def could_not_reach() -> str:
    """Told at the next command, after a message could not be delivered."""
    return (
        "Your daily question is paused: my last message could not reach you. Allow direct messages from me, then "
        "press Resume."
    )


def zone_followed(practice: Practice) -> str:
    """The platform's zone of the person changed."""
    return f"Your time zone changed, and I follow it: {when(practice)}."


# The streak, and the end of an answer.


def streak_line(row: Streak) -> str:
    """The streak and its freezes."""
    days = "1 day" if row.days == 1 else f"{row.days} days in a row"
    kept = {0: "", 1: " · 1 freeze kept"}.get(row.freezes, f" · {row.freezes} freezes kept")
    return f"**{days}**{kept}"


def after_answer(row: Streak, practice: Practice | None, today: date) -> str:
    """Below the card of a daily question."""
    line = streak_line(row)
    if practice is not None and practice.turned_on and practice.next_on is not None:
        line += f" · {_next(practice, today)}"
    return line


def first_offer() -> str:
    """After somebody's first card."""
    return "A 5-minute question tomorrow at 08:30, in our direct messages?"


def declined() -> str:
    """No, to that."""
    return f"Fine. I will not ask again; {TURNS_ON} turns it on whenever you like."
