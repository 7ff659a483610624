"""The command group as Discord stores it, against Discord's limits and its own description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord import commands
from agent import bank
from agent.kinds import kinds
from agent.types import Difficulty
from bot.commands import COMMANDS, Wish, parse, row_of
from bot.daily_words import DailyWish, read

NAME = re.compile(r"^[-_a-z]{1,32}$")


def options(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for option in part.get("options", ()):
        yield option
        yield from options(option)


@pytest.mark.parametrize("number", [0, 1])
def test_the_groups_keep_discords_limits(number: int) -> None:
    group = commands.payload(kinds())[number]
    parts = [group, *options(group)]
    assert len(group["options"]) <= 25
    for part in parts:
        assert NAME.match(part["name"])
        assert 1 <= len(part["description"]) <= 100, part["description"]
        assert len(part.get("choices", ())) <= 25
        assert len({option["name"] for option in part.get("options", ())}) == len(part.get("options", ()))
    total = sum(
        len(part["name"])
        + len(part["description"])
        + sum(len(c["name"]) + len(c["value"]) for c in part.get("choices", ()))
        for part in parts
    )
    assert total <= 8000


def test_every_row_of_the_command_table_is_typed_literally() -> None:
    group, _ = commands.payload(kinds())
    names = {option["name"] for option in group["options"]}
    assert names == {"easy", "medium", "hard", *(row.word for row in COMMANDS if row.word)}
    assert group["contexts"] == [0, 1, 2]
    assert group["integration_types"] == [0, 1]


def test_what_admins_may_do_stands_beside_in_servers_for_those_who_may_manage_them() -> None:
    _, group = commands.payload(kinds())
    assert [option["name"] for option in group["options"]] == [row.word for row in COMMANDS if row.admin]
    assert (group["name"], group["default_member_permissions"], group["contexts"]) == ("interview-admin", 32, [0])
    said = commands.words_of("team", {"days": "friday", "time": "9:30", "difficulty": "auto", "zone": "Europe/Berlin"})
    assert row_of(said)[1] == "9:30 friday auto Europe/Berlin"


def test_the_fingerprint_changes_with_the_payload_only() -> None:
    first, again = commands.payload(kinds()), json.loads(json.dumps(commands.payload(kinds())))
    assert commands.fingerprint(first) == commands.fingerprint(again)
    again[0]["description"] = "Something else"
    assert commands.fingerprint(first) != commands.fingerprint(again)


@pytest.mark.parametrize(
    ("name", "given", "wish"),
    [
        ("medium", {}, Wish(difficulty=Difficulty.MEDIUM)),
        (
            "hard",
            {"kind": "system-design", "topic": " load  spikes", "visibility": "public", "clock": "timed"},
            Wish(difficulty=Difficulty.HARD, kind="system-design", topics=("load", "spikes"), public=True, timed=True),
        ),
        ("easy", {"language": "german please"}, Wish(difficulty=Difficulty.EASY, language="German")),
    ],
)
def test_options_become_the_words_that_are_typed_elsewhere(name: str, given: dict[str, str], wish: Wish) -> None:
    assert parse(commands.words_of(name, given), kinds(), ()) == wish


def test_a_subcommand_is_found_in_the_table_with_its_words() -> None:
    row, words = row_of(commands.words_of("stats", {}))
    assert (row.word, words) == ("stats", "")
    assert commands.words_of("stats", {"words": "x" * 500}) == f"stats {'x' * commands.LONGEST_WORDS}"


def test_the_options_of_daily_are_read_as_its_words_are() -> None:
    given = {
        "time": "8:30 pm",
        "zone": "Europe/Berlin",
        "days": "mon wed",
        "kind": "system-design",
        "difficulty": "auto",
    }
    row, words = row_of(commands.words_of("daily", given))
    wish = DailyWish(minute=1230, days=frozenset({0, 2}), kind="system-design", follows=True, zone="Europe/Berlin")
    assert (row.word, read(words, kinds())) == ("daily", wish)
    assert read(row_of(commands.words_of("daily", {"words": "pause  2w"}))[1], kinds()).pause_days == 14


def test_zones_are_offered_with_their_clocks() -> None:
    now = datetime(2026, 11, 23, 13, 32, tzinfo=UTC)

    def offered(typed: str) -> list[str]:
        found = commands.suggestions("zone", typed, (), now)
        assert all(read(one["value"], kinds()).zone == one["value"] for one in found)
        assert len({one["name"] for one in found}) == len(found) <= 25
        return [one["name"] for one in found]

    assert offered("berl") == ["Europe/Berlin, now 14:32"]
    assert offered("Münch") == ["München (Europe/Berlin), now 14:32"]
    assert offered("mum")[0] == "Mumbai (Asia/Kolkata), now 19:02"
    assert offered("new y")[0] == "America/New_York, now 08:32"
    assert offered("tokio") == ["Asia/Tokyo, now 22:32"]
    assert offered("nowhere at all") == []
    clocks = [name.rpartition(" ")[2] for name in offered("")]
    assert len(clocks) == 25
    assert sorted(clocks[:15]) == clocks[:15]  # from west to east; then comes the next day
    assert len(offered("a")) == 25
    assert commands.suggestions("words", "berl", (), now) == []


def test_topics_are_offered_by_what_was_typed() -> None:
    topics = bank.load().topics()
    assert commands.near_topics("grap", topics)[0] == "graphs"
    assert len(commands.near_topics("", topics)) == 25
    assert len(commands.near_topics("e" * 3000, topics)) <= 25
