"""Discord's limits on what a message, a form, a thread or a command may hold; a breach is refused with 50035."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.fakes.discord.world import V2, Json, Refused

CONTENT, EMBED_TEXT, V2_TEXT, V2_PARTS = 2000, 6000, 4000, 40
FILE_BYTES, REQUEST_BYTES = 10 * 1024 * 1024, 25 * 1024 * 1024
NAME = re.compile(r"[-_'\w]{1,32}")

ROW, BUTTON, SELECT, INPUT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = 1, 2, 3, 4, 9, 10, 11, 12, 13, 14
CONTAINER, LABEL = 17, 18
SELECTS = (SELECT, 5, 6, 7, 8)
CLASSIC = (ROW, BUTTON, *SELECTS)


def check(ok: object, where: str, why: str) -> None:
    """Refuse the whole form body for this."""
    if not ok:
        error = {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": why}]}
        raise Refused(400, 50035, f"Invalid Form Body: {where}: {why}", errors={where: error})


def within(value: object, low: int, high: int, where: str) -> None:
    check(isinstance(value, str) and low <= len(value) <= high, where, f"Must be between {low} and {high} in length.")


def message(body: Json, *, names: tuple[str, ...] = (), empty_is_fine: bool = False) -> None:
    """What a message holds; `names` are the files that it brings."""
    content, embeds, components = body.get("content") or "", body.get("embeds") or [], body.get("components") or []
    check(len(content) <= CONTENT, "content", f"Must be {CONTENT} or fewer in length.")
    check(len(str(body.get("nonce") or "")) <= 25, "nonce", "Must be 25 or fewer in length.")
    if body.get("flags", 0) & V2:
        clear = not content and not embeds and not body.get("poll") and not body.get("sticker_ids")
        check(clear, "flags", "The 'content' and 'embeds' fields cannot be used with MessageFlags.IS_COMPONENTS_V2.")
        check(components or empty_is_fine, "components", "This field is required.")
        _layout(components, names)
        return
    _embeds(embeds)
    _rows(components)
    if not (content or embeds or components or names or body.get("sticker_ids") or empty_is_fine):
        raise Refused(400, 50006, "Cannot send an empty message")


def _embeds(embeds: list[Json]) -> None:
    check(len(embeds) <= 10, "embeds", "Must be 10 or fewer in length.")
    total = 0
    for embed in embeds:
        fields = embed.get("fields") or []
        check(len(fields) <= 25, "embeds.fields", "Must be 25 or fewer in length.")
        texts = [
            (embed.get("title"), 256),
            (embed.get("description"), 4096),
            ((embed.get("footer") or {}).get("text"), 2048),
            ((embed.get("author") or {}).get("name"), 256),
        ]
        for each in fields:
            within(each.get("name"), 1, 256, "embeds.fields.name")
            within(each.get("value"), 1, 1024, "embeds.fields.value")
            texts += [(each["name"], 256), (each["value"], 1024)]
        for text, most in texts:
            check(len(text or "") <= most, "embeds", f"Must be {most} or fewer in length.")
            total += len(text or "")
    check(total <= EMBED_TEXT, "embeds", f"Embed size exceeds maximum size of {EMBED_TEXT}")


def _rows(components: list[Json]) -> None:
    check(len(components) <= 5, "components", "Must be 5 or fewer in length.")
    for row in components:
        check(row.get("type") == ROW, "components", "Value of field must be an action row.")
        _row(row)
    _unique(components)


def _row(row: Json) -> None:
    parts = row.get("components") or []
    check(1 <= len(parts) <= 5, "components", "Must be between 1 and 5 in length.")
    for part in parts:
        check(part.get("type") in (BUTTON, *SELECTS), "components", "Only buttons and selects stand in a row.")
        check(part["type"] == BUTTON or len(parts) == 1, "components", "A select stands alone in its row.")
        _interactive(part)


def _interactive(part: Json) -> None:
    if part["type"] == BUTTON:
        check(part.get("style") in (1, 2, 3, 4, 5), "style", "This field is required.")
        check(part.get("label") or part.get("emoji"), "label", "A button needs a label or an emoji.")
        check(len(part.get("label") or "") <= 80, "label", "Must be 80 or fewer in length.")
        if part["style"] == 5:
            within(part.get("url"), 1, 512, "url")
            return
    else:
        check(len(part.get("placeholder") or "") <= 150, "placeholder", "Must be 150 or fewer in length.")
        if part["type"] == SELECT:
            _options(part)
    within(part.get("custom_id"), 1, 100, "custom_id")


def _options(part: Json) -> None:
    options = part.get("options") or []
    check(1 <= len(options) <= 25, "options", "Must be between 1 and 25 in length.")
    for option in options:
        within(option.get("label"), 1, 100, "options.label")
        within(option.get("value"), 1, 100, "options.value")
        check(len(option.get("description") or "") <= 100, "options.description", "Must be 100 or fewer in length.")
    values = [option["value"] for option in options]
    check(len(set(values)) == len(values), "options", "The specified option value is already used")


def _unique(components: list[Json]) -> None:
    ids = [part["custom_id"] for part in walk(components) if "custom_id" in part]
    check(len(set(ids)) == len(ids), "components", "Component custom id cannot be duplicated")


def _layout(components: list[Json], names: tuple[str, ...]) -> None:
    parts = list(walk(components))
    check(len(parts) <= V2_PARTS, "components", f"The total number of components must be at most {V2_PARTS}.")
    text = sum(len(part["content"]) for part in parts if part.get("type") == TEXT)
    check(text <= V2_TEXT, "components", f"The total text must be at most {V2_TEXT} characters.")
    for part in parts:
        if part.get("type") == TEXT:
            check(part.get("content"), "content", "This field is required.")
        elif part.get("type") == ROW:
            _row(part)
        elif part.get("type") == SECTION:
            check(1 <= len(part.get("components") or []) <= 3, "components", "Must be between 1 and 3 in length.")
            check(part.get("accessory"), "accessory", "This field is required.")
    for url in media(components):
        known = not url.startswith("attachment://") or url.removeprefix("attachment://") in names
        check(known, "media", "The referenced attachment was not found.")
    _unique(components)


def media(components: list[Json]) -> Iterator[str]:
    """The addresses of pictures and files that are shown."""
    for part in walk(components):
        for item in part.get("items") or []:
            yield item["media"]["url"]
        for name in ("media", "file"):
            if isinstance(part.get(name), dict):
                yield part[name]["url"]


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, those inside others too."""
    for part in components:
        yield part
        yield from walk(part.get("components") or [])
        for name in ("accessory", "component"):
            if isinstance(part.get(name), dict):
                yield from walk([part[name]])


def form(data: Json) -> None:
    """A modal."""
    within(data.get("title"), 1, 45, "title")
    within(data.get("custom_id"), 1, 100, "custom_id")
    parts = data.get("components") or []
    check(1 <= len(parts) <= 5, "components", "Must be between 1 and 5 in length.")
    for part in parts:
        if part.get("type") == TEXT:
            continue
        check(part.get("type") in (ROW, LABEL), "components", "A form holds labels and texts.")
        if part["type"] == LABEL:
            within(part.get("label"), 1, 45, "label")
            check(len(part.get("description") or "") <= 100, "description", "Must be 100 or fewer in length.")
            _asked(part.get("component") or {})
        else:
            for each in part.get("components") or []:
                within(each.get("label"), 1, 45, "label")
                _asked(each)
    _unique(parts)


def _asked(part: Json) -> None:
    within(part.get("custom_id"), 1, 100, "custom_id")
    if part.get("type") == INPUT:
        most = part.get("max_length", 4000)
        check(1 <= most <= 4000, "max_length", "Must be between 1 and 4000.")
        check(len(part.get("value") or "") <= most, "value", f"Must be {most} or fewer in length.")
        check(len(part.get("placeholder") or "") <= 100, "placeholder", "Must be 100 or fewer in length.")
    elif part.get("type") == SELECT:
        _options(part)


def numbered(components: list[Json]) -> list[Json]:
    """The components as Discord gives them back: each with a number, and what it fills in."""
    count = iter(range(1, 1000))

    def fill(part: Json) -> Json:
        found: Json = {"id": next(count), **part}
        match part.get("type"):
            case 2:
                found = {key: value for key, value in found.items() if value is not None}
            case 3:
                found = {"min_values": 1, "max_values": 1, **found}
            case 12:
                found["items"] = [_item(item) for item in part["items"]]
            case 14:
                found = {"spacing": 1, "divider": True, **found}
            case 17:
                found = {"accent_color": None, "spoiler": False, **found}
        if "components" in part:
            found["components"] = [fill(each) for each in part["components"]]
        if "accessory" in part:
            found["accessory"] = fill(part["accessory"])
        return found

    return [fill(part) for part in components]


def _item(item: Json) -> Json:
    url = item["media"]["url"]
    shown = {"id": "1", "proxy_url": url, **item["media"]}
    return {"description": None, "spoiler": False, **item, "media": shown}


def with_files(components: list[Json], addresses: dict[str, str]) -> list[Json]:
    """The components with `attachment://name` put right."""

    def mend(value: Any) -> Any:
        if isinstance(value, list):
            return [mend(each) for each in value]
        if isinstance(value, dict):
            return {key: mend(each) for key, each in value.items()}
        if isinstance(value, str) and value.startswith("attachment://"):
            return addresses.get(value.removeprefix("attachment://"), value)
        return value

    mended: list[Json] = mend(components)
    return mended


def thread(body: Json) -> None:
    within(body.get("name"), 1, 100, "name")
    check(body.get("auto_archive_duration", 1440) in (60, 1440, 4320, 10080), "auto_archive_duration", "Not one of.")


def commands(body: list[Json]) -> None:
    """A whole set of commands."""
    check(sum(each.get("type", 1) == 1 for each in body) <= 100, "commands", "Must be 100 or fewer in length.")
    names = [(each.get("type", 1), each["name"]) for each in body]
    check(len(set(names)) == len(names), "commands", "Application command names must be unique")
    for each in body:
        if each.get("type", 1) == 1:
            _command(each)
            check(_size(each) <= 8000, "commands", "Command exceeds maximum size (8000)")


def _command(command: Json) -> None:
    name = command["name"]
    check(NAME.fullmatch(name) and name == name.lower(), "name", "Command name is invalid")
    within(command.get("description"), 1, 100, "description")
    options = command.get("options") or []
    check(len(options) <= 25, "options", "Must be 25 or fewer in length.")
    required = [bool(option.get("required")) for option in options]
    check(required == sorted(required, reverse=True), "options", "Required options must be placed before others")
    for option in options:
        _command(option)
        choices = option.get("choices") or []
        check(len(choices) <= 25, "choices", "Must be 25 or fewer in length.")
        check(not (choices and option.get("autocomplete")), "choices", "Not together with autocomplete.")
        for choice in choices:
            within(choice["name"], 1, 100, "choices.name")
        check(option.get("max_length", 6000) <= 6000, "max_length", "Must be 6000 or fewer.")


def _size(command: Json) -> int:
    own = len(command["name"]) + len(command.get("description") or "")
    values = sum(len(each["name"]) + len(str(each["value"])) for each in command.get("choices") or [])
    return own + values + sum(_size(each) for each in command.get("options") or [])
