"""The kinds of interview, found by looking into this folder: each file holds one constant, KIND."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of interview: what people call it, and the limits that its questions keep.

    `name` is what is stored, `title` what people read, `aliases` what they may type for it besides these two.
    Limits are (least, most), both allowed: `points` counts key points, `body` characters, `reference` words;
    `minutes` is the most. `code`: its questions have an entry and cases. `hints_free`: hints cost nothing.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    minutes: int = 90
    points: tuple[int, int] = (3, 8)
    body: tuple[int, int] = (150, 1800)
    reference: tuple[int, int] = (80, 300)
    code: bool = False
    follow_ups: bool = True
    hints_free: bool = False


def kinds() -> dict[str, Kind]:
    """Return every kind by its name; a new file in this folder is all that a new kind needs."""
    return {kind.name: kind for kind in _found()}


def kind_called(word: str) -> Kind | None:
    """Return the kind that a person means by a word or two, else None; case and hyphens are forgiven."""
    wanted = _plain(word)
    for kind in _found():
        if wanted in {_plain(name) for name in (kind.name, kind.title, *kind.aliases)}:
            return kind
    return None


def _plain(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


@cache
def _found() -> tuple[Kind, ...]:
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").KIND for name in names)
