"""The daily question from the command to the card, as a conversation."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from adapters.room import Room
from bot.choice import Because, Why
from bot.ports import Chart, Choice, Spoken, Unreachable
from bot.wording import clock, labels
from bot.wording import practice as words
from storage import accounts, practice
from storage.addresses import Place
from storage.practice import Asked, Paused, Practice
from tests.fakes.stage import ANNA, LOBBY, PLATFORM, Stage, staged

DIRECT = Place(PLATFORM, "hall", "dm-anna")


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        opened.platform.zones[ANNA] = "Europe/Berlin"
        yield opened  # it is Monday, 2 November 2026, 10:00 in Berlin


async def direct(stage: Stage) -> list[str]:
    return await stage.texts(DIRECT)


async def mine(stage: Stage) -> Practice:
    account = await stage.database.write(accounts.account_of, ANNA, stage.clock())
    found = await stage.database.read(practice.get, account.id)
    assert found is not None
    return found


async def press(stage: Stage, label: str, place: Place = DIRECT, values: dict[str, str] | None = None) -> None:
    await stage.send(stage.pressed(await stage.button(label), place, values=values))


async def next_day(stage: Stage, hours: float = 24) -> None:
    stage.clock.pass_by(hours=hours)
    await stage.tick()


async def first_offer(stage: Stage, words_said: str = "08:30 weekdays") -> str:
    """Turn it on, and wait for tomorrow's question."""
    await stage.send(stage.command(f"daily {words_said}"))
    stage.clock.pass_by(hours=22, minutes=31)
    await stage.tick()
    return (await direct(stage))[-1]


# Setting it up.


async def test_the_schedule_is_confirmed_in_words_in_the_direct_messages(stage: Stage) -> None:
    await stage.send(stage.command("daily weekdays 08:30"))
    said = (await direct(stage))[-1]
    assert "every weekday at 08:30 Europe/Berlin, next: tomorrow" in said
    assert "It is 10:00 there now" in said
    assert words.set_up_elsewhere() in await stage.whispers()


async def test_an_unknown_zone_is_asked_once_and_confirmed_with_its_time(stage: Stage) -> None:
    stage.platform.zones.clear()
    await stage.send(stage.command("daily 08:30"))
    assert words.ask_zone() in await stage.whispers()
    await press(stage, words.SET_ZONE, LOBBY, {"zone": "Tokio"})
    assert "Did you mean" in await stage.whispers()
    await press(stage, "Asia/Tokyo, now 18:00", LOBBY)
    assert "every day at 08:30 Asia/Tokyo, next: tomorrow" in (await direct(stage))[-1]
    await stage.send(stage.command("daily 09:00"))
    assert "every day at 09:00 Asia/Tokyo" in (await direct(stage))[-1]


async def test_a_near_miss_gets_a_button(stage: Stage) -> None:
    await stage.send(stage.command("daily wekdays 7pm"))
    assert "Did you mean **weekdays**?" in await stage.whispers()
    await press(stage, "weekdays", LOBBY)
    assert "every weekday at 19:00 Europe/Berlin, next: today" in (await direct(stage))[-1]


@pytest.mark.parametrize("said", ["25:00", "soon"])
async def test_what_cannot_be_read_changes_nothing_and_says_what_would(stage: Stage, said: str) -> None:
    await stage.send(stage.command(f"daily {said}"))
    assert "08:30" in await stage.whispers()
    assert await direct(stage) == []


async def test_closed_direct_messages_are_told_at_once(stage: Stage) -> None:
    stage.platform.shut[ANNA] = Unreachable("your direct messages are closed")
    await stage.send(stage.command("daily 08:30"))
    assert "that does not work yet: your direct messages are closed" in await stage.whispers()


async def test_alone_it_says_what_is_set_and_the_form_changes_it(stage: Stage) -> None:
    await stage.send(stage.command("daily"))
    assert "You get no daily question" in await stage.whispers()
    await stage.send(stage.command("daily mon,wed 08:30"))
    await stage.send(stage.command("daily"))
    assert "every Monday and Wednesday at 08:30 Europe/Berlin" in await stage.whispers()
    values = {"hour": "7pm", "days": "weekends", "kind": "behavioral", "difficulty": "hard", "zone": "Tokyo"}
    await press(stage, words.CHANGE, LOBBY, values)
    said = (await direct(stage))[-1]
    assert "a behavioral question (hard) every Saturday and Sunday at 19:00 Asia/Tokyo" in said


async def test_off_pause_and_resume(stage: Stage) -> None:
    await stage.send(stage.command("daily off"))
    assert words.was_off() in await stage.whispers()
    await stage.send(stage.command("daily 08:30"))
    await stage.send(stage.command("daily pause"))
    assert words.how_long() in await stage.whispers()
    await stage.send(stage.command("daily pause 2w"))
    assert "The next question comes on Monday 16 November" in await stage.whispers()
    await press(stage, words.RESUME, LOBBY)
    assert (await mine(stage)).next_on == date(2026, 11, 3)
    await stage.send(stage.command("daily off"))
    assert (await mine(stage)).next_due_at is None
    await next_day(stage, 48)
    assert not any("Why today" in text for text in await direct(stage))


# The offer.


async def test_the_question_comes_once_with_a_reason_and_nothing_counts_before_answer(stage: Stage) -> None:
    said = await first_offer(stage)
    assert "· quick, medium ·" in said
    assert "Why today:" in said
    await stage.tick()
    before = await direct(stage)
    await stage.send(stage.reply("I think it is a cache.", DIRECT, direct=True))
    assert "Draft" not in "".join(await direct(stage))
    assert sum("Why today" in text for text in await direct(stage)) == 1
    assert len(await direct(stage)) >= len(before)


async def test_an_answer_leads_to_a_card_and_counts_for_the_streak(stage: Stage) -> None:
    await first_offer(stage)
    await press(stage, words.ANSWER)
    open_one = await stage.database.read(practice.open_one, (await mine(stage)).account)
    assert open_one is not None
    assert open_one.practice
    assert open_one.interview.max_follow_ups == 0
    await stage.say(open_one, open_one.interview.question.reference)
    await stage.press(open_one, labels.SUBMIT)
    page = await stage.page(open_one)
    assert "Correctness" in page or "Points heard" in page
    assert "**1 day**" in page
    assert "next: tomorrow" in page
    assert "5-minute question tomorrow" not in page
    assert (await mine(stage)).unanswered == 0
    delivery = await stage.database.read(practice.delivery, (await mine(stage)).account, date(2026, 11, 3))
    assert delivery is not None
    assert delivery.state is Asked.ANSWERED
    assert words.answered(open_one.interview.question.title) in await direct(stage)


async def test_the_level_follows_results_and_says_so_when_the_question_shows_it(stage: Stage) -> None:
    said = await first_offer(stage, "08:30")
    for _ in range(6):
        if "It is harder than before" in said:
            break
        assert "· quick, hard ·" not in said
        await press(stage, words.ANSWER)
        open_one = await stage.database.read(practice.open_one, (await mine(stage)).account)
        assert open_one is not None
        await stage.say(open_one, open_one.interview.question.reference)
        await stage.press(open_one, labels.SUBMIT)
        await next_day(stage)
        said = (await direct(stage))[-1]
    assert "It is harder than before: your last three were 8 or better on average." in said
    assert "· quick, hard ·" in said
    assert (await mine(stage)).level == "hard"


async def test_an_answer_that_was_begun_and_left_can_be_begun_again(stage: Stage) -> None:
    await first_offer(stage)
    answer = await stage.button(words.ANSWER)
    await press(stage, words.ANSWER)
    first = await stage.database.read(practice.open_one, (await mine(stage)).account)
    assert first is not None
    await stage.press(first, labels.FINISH)
    await stage.send(stage.pressed(answer, DIRECT))
    second = await stage.database.read(practice.open_one, first.account)
    assert second is not None
    assert second.interview.id != first.interview.id


async def test_hint_and_other_level_change_the_message_in_place(stage: Stage) -> None:
    first = await first_offer(stage)
    await press(stage, words.HINT)
    assert "**Hint 1**" in (await direct(stage))[-1]
    await press(stage, words.HARDER)
    said = (await direct(stage))[-1]
    assert "· quick, hard ·" in said
    assert said.split("**")[1] != first.split("**")[1]
    await press(stage, words.HARDER)
    assert words.no_such_level(up=True) in "".join(await direct(stage))
    await press(stage, words.EASIER)
    assert any("· quick, medium ·" in text for text in await direct(stage))
    assert sum("min\n" in text for text in await direct(stage)) == 1


async def test_snooze_brings_it_back_after_an_hour(stage: Stage) -> None:
    await first_offer(stage)
    await press(stage, words.SNOOZE)
    assert (await direct(stage))[-1] == words.snoozed(9 * 60 + 31)
    await next_day(stage, 0.9)
    assert len([text for text in await direct(stage) if words.again() in text]) == 0
    await next_day(stage, 0.2)
    assert len([text for text in await direct(stage) if words.again() in text]) == 1
    await stage.tick()
    assert len([text for text in await direct(stage) if words.again() in text]) == 1


async def test_a_skipped_question_can_still_be_answered(stage: Stage) -> None:
    await first_offer(stage)
    await press(stage, words.SKIP)
    assert (await direct(stage))[-1].startswith("Skipped")
    await press(stage, words.ANSWER)
    assert await stage.database.read(practice.open_one, (await mine(stage)).account) is not None


async def test_one_tap_stops_it(stage: Stage) -> None:
    await first_offer(stage)
    await press(stage, words.SNOOZE)
    await press(stage, words.STOP)
    assert words.stopped() in "".join(await direct(stage))
    await next_day(stage, 48)
    assert sum("Why today" in text for text in await direct(stage)) == 0


async def test_three_unanswered_in_a_row_pause_it_and_the_third_says_so(stage: Stage) -> None:
    await first_offer(stage, "08:30")
    await next_day(stage)
    assert "I pause" not in (await direct(stage))[-1]
    await next_day(stage)
    assert "If this one does too, I pause" in (await direct(stage))[-1]
    await next_day(stage)
    await next_day(stage)
    assert sum("Why today" in text for text in await direct(stage)) == 3
    assert (await mine(stage)).paused is Paused.UNANSWERED
    await press(stage, words.ANSWER)
    due = await mine(stage)
    assert due.paused is Paused.NO
    assert due.next_due_at is not None


# Late, old and unreachable.


async def test_yesterdays_question_answered_today_counts_for_today(stage: Stage) -> None:
    await first_offer(stage, "08:30")
    asked, hint = await stage.button(words.ANSWER), await stage.button(words.HINT)
    await next_day(stage)
    await stage.send(stage.pressed(asked, DIRECT), stage.pressed(hint, DIRECT))
    assert words.begun_already() in await direct(stage)
    open_one = await stage.database.read(practice.open_one, (await mine(stage)).account)
    assert open_one is not None
    await stage.say(open_one, open_one.interview.question.reference)
    await stage.press(open_one, labels.SUBMIT)
    days = await stage.database.read(practice.days_practised, open_one.account)
    assert days == [date(2026, 11, 4)]
    await stage.send(stage.pressed(asked, DIRECT), stage.pressed(hint, DIRECT))
    assert sum(words.answered_already(date(2026, 11, 3), days[0]) in text for text in await direct(stage)) == 2


async def test_last_weeks_buttons_say_whose_day_they_are(stage: Stage) -> None:
    await first_offer(stage, "tuesdays 08:30")
    hint, answer = await stage.button(words.HINT), await stage.button(words.ANSWER)
    await next_day(stage, 24 * 8)
    await stage.send(stage.pressed(hint, DIRECT))
    assert "That question came on Tuesday 3 November." in "".join(await direct(stage))
    await stage.send(stage.pressed(answer, DIRECT))
    assert await stage.database.read(practice.open_one, (await mine(stage)).account) is not None


async def test_a_second_answer_while_one_is_open_offers_the_open_one(stage: Stage) -> None:
    await first_offer(stage, "08:30")
    await press(stage, words.ANSWER)
    await next_day(stage)
    await press(stage, words.ANSWER)
    assert "You have an interview open" in "".join(await direct(stage))


async def test_somebody_who_left_is_paused_and_told_at_the_next_command(stage: Stage) -> None:
    await stage.send(stage.command("daily 08:30"))
    stage.platform.shut[ANNA] = Unreachable("this person left")
    await next_day(stage, 23)
    due = await mine(stage)
    assert (due.paused, due.next_due_at) == (Paused.UNREACHABLE, None)
    del stage.platform.shut[ANNA]
    await stage.send(stage.command("help"))
    assert words.could_not_reach() in await stage.whispers()
    await stage.send(stage.command("help"))
    assert (await stage.whispers()).count(words.could_not_reach()) == 1
    await press(stage, words.RESUME, LOBBY)
    assert (await mine(stage)).next_due_at is not None


class Shut(Room):
    """Direct messages that were open when they were last looked at."""

    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        if "Why today" in markdown:
            raise Unreachable("you cannot be written to")
        return await super().say(markdown, choices=choices, chart=chart, key=key)


async def test_direct_messages_that_turn_out_closed_pause_it(stage: Stage) -> None:
    stage.platform.room = Shut
    await first_offer(stage, "08:30")
    due = await mine(stage)
    assert (due.paused, due.word_owed, due.next_due_at, due.unanswered) == (Paused.UNREACHABLE, True, None, 0)
    delivery = await stage.database.read(practice.delivery, due.account, date(2026, 11, 3))
    assert delivery is not None
    assert delivery.state is Asked.MISSED


async def test_what_a_platform_takes_too_late_is_never_shown_and_nobodys_fault(stage: Stage) -> None:
    class Slow(Room):
        async def say(
            self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
        ) -> Spoken:
            if "Why today" in markdown:
                stage.clock.pass_by(hours=4)
                raise Unreachable("busy", for_good=False, retry_after=0.01)
            return await super().say(markdown, choices=choices, chart=chart, key=key)

    stage.platform.room = Slow
    await first_offer(stage, "08:30")
    due = await mine(stage)
    delivery = await stage.database.read(practice.delivery, due.account, date(2026, 11, 3))
    assert delivery is not None
    assert (delivery.state, due.unanswered, due.paused) == (Asked.MISSED, 0, Paused.NO)
    assert not any("Why today" in text for text in await direct(stage))
    assert due.next_on == date(2026, 11, 4)


async def test_a_platform_that_is_away_gets_the_question_late_and_within_its_window(stage: Stage) -> None:
    await stage.send(stage.command("daily 08:30"))
    stage.platform.shut[ANNA] = Unreachable("not now", for_good=False)
    await next_day(stage, 23)
    assert sum("Why today" in text for text in await direct(stage)) == 0
    del stage.platform.shut[ANNA]
    await next_day(stage, 0.1)
    assert sum("Why today" in text for text in await direct(stage)) == 1


async def test_after_a_long_night_only_todays_question_comes(stage: Stage) -> None:
    await stage.send(stage.command("daily 08:30"))
    await next_day(stage, 24 * 3)
    assert sum("Why today" in text for text in await direct(stage)) == 1
    assert (await stage.database.read(practice.days_asked, (await mine(stage)).account, date.min)) == [
        date(2026, 11, 5)
    ]


async def test_who_travels_west_is_asked_at_the_new_hour(stage: Stage) -> None:
    await stage.send(stage.command("daily 08:30"))
    stage.platform.zones[ANNA] = "America/New_York"
    await next_day(stage, 23)
    assert sum("Why today" in text for text in await direct(stage)) == 0
    await next_day(stage, 6)
    assert sum("Why today" in text for text in await direct(stage)) == 1
    assert (await mine(stage)).zone == "America/New_York"


async def test_now_asks_at_once_and_the_hour_stays_away_that_day(stage: Stage) -> None:
    await stage.send(stage.command("daily 18:00"))
    await stage.send(stage.command("daily now"))
    assert sum("Why today" in text for text in await direct(stage)) == 1
    await next_day(stage, 9)
    assert sum("Why today" in text for text in await direct(stage)) == 1
    await next_day(stage)
    assert sum("Why today" in text for text in await direct(stage)) == 2


async def test_now_works_for_somebody_without_a_schedule(stage: Stage) -> None:
    await stage.send(stage.command("daily now"))
    assert sum("Why today" in text for text in await direct(stage)) == 1
    assert not (await mine(stage)).turned_on


async def test_who_travels_east_is_asked_late_but_within_the_window(stage: Stage) -> None:
    await stage.send(stage.command("daily 08:30"))
    stage.platform.zones[ANNA] = "Asia/Karachi"  # four hours ahead of Berlin: 12:30 there
    await next_day(stage, 22.6)
    assert sum("Why today" in text for text in await direct(stage)) == 1
    stage.platform.zones[ANNA] = "Asia/Tokyo"  # 16:42 there at the next tick, which is too late
    await next_day(stage, 24.1)
    assert (await mine(stage)).zone == "Asia/Tokyo"
    assert sum("Why today" in text for text in await direct(stage)) == 1
    await next_day(stage, 18)
    assert sum("Why today" in text for text in await direct(stage)) == 2


async def test_a_pause_over_the_change_of_the_clocks_ends_on_its_hour(stage: Stage) -> None:
    stage.clock.pass_by(days=-16)  # Saturday, 17 October 2026, 11:00 in Berlin; the clocks go back on the 25th
    await stage.send(stage.command("daily 08:30"))
    await stage.send(stage.command("daily pause 2w"))
    await next_day(stage, 24 * 14 - 2.6)  # 08:24 of winter time, 09:24 of summer time, on 31 October
    assert sum("Why today" in text for text in await direct(stage)) == 0
    await next_day(stage, 1.2)
    assert sum("Why today" in text for text in await direct(stage)) == 1


# Beside interviews.


class OnePlace(Room):
    """A platform whose direct messages have no threads."""

    async def thread(self, title: str, *, private: bool, key: str) -> Room:
        return self


async def test_where_there_are_no_threads_an_open_interview_waits_meanwhile(stage: Stage) -> None:
    stage.platform.room = OnePlace
    await stage.send(stage.command("easy algorithm", place=DIRECT))
    record = await stage.open_one()
    await first_offer(stage, "08:30")
    await press(stage, words.ANSWER)
    assert words.waits_meanwhile(record.interview.question.title) in "".join(await direct(stage))
    open_one = await stage.database.read(practice.open_one, record.account)
    assert open_one is not None
    assert open_one.place == record.place == DIRECT
    await stage.send(stage.reply(open_one.interview.question.reference, DIRECT, direct=True))
    assert (await stage.record(record.interview.id)).interview.draft == ()
    await stage.press(open_one, labels.SUBMIT)
    assert words.goes_on(record.interview.question.title) in "".join(await direct(stage))
    await stage.send(stage.reply("I sort them first.", DIRECT, direct=True))
    assert len((await stage.record(record.interview.id)).interview.draft) == 1


async def test_a_word_beside_the_thread_joins_the_daily_answer(stage: Stage) -> None:
    await first_offer(stage)
    await press(stage, words.ANSWER)
    await stage.send(stage.reply("I would ask the cache first.", DIRECT, direct=True))
    open_one = await stage.database.read(practice.open_one, (await mine(stage)).account)
    assert open_one is not None
    assert len(open_one.interview.draft) == 1


async def test_the_first_card_offers_it_once(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    assert words.first_offer() in await stage.page(record)
    await stage.press(record, words.YES)
    assert "every day at 08:30 Europe/Berlin" in (await direct(stage))[-1]
    another = await stage.start("easy quick")
    await stage.to_the_card(another, another.interview.question.reference)
    assert words.first_offer() not in await stage.page(another)


async def test_an_open_interview_is_not_nudged_beside_the_daily_which_names_it(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    said = await first_offer(stage, "08:30")
    assert f"Your interview **{record.interview.question.title}** is still open too." in said
    await next_day(stage, 3)
    assert clock.still_there(record.interview.question.title) not in await stage.page(record)


def test_no_reason_is_left_without_a_sentence() -> None:
    for because in Because:
        said = words.reason(Why(because, "caching", "a point"), date(2026, 11, 2), "UTC")
        assert re.fullmatch(r"Why (today|this one): .+\.", said)
