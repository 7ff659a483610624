"""Feedback while it is written, and what may not be in it: the points that a follow-up is about to ask for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from agent.matching import Rubric, covering, meanings, rubric
from agent.replies import feedback_so_far
from agent.text import MAX_CHARACTERS, clean, words
from agent.types import Question
from agent.words import FUNCTION_WORDS

NAMED = 0.5
"""The share of a phrasing's words from which on a sentence names the point."""

_SENTENCE = re.compile(r".+?(?:[.!?…]+[)\"'”’]*(?=\s|\Z)|\n|\Z)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The points that are not to be named, since a follow-up asks for them; `names` and `telling` hold their stems."""

    points: frozenset[str]
    rubric: Rubric
    names: tuple[frozenset[str], ...]
    telling: frozenset[str]

    @classmethod
    def of(cls, question: Question, points: Iterable[str]) -> Secrets:
        """Keep these points of a question secret."""
        points = frozenset(points)
        known = rubric((question.title, question.body), question.key_points)
        names = tuple(_content(point.name) for point in question.key_points if point.id in points)
        terms = (term for point in points for phrase in known.phrasings[point] for term, _ in phrase.terms)
        return cls(points, known, names, frozenset(terms).union(*names))

    def betrayed_by(self, sentence: str) -> bool:
        """Tell whether a sentence names one of them: by its name, or by most of a phrasing."""
        if not self.points:
            return False
        said = list(words(clean(sentence)))
        stems = {word.stem for word in said}
        if any(name <= stems for name in self.names):
            return True
        covered = covering(meanings(self.rubric, said))
        return any(covered(phrase) >= NAMED for point in self.points for phrase in self.rubric.phrasings[point])

    def kept(self, feedback: str) -> str:
        """Leave out of a feedback the sentences that name one of them."""
        if not self.points:
            return feedback
        sentences = (match.group() for match in _SENTENCE.finditer(feedback))
        return "".join(sentence for sentence in sentences if not self.betrayed_by(sentence)).strip()


def _content(name: str) -> frozenset[str]:
    """Find the stems that carry the meaning of a name; of a name without any, all."""
    said = list(words(name))
    return frozenset(word.stem for word in said if word.plain not in FUNCTION_WORDS) or frozenset(
        word.stem for word in said
    )


class Gate:
    """Lets feedback through while it is written, and holds a sentence back from the word that would betray a secret.

    Words that the person used are no secret: what repeats them passes.
    """

    def __init__(self, secrets: Secrets, answer: str) -> None:
        self._secrets = secrets
        self._telling = secrets.telling - {word.stem for word in words(clean(answer[:MAX_CHARACTERS]))}
        self._sentence = ""
        self._waiting = ""
        self._closed = False

    def let(self, text: str, *, last: bool = False) -> str:
        """Take some more text, and return what may be shown of it now; `last`: nothing comes any more."""
        text = clean(text)
        if not self._telling:
            return text
        self._waiting += text
        through: list[str] = []
        while (word := _word(self._waiting, last=last)) is not None:
            self._waiting = self._waiting[len(word) :]
            self._sentence += word
            if self._closed:
                pass
            elif any(part.stem in self._telling for part in words(word)) and self._secrets.betrayed_by(self._sentence):
                self._closed = True
                through += ["… "] * (self._sentence != word)  # some of the sentence stands there already
            else:
                through.append(word)
            if _ENDS.search(word):
                self._sentence, self._closed = "", False
        return "".join(through)


_ENDS = re.compile(r"[.!?…]+[)\"'”’]*\s+\Z|\n\s*\Z")
_WORD = re.compile(r"\s*\S+\s+(?=\S)|\s*\S+\n")


def _word(text: str, *, last: bool) -> str | None:
    """Cut the next whole word off, with the white space behind it; None when it may still grow."""
    found = _WORD.match(text)
    if found is not None:
        return found.group()
    return text if last and text else None


class Preview:
    """Shows the feedback of a reply that is still being written, and of the next one when that broke off."""

    def __init__(self, heard: Callable[[str], Awaitable[None]], secrets: Secrets, answer: str) -> None:
        """Show it by `heard`, without naming the secrets; `answer` is what the person wrote."""
        self._heard = heard
        self._secrets = secrets
        self._answer = answer
        self._begin()

    def _begin(self) -> None:
        self._gate = Gate(self._secrets, self._answer)
        self._length = 0
        self._complete = False
        self._shown = False

    async def see(self, reply: str) -> None:
        """Take the reply as far as it is written, and show what is new in its feedback."""
        if self._complete:
            return
        feedback, self._complete = feedback_so_far(reply)
        more = self._gate.let(feedback[self._length :], last=self._complete)
        self._length = len(feedback)
        if more:
            self._shown = True
            await self._heard(more)

    async def broke_off(self) -> None:
        """End a reply that is worth nothing; what follows stands apart from what was shown of it."""
        if self._shown:
            await self._heard("\n\n")
        self._begin()
