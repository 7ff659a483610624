"""Markdown to HTML that is safe to put into the page: no raw HTML, no script, no style, no odd characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

Voice = Literal["coach", "person"]

LONGEST_HIGHLIGHT = 20_000
"""Characters of code up to which it is coloured; beyond, it would keep everybody waiting."""

REMEMBERED = 512

FILE = "file"
"""The fence that stands for an attached file: it holds the name and what there is to say of it."""
PICTURE = "picture"
"""The same for a picture, with its number in the message behind the word."""

LANGUAGES = {
    "bash": "Bash",
    "c": "C",
    "cpp": "C++",
    "c++": "C++",
    "csharp": "C#",
    "css": "CSS",
    "diff": "Diff",
    "go": "Go",
    "html": "HTML",
    "java": "Java",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "json": "JSON",
    "kotlin": "Kotlin",
    "py": "Python",
    "python": "Python",
    "python3": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "sh": "Shell",
    "sql": "SQL",
    "swift": "Swift",
    "toml": "TOML",
    "ts": "TypeScript",
    "typescript": "TypeScript",
    "yaml": "YAML",
}
"""What a fence may call itself to be coloured, and how its label reads. A name outside is plain text: the
highlighter knows hundreds of languages, and some read certain texts very slowly."""

_SHOWN_AS_UNKNOWN = (
    *(*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)),
    *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),
)
_REMOVED = (0x0D, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080))
_NEUTRAL: Mapping[int, str | None] = {**dict.fromkeys(_SHOWN_AS_UNKNOWN, "\ufffd"), **dict.fromkeys(_REMOVED)}


def neutral(text: str) -> str:
    """The text without characters that hide, reorder or control: overrides become visible, marks vanish."""
    return text.replace("\r\n", "\n").translate(_NEUTRAL)


class Renderer:
    """Renders what the coach and what a person says, and remembers the latest results."""

    def __init__(self) -> None:
        coach = _Dialect("commonmark", {"html": False, "breaks": True}, renderer_cls=_Html)
        self._coach = coach.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
        self._person = _Dialect("zero", renderer_cls=_Html).enable(["fence", "backticks"])
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._render)

    def render(self, voice: Voice, text: str) -> str:
        """The HTML of a message that is likely to be asked for again."""
        return self._remembered(voice, text)

    def preview(self, text: str) -> str:
        """The HTML of a message of the coach's that is still being written."""
        return self._render("coach", _completed(text))

    def _render(self, voice: Voice, text: str) -> str:
        if voice == "person":
            return self._as_typed(neutral(text))
        html: str = self._coach.render(neutral(text))
        return html

    def _as_typed(self, text: str) -> str:
        """A person's message stays as it was typed; only fences and `code` are set apart.

        Half of what people paste here is unfenced code: a `#` that becomes a headline, a `*` that vanishes or
        an indent that is lost would show them something else than what is judged.
        """
        lines = text.split("\n")
        parts: list[str] = []
        at = 0
        for token in self._person.parse(text):
            if token.type == "fence" and token.map is not None:
                parts.append(self._typed("\n".join(lines[at : token.map[0]])))
                parts.append(_code(token.content, token.info))
                at = token.map[1]
        parts.append(self._typed("\n".join(lines[at:])))
        return "".join(parts)

    def _typed(self, text: str) -> str:
        text = text.strip("\n").rstrip()
        return f'<p class="typed">{self._person.renderInline(text)}</p>\n' if text else ""


def _completed(text: str) -> str:
    """Close what a text that is still being written has opened in its last line, so that no bare marks flicker."""
    if sum(line.lstrip().startswith("```") for line in text.split("\n")) % 2:
        return text
    line = text.rpartition("\n")[2]
    for mark in ("`", "**"):
        if line.count(mark) % 2:
            text = text.removesuffix(mark).rstrip() if line.endswith(mark) else text + mark
    return text


class _Dialect(MarkdownIt):
    """Markdown whose links lead to the web and nowhere else."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.netloc)


class _Html(RendererHTML):
    """The library's HTML with our code blocks and links, and no style attributes, which the page forbids."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[idx].content, tokens[idx].info)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[idx].content, "")

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("target", "_blank")
        tokens[idx].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, idx, options, env)

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        style = str(tokens[idx].attrs.pop("style", ""))
        if style:
            tokens[idx].attrSet("class", style.replace("text-align:", "align-"))
        return self.renderToken(tokens, idx, options, env)

    td_open = th_open

    def table_open(self, *_rule: object) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, *_rule: object) -> str:
        return "</table></div>\n"


def _code(code: str, info: str) -> str:
    name = info.strip().partition(" ")[0].lower()
    if name in (FILE, PICTURE):
        return f'<p class="file">{escape(code.strip())}</p>\n'
    label = LANGUAGES.get(name)
    coloured = escape(code)
    if label is not None and len(code) <= LONGEST_HIGHLIGHT:
        lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
        coloured = highlight(code, lexer, HtmlFormatter(nowrap=True))
    head = f'<figcaption class="language">{label}</figcaption>' if label else ""
    return f'<figure class="code">{head}<pre tabindex="0"><code>{coloured}</code></pre></figure>\n'
