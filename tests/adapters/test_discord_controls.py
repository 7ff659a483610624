"""Buttons and forms as components, and what is read back from their ids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import controls
from adapters.discord.controls import Kept, Pressed
from bot.ports import Choice, Field, Form

FORM = Form("A title that is longer than forty-five characters are", (Field("text", "Say it", "text"),), "Send")


def test_a_button_carries_its_action_and_value() -> None:
    choice = Choice("Submit", "submit", "abc/1", style="primary")
    [row] = controls.rows([choice])
    [button] = row["components"]
    assert (button["label"], button["style"]) == ("Submit", 1)
    assert controls.read(button["custom_id"]) == Pressed("submit", "abc/1")
    assert not controls.must_keep(choice)


def test_what_does_not_fit_into_an_id_is_kept_under_a_key() -> None:
    choice = Choice("Yes", "start", "x" * 200)
    found = controls.read(controls.button_id(choice))
    assert found == Kept(controls.key_of(choice), opens=False)
    assert controls.must_keep(choice)
    assert controls.unpacked(controls.packed(choice)) == choice


def test_a_button_with_a_form_opens_it_and_the_form_comes_back_as_the_choice() -> None:
    choice = Choice("Answer", "answer", "abc/0", form=FORM)
    assert controls.read(controls.button_id(choice)) == Kept(controls.key_of(choice), opens=True)
    made = controls.modal(choice, FORM, in_server=True)
    assert controls.read(made["custom_id"]) == Pressed("answer", "abc/0")
    assert len(made["title"]) <= controls.LONGEST_TITLE


def test_many_buttons_stand_in_rows_of_five_and_no_id_twice() -> None:
    choices = [Choice(f"Number {number}", "past", str(number % 27)) for number in range(40)]
    rows = controls.rows(choices)
    assert [len(row["components"]) for row in rows] == [5] * 5
    ids = [button["custom_id"] for row in rows for button in row["components"]]
    assert len(set(ids)) == 25


def test_a_place_is_picked_among_channels_in_a_server_and_is_what_was_proposed_elsewhere() -> None:
    form = Form("Share", (Field("where", "Where?", "place", "42"),), "Share")
    choice = Choice("Share", "share", "abc", form=form)
    kinds = [
        controls.modal(choice, form, in_server=inside)["components"][0]["component"]["type"] for inside in (True, False)
    ]
    assert kinds == [controls.CHANNEL_SELECT, controls.STRING_SELECT]


@pytest.mark.parametrize("foreign", ["", "p", "p|", "p||x", "x|submit|a", "submit", "k|../../x", "f|", "🦊|a|b"])
def test_an_id_that_is_none_of_ours_says_nothing(foreign: str) -> None:
    assert controls.read(foreign) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_no_id_is_too_long_and_none_is_misread(action: str, value: str) -> None:
    choice = Choice("A", action.replace("|", "") or "a", value)
    identity = controls.button_id(choice)
    assert len(identity) <= controls.LONGEST_ID
    found = controls.read(identity)
    assert found in (Pressed(choice.action, value), Kept(controls.key_of(choice), opens=False))
