"""The kinds of interview, found by looking into this folder: each file holds one constant, KIND."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True, slots=True)
class Levels:
    """What scores mean, for a judge that reads: five anchors each, for 0, 3, 5, 7 and 10, with an example in them.

    `about` names the question that the examples answer, which is never one of ours.
    """

    about: str
    correctness: tuple[str, str, str, str, str]
    clarity: tuple[str, str, str, str, str]
    depth: tuple[str, str, str, str, str]


GENERAL = Levels(
    about="Why does a web page load faster the second time?",
    correctness=(
        'Nothing right, or only the question again. "It loads faster because the second time is quicker."',
        'One right word without the substance, or right and wrong mixed. "The internet remembers the page."',
        'About half of what was asked, or all of it vaguely. "The browser keeps the files, so it skips something."',
        'Right and specific, one point missing or loose. "The browser reuses files as long as their headers allow."',
        'Every point asked for, right and specific. The same, and "DNS and the TLS session are reused, and 304 answers'
        ' spare the body".',
    ),
    clarity=(
        'No thought can be followed. "cache, DNS, well, it depends, headers"',
        'Pieces whose connection has to be guessed. "There are headers. Also DNS. It is stored then."',
        'The line is there, but steps are missing or words are used loosely. "It asks, and it is there, so no asking."',
        'In order and understandable, with a detour. "First the files; ah, before that the name is looked up once."',
        "The claim first, then the reasons in order, in words a colleague need not ask about.",
    ),
    depth=(
        'A claim alone. "It is cached."',
        'A claim and a reason that only repeats it. "It is cached, so it need not load."',
        'One real reason, the main case only. "Cache-Control lets the browser reuse the file for a day."',
        'Reasons with their limits or costs. "But a new release stays unseen, so file names carry a hash."',
        'Compares ways, says when each fails, and how one would find out. "Measure it with a cold cache, then warm."',
    ),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of interview: what people call it, and the limits that its questions keep.

    `name` is what is stored, `title` what people read, `aliases` what they may type for it besides these two.
    Limits are (least, most), both allowed: `points` counts key points, `body` characters, `reference` words;
    `minutes` is the most. `code`: its questions have an entry and cases. `hints_free`: hints cost nothing. `levels`
    says what its scores mean, `asks` what its questions are about.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    asks: str = ""
    minutes: int = 90
    points: tuple[int, int] = (3, 8)
    body: tuple[int, int] = (150, 1800)
    reference: tuple[int, int] = (80, 300)
    code: bool = False
    follow_ups: bool = True
    hints_free: bool = False
    levels: Levels = GENERAL


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
