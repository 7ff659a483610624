"""Tells whether a result is the expected value. It works on plain data only, and only on this side of the wall."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

from agent.runner.values import Opaque

Comparison = Callable[[object, object], bool]

TOLERANCE = 1e-6


def matches(comparator: str, expected: object, got: object) -> bool:
    """Compare a result by a named comparator; raises KeyError for an unknown one.

    `exact`: the same data, where a tuple may stand for a list and a number for the text of a key, since JSON knows
    neither. `equal`: as Python's `==` says. `close`: exact but for 1e-6 between floats, relative or absolute.
    `any-order`: the same items in whatever order. `one-of`: exactly one of the expected ones.
    """
    return _COMPARATORS[comparator](expected, got)


def exact(expected: object, got: object) -> bool:
    """The same data, as far as JSON can tell."""
    return _same(expected, got, _equal)


def close(expected: object, got: object) -> bool:
    """The same data, with floats that differ by no more than computing in another order would explain."""
    return _same(expected, got, _close)


def equal(expected: object, got: object) -> bool:
    """As Python's `==`, containers by their kind, but for nan, which equals itself here."""
    if isinstance(expected, list | tuple) and type(expected) is type(got):
        return len(expected) == len(got) and all(map(equal, expected, got))
    return _equal(expected, got)


def any_order(expected: object, got: object) -> bool:
    """The same items, each as often, in whatever order; the order inside an item counts."""
    if not isinstance(expected, list | tuple | set | frozenset) or not isinstance(got, list | tuple | set):
        return exact(expected, got)
    return len(expected) == len(got) and Counter(map(_frozen, expected)) == Counter(map(_frozen, got))


def one_of(expected: object, got: object) -> bool:
    """Exactly one of the expected values."""
    return isinstance(expected, list | tuple) and any(exact(accepted, got) for accepted in expected)


_COMPARATORS: Mapping[str, Comparison] = {
    "exact": exact,
    "equal": equal,
    "close": close,
    "any-order": any_order,
    "one-of": one_of,
}

NAMES = (*_COMPARATORS, "checker")
"""All comparators; `checker` needs code of the question's and is the engine's business."""


def _same(expected: object, got: object, leaf: Comparison) -> bool:
    match expected:
        case list() | tuple():
            return _same_items(expected, got, leaf)
        case Mapping():
            if not isinstance(got, dict) or len(got) != len(expected):
                return False
            if all(isinstance(key, str) for key in expected):
                got = {key if isinstance(key, str) else _json_key(key): item for key, item in got.items()}
            return all(key in got and _same(item, got[key], leaf) for key, item in expected.items())
    return leaf(expected, got)


def _same_items(expected: Sequence[object], got: object, leaf: Comparison) -> bool:
    wanted = list | tuple if isinstance(expected, list) else tuple
    if not isinstance(got, wanted) or len(got) != len(expected):
        return False
    return all(_same(one, other, leaf) for one, other in zip(expected, got, strict=True))


def _json_key(key: object) -> object:
    """A key as JSON would write it."""
    match key:
        case bool():
            return "true" if key else "false"
        case None:
            return "null"
        case int() if key.bit_length() < 1000:
            return str(key)
        case float():
            return repr(key)
    return key


def _equal(expected: object, got: object) -> bool:
    if isinstance(expected, float) and isinstance(got, float) and math.isnan(expected):
        return math.isnan(got)
    return not isinstance(got, Opaque) and bool(expected == got)


def _close(expected: object, got: object) -> bool:
    numbers = int | float
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if not (isinstance(expected, numbers) and isinstance(got, numbers)):
        return _equal(expected, got)
    try:
        return math.isclose(expected, got, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or _equal(expected, got)
    except OverflowError:  # whole numbers beyond every float
        return _equal(expected, got)


def _frozen(value: object) -> Hashable:
    """Something hashable that is equal for the same data."""
    match value:
        case list() | tuple():
            return ("items", *map(_frozen, value))
        case set() | frozenset():
            return ("set", frozenset(map(_frozen, value)))
        case Mapping():
            return ("map", frozenset((_json_key(key), _frozen(item)) for key, item in value.items()))
        case Opaque():
            return ("opaque", object())
        case float() if math.isnan(value):
            return ("nan",)
    return value
