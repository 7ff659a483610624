"""Words as people typed them, out of Slack's escapes; and our Markdown, safe to show there."""

from __future__ import annotations

import re

from adapters.text import straightened

MARKDOWN_LIMIT = 12_000
"""Characters of all `markdown` blocks of one message together (Block Kit reference)."""
SECTION_LIMIT = 3000
FALLBACK_LIMIT = 300

_MARKUP = re.compile(r"[*_`#~]+|\]\([^)]*\)|\[")
_ANGLE = re.compile(r"<([^<>\n]*)>")
_CALLS = re.compile(
    r"<(?=@[UWB]|#[CG]|!(?:here|channel|everyone|subteam|date))|(?<!\w)@(?=(?:here|channel|everyone)\b)", re.IGNORECASE
)


def typed(sent: str) -> str:
    """What the person typed: links, mentions and the three escaped characters undone, quotes in code straight."""
    words = _ANGLE.sub(_undone, sent)
    words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return straightened(words)


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
    beginning = markdown[: 4 * FALLBACK_LIMIT]  # the rest of a long text is not shown
    bare = " ".join(_MARKUP.sub(" ", beginning).split())
    short = bare if beginning == markdown and len(bare) <= FALLBACK_LIMIT else bare[: FALLBACK_LIMIT - 1] + "…"
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
