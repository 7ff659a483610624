"""What every chat does to code is undone, and what we say is cut to any limit without breaking it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.text import units
from adapters.text import cut, open_fence, straightened


@pytest.mark.parametrize(
    ("arrived", "typed"),
    [
        ("It’s “fine” – really", "It’s “fine” – really"),
        ("```python\nprint(“hi”)\n```", '```python\nprint("hi")\n```'),
        ("It’s this:\n```\nx = ‘a’\n```\nisn’t it", "It’s this:\n```\nx = 'a'\n```\nisn’t it"),
        ("```\nprint(“hi”)\n``` and “so”", '```\nprint("hi")\n``` and “so”'),
        ("so ```x = ‘a’``` it “is”", "so ```x = 'a'``` it “is”"),
        ("the call `f(‘x’)` is “slow”", "the call `f('x')` is “slow”"),
        ("names = [“a”, “b”]\nnames.sort()\n\nI'd sort “them”", 'names = ["a", "b"]\nnames.sort()\n\nI\'d sort “them”'),
        ("def less(n):\n\xa0\xa0\xa0\xa0return n – 1", "def less(n):\n    return n - 1"),
    ],
)
def test_code_is_as_it_was_typed_and_prose_keeps_its_quotes(arrived: str, typed: str) -> None:
    assert straightened(arrived) == typed


def test_a_short_text_stays_whole_and_an_empty_one_too() -> None:
    assert cut("hello", 100) == ["hello"]
    assert cut("", 100) == [""]


def test_a_long_text_is_cut_between_paragraphs_and_nothing_is_lost() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 60 for number in range(80)]
    parts = cut("\n\n".join(paragraphs), 12_000)
    assert all(len(part) <= 12_000 for part in parts)
    assert len(parts) == 3
    assert "\n\n".join(parts).split("\n\n") == paragraphs


@pytest.mark.parametrize("limit", [1500, 2000, 12_000])
def test_a_code_block_is_closed_and_opened_anew_where_a_text_is_cut(limit: int) -> None:
    lines = [f"line_{number} = {number}" for number in range(2000)]
    parts = cut("Look:\n\n```python\n" + "\n".join(lines) + "\n```\n\nThat is all.", limit)
    assert len(parts) > 2
    assert all(len(part) <= limit and open_fence(part) is None for part in parts)
    assert all(part.startswith("```python\n") for part in parts[1:])
    assert [line for part in parts for line in part.split("\n") if line.startswith("line_")] == lines


def test_no_code_block_is_left_empty_where_a_text_is_cut() -> None:
    first, second = cut(f"{'word ' * 16}\n```python\n{'x = 1;' * 12}\n```", 100)
    assert "```" not in first
    assert second.startswith("```python\nx = 1;")


@pytest.mark.parametrize("measure", [len, units])
@settings(deadline=None)
@given(text=st.text("ab `~\n😀*", max_size=400), limit=st.integers(100, 200))
def test_any_text_is_cut_within_the_limit(measure: Callable[[str], int], text: str, limit: int) -> None:
    parts = cut(text, limit, measure)
    assert all(measure(part) <= limit for part in parts)
    assert all(part.strip() for part in parts) or parts == [""]
    letters = [letter for part in parts for letter in part if letter in "ab😀"]
    assert letters == [letter for letter in text if letter in "ab😀"]
