"""What is wrong with what `talkpro runcode` was given, and what would be right; each stands behind its place."""

from __future__ import annotations

from collections.abc import Sequence

NOT_UTF8 = "not UTF-8; save the file as UTF-8"
TOO_DEEP = "nested too deeply"
NOTHING_EXPECTED = "the field 'expected' is missing; every case says what it expects"
ARGS, KWARGS = "the list of positional arguments", "an object of named arguments"
OBJECT, TEXT, TEXT_OR_NUMBER = "an object", "a text", "a text or a number"


def must_be(what: str, given: object, wanted: str) -> str:
    """A value of the wrong kind."""
    return f"{what} is {kind(given)}; it must be {wanted}"


def no_cases(given: object) -> str:
    """Cases that are none."""
    return f"the cases are {kind(given)}; they must be a list of at least one object"


def missing(name: str) -> str:
    """A submission without this field."""
    return f"the field {name!r} is missing; a submission has id, source, entry and cases"


def unknown_field(name: object, known: Sequence[str]) -> str:
    """A field that nobody reads."""
    return f"the field {name!r} is unknown; known are {', '.join(known)}"


def unknown_comparator(name: object, known: Sequence[str]) -> str:
    """A way to compare that is none."""
    return f"the comparator {name!r} is unknown; use {', '.join(known)}"


def unknown_visibility(name: object, known: Sequence[str]) -> str:
    """Neither example nor hidden."""
    return f"the visibility {name!r} is unknown; use {' or '.join(known)}"


def no_choices(given: object) -> str:
    """One of several, and there are none."""
    return f"'expected' is {kind(given)}; one-of needs the list of accepted values"


def id_taken(id: str) -> str:
    """A second case of the same id."""
    return f"the id {id!r} is taken; each case needs one of its own"


def limit_wrong(name: str, value: object) -> str:
    """A limit that nothing can keep to."""
    return f"the limit {name} is {value!r}; it must be a number above 0"


def no_limit(part: str, *, has_value: bool) -> str:
    """A word among the limits that is none."""
    return f"{part!r} is no limit; write name=number" if has_value else f"{part!r} has no value"


def no_literal(text: str, column: int | None, why: str) -> str:
    """Not Python."""
    return f"{_short(text)} is no Python literal, column {column}: {why}"


def not_plain(text: str) -> str:
    """Python that would have to be run."""
    return f"{_short(text)} is no plain literal; write numbers, texts, lists, tuples, sets and dicts"


def literal_too_deep(text: str) -> str:
    """More brackets in brackets than can be read."""
    return f"{_short(text)} is nested too deeply"


def unreadable(why: str | None) -> str:
    """A file that cannot be read, in the system's words."""
    return f"{(why or 'it cannot be read').lower()}; name a file that can be read"


def not_json(why: str) -> str:
    """Text that is no JSON."""
    return f"not JSON: {why}"


def kind(given: object) -> str:
    """Name what was given, as a person would."""
    if isinstance(given, str | list | dict) and not given:
        return "empty"
    match given:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
    return f"a {type(given).__name__}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
