"""The limits of Block Kit, as Slack enforces them: every problem of a message or a view, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MARKDOWN = 12_000
"""Characters of all markdown blocks of one message together."""
TEXT = 40_000

BLOCKS = {"message": 50, "modal": 100, "home": 100}
KNOWN = {
    "message": {
        *("actions", "context", "context_actions", "data_visualization", "divider", "header", "image", "markdown"),
        *("rich_text", "section", "table"),
    },
    "modal": {"actions", "alert", "context", "divider", "header", "image", "input", "rich_text", "section"},
    "home": {"actions", "context", "data_visualization", "divider", "header", "image", "input", "rich_text", "section"},
}
ELEMENTS = {
    *("button", "channels_select", "checkboxes", "conversations_select", "datepicker", "external_select"),
    *("feedback_buttons", "icon_button", "number_input", "overflow", "plain_text_input", "radio_buttons"),
    *("static_select", "timepicker", "users_select"),
}
STYLES = {None, "primary", "danger"}
ITEMS = {"actions": 25, "context": 10, "context_actions": 5}
CHARTS = {"line", "bar", "area", "pie"}


def problems(blocks: Any, surface: str) -> Iterator[str]:
    """Everything that Slack would not take. `surface`: message, modal or home."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        yield "blocks must be a list of objects"
        return
    if len(blocks) > BLOCKS[surface]:
        yield f"no more than {BLOCKS[surface]} items allowed [json-pointer:/blocks]"
    yield from _unique((block.get("block_id") for block in blocks), "block_id", 255)
    markdown = sum(len(block.get("text", "")) for block in blocks if block.get("type") == "markdown")
    if markdown > MARKDOWN:
        yield f"markdown blocks hold {markdown} characters together, {MARKDOWN} are allowed"
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        yield "no more than 2 data_visualization blocks allowed"
    for number, block in enumerate(blocks):
        for problem in _block(block, surface):
            yield f"{problem} [json-pointer:/blocks/{number}]"


def view_problems(view: Any) -> Iterator[str]:
    """Everything that Slack would not take of a modal or a home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        yield "view must have a type of modal or home"
        return
    for name in ("title", "submit", "close"):
        if name in view and view["type"] == "modal":
            yield from _plain(view[name], name, 24)
    if view["type"] == "modal" and "title" not in view:
        yield "missing required field: title"
    blocks = view.get("blocks", [])
    if view["type"] == "modal" and "submit" not in view and any(block.get("type") == "input" for block in blocks):
        yield "missing required field: submit"
    if len(view.get("private_metadata", "")) > 3000:
        yield "private_metadata is longer than 3000 characters"
    if len(view.get("callback_id", "")) > 255:
        yield "callback_id is longer than 255 characters"
    yield from problems(blocks, view["type"])


def _block(block: Mapping[str, Any], surface: str) -> Iterator[str]:
    kind = block.get("type")
    if kind not in KNOWN[surface]:
        yield f"unsupported type: {kind}"
        return
    match kind:
        case "markdown":
            if not isinstance(block.get("text"), str) or not block["text"]:
                yield "missing required field: text"
        case "section":
            yield from _section(block)
        case "header":
            yield from _plain(block.get("text"), "text", 150)
        case "context" | "actions" | "context_actions":
            yield from _row(block, str(kind))
        case "input":
            yield from _plain(block.get("label"), "label", 2000)
            if "hint" in block:
                yield from _plain(block["hint"], "hint", 2000)
            yield from _element(block.get("element", {}))
        case "image":
            if len(block.get("alt_text", "")) not in range(1, 2001):
                yield "alt_text must have 1 to 2000 characters"
        case "data_visualization":
            yield from _chart(block)


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "missing required field: text or fields"
    if "text" in block:
        yield from _text(block["text"], "text", 3000)
    if len(block.get("fields", ())) > 10:
        yield "no more than 10 fields allowed"
    for text in block.get("fields", ()):
        yield from _text(text, "fields", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _row(block: Mapping[str, Any], kind: str) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= ITEMS[kind]:
        yield f"{kind} must have 1 to {ITEMS[kind]} elements, has {len(elements)}"
    if kind == "context":
        for element in elements:
            if element.get("type") != "image":
                yield from _text(element, "elements", 3000)
        return
    yield from _unique((element.get("action_id") for element in elements), "action_id", 255)
    for element in elements:
        yield from _element(element)


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in ELEMENTS:
        yield f"unsupported element: {kind}"
        return
    if len(element.get("action_id", "")) > 255:
        yield "action_id is longer than 255 characters"
    if kind == "button":
        yield from _plain(element.get("text"), "text", 75)
        if not isinstance(element.get("value", ""), str) or len(element.get("value", "")) > 2000:
            yield "value must be a string of at most 2000 characters"
        if element.get("style") not in STYLES:
            yield f"unknown style {element.get('style')}"
    options = element.get("options")
    if kind == "static_select":
        if "option_groups" not in element and not 1 <= len(options or ()) <= 100:
            yield "static_select must have 1 to 100 options"
        values = [option.get("value") for option in options or ()]
        if "initial_option" in element and element["initial_option"] not in (options or ()):
            yield "initial_option must be one of the options"
        if len(values) != len(set(values)):
            yield "options must have different values"
    for option in options or ():
        yield from _text(option.get("text"), "option text", 75)
        if not 1 <= len(option.get("value", "")) <= 150:
            yield "an option's value must have 1 to 150 characters"
    if kind == "plain_text_input" and len(element.get("initial_value", "")) > element.get("max_length", 3000):
        yield "initial_value is too long"
    if "placeholder" in element:
        yield from _plain(element["placeholder"], "placeholder", 150)


def _chart(block: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(block.get("title", "")) <= 50:
        yield "title must have 1 to 50 characters"
    chart = block.get("chart", {})
    if chart.get("type") not in CHARTS:
        yield f"unknown chart type {chart.get('type')}"
        return
    if chart["type"] == "pie":
        segments = chart.get("segments", [])
        if not 1 <= len(segments) <= 6 or any(len(segment.get("label", "")) > 20 for segment in segments):
            yield "a pie has 1 to 6 segments with labels of at most 20 characters"
        return
    series = chart.get("series", [])
    labels = chart.get("axis_config", {}).get("categories", [])
    if not 1 <= len(series) <= 6:
        yield "a chart has 1 to 6 series"
    for line in series:
        if not 1 <= len(line.get("name", "")) <= 20:
            yield "a series' name has 1 to 20 characters"
        points = line.get("data", [])
        if not 1 <= len(points) <= 20:
            yield "a series has 1 to 20 points"
        if [point.get("label") for point in points] != labels:
            yield "every series must have one point for each category, in order"
        if not all(isinstance(point.get("value"), int | float) for point in points):
            yield "every point must have a number as its value"
    if any(not 1 <= len(label) <= 20 for label in labels) or len(labels) != len(set(labels)):
        yield "categories must be different and have 1 to 20 characters"


def _text(text: Any, name: str, limit: int) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{name} must be a text object"
    elif not 1 <= len(text.get("text", "")) <= limit:
        yield f"{name} must have 1 to {limit} characters, has {len(text.get('text', ''))}"


def _plain(text: Any, name: str, limit: int) -> Iterator[str]:
    yield from _text(text, name, limit)
    if isinstance(text, dict) and text.get("type") == "mrkdwn":
        yield f"{name} must be plain text"


def _unique(names: Iterable[str | None], what: str, limit: int) -> Iterator[str]:
    given = [name for name in names if name is not None]
    if len(given) != len(set(given)):
        yield f"{what} must be unique"
    if any(len(name) > limit for name in given):
        yield f"{what} is longer than {limit} characters"
