"""The practice board: opt-in, by days and never by score, for the asker alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.board import pseudonym
from bot.commands import Refusal
from bot.ranking import view_of
from bot.wording import board as words
from storage import accounts, boards, practice
from storage.addresses import Person
from storage.boards import Member
from storage.database import Database
from tests.fakes.stage import ANNA, BEN, LOBBY, PLATFORM, Stage, staged
from tests.storage.samples import NOON, settle

CARL = Person(PLATFORM, "hall", "carl")


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        yield opened  # it is Monday, 2 November 2026


async def practises(stage: Stage, person: Person, *days: int) -> None:
    """Answer something on these days of November, and of October before the first of it."""

    def mark(conn: Connection) -> None:
        account = accounts.account_of(conn, person, NOON)
        for day in days:
            practice.practised(conn, account.id, date(2026, 11, 1) + timedelta(days=day - 1))

    await stage.database.write(mark)


async def asked(stage: Stage, person: Person, command: str = "board") -> str:
    """What the person is answered."""
    await stage.send(stage.command(command, person))
    return (await stage.texts(LOBBY, person))[-1]


async def test_who_joined_is_seen_by_days_with_ones_own_place_and_gone_at_once(stage: Stage) -> None:
    await practises(stage, ANNA, 2, 1, -3, -40)
    await practises(stage, BEN, 1, 2, -5)
    await practises(stage, CARL, 1)
    empty = await asked(stage, ANNA)
    assert "Nobody has joined" in empty
    assert words.WHAT_OTHERS_SEE in empty
    await stage.send(stage.pressed(await stage.button(words.MY_NAME), LOBBY))
    assert "**1** · anna · 3 days · 2 in a row" in (await stage.texts(LOBBY))[-1]
    assert "You are the first" in await asked(stage, ANNA)
    lonely = await asked(stage, BEN)
    assert "anna" in lonely
    assert "With you it would be two." in lonely
    await stage.send(stage.pressed(await stage.button(words.PSEUDONYM, BEN), LOBBY, BEN, {"name": " Night  Owl "}))
    await asked(stage, CARL, "board join as carl the 1st")
    shown = await asked(stage, CARL)
    assert shown.splitlines()[1:4] == [
        "- **1** · anna · 3 days · 2 in a row",
        "- **1** · “Night Owl” · 3 days · 2 in a row",
        "- **3** · “carl the 1st” · 1 day ← you",
    ]
    await stage.send(stage.pressed(await stage.button(words.LEAVE, BEN), LOBBY, BEN))
    assert (await stage.texts(LOBBY, BEN))[-1] == words.left()
    assert "Owl" not in await asked(stage, CARL)
    assert await asked(stage, BEN, "board leave") == words.was_not_on()


async def test_a_name_is_one_persons_and_words_that_mean_nothing_say_what_would(stage: Stage) -> None:
    await asked(stage, ANNA, "board name")
    await asked(stage, BEN, "board join Ada L")
    for name in ("ADA  l", "anna"):
        assert await asked(stage, CARL, f"board join {name}") == words.taken(name.replace("  ", " "))
    assert "“Ada M”" in await asked(stage, BEN, "board join Ada M")
    assert "“ada l”" in await asked(stage, CARL, "board join ada l")
    assert await asked(stage, CARL, "board Night Owl") == words.odd("Night Owl")
    await stage.send(stage.command("me", CARL))
    assert "Practice boards you are on: 1" in await stage.whispers(CARL)


async def test_who_left_the_workspace_is_shown_no_more(stage: Stage) -> None:
    for person in (ANNA, BEN):
        await practises(stage, person, 1)
        await asked(stage, person, "board name")
    stage.platform.left.add(BEN)
    assert "ben" in await asked(stage, ANNA), "who was here today is not looked up again"
    stage.clock.pass_by(hours=25)
    assert "ben" not in await asked(stage, ANNA)
    stage.platform.left.clear()
    assert "ben" not in await asked(stage, ANNA)


@pytest.mark.parametrize(
    "name",
    [
        *("", "   ", "!!", "🦉", "x" * 31, "a\u202eb", "a\u200bb", "a\x07b", "\u3164", "Z\u0301\u0302\u0303\u0304algo"),
        *(
            "@here",
            "\uff20everyone",
            "<@U123>",
            "http://x",
            "www.x",
            "evil.com",
            "see https://a.b/c",
            "A” · 30 days · “B",
        ),
    ],
)
def test_a_pseudonym_is_plain_text(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        pseudonym(name)
    assert refused.value.choices


def test_a_pseudonym_may_be_in_any_script() -> None:
    for name in ("Night Owl", "Ω", "Żółw 7", "夜猫", "🦉 Owl ❤️", "Dr. No", "x" * 30):
        assert pseudonym(f" {name}\n") == name


async def test_ten_rows_and_ones_own_with_ties_at_one_place(database: Database) -> None:
    def fill(conn: Connection) -> list[str]:
        ids = []
        for number in range(14):
            person = Person("web", "", f"u{number}")
            account = settle(conn, person)
            ids.append(account.id)
            for day in range(0 if number == 13 else 12 - number // 2):
                practice.practised(conn, account.id, NOON.date() - timedelta(days=day))
            boards.join(conn, Member(account.id, "web:", person, f"Number {number:02}", number % 2 == 0, NOON, NOON))
        return ids

    ids = await database.write(fill)
    last = await database.read(view_of, "web:", ids[12], NOON)
    assert [row.place for row in last.rows] == [1, 1, 3, 3, 5, 5, 7, 7, 9, 9]
    assert [row.days for row in last.rows][:3] == [12, 12, 11]
    assert last.own is not None
    assert (last.own.place, last.own.days, last.own.streak, last.own.mine) == (13, 6, 6, True)
    assert words.board(last.rows, last.own, last.members).count("← you") == 1
    idle = await database.read(view_of, "web:", ids[13], NOON)
    assert "Number 13: no day in these 30 ← you" in words.board(idle.rows, idle.own, idle.members)
    assert all(row.name != "Number 13" for row in last.rows)
    later = await database.read(view_of, "web:", ids[0], NOON + timedelta(days=31))
    assert later.rows == ()


def test_a_reason_ends_with_one_full_stop_however_the_platform_gives_it() -> None:
    assert words.cannot_tell("that is closed") == words.cannot_tell("that is closed.")
