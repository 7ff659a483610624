"""The command group as Discord stores it, made from the command table, and the words that its options stand for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz, process

from agent.kinds import Kind
from agent.types import Difficulty
from bot.commands import COMMANDS, Row
from bot.daily_words import DAY_NAMES, FOLLOWS_PLAN
from bot.wording import discord as wording
from bot.wording import practice, team
from bot.zones import LONGEST_SAID, suggested

NAME, ADMIN_NAME = "interview", "interview-admin"
"""The command's one word, and the one that stands only before those who may manage the server."""
MANAGE_SERVER = 1 << 5

CHAT_INPUT, SUBCOMMAND, STRING = 1, 1, 3
EVERYWHERE = (0, 1, 2)
"""Contexts: servers, direct messages with the bot, other private channels."""
INSTALLED = (0, 1)
"""Installed to a server, or to a person."""

LONGEST_TOPIC, LONGEST_LANGUAGE, LONGEST_WORDS = 60, 30, 200
LONGEST_TIME, LONGEST_DAYS = 20, 60
MOST_CHOICES = 25
"""The most options of a list and answers of an autocomplete (Discord's documentation, Application Commands)."""


def payload(kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """All commands, as they are put to Discord."""
    starts = [_start(difficulty, kinds) for difficulty in Difficulty]
    others = [_other(row, kinds) for row in COMMANDS if row.word]
    for_admins = [_other(row, kinds) for row in COMMANDS if row.admin]
    return [
        {
            "name": NAME,
            "type": CHAT_INPUT,
            "description": wording.COMMAND,
            "integration_types": list(INSTALLED),
            "contexts": list(EVERYWHERE),
            "options": [*starts, *others],
        },
        {
            "name": ADMIN_NAME,
            "type": CHAT_INPUT,
            "description": wording.ADMIN_COMMAND,
            "default_member_permissions": MANAGE_SERVER,
            "integration_types": [INSTALLED[0]],
            "contexts": [EVERYWHERE[0]],
            "options": for_admins,
        },
    ]


def fingerprint(commands: Sequence[Mapping[str, Any]]) -> str:
    """Tells one payload from another."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()


def words_of(name: str, options: Mapping[str, str]) -> str:
    """What a subcommand and its options say, in the words that are typed elsewhere."""
    language = options.get("language", "").split()
    said = [
        name,
        options.get("kind", ""),
        options.get("topic", "")[:LONGEST_TOPIC],
        options.get("visibility", ""),
        options.get("clock", ""),
        f"in {language[0]}" if language else "",
        options.get("time", "")[:LONGEST_TIME],
        options.get("days", "")[:LONGEST_DAYS],
        options.get("difficulty", ""),
        options.get("zone", "")[:LONGEST_SAID],
        options.get("words", "")[:LONGEST_WORDS],
    ]
    return " ".join(" ".join(said).split())


def suggestions(option: str, typed: str, topics: Collection[str], now: datetime) -> list[dict[str, str]]:
    """What to offer for what was typed so far into an option, as Discord wants it; nothing for one of no such list."""
    match option:
        case "topic":
            return [{"name": topic, "value": topic} for topic in near_topics(typed, topics)]
        case "zone":
            found = suggested(typed)[:MOST_CHOICES]
            return [{"name": practice.zone_label(one.zone, now, one.city), "value": one.zone} for one in found]
        case _:
            return []


def near_topics(typed: str, topics: Collection[str]) -> list[str]:
    """The topics to offer for what was typed so far."""
    wanted = " ".join(typed.lower().split())
    if not wanted:
        return list(topics)[:MOST_CHOICES]
    found = process.extract(wanted, list(topics), scorer=fuzz.WRatio, limit=MOST_CHOICES, score_cutoff=50)
    return [topic for topic, _, _ in found]


def _start(difficulty: Difficulty, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    return {
        "type": SUBCOMMAND,
        "name": difficulty.value,
        "description": wording.start(difficulty.value),
        "options": [
            _choice("kind", wording.OPTION_KIND, {kind.title: kind.name for kind in kinds.values()}),
            _line("topic", wording.OPTION_TOPIC, LONGEST_TOPIC, autocomplete=True),
            _choice("visibility", wording.OPTION_VISIBILITY, {word: word for word in ("private", "public")}),
            _choice("clock", wording.OPTION_CLOCK, {word: word for word in ("untimed", "timed")}),
            _line("language", wording.OPTION_LANGUAGE, LONGEST_LANGUAGE),
        ],
    }


def _other(row: Row, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    takes_words = row.usage.removeprefix(f"/{NAME} {row.word}").strip()
    described = {"type": SUBCOMMAND, "name": row.word, "description": f"{row.does[:1].upper()}{row.does[1:]}"[:100]}
    if row.word == "daily":
        described["options"] = _daily(kinds)
    elif row.word == "team":
        described["options"] = _team(kinds)
    elif takes_words:
        described["options"] = [_line("words", takes_words[:100], LONGEST_WORDS)]
    return described


def _daily(kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    sorts = {kind.title: kind.name for kind in kinds.values()}
    levels = {difficulty.value: difficulty.value for difficulty in Difficulty} | {practice.FOLLOWS_RESULTS: "auto"}
    return [
        _line("time", wording.OPTION_TIME, LONGEST_TIME),
        _line("zone", wording.OPTION_ZONE, LONGEST_SAID, autocomplete=True),
        _line("days", wording.OPTION_DAYS, LONGEST_DAYS),
        _choice("kind", wording.OPTION_DAILY_KIND, sorts | {practice.FOLLOWS_PLAN: FOLLOWS_PLAN}),
        _choice("difficulty", wording.OPTION_DIFFICULTY, levels),
        _line("words", wording.OPTION_WORDS, LONGEST_WORDS),
    ]


def _team(kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    levels = {difficulty.value: difficulty.value for difficulty in Difficulty} | {team.ANY_DIFFICULTY: "auto"}
    return [
        _choice("days", wording.OPTION_TEAM_DAY, {name.title(): name for name in DAY_NAMES}),
        _line("time", wording.OPTION_TIME, LONGEST_TIME),
        _line("zone", wording.OPTION_TEAM_ZONE, LONGEST_SAID, autocomplete=True),
        _choice("kind", wording.OPTION_DAILY_KIND, {kind.title: kind.name for kind in kinds.values()}),
        _choice("difficulty", wording.OPTION_TEAM_DIFFICULTY, levels),
        _line("words", wording.OPTION_TEAM_WORDS, LONGEST_WORDS),
    ]


def _choice(name: str, description: str, choices: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": label, "value": value} for label, value in choices.items()]
    return {"type": STRING, "name": name, "description": description, "choices": listed}


def _line(name: str, description: str, longest: int, *, autocomplete: bool = False) -> dict[str, Any]:
    option = {"type": STRING, "name": name, "description": description, "max_length": longest}
    return option | {"autocomplete": True} if autocomplete else option
