"""Text on its way into Discord and out of it."""

from __future__ import annotations

import pytest

from adapters.discord.text import LIMIT, messages, outward, restored, units


def test_a_short_text_stays_one_message_and_an_empty_one_is_not_seen() -> None:
    assert messages("hello\n") == ["hello"]
    assert messages("") == ["\u200b"]


def test_emoji_count_twice() -> None:
    said = messages("😀" * 1500)
    assert len(said) == 2
    assert sum(units(message) for message in said) == 3000
    assert all(units(message) <= LIMIT for message in said)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hi @everyone", "hi @\u2060everyone"),
        ("<@123> and <#5>", "<\u2060@123> and <\u2060#5>"),
        ("`<@123>` and\n```\n@everyone\n```", "`<@123>` and\n```\n@everyone\n```"),
        ("turned \u202eround", "turned round"),
        ("a < b", "a < b"),
    ],
)
def test_nothing_that_is_said_pings_or_turns_around(written: str, shown: str) -> None:
    assert outward(written) == shown


@pytest.mark.parametrize(
    ("arrived", "typed"),
    [
        ("```python\nprint(“hi”)\n```", '```python\nprint("hi")\n```'),
        ("<@42> I would sort", "I would sort"),
        ("good <:thumb:123456789>", "good :thumb:"),
    ],
)
def test_what_was_typed_is_what_is_judged(arrived: str, typed: str) -> None:
    assert restored(arrived, "42") == typed
