"""What crosses the wall, what is believed of it, and when a result is the expected one."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.runner.compare import matches
from agent.runner.values import LONGEST_SHOWN, Malformed, Opaque, shown, tagged, text, untagged

DEPTH = 60

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
keys = st.integers() | st.text() | st.tuples(st.integers(), st.text())
plain = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner) | st.sets(keys) | st.tuples(inner)
    ),
    max_leaves=20,
)


def _ordered(value: Any) -> Any:
    """The same for equal values of the same kinds; a set has no order of its own."""
    if isinstance(value, set):
        return "set", sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return type(value).__name__, [_ordered(item) for item in value]
    if isinstance(value, dict):
        return "dict", [(repr(key), _ordered(item)) for key, item in value.items()]
    return repr(value)


@settings(max_examples=60, deadline=None)
@given(plain)
def test_what_goes_in_comes_out(value: Any) -> None:
    sent = json.loads(json.dumps(tagged(value)))
    assert _ordered(untagged(sent, DEPTH)) == _ordered(value)


@pytest.mark.parametrize("value", [object(), [object()], {"a": print}, {1: {2: range(3)}}])
def test_only_plain_data_goes_in(value: Any) -> None:
    with pytest.raises(TypeError, match="is no plain data"):
        tagged(value)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"t": 1},
        {"t": [], "s": []},
        {"s": [[1]]},
        {"d": [[1]]},
        {"d": [[[1], 2]]},
        {"d": [1]},
        {"i": "no"},
        {"i": 5},
        {"f": "much"},
        {"b": "xyz"},
        {"c": ["1"]},
        {"c": ["1", "i"]},
        {"o": 3},
        {"s": [{"i": hex(k * ((1 << 61) - 1))} for k in range(200)]},
        {"d": [[{"i": hex(k * ((1 << 61) - 1))}, 1] for k in range(200)]},
        {"q": 1},
        {"": []},
        [{"__class__": "x"}],
    ],
)
def test_what_no_harness_sends_is_refused(sent: Any) -> None:
    with pytest.raises(Malformed):
        untagged(sent, DEPTH)


def test_a_result_may_not_be_deeper_than_allowed() -> None:
    nested: Any = 1
    for _ in range(DEPTH):
        nested = [nested]
    assert untagged(nested, DEPTH) is not None
    with pytest.raises(Malformed):
        untagged([[nested]], DEPTH)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([1, "two", None], "[1, 'two', None]"),
        ((1,), "(1,)"),
        ((), "()"),
        ({"a": [True]}, "{'a': [True]}"),
        ({3}, "{3}"),
        (set(), "set()"),
        (Opaque("deque"), "<deque>"),
        (1 << 5000, "<a number of 5001 bits>"),
        (b"ab", "b'ab'"),
        (math.inf, "inf"),
        ("\u202eevil\x1b[31m", "'\\u202eevil\\x1b[31m'"),
    ],
)
def test_values_are_written_as_python_writes_them(value: Any, written: str) -> None:
    assert shown(value) == written


@pytest.mark.parametrize("value", ["x" * 10_000, ["y" * 9] * 10_000, [[[1]] * 5000] * 50, {"k" * 5000: 1}])
def test_large_values_are_written_in_part(value: Any) -> None:
    assert len(shown(value)) == LONGEST_SHOWN


def test_texts_lose_control_and_bidi_characters_and_their_length() -> None:
    assert text("a\x00b\u202ec\u2066d") == "a b c d"
    assert text("z" * 1000) == "z" * (LONGEST_SHOWN - 1) + "…"
    assert text(["no text"]) == ""


@pytest.mark.parametrize(
    ("comparator", "expected", "got"),
    [
        ("exact", [[1, 2], [3, 4]], [(1, 2), (3, 4)]),
        ("exact", [1, 2], (1, 2)),
        ("exact", {"a": 1}, {"a": 1}),
        ("exact", {"1": "x", "true": 0, "null": 2}, {1: "x", "true": 0, None: 2}),
        ("exact", 1, 1.0),
        ("exact", math.nan, math.nan),
        ("exact", None, None),
        ("exact", (1, [2]), (1, [2])),
        ("exact", {1, 2}, {2, 1}),
        ("equal", [(1, 2)], [(1, 2)]),
        ("equal", [math.nan, {1}], [math.nan, {1}]),
        ("close", 0.3, 0.1 + 0.2),
        ("close", [1.0, [2.0]], [1.0000001, (2,)]),
        ("close", 10**400, 10**400),
        ("close", 1e20, 1e20 + 1e13),
        ("close", [math.inf, math.nan], [math.inf, math.nan]),
        ("close", {"a": 0.1}, {"a": 0.10000000001}),
        ("any-order", [[1], [2], [2]], [[2], (1,), [2]]),
        ("any-order", ["b", "a"], {"a", "b"}),
        ("any-order", [{"a": 1}, math.nan], [math.nan, {"a": 1}]),
        ("any-order", 3, 3),
        ("one-of", [[1], [2]], [2]),
        ("one-of", [None, 0], None),
    ],
)
def test_equal_results_match(comparator: str, expected: Any, got: Any) -> None:
    assert matches(comparator, expected, got)


@pytest.mark.parametrize(
    ("comparator", "expected", "got"),
    [
        ("exact", [1, 2], [2, 1]),
        ("exact", [1, 2], {1, 2}),
        ("exact", "ab", ["a", "b"]),
        ("exact", (1, 2), [1, 2]),
        ("exact", [1], [1, 2]),
        ("exact", {"a": 1}, {"a": 1, "b": 2}),
        ("exact", {"a": 1}, [["a", 1]]),
        ("exact", 0.3, 0.1 + 0.2),
        ("exact", None, 0),
        ("exact", 1, "1"),
        ("exact", [1], Opaque("deque")),
        ("equal", [1, 2], (1, 2)),
        ("equal", [[1]], [(1,)]),
        ("equal", (1,), [1]),
        ("close", 1.0, 1.01),
        ("close", 1.0, "1.0"),
        ("close", 1, True),
        ("close", 10**400, 1.0),
        ("close", [1.0], [1.0, 1.0]),
        ("any-order", [1, 1, 2], [1, 2, 2]),
        ("any-order", [[1, 2]], [[2, 1]]),
        ("any-order", [1], [Opaque("x")]),
        ("any-order", [1, 2], "12"),
        ("one-of", [[1], [2]], [3]),
        ("one-of", [[1], [2]], [[1], [2]]),
        ("one-of", "ab", "a"),
    ],
)
def test_other_results_do_not_match(comparator: str, expected: Any, got: Any) -> None:
    assert not matches(comparator, expected, got)
    assert not matches(comparator, expected, Opaque("list"))


def test_an_unknown_comparator_is_an_error() -> None:
    with pytest.raises(KeyError):
        matches("same-ish", 1, 1)
