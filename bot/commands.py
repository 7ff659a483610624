"""The table of commands, and the parser that reads the words behind `/interview` in any order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from agent.bank.lint import same_topic
from agent.kinds import Kind, kind_called
from agent.types import Difficulty
from bot.ports import Choice


class Refusal(Exception):
    """A wish we refuse; the message says why and what would work."""

    def __init__(self, message: str, choices: tuple[Choice, ...] = ()) -> None:
        """Keep the sentence for the person and the buttons that would help."""
        super().__init__(message)
        self.choices = choices


class Unknown(Exception):
    """A word is nearly a known one. `word` was typed, `near` is meant, `words` is the whole wish mended."""

    def __init__(self, word: str, near: str, words: str) -> None:
        """Keep what is needed to ask `did you mean`."""
        super().__init__(word)
        self.word = word
        self.near = near
        self.words = words


@dataclass(frozen=True, slots=True)
class Row:
    """One command: its word behind `/interview`, how it is used, what it does, and the coach's method for it.

    `admin`: only who looks after the workspace may do it.
    """

    word: str
    usage: str
    does: str
    method: str
    admin: bool = False


COMMANDS = (
    Row(
        "",
        "/interview [easy|medium|hard] [kind] [topic ...] [public|private] [timed|untimed] [in LANGUAGE]",
        "start an interview; words in any order",
        "start",
    ),
    Row("help", "/interview help", "what I can do", "help"),
    Row(
        "daily",
        "/interview daily [08:30] [weekdays|mon,wed,fri] [kind] [difficulty] [time zone]",
        "a five-minute question a day by direct message; also `daily now`, `daily pause 2w`, `daily off`",
        "daily",
    ),
    Row(
        "plan",
        "/interview plan [2026-12-15] [backend|frontend|data|platform|mobile|lead] [topic ...]",
        "a countdown to your interview, which your daily question follows; `plan off` ends it",
        "plan",
    ),
    Row("stats", "/interview stats", "your last 30 days", "stats"),
    Row("history", "/interview history", "your past interviews, each with its card", "history"),
    Row(
        "board",
        "/interview board [join PSEUDONYM|name|leave]",
        "who joined here, by days of practice, never by score",
        "board",
    ),
    Row("me", "/interview me", "your settings and your data", "me"),
    Row("stop", "/interview stop", "end the open interview", "stop"),
    Row(
        "team",
        "/interview team [monday] [10:00] [kind] [difficulty] [time zone]",
        "a question for a whole channel every week, answered in private; `team off` ends it",
        "team",
        admin=True,
    ),
    Row(
        "default",
        "/interview default [private|public]",
        "where interviews here are held when nobody says otherwise",
        "default",
        admin=True,
    ),
)
"""Every command there is; manifest, help and adapters read this table."""
ALONE: Mapping[str, str] = dict.fromkeys(("settings", "export", "privacy"), "me")
"""Words that are often typed alone, for the command under which their buttons are."""

CONTROLS = {
    "submit": "submit",
    "done": "submit",
    "run": "run",
    "hint": "hint",
    "skip": "skip",
    "finish": "finish",
    "stop": "stop",
}
"""A message that says only one of these words, in an interview, is the button of that name."""

SWITCHES = ("public", "private", "timed", "untimed")
NEAR_ENOUGH = 75
"""How alike (0 to 100, by edits) a word must be to a known one to be asked about."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for; None where nothing was said."""

    difficulty: Difficulty | None = None
    kind: str | None = None
    topics: tuple[str, ...] = ()
    public: bool | None = None
    timed: bool = False
    language: str = ""


def row_of(words: str) -> tuple[Row, str]:
    """Find the command that the words begin with, and the words left for it."""
    first, _, rest = words.strip().partition(" ")
    word = first.lower() if rest else ALONE.get(first.lower(), first.lower())
    for row in COMMANDS[1:]:
        if word == row.word:
            return row, rest.strip()
    return COMMANDS[0], words.strip()


def control_of(text: str) -> str | None:
    """The action that a whole message asks for by a single word, if it does."""
    return CONTROLS.get(text.strip().strip(".!").lower())


def parse(words: str, kinds: Mapping[str, Kind], topics: Collection[str]) -> Wish:
    """Read the words of a start. Raises Unknown when a word is nearly, but not, a known one."""
    known = _known(kinds)
    known_topics = {same_topic(topic) for topic in topics}
    tokens = words.replace(",", " ").split()
    difficulty: Difficulty | None = None
    kind: str | None = None
    public: bool | None = None
    timed = False
    language = ""
    wanted: list[str] = []
    at = 0
    while at < len(tokens):
        word = tokens[at].lower()
        at += 1
        pair = kind_called(f"{word} {tokens[at]}") if at < len(tokens) else None
        if pair is not None:
            kind = pair.name
            at += 1
            continue
        if word == "in" and at < len(tokens):
            language = tokens[at].capitalize()
            at += 1
        elif word in ("public", "private"):
            public = word == "public"
        elif word in ("timed", "untimed"):
            timed = word == "timed"
        elif word in tuple(Difficulty):
            difficulty = Difficulty(word)
        elif word in known:
            kind = known[word]
        elif same_topic(word) in known_topics:
            wanted.append(word)
        else:
            near = _near(word, known, first=at == 1)
            if near is not None:
                raise Unknown(word, near, " ".join([*tokens[: at - 1], near, *tokens[at:]]))
            wanted.append(word)
    return Wish(difficulty, kind, tuple(wanted), public, timed, language)


def is_start(text: str, kinds: Mapping[str, Kind], topics: Collection[str]) -> bool:
    """Whether a direct message is made wholly of command words ("medium graphs")."""
    tokens = text.replace(",", " ").lower().split()
    words = {*_known(kinds), *Difficulty, *SWITCHES}
    known_topics = {same_topic(topic) for topic in topics}
    return (
        bool(tokens)
        and len(tokens) <= 6
        and all(token in words or same_topic(token) in known_topics for token in tokens)
    )


def _known(kinds: Mapping[str, Kind]) -> dict[str, str]:
    return {word: kind.name for kind in kinds.values() for word in (kind.name, *kind.aliases)}


def _near(word: str, known: Mapping[str, str], *, first: bool) -> str | None:
    """What was probably meant: a word of a start or, as the first one, another command."""
    candidates = [*known, *Difficulty, *SWITCHES, *(row.word for row in COMMANDS[1:] if first)]
    best = process.extractOne(word, candidates, scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH)
    return best[0] if best and len(word) > 3 else None
