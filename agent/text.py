"""What an answer is made of: prose and code, sentences, words and their stems, and the language it is written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

import snowballstemmer

from agent.words import FENCE_NAMES, FUNCTION_WORDS, IRREGULAR, NUMBERS, OTHER_LANGUAGES

MAX_CHARACTERS = 40_000
"""How much of an answer is read; what stands behind it is counted, not judged."""

MAX_WORDS = 8_000
"""How many words of an answer are read; more fit into MAX_CHARACTERS only when they are no words."""

MAX_PIECES = 1_000
"""Above so many sentences an answer is made of scraps, and they are taken together."""

MAX_NAME = 60
"""Characters up to which a name like mergeCalendars is taken apart."""

WRAPPED = 60
"""Characters from which a line may have been wrapped by an editor."""

MAX_PIECE = 40
"""Words after which a sentence without an end is cut."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in a text: its plain form, and where it begins and ends."""

    plain: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """What it has in common with its other forms."""
        return stem(self.plain)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a cut of a very long one, and its place in the text; what a semicolon parts is one `sentence`."""

    words: tuple[Word, ...]
    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Code:
    """A stretch of code without its fence; `tag` is what was written behind the fence."""

    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class Parts:
    """An answer taken apart: `prose` as (start, end) stretches, and the code between them."""

    prose: tuple[tuple[int, int], ...]
    code: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of an answer before it is judged. `code_language` is empty when it is not clear."""

    words: int
    sentences: int
    code_lines: int
    code_language: str


# Characters

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\ufff0-\ufffb\ud800-\uf8ff\U000e0000-\U0010ffff]"
)


def clean(text: str) -> str:
    """Put a space for every control and invisible character, so that the length and all places stay the same."""
    return _INVISIBLE.sub(" ", text)


# Prose and code

_FENCE = re.compile(r"`{3,}|^[ \t]{0,3}~{3,}", re.MULTILINE)
_TAG = re.compile(r"[ \t]*([A-Za-z+#0-9]{1,12})?[ \t]*\r?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CODE_START = re.compile(
    r"\s*(?:(?:async )?def \w+\(|class \w+.*[:{]$|import [\w.]+(?: as \w+)?;?$|from [\w.]+ import "
    r"|@\w+(?:\(|$)|#include|(?:public|private|static) .*[;{)]$"
    r"|func \w+\(|fn \w+|function \w*\(|(?:const|let|var) \w+ ?=|(?:for|while|if) \("
    r"|[\w.\[\]]{1,40}(?:, ?[\w.\[\]]{1,40}){0,4} [-+*/|&]?= (?!O\()(?:\S+$|.*[(\[{'\"+*/%])"
    r"|(?!O\()[\w.]{1,60}\([^()]{0,80}\);?$)"
)
_CODE_GOES_ON = re.compile(
    r"$|[ \t]+\S|[})\]]|(?:else|elif|try|except|finally|for|while|if|with)\b.{0,200}:$"
    r"|(?:return|pass|break|continue|print)\b.{0,80}(?<!\.)$|.{0,200}[;{}]$"
)
_COMMENT = re.compile(r"(?:^|\s)(?:#|//)\s?([^\n]{8,300})")


def parts(text: str) -> Parts:
    """Tell prose from code: fenced blocks, and at least two lines in a row that look like code."""
    prose: list[tuple[int, int]] = []
    code: list[Code] = []
    at, opened = 0, None
    for fence in _FENCE.finditer(text):
        mark = fence.group().lstrip()
        if opened is None:
            prose.append((at, fence.start()))
            opened, at = mark, fence.end()
        elif mark[0] == opened[0] and len(mark) >= len(opened):
            code.append(_fenced(text, at, fence.start()))
            prose += _comments(text, at, fence.start())
            opened, at = None, fence.end()
    if opened is None:
        prose.append((at, len(text)))
    else:
        code.append(_fenced(text, at, len(text)))
        prose += _comments(text, at, len(text))
    plain: list[tuple[int, int]] = []
    for start, end in prose:
        for looks_like_code, first, last in _runs(text, start, end):
            if looks_like_code:
                code.append(Code(text[first:last], ""))
                plain += _comments(text, first, last)
            elif text[first:last].strip():
                plain.append((first, last))
    return Parts(tuple(plain), tuple(code))


def _fenced(text: str, start: int, end: int) -> Code:
    tag = _TAG.match(text, start, end)
    if tag is None:
        return Code(text[start:end], "")
    return Code(text[tag.end() : end], (tag.group(1) or "").casefold())


def _comments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Find what the person says beside the code: comments of at least four plain words."""
    found = []
    for comment in _COMMENT.finditer(text, start, end):
        said = comment.group(1)
        if len(re.findall(r"[a-z]{2,}", said)) >= 4 and not re.search(r"[=({\[]", said):
            found.append(comment.span(1))
    return found


def _runs(text: str, start: int, end: int) -> Iterator[tuple[bool, int, int]]:
    """Cut a stretch into runs of code lines and of other lines: (is code, start, end)."""
    run: list[tuple[int, int]] = []
    done = start
    for line in _LINE.finditer(text, start, end):
        looks = _CODE_START.match(line.group().rstrip()) or (run and _CODE_GOES_ON.match(line.group().rstrip()))
        if looks:
            run.append(line.span())
            continue
        if sum(bool(text[first:last].strip()) for first, last in run) >= 2:
            yield False, done, run[0][0]
            yield True, run[0][0], run[-1][1]
            done = run[-1][1]
        run = []
    if sum(bool(text[first:last].strip()) for first, last in run) >= 2:
        yield False, done, run[0][0]
        yield True, run[0][0], run[-1][1]
        done = run[-1][1]
    yield False, done, end


# Words

_POWERS = str.maketrans({"²": "2", "³": "3", "×": "", "·": "", "*": "", "^": "", "_": "", "(": "", ")": "", " ": ""})
_TOKEN = re.compile(
    r"\b[oO]\s?\((?P<big>[^()\n]{1,24}(?:\([^()\n]{1,12}\)[^()\n]{0,12})?)\)"
    r"|\b(?P<nlogn>n\s?\*?\s?(?:log|lg)\s?\(?n\b\)?)"
    r"|\b(?P<logn>(?:log|lg)\s?\(?n\b\)?)"
    r"|\b(?P<square>n\s?(?:²|\^\s?2|\*\*\s?2)|n squared\b|quadratic(?= time| space| complexity| run))"
    r"|\b(?P<linear>linear(?= time| space| complexity| run| in the | in n))"
    r"|\b(?P<constant>constant(?= time| space| extra| memory| complexity| amount))"
    r"|\b(?P<logarithmic>logarithmic(?= time| complexity))"
    r"|(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]{1,3})?)",
    re.IGNORECASE,
)
_GROWTH = {
    "nlogn": "o:nlogn",
    "logn": "o:logn",
    "square": "o:n2",
    "linear": "o:n",
    "constant": "o:1",
    "logarithmic": "o:logn",
}
_CAPITAL_INSIDE = re.compile(r"[a-zA-Z][A-Z]")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """Find the words of a text, forms of growth such as O(n log n) being one word each."""
    for token in _TOKEN.finditer(text, start, len(text) if end is None else end):
        kind = token.lastgroup
        value = token.group()
        if kind == "word":
            if 3 < len(value) <= MAX_NAME and _CAPITAL_INSIDE.search(value) and not value.isupper():
                for part in _CAMEL.finditer(text, *token.span()):
                    yield Word(part.group().lower(), *part.span())
            else:
                yield Word(value.lower().replace("’", "'"), *token.span())
        elif kind == "number":
            yield Word(value.replace(",", ""), *token.span())
        else:
            yield Word(_GROWTH.get(kind or "") or "o:" + _order(token.group("big")), *token.span())


def _order(inside: str) -> str:
    """Write what stands in O(...) in one way: O(n * lg(n)) and O(N log N) are both nlogn."""
    plain = inside.lower().translate(_POWERS)
    return plain.replace("log2", "log").replace("lg", "log").replace("squared", "2")


@lru_cache(maxsize=20_000)
def stem(plain: str) -> str:
    """Return what the forms of a word have in common; numbers become digits."""
    if plain in NUMBERS:
        return NUMBERS[plain]
    if plain in FUNCTION_WORDS or len(plain) > 30 or not plain.replace("'", "").isalpha():
        return plain[:30]
    base = IRREGULAR.get(plain, plain).removesuffix("'s")
    if not base.isascii():
        base = "".join(c for c in unicodedata.normalize("NFKD", base) if not unicodedata.combining(c))
    if len(base) < 3:
        return base
    # A stemmer keeps the word it works on in itself, so each call has its own: threads may stem at once.
    return str(snowballstemmer.stemmer("english").stemWord(base))


# Sentences

_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\betc)[.!?;]+[)\"'”]?(?=\s|\Z)|\n\s*")

_LISTED = re.compile(r"[-*•>#|]|\d{1,2}[.)]\s|\Z")


def pieces(text: str, prose: tuple[tuple[int, int], ...]) -> tuple[Piece, ...]:
    """Cut prose into sentences, and sentences that never end into pieces of at most MAX_PIECE words."""
    found: list[Piece] = []
    number = read = 0
    for first, last in prose:
        at = first
        ends = [match for match in _END.finditer(text, first, last) if not _wraps(text, match)]
        for end, over in [*((match.end(), not _goes_on(text, match)) for match in ends), (last, True)]:
            sentence = tuple(islice(words(text, at, end), MAX_WORDS - read))
            at = end
            read += len(sentence)
            for cut in _cut(text, sentence):
                close = _close(text, cut[0].start, end) if cut[-1] is sentence[-1] else cut[-1].end
                found.append(Piece(cut, cut[0].start, max(close, cut[-1].end), number))
            number += over
    return tuple(found) if len(found) <= MAX_PIECES else _gathered(found)


def _gathered(scraps: list[Piece]) -> tuple[Piece, ...]:
    """Take neighbours together as long as they stay within MAX_PIECE words."""
    found = scraps[:1]
    for piece in scraps[1:]:
        before = found[-1]
        if len(before.words) + len(piece.words) <= MAX_PIECE:
            found[-1] = Piece((*before.words, *piece.words), before.start, piece.end, before.sentence)
        else:
            found.append(piece)
    return tuple(found)


def _goes_on(text: str, end: re.Match[str]) -> bool:
    """Tell the end of a part from the end of a sentence: a semicolon, also at the end of a line."""
    return end.group()[0] == ";" or (end.group()[0] == "\n" and text[end.start() - 1 : end.start()] in {";", ","})


def _wraps(text: str, end: re.Match[str]) -> bool:
    """Tell a line that was merely wrapped: it is long and stops at no mark, and the next begins no list."""
    if end.group().count("\n") != 1 or end.group()[0] in ".!?;" or _LISTED.match(text, end.end()):
        return False
    before = text[max(0, end.start() - WRAPPED) : end.start()].rstrip(" ")
    return len(before) >= WRAPPED - 1 and "\n" not in before and before[-1] not in ".!?:;"


def _close(text: str, start: int, end: int) -> int:
    """Find where a sentence ends without its full stop, but with what closes a bracket opened in it."""
    said = text[start:end].rstrip(" \t\n.;,")
    if said.endswith(")") and said.count(")") > said.count("("):
        said = said[:-1]
    return start + len(said)


def _cut(text: str, sentence: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """Cut a sentence at commas once it is long, and anywhere once it is too long."""
    begin = 0
    for i, (word, after) in enumerate(pairwise(sentence), start=1):
        length = i - begin
        if length >= MAX_PIECE or (len(sentence) > MAX_PIECE and length >= 8 and "," in text[word.end : after.start]):
            yield sentence[begin:i]
            begin = i
    if sentence:
        yield sentence[begin:]


# Language


def function_share(plain: list[str]) -> float:
    """How many of these words are English function words, 0 to 1; 0 for no words."""
    return sum(word in FUNCTION_WORDS for word in plain) / len(plain) if plain else 0.0


def is_english(text: str, plain: list[str], *, doubtful: bool = False) -> bool:
    """Tell whether prose is English, by its letters and its function words.

    Short texts count as English unless their letters say otherwise. With `doubtful` (the person asked for another
    language) as many foreign function words as English ones are enough to say no.
    """
    letters = [character for character in text if character.isalpha()]
    foreign = sum(ord(character) > 0x24F for character in letters)
    if letters and foreign > len(letters) / 2:
        return False
    if len(plain) < 6:
        return True
    english = function_share(plain)
    other = max(sum(word in known for word in plain) for known in OTHER_LANGUAGES.values()) / len(plain)
    return other < 0.15 or (other < english if doubtful else other <= 1.5 * english)


# Facts


def facts(answer: str) -> Facts:
    """Count what an answer consists of, for the first line that is said about it."""
    text = clean(answer)
    taken = parts(text)
    prose = pieces(text[:MAX_CHARACTERS], _within(taken.prose))
    lines = sum(bool(line.strip()) for code in taken.code for line in code.text.splitlines())
    return Facts(
        words=sum(len(piece.words) for piece in prose),
        sentences=len({piece.sentence for piece in prose}),
        code_lines=lines,
        code_language=_language(taken.code),
    )


def _within(prose: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return tuple((first, min(last, MAX_CHARACTERS)) for first, last in prose if first < MAX_CHARACTERS)


_PYTHON = re.compile(
    r"^\s*(?:(?:async )?def \w+\(.*:\s*$|from [\w.]+ import |import \w+$|class \w+.*:\s*$|for .+ in .+:\s*$"
    r"|(?:if|while|elif) .+:\s*$|else:\s*$)",
    re.MULTILINE,
)


def _language(code: tuple[Code, ...]) -> str:
    names = {FENCE_NAMES[block.tag] for block in code if block.tag in FENCE_NAMES}
    untold = [block for block in code if block.tag not in FENCE_NAMES]
    if any(not _PYTHON.search(block.text) for block in untold):
        return ""
    if untold:
        names.add("Python")
    return names.pop() if len(names) == 1 else ""
