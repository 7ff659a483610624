"""Choices, forms and charts as blocks that Slack takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.slack import blocks
from agent import bank
from bot import buttons
from bot.home import Past, page
from bot.ports import Bar, Chart, Choice, Field, Form
from storage.accounts import Account
from storage.interviews import Figures
from tests.fakes.slack.blocks import problems, view_problems

CHART = Chart("A title " * 20, (Bar("Depth", 5, "5 gaps"), Bar("Depth", 7.5), Bar("D" * 40, 11)), "Depth 5; Depth 7.5")


def test_a_message_with_everything_is_one_that_slack_takes() -> None:
    choices = tuple(Choice(f"A rather long label for button number {n} " * 3, "start", "x" * 200) for n in range(30))
    for drawn in (True, False):
        made = blocks.message("Some **words**", choices, CHART, drawn=drawn)
        assert not [*problems(made, "message")]


def test_a_button_comes_back_as_it_was_made() -> None:
    choice = Choice("Post it", "share post", "abc/0/C1", "primary")
    (row,) = blocks.rows((choice,))
    (button,) = row["elements"]
    assert button["style"] == "primary"
    assert blocks.read_action(button["action_id"], button["value"]) == ("share post", "abc/0/C1", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", ""),
        ("start", "easy"),
        ("x:start", "easy"),
        ("0:share:form", "{"),
        ("0:share:form", "z!!"),
        ("0:a:form", "[]"),
    ],
)
def test_a_button_that_is_none_of_ours_is_nothing(name: str, value: str) -> None:
    assert blocks.read_action(name, value)[0] == ""


def test_the_longest_form_of_the_bank_fits_into_its_button() -> None:
    for question in bank.load().questions:
        points = tuple((point.id, point.name) for point in question.key_points)
        form = Form(
            "I disagree",
            (Field("point", "Which point?", "choice", options=points), Field("quote", "Your words", "text")),
            "Send",
        )
        packed = blocks.packed_form("0123456789abcdef", form)
        assert len(packed) <= blocks.VALUE
        assert blocks.read_action("0:disagree:form", packed) == ("disagree", "0123456789abcdef", form)


def test_a_form_is_a_modal_that_slack_takes() -> None:
    form = Form(
        "A title that is longer than a modal may have",
        (
            Field("a", "A line", value="x"),
            Field("b", "A text", "text", required=False),
            Field("c", "One of these", "choice", "2", (("1", "One"), ("2", "Two " * 40))),
            Field("d", "Where", "place", "C1"),
        ),
        "Send",
    )
    view = blocks.modal(form, "{}")
    assert not [*view_problems(view)]
    assert [block["element"]["type"] for block in view["blocks"]] == [
        *("plain_text_input", "plain_text_input", "static_select", "conversations_select")
    ]
    assert view["blocks"][2]["element"]["initial_option"]["value"] == "2"
    assert view["blocks"][3]["element"]["initial_conversation"] == "C1"


def test_the_page_of_somebody_new_is_a_home_that_slack_takes() -> None:
    past = Past(None, (), Figures(0, 0, (), ()), 30)
    shown = blocks.home(page(Account("a", datetime.now(UTC)), past, "slack:T1", {}))
    assert not [*view_problems(shown)]
    labels = [
        element["text"]["text"] for row in shown["blocks"] if row["type"] == "actions" for element in row["elements"]
    ]
    assert [choice.label for choice in buttons.starts()] == labels[:4]
