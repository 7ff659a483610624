"""Text on its way into Discord and out of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.text import LIMIT, cut, outward, restored, units


def fences_are_whole(message: str) -> bool:
    return sum(line.lstrip().startswith("```") for line in message.split("\n")) % 2 == 0


def test_a_short_text_stays_one_message() -> None:
    assert cut("hello") == ["hello"]
    assert cut("") == ["\u200b"]


def test_a_long_text_is_cut_between_paragraphs() -> None:
    first, second = "a " * 700, "b " * 700
    assert cut(f"{first.strip()}\n\n{second.strip()}") == [first.strip(), second.strip()]


def test_a_fence_is_closed_and_opened_again_with_its_language() -> None:
    code = "\n".join(f"line_{number} = {number}" for number in range(300))
    messages = cut(f"Look:\n```python\n{code}\n```\nThat is all.")
    assert len(messages) > 2
    assert all(units(message) <= LIMIT and fences_are_whole(message) for message in messages)
    assert all(message.startswith("```python\n") for message in messages[1:])
    inside = "\n".join(line for m in messages for line in m.split("\n") if line.startswith("line_"))
    assert inside == code


def test_emoji_count_twice() -> None:
    messages = cut("😀" * 1500)
    assert [units(message) for message in messages] == [LIMIT - 4, 3000 - LIMIT + 4]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab `\n😀*"), max_size=400), st.integers(20, 60))
def test_whatever_is_cut_fits(text: str, limit: int) -> None:
    messages = cut(text, limit)
    assert all(0 < units(message) <= limit for message in messages)
    letters = [c for message in messages for c in message if c in "ab😀"]
    assert letters == [c for c in text if c in "ab😀"]


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
        ("It’s “fine” – really", "It’s “fine” – really"),
        ("It’s this:\n```\nx = ‘a’\n```\nisn’t it", "It’s this:\n```\nx = 'a'\n```\nisn’t it"),
        ("<@42> I would sort", "I would sort"),
        ("good <:thumb:123456789>", "good :thumb:"),
    ],
)
def test_what_was_typed_is_what_is_judged(arrived: str, typed: str) -> None:
    assert restored(arrived, "42") == typed
