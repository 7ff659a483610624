"""Dollars of what was used, and the scripted server's account of the cache, by the documented rules."""

from __future__ import annotations

from typing import Any

import pytest

from agent import prices
from agent.calls import Usage, together
from tests.fakes.claude import Ledger

SONNET = "claude-sonnet-5-5"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(SONNET, tokens_in=1_000_000), 2.0),
        (Usage(SONNET, tokens_out=1_000_000), 10.0),
        (Usage(SONNET, cache_read=1_000_000), 0.10),
        (Usage(SONNET, cache_written=1_000_000), 2.5),
        (Usage(SONNET, cache_written_hour=1_000_000), 4.0),
        (Usage("claude-haiku-5-5", tokens_in=1_000_000, tokens_out=1_000_000), 0.6),
        (Usage("claude-haiku-5-5-20260901", cache_read=1_000_000), 0.01),
        (Usage("claude-opus-5-5", tokens_in=500_000), 2.0),
    ],
)
def test_each_sort_of_token_has_its_price(usage: Usage, expected: float) -> None:
    assert prices.dollars([usage]) == pytest.approx(expected)


def test_a_model_without_a_price_is_left_out() -> None:
    local, known = Usage("qwen3", tokens_in=10**6), Usage(SONNET, tokens_in=10**6)
    assert prices.dollars([local]) is None
    assert prices.dollars([local, known]) == pytest.approx(2.0)
    assert prices.dollars([]) is None
    assert prices.price_of("claude-sonnet-5-50") is None


def test_calls_of_one_model_are_added_up() -> None:
    one, other = Usage(SONNET, 1, 2, 3, 4, 5), Usage("qwen3", 7)
    assert together([one, other, one]) == (Usage(SONNET, 2, 4, 6, 8, 10, calls=2), other)
    assert together([]) == ()


# The account of the scripted server, which the figures of tests and benchmarks rest on.

HOUR, FIVE = {"type": "ephemeral", "ttl": "1h"}, {"type": "ephemeral"}


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def block(name: str, tokens: int, marker: dict[str, str] | None = None) -> dict[str, Any]:
    text = (name * 4 * tokens)[: 4 * tokens]
    return {"type": "text", "text": text} | ({} if marker is None else {"cache_control": marker})


def request(system: list[dict[str, Any]], *contents: dict[str, Any], model: str = SONNET) -> dict[str, Any]:
    roles = ["user", "assistant"] * len(contents)
    return {
        "model": model,
        "system": system,
        "messages": [{"role": role, "content": [content]} for role, content in zip(roles, contents, strict=False)],
    }


def counted(usage: dict[str, Any]) -> tuple[int, int, int, int]:
    """Fresh, read, written for an hour, written for five minutes."""
    written = usage["cache_creation"]
    return (
        usage["input_tokens"],
        usage["cache_read_input_tokens"],
        written["ephemeral_1h_input_tokens"],
        written["ephemeral_5m_input_tokens"],
    )


def test_what_is_marked_is_written_once_and_then_read() -> None:
    ledger = Ledger(Clock())
    asked = request([block("r", 600, HOUR), block("q", 400, HOUR)], block("a", 100, FIVE))
    assert counted(ledger.account(asked)) == (0, 0, 1000, 100)
    assert counted(ledger.account(asked)) == (0, 1100, 0, 0)


def test_the_next_turn_reads_what_the_last_one_wrote() -> None:
    ledger = Ledger(Clock())
    rules = [block("r", 600, HOUR)]
    ledger.account(request(rules, block("a", 100, FIVE)))
    following = request(rules, block("a", 100), block("x", 50), block("b", 80, FIVE))
    assert counted(ledger.account(following)) == (0, 700, 0, 130)


def test_another_interview_of_the_kind_reads_the_rules() -> None:
    ledger = Ledger(Clock())
    ledger.account(request([block("r", 600, HOUR), block("q", 400, HOUR)], block("a", 100)))
    assert counted(ledger.account(request([block("r", 600, HOUR), block("p", 300, HOUR)], block("b", 90)))) == (
        90,
        600,
        300,
        0,
    )


def test_entries_expire_unless_they_are_used() -> None:
    clock = Clock()
    ledger = Ledger(clock)
    asked = request([block("r", 600, HOUR)], block("a", 100, FIVE))
    ledger.account(asked)
    clock.time = 299
    assert counted(ledger.account(asked)) == (0, 700, 0, 0)
    clock.time = 299 + 301
    assert counted(ledger.account(asked)) == (0, 600, 0, 100)
    clock.time = 299 + 301 + 3601
    assert counted(ledger.account(asked)) == (0, 0, 600, 100)


def test_a_change_early_on_invalidates_all_that_follows() -> None:
    ledger = Ledger(Clock())
    ledger.account(request([block("r", 600, HOUR), block("q", 400, HOUR)], block("a", 100)))
    assert counted(ledger.account(request([block("s", 600, HOUR), block("q", 400, HOUR)], block("a", 100))))[1] == 0
    other = request([block("r", 600, HOUR), block("q", 400, HOUR)], block("a", 100), model="claude-haiku-5-5")
    assert counted(ledger.account(other))[1] == 0


def test_less_than_512_tokens_are_not_kept() -> None:
    ledger = Ledger(Clock())
    asked = request([block("r", 511, HOUR)], block("a", 100))
    assert counted(ledger.account(asked)) == (611, 0, 0, 0)
    assert counted(ledger.account(asked)) == (611, 0, 0, 0)


def test_without_a_marker_nothing_is_kept() -> None:
    ledger = Ledger(Clock())
    asked = request([block("r", 2000)], block("a", 100))
    assert [counted(ledger.account(asked)) for _ in range(2)] == [(2100, 0, 0, 0)] * 2
