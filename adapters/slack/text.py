"""Words as people typed them, out of Slack's escapes; and our Markdown, safe to show and cut to Slack's limits."""

from __future__ import annotations

import re

MARKDOWN_LIMIT = 12_000
"""Characters of all `markdown` blocks of one message together (Block Kit reference)."""
SECTION_LIMIT = 3000
FALLBACK_LIMIT = 300

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_CURLY = str.maketrans(
    {
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{NO-BREAK SPACE}": " ",
    }
)
_ANGLE = re.compile(r"<([^<>\n]*)>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_CALLS = re.compile(
    r"<(?=@[UWB]|#[CG]|!(?:here|channel|everyone|subteam|date))|(?<!\w)@(?=(?:here|channel|everyone)\b)", re.IGNORECASE
)
_LOOKS_LIKE_CODE = re.compile(
    r"^\s*(?:def |class |return\b|import |from \w+ import|for .+:|while .+:|(?:el)?if .+:|else:|try:|except|with .+:"
    r"|\w[\w.\[\]]* [-+*/%|&^]?= |\w[\w.]*\(.*\)\s*$)"
)


def typed(sent: str) -> str:
    """What the person typed: links, mentions and the three escaped characters undone, quotes in code straight."""
    words = _ANGLE.sub(_undone, sent)
    words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    parts = _CODE.split(words)
    return "".join(part.translate(_CURLY) if at % 2 else _straight_lines(part) for at, part in enumerate(parts))


def _straight_lines(prose: str) -> str:
    """Prose keeps its quotes; a line of code that nobody fenced does not."""
    return "".join(
        line.translate(_CURLY) if _LOOKS_LIKE_CODE.match(line) else line for line in prose.splitlines(keepends=True)
    )


def _undone(match: re.Match[str]) -> str:
    inner = match[1]
    target, bar, label = inner.partition("|")
    if inner[:1] in ("@", "#"):
        return f"{inner[0]}{label or target[1:]}"
    if inner[:1] == "!":
        return label or "@" + target[1:].partition("^")[0]
    if not bar:
        return target
    return label if target.removesuffix("/").endswith(label.removesuffix("/")) else f"{label} ({target})"


def safe(markdown: str) -> str:
    """Our Markdown with nothing in it that Slack would turn into a call of somebody."""
    if "<" not in markdown and "@" not in markdown:
        return markdown  # as most texts are; to look for it in each place takes long
    return _CALLS.sub("\\g<0>\N{WORD JOINER}", markdown)


def fallback(markdown: str) -> str:
    """What a notification shows: the beginning, without markup, with Slack's three characters escaped."""
    bare = " ".join(re.sub(r"[*_`#~]+|\]\([^)]*\)|\[", " ", markdown).split())
    short = bare if len(bare) <= FALLBACK_LIMIT else bare[: FALLBACK_LIMIT - 1] + "…"
    return escaped(short) or "…"


def escaped(text: str) -> str:
    """Text as Slack wants it where it reads mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(markdown: str) -> str:
    """Markdown in Slack's own older dialect, for views, which know no `markdown` block."""
    text = escaped(markdown)
    text = re.sub(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)", r"<\2|\1>", text)
    text = re.sub(r"\*\*([^*\n]+)\*\*", r"*\1*", text)
    text = re.sub(r"^- ", "• ", text, flags=re.MULTILINE)
    return re.sub(r"^#+ (.+)$", r"*\1*", text, flags=re.MULTILINE)


def cut(markdown: str, limit: int = MARKDOWN_LIMIT) -> list[str]:
    """The text in parts of at most `limit` characters, cut where it hurts least; a fence is closed and opened anew."""
    parts: list[str] = []
    rest = markdown
    while len(rest) > limit:
        head, rest = _halved(rest, limit)
        parts.append(head)
    return [*parts, rest] if rest.strip() or not parts else parts


def _halved(text: str, limit: int) -> tuple[str, str]:
    room = limit - 40  # for the end of a fence
    window = text[:room]
    blank = window.rfind("\n\n", room // 2)
    places = [] if blank < 0 or open_fence(text[:blank])[0] else [blank]
    places += [window.rfind("\n", room // 3), window.rfind(" ", room // 3), room]
    at = next(place for place in places if place > 0)
    head, tail = text[:at], text[at:]
    marks, line = open_fence(head)
    if not marks:
        return head, tail.lstrip("\n")
    return f"{head}\n{marks}", f"{line}\n{tail.removeprefix(chr(10))}"


def open_fence(text: str) -> tuple[str, str]:
    """The code block that this text ends in: its marks, and its first line without a long info; empty outside."""
    marks = line = ""
    for match in map(_FENCE.fullmatch, text.split("\n")):
        if match is None:
            continue
        found, info = match[1], match[2].strip()
        if not marks:
            if "`" not in info:
                marks, line = found[:8], found[:8] + info[:20]
        elif found.startswith(marks) and not info:
            marks = line = ""
    return marks, line
