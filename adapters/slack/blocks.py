"""Our words, choices, charts and forms as Slack's blocks, within the limits of Block Kit."""

from __future__ import annotations

import zlib
from base64 import b85decode, b85encode
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from adapters.slack.text import SECTION_LIMIT, escaped, mrkdwn, safe
from adapters.text import cut
from bot.ports import Bar, Chart, Choice, Field, Form, Page, Section
from bot.wording import slack as wording

Block = dict[str, Any]

FORM = "form"
"""What a form of ours is called back by."""
LINK = "link"
"""The action of a button that only leads somewhere."""
BUTTONS, LABEL, OPTION, VALUE = 25, 75, 75, 2000
"""Buttons of one row; characters of a button's label, an option's label, and a button's value."""
FIELDS, TITLE, CHART_TITLE, CHART_LABEL, POINTS = 5, 24, 50, 20, 20
"""Fields of a form of ours; characters of a form's title, a chart's title and its labels; points of a chart."""
FULL = 10
"""The value at which a bar ends."""


def message(
    markdown: str, choices: Sequence[Choice] = (), chart: Chart | None = None, *, drawn: bool = True
) -> list[Block]:
    """The blocks of a message. `drawn`: with Slack's own chart, else with bars made of characters."""
    blocks: list[Block] = [{"type": "markdown", "text": safe(markdown)}] if markdown.strip() else []
    if chart is not None:
        blocks += chart_blocks(chart) if drawn else [{"type": "markdown", "text": safe(bars(chart))}]
    return blocks + rows(choices)


def rows(choices: Sequence[Choice]) -> list[Block]:
    """Rows of buttons."""
    return [
        {
            "type": "actions",
            "elements": [_button(at, choice) for at, choice in enumerate(choices[start : start + BUTTONS], start)],
        }
        for start in range(0, len(choices), BUTTONS)
    ]


def _button(at: int, choice: Choice) -> Block:
    name = f"{at}:{choice.action}" + (f":{FORM}" if choice.form is not None else "")
    value = choice.value if choice.form is None else packed_form(choice.value, choice.form)
    button: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": short(choice.label, LABEL)},
        "action_id": name,
        "value": value,
    }
    return button if choice.style == "plain" else button | {"style": choice.style}


def link(label: str, address: str) -> Block:
    """A row with one button that leads somewhere."""
    text = {"type": "plain_text", "text": short(label, LABEL)}
    return {"type": "actions", "elements": [{"type": "button", "text": text, "action_id": f"0:{LINK}", "url": address}]}


def read_action(name: str, value: str) -> tuple[str, str, Form | None]:
    """A pressed button as action, value and form; the action is empty when the button is none of ours."""
    number, colon, action = name.partition(":")
    if not colon or not number.isdecimal():
        return "", "", None
    if not action.endswith(f":{FORM}"):
        return action, value, None
    form = _unpacked_form(value)
    return ("", "", None) if form is None else (action.removesuffix(f":{FORM}"), *form)


def packed_form(value: str, form: Form) -> str:
    """A button's value and its form in one, so that the form can be opened without asking anybody."""
    plain = _forms().dump_json((value, form), exclude_defaults=True).decode()
    return plain if len(plain) <= VALUE else "z" + b85encode(zlib.compress(plain.encode(), 9)).decode()


def _unpacked_form(packed: str) -> tuple[str, Form] | None:
    try:
        plain = zlib.decompress(b85decode(packed[1:])) if packed.startswith("z") else packed.encode()
        found: tuple[str, Form] = _forms().validate_json(plain)
    except (ValueError, ValidationError, zlib.error):
        return None
    return found


@cache
def _forms() -> TypeAdapter[tuple[str, Form]]:
    return TypeAdapter(tuple[str, Form])


def modal(form: Form, memory: str) -> Block:
    """A form as a modal view that remembers what it was opened for."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": memory,
        "title": {"type": "plain_text", "text": short(form.title, TITLE)},
        "submit": {"type": "plain_text", "text": short(form.send, TITLE)},
        "close": {"type": "plain_text", "text": wording.CANCEL},
        "blocks": [_input(field) for field in form.fields[:FIELDS]],
    }


def _input(field: Field) -> Block:
    return {
        "type": "input",
        "block_id": field.name,
        "label": {"type": "plain_text", "text": short(field.label, 2000)},
        "optional": not field.required,
        "element": {"action_id": "value", **_element(field)},
    }


def _element(field: Field) -> Block:
    match field.kind:
        case "choice":
            options = [
                {"text": {"type": "plain_text", "text": short(label, OPTION)}, "value": value}
                for value, label in field.options[:100]
            ]
            chosen = next((option for option in options if option["value"] == field.value), None)
            return {"type": "static_select", "options": options} | ({"initial_option": chosen} if chosen else {})
        case "place":
            places = {
                "type": "conversations_select",
                "filter": {"include": ["public", "private"], "exclude_bot_users": True},
            }
            if field.value[:1] in ("C", "G"):
                return places | {"initial_conversation": field.value}
            return places
        case kind:
            return {
                "type": "plain_text_input",
                "multiline": kind == "text",
                "max_length": 3000,
                **({"initial_value": field.value} if field.value else {}),
            }


def chart_blocks(chart: Chart) -> list[Block]:
    """Slack's own chart, and the same in words for whoever cannot see it."""
    shown = chart.bars[-POINTS:]
    labels: list[str] = []
    for bar in shown:
        label, number = short(bar.label, CHART_LABEL), 2
        while label in labels:
            label, number = f"{short(bar.label, CHART_LABEL - 4)} ({number})", number + 1
        labels.append(label)
    points = [{"label": label, "value": bar.value} for label, bar in zip(labels, shown, strict=True)]
    drawn = {
        "type": "data_visualization",
        "title": short(chart.title, CHART_TITLE),
        "chart": {
            "type": "bar",
            "series": [{"name": wording.CHART_SERIES, "data": points}],
            "axis_config": {"categories": labels},
        },
    }
    words = {"type": "mrkdwn", "text": escaped(chart.alt)[:SECTION_LIMIT]}
    return [drawn, {"type": "context", "elements": [words]}]


def bars(chart: Chart) -> str:
    """A chart made of characters."""
    width = max((len(bar.label) for bar in chart.bars), default=0)
    return "```\n" + "\n".join(f"{bar.label:<{width}} {_bar(bar)} {bar.note}".rstrip() for bar in chart.bars) + "\n```"


def _bar(bar: Bar) -> str:
    full = max(0, min(FULL, round(bar.value)))
    return "█" * full + "░" * (FULL - full)


def home(page: Page, *, drawn: bool = True) -> Block:
    """A page as the app's home tab."""
    blocks = [block for section in page.sections for block in _section(section, drawn=drawn)]
    return {"type": "home", "blocks": blocks[:100]}


def _section(section: Section, *, drawn: bool) -> list[Block]:
    parts = cut(safe(section.markdown), SECTION_LIMIT // 2)  # escapes make it longer
    blocks: list[Block] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn(part)[:SECTION_LIMIT]}} for part in parts if part
    ]
    if section.chart is not None:
        if drawn:
            blocks += chart_blocks(section.chart)
        else:
            blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": bars(section.chart)[:SECTION_LIMIT]}})
    return blocks + rows(section.choices)


def short(text: str, limit: int) -> str:
    """A label of at most so many characters, on one line, and never empty."""
    flat = " ".join(text.split()) or "…"
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
