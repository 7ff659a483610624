"""The words behind the command, in any order, and the near misses."""

from __future__ import annotations

import pytest

from agent.kinds import kinds
from agent.types import Difficulty
from bot.commands import COMMANDS, Unknown, Wish, control_of, is_start, parse, row_of

KINDS = kinds()
TOPICS = ("graphs", "caching", "binary-search")


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", Wish()),
        ("medium", Wish(Difficulty.MEDIUM)),
        ("graphs hard algorithm", Wish(Difficulty.HARD, "algorithm", ("graphs",))),
        ("algorithm HARD Graphs", Wish(Difficulty.HARD, "algorithm", ("graphs",))),
        ("graph", Wish(topics=("graph",))),
        ("easy, caching, graphs", Wish(Difficulty.EASY, None, ("caching", "graphs"))),
        ("system design easy", Wish(Difficulty.EASY, "system-design")),
        ("code review", Wish(kind="code-review")),
        ("behavioural", Wish(kind="behavioral")),
        ("public timed", Wish(public=True, timed=True)),
        ("private untimed", Wish(public=False)),
        ("hard in german", Wish(Difficulty.HARD, language="German")),
        ("rust-borrow-checker", Wish(topics=("rust-borrow-checker",))),
        ("behavioral team", Wish(kind="behavioral", topics=("team",))),
    ],
)
def test_words_say_what_is_wished(words: str, wish: Wish) -> None:
    assert parse(words, KINDS, TOPICS) == wish


@pytest.mark.parametrize(
    ("words", "near", "mended"),
    [
        ("hrad", "hard", "hard"),
        ("mediun graphs", "medium", "medium graphs"),
        ("easy algoritm", "algorithm", "easy algorithm"),
        ("pubilc easy", "public", "public easy"),
    ],
)
def test_a_near_miss_asks_and_offers_the_mended_wish(words: str, near: str, mended: str) -> None:
    with pytest.raises(Unknown) as asked:
        parse(words, KINDS, TOPICS)
    assert (asked.value.near, asked.value.words) == (near, mended)


@pytest.mark.parametrize("text", ["submit", "Submit.", " DONE ", "done!"])
def test_a_single_word_submits(text: str) -> None:
    assert control_of(text) == "submit"


@pytest.mark.parametrize("text", ["submit it", "I am done", "", "the hint was good"])
def test_a_word_in_a_sentence_does_nothing(text: str) -> None:
    assert control_of(text) is None


@pytest.mark.parametrize("text", ["easy quick", "medium graphs", "Hard, algorithm, public"])
def test_a_message_of_command_words_starts(text: str) -> None:
    assert is_start(text, KINDS, TOPICS)


@pytest.mark.parametrize("text", ["", "easy peasy", "I want a hard one", "good morning"])
def test_any_other_message_does_not(text: str) -> None:
    assert not is_start(text, KINDS, TOPICS)


def test_each_row_is_found_by_its_word() -> None:
    for row in COMMANDS[1:]:
        assert row_of(f"{row.word.upper()} and more") == (row, "and more")
    assert row_of("medium graphs") == (COMMANDS[0], "medium graphs")
    assert row_of("Export")[0].word == "me"
    assert row_of("export graphs")[0] == COMMANDS[0]
