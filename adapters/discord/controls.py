"""Buttons and forms as components: the ids they carry, and what is read back from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bot.ports import Choice, Field, Form
from bot.wording import discord as wording

LONGEST_ID, LONGEST_LABEL, LONGEST_TITLE, LONGEST_TEXT, LONGEST_OPTION = 100, 80, 45, 4000, 100
"""Limits of ids, button labels, titles and labels of forms, their texts, and options (Discord's documentation)."""
PER_ROW, ROWS = 5, 5

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, CHANNEL_SELECT, LABEL = 1, 2, 3, 4, 8, 18
STYLES = {"primary": 1, "plain": 2, "danger": 4}
LINE, PARAGRAPH = 1, 2
POSTABLE = (0, 5, 10, 11, 12)
"""Channels one can post to: text, announcements, and threads."""

PRESSED, SENT, KEPT, OPENS = "p", "m", "k", "f"
"""How an id begins: a button, a form that comes back, and the same two where the rest is kept under a key."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button or form that came back with all it says."""

    action: str
    value: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A button or form whose choice is kept under `key`; `opens`: pressing it opens the choice's form."""

    key: str
    opens: bool


def button_id(choice: Choice) -> str:
    """The id of a choice's button."""
    if choice.form is not None:
        return f"{OPENS}|{key_of(choice)}"
    return _short(PRESSED, choice)


def form_id(choice: Choice) -> str:
    """The id of a choice's form."""
    return _short(SENT, choice)


def read(custom_id: str) -> Pressed | Kept | None:
    """What an id stands for; None when it is none of ours."""
    kind, _, rest = custom_id.partition("|")
    if kind in (KEPT, OPENS) and rest.isalnum():
        return Kept(rest, opens=kind == OPENS)
    action, bar, value = rest.partition("|")
    return Pressed(action, value) if kind in (PRESSED, SENT) and bar and action else None


def must_keep(choice: Choice) -> bool:
    """Whether a choice says more than fits into an id."""
    return choice.form is not None or button_id(choice).startswith(f"{KEPT}|")


def key_of(choice: Choice) -> str:
    """The key under which a choice is kept: the same for the same choice."""
    return hashlib.sha256(packed(choice).encode()).hexdigest()[:32]


def packed(choice: Choice) -> str:
    """A choice as it is kept."""
    return _choice().dump_json(choice).decode()


def unpacked(kept: str) -> Choice:
    """Read a choice back."""
    return _choice().validate_json(kept)


def rows(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Choices as rows of buttons; at most twenty-five, and no two with the same id."""
    buttons = {
        button_id(choice): {
            "type": BUTTON,
            "style": STYLES[choice.style],
            "label": _cut(choice.label, LONGEST_LABEL),
            "custom_id": button_id(choice),
        }
        for choice in choices
    }
    listed = list(buttons.values())[: PER_ROW * ROWS]
    return [{"type": ACTION_ROW, "components": listed[at : at + PER_ROW]} for at in range(0, len(listed), PER_ROW)]


def modal(choice: Choice, form: Form, *, in_server: bool) -> dict[str, Any]:
    """A choice's form as a modal; outside servers a place is picked from the one that was proposed."""
    return {
        "custom_id": form_id(choice),
        "title": _cut(form.title, LONGEST_TITLE),
        "components": [
            {"type": LABEL, **_labelled(field.label), "component": _field(field, in_server=in_server)}
            for field in form.fields[:5]
        ],
    }


def _labelled(label: str) -> dict[str, Any]:
    if len(label) <= LONGEST_TITLE:
        return {"label": label}
    # A label is short; what does not fit stands below it, whole.
    return {"label": _cut(label, LONGEST_TITLE), "description": _cut(label, 100)}


def _field(field: Field, *, in_server: bool) -> dict[str, Any]:
    common = {"custom_id": field.name, "required": field.required}
    match field.kind:
        case "line" | "text":
            style = LINE if field.kind == "line" else PARAGRAPH
            filled = {"value": field.value[:LONGEST_TEXT]} if field.value else {}
            return {"type": TEXT_INPUT, "style": style, "max_length": LONGEST_TEXT, **common, **filled}
        case "choice":
            return {"type": STRING_SELECT, "options": _options(field), **common}
        case "place" if in_server:
            proposed = [{"id": field.value, "type": "channel"}] if field.value else []
            return {"type": CHANNEL_SELECT, "channel_types": list(POSTABLE), "default_values": proposed, **common}
        case "place":
            only = [{"label": wording.SHARE_HERE, "value": field.value or "-", "default": True}]
            return {"type": STRING_SELECT, "options": only, **common}


def _options(field: Field) -> list[dict[str, Any]]:
    return [
        {"label": _cut(label, LONGEST_OPTION), "value": value[:LONGEST_OPTION], "default": value == field.value}
        for value, label in field.options[:25]
    ]


def _short(kind: str, choice: Choice) -> str:
    whole = f"{kind}|{choice.action}|{choice.value}"
    return whole if len(whole) <= LONGEST_ID else f"{KEPT}|{key_of(choice)}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


@cache
def _choice() -> TypeAdapter[Choice]:
    return TypeAdapter(Choice)
