"""What becomes of a text on its way into the page: nothing in it can act, hide or reorder."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from adapters.web.rendering import LANGUAGES, Renderer, Voice, neutral

VOICES: tuple[Voice, ...] = ("coach", "person")

TAGS = {
    *("p", "br", "em", "strong", "s", "code", "pre", "figure", "figcaption", "span", "blockquote", "hr"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "a", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"class", "tabindex", "href", "target", "rel", "start", "title"}

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/web/login)",
    '[x](https://ok.example "\\" onmouseover=alert(1) \\"")',
    "![x](https://evil.example/pixel.png)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "```\n</code><img src=x onerror=alert(1)>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```file\n<b onclick=alert(1)>name</b>\n```",
    "`<script>`",
    "    <script>alert(1)</script>",
    "|<script>|a|\n|-|-|\n|<img onerror=x>|b|",
    "<!-- --><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "> <iframe src=https://evil.example>",
    "# <h1 onclick=x>",
    "\u202e<script>\u202c",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "**<b style=position:fixed>**",
]


class Reader(HTMLParser):
    """Reads HTML as a browser would, and keeps every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_brings_an_element_that_acts(voice: Voice, attack: str) -> None:
    for html in (Renderer().render(voice, attack), Renderer().preview(attack)):
        for tag, attributes in Reader(html).elements:
            assert tag in TAGS
            assert set(attributes) <= ATTRIBUTES
            assert (attributes.get("href") or "https://").startswith(("https://", "http://"))


def test_links_lead_to_the_web_in_a_page_of_their_own() -> None:
    html = Renderer().render("coach", "[docs](https://docs.example/a?b=c&d) and <http://plain.example>")
    links = [attributes for tag, attributes in Reader(html).elements if tag == "a"]
    assert [link["href"] for link in links] == ["https://docs.example/a?b=c&d", "http://plain.example"]
    assert {link["rel"] for link in links} == {"noopener noreferrer nofollow"}
    assert {link["target"] for link in links} == {"_blank"}


def test_what_hides_or_reorders_becomes_visible_or_vanishes() -> None:
    assert neutral("a\u202eb\u2066c\x00d\x1be\x85f") == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"
    assert neutral("a\u200bb\u2060c\ufeffd\u200ee\U000e0041f\r\ng\rh") == "abcdef\ngh"
    kept = "tab\tnewline\n \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \U0001f469\u200d\U0001f4bb \u00e9"
    assert neutral(kept) == kept
    assert "\u202e" not in Renderer().render("person", "```python\nx = 1  # \u202e } evil\n```")


@pytest.mark.parametrize("name", LANGUAGES)
def test_code_is_coloured_with_classes_alone(name: str) -> None:
    code = 'x = "<b>" + 1\n'
    html = Renderer().render("person", f"```{name}\n{code}```")
    elements = Reader(html).elements
    assert elements[0] == ("figure", {"class": "code"})
    assert Reader(html).text.strip() == f"{LANGUAGES[name]}{code}".strip()
    for tag, attributes in elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES


def test_code_of_an_unknown_language_or_of_great_length_stays_plain() -> None:
    for text in ("```brainfuck\n<+>\n```", "```python\n" + "x = 1\n" * 5000 + "```", "~~~\n<+>\n~~~"):
        html = Renderer().render("coach", text)
        assert "<span" not in html
        assert "<pre" in html


def test_a_coachs_markdown_is_rendered() -> None:
    html = Renderer().render("coach", "**a** _b_ ~~c~~\nd\n\n- e\n\n1. f\n\n> g\n\n|h|i|\n|-|-:|\n|j|k|")
    for part in (
        "<strong>a</strong> <em>b</em> <s>c</s><br />\nd",
        "<li>e</li>",
        "<ol>",
        "<blockquote>",
        '<td class="align-right">k</td>',
    ):
        assert part in html


def test_a_persons_text_stays_as_it_was_typed() -> None:
    """Unfenced code above all: no headline from a comment, no lost star, no lost indent."""
    typed = "def f(*args, **kw):\n    # 2**3 * __init__\n\n    return 1\n- not a list\n1. nor this"
    html = Renderer().render("person", f"\n{typed}\n\n")
    assert html == f'<p class="typed">{typed}</p>\n'


def test_a_persons_fences_and_ticks_are_code() -> None:
    html = Renderer().render("person", "before `x < y`\n\n```python\nreturn x\n```\n  after\n```\nunclosed")
    assert (
        Reader(html).text == "before x < yPythonreturn x\n  afterunclosed".replace("y", "y\n", 1)
        or "<code>x &lt; y</code>" in html
    )
    assert [tag for tag, _ in Reader(html).elements if tag in ("p", "figure")] == ["p", "figure", "p", "figure"]
    assert '<p class="typed">  after</p>' in html


def test_nested_fences_stay_one_block() -> None:
    html = Renderer().render("person", "````\n```python\nx\n```\n````")
    assert Reader(html).text.strip() == "```python\nx\n```"
    assert html.count("<figure") == 1


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("so **far", "<p>so <strong>far</strong></p>\n"),
        ("so **", "<p>so</p>\n"),
        ("see `code", "<p>see <code>code</code></p>\n"),
        ("done **well** and", "<p>done <strong>well</strong> and</p>\n"),
    ],
)
def test_what_is_still_being_written_shows_no_bare_marks(text: str, html: str) -> None:
    assert Renderer().preview(text) == html


def test_an_open_fence_is_code_while_it_is_written() -> None:
    assert "<pre" in Renderer().preview("```python\nx = `")


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "text", ["[" * 40_000, "*_" * 20_000, "`" * 40_000, "> " * 20_000, "[](" * 13_000, "<" * 40_000, "- " * 20_000]
)
def test_forty_thousand_odd_characters_are_rendered_too(voice: Voice, text: str) -> None:
    assert Renderer().render(voice, text)


def test_the_same_text_is_rendered_once() -> None:
    renderer = Renderer()
    assert renderer.render("coach", "**a**") is renderer.render("coach", "**a**")
    assert renderer.render("person", "**a**") != renderer.render("coach", "**a**")
