"""Slack's escapes are undone as a person typed them, and what we say fits its limits without breaking code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.text import fallback, mrkdwn, safe, typed
from tests.fakes.slack.world import as_sent


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt; is how one writes it", "&lt; is how one writes it"),
        ("run <http://main.py|main.py> first", "run main.py first"),
        ("see <https://example.com/a?b=1&amp;c=2>", "see https://example.com/a?b=1&c=2"),
        ("write to <mailto:anna@example.com|anna@example.com>", "write to anna@example.com"),
        ("the <https://example.com/x|docs> say so", "the docs (https://example.com/x) say so"),
        ("<@U123> and <@U123|anna> in <#C1|general>", "@U123 and @anna in #general"),
        ("<!here> <!subteam^S1|@team> <!date^1|^x|today>", "@here @team ^x|today"),
        ("if a &lt; b: <not a link", "if a < b: <not a link"),
        ("```\nif a &lt; “b”:\n```", '```\nif a < "b":\n```'),
    ],
)
def test_what_was_typed_is_read(sent: str, meant: str) -> None:
    assert typed(sent) == meant


@given(st.text(st.characters(codec="utf-8", exclude_characters="“”‘’–—…\xa0\r"), max_size=80))
def test_whatever_a_client_makes_of_typed_text_is_undone(text: str) -> None:
    assert typed(as_sent(text)) == text


@pytest.mark.parametrize(
    "text", ["<!here>", "<!channel|x>", "<!subteam^S1>", "<@U12>", "<@W1|x>", "`<@U1>`", "@everyone!", "<#C12|x>"]
)
def test_nothing_we_say_calls_anybody(text: str) -> None:
    calls = r"<[@#!]\w|(?<!\w)@(?:here|channel|everyone)"
    assert re.search(calls, text)
    assert not re.search(calls, safe(text))
    assert safe(safe(text)) == safe(text)
    assert "<" not in fallback(text)


def test_ordinary_code_and_addresses_stay_as_they_are() -> None:
    text = "if a<b and x[@i]: mail@here.example <!-- note --> vector<int>"
    assert safe(text) == text


def test_markdown_becomes_the_older_dialect_for_views() -> None:
    text = "# Title\n**bold** a < b [Open](https://example.com/x)\n- one"
    assert mrkdwn(text) == "*Title*\n*bold* a &lt; b <https://example.com/x|Open>\n• one"
