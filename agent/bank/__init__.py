"""The question bank: one Markdown file is one question, found by looking into this folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from rapidfuzz import fuzz, process

from agent.bank import reading
from agent.bank.lint import Problem, compare, examine, lint, question_files, same_topic
from agent.types import Difficulty, Question

HERE = Path(__file__).parent


class BankError(Exception):
    """Question files that cannot be used; `problems` holds everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """List the problems, one per line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Bank:
    """All questions, in the order of their kinds and ids."""

    questions: tuple[Question, ...]

    def get(self, question_id: str) -> Question:
        """Return the question with this id; raises KeyError when there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    def pick(
        self,
        kind: str,
        difficulty: Difficulty | None = None,
        topics: Collection[str] = (),
        exclude: Collection[str] = (),
        seed: str = "",
    ) -> Question | None:
        """Choose a question of this kind, difficulty (None: any) and at least one of the topics (empty: any).

        `exclude` holds the ids asked before, newest first. Questions not asked come first, then the one asked
        longest ago; among equals the one with more of the topics, then chance, which `seed` alone decides.
        None when no question fits.
        """
        wanted = {same_topic(topic) for topic in topics}
        age = {asked: position for position, asked in reversed(list(enumerate(exclude)))}

        def order(question: Question) -> tuple[int, int, bytes]:
            shared = wanted & set(map(same_topic, question.topics))
            chance = blake2b(f"{seed}\n{question.id}".encode(), digest_size=8).digest()
            return -age.get(question.id, len(exclude)), -len(shared), chance

        fitting = [
            question
            for question in self._of(kind, difficulty)
            if not wanted or wanted & set(map(same_topic, question.topics))
        ]
        return min(fitting, key=order, default=None)

    def topics(self, kind: str | None = None, difficulty: Difficulty | None = None) -> list[str]:
        """Return the topics of the questions (None: of any kind, difficulty), the most frequent first."""
        often = Counter(topic for question in self._of(kind, difficulty) for topic in question.topics)
        return sorted(often, key=lambda topic: (-often[topic], topic))

    def near(
        self,
        topics: Collection[str],
        kind: str | None = None,
        difficulty: Difficulty | None = None,
        most: int = 5,
    ) -> list[str]:
        """Return up to `most` topics to offer in place of `topics`: those spelt alike, else the frequent."""
        known = self.topics(kind, difficulty)
        alike = [
            found
            for topic in topics
            for found, *_ in process.extract(
                topic, known, scorer=fuzz.token_set_ratio, processor=_spoken, score_cutoff=66, limit=most
            )
        ]
        return list(dict.fromkeys(alike or known))[:most]

    def _of(self, kind: str | None, difficulty: Difficulty | None) -> list[Question]:
        return [
            question
            for question in self.questions
            if kind in {None, question.kind} and difficulty in {None, question.difficulty}
        ]


def _spoken(topic: str) -> str:
    return topic.casefold().replace("-", " ")


def load(folder: Path | None = None) -> Bank:
    """Read all questions of a folder; raises BankError that lists every problem found. Ours are read once."""
    return _ours() if folder is None else _read(folder)


@cache
def _ours() -> Bank:
    return _read(HERE)


def _read(folder: Path) -> Bank:
    files = [examine(path) for path in question_files(folder)]
    parts = [file.parts for file in files if file.parts is not None]
    if not files or any(file.problems for file in files) or compare(files):
        raise BankError(lint(folder))
    return Bank(tuple(reading.question(part) for part in parts))
