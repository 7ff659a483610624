"""Reads a request to the Messages API as a strict server and a careful house would, and says what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

FIELDS = {"model", "max_tokens", "system", "messages", "stream", "output_config", "thinking"}
GENERIC_FIELDS = {"model", "max_tokens", "system", "messages", "stream"}

SCHEMA_WORDS = {
    *("$defs", "$ref", "additionalProperties", "allOf", "anyOf", "const", "description", "enum", "format", "items"),
    *("minItems", "properties", "required", "title", "type"),
}
FORMATS = {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid"}

KEPT = ({"type": "ephemeral", "ttl": "1h"}, {"type": "ephemeral"})
MAX_MARKERS = 4
SMALLEST_CACHED = 512
"""Tokens below which a marker does nothing."""

A_TIME = re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")

TOLD = {
    *("argument", "asked", "ask_follow_up", "candidate_answer", "characters_left_out", "code_run", "earlier"),
    *("language", "name_missed", "points_asked", "remarks"),
}
"""What a request for a judgement may hold."""

WANTED = {"topic", "difficulty", "kinds", "titles"}
"""What a request for a question holds."""
LONGEST_TOPIC = 80


def problems(
    request: Mapping[str, Any], *, generic: bool = False, private: Collection[str] = (), said: Collection[str] = ()
) -> list[str]:
    """Return what is wrong, in words.

    `private`: what must be in no part that stays (names, ids); `said`: the person's texts, which belong into one field.
    """
    found = [
        f"the field {name} is not ours to send" for name in request.keys() - (GENERIC_FIELDS if generic else FIELDS)
    ]
    found += _thinking(request)
    found += _messages(request)
    found += _stays(request, private, said)
    found += _schema(request, generic=generic)
    if generic:
        found += ["a generic server knows no cache_control"] * ("cache_control" in json.dumps(request))
        return found
    return found + list(_markers(request))


def stays(request: Mapping[str, Any]) -> str:
    """The part of a request that is the same from turn to turn."""
    system = request.get("system", "")
    return system if isinstance(system, str) else "\n".join(block["text"] for block in system)


def texts(message: Mapping[str, Any]) -> list[str]:
    """The texts of a message."""
    content = message["content"]
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content if block["type"] == "text"]


def _thinking(request: Mapping[str, Any]) -> Iterator[str]:
    thinking = request.get("thinking")
    if thinking is not None:
        if thinking != {"type": "disabled"}:
            yield f"thinking may only be turned off, not {thinking}"
        if "haiku" not in request["model"]:
            yield f"{request['model']} does not let its thinking be turned off"
    effort = request.get("output_config", {}).get("effort")
    if effort not in (None, "low"):
        yield f"the effort is {effort}"


def _messages(request: Mapping[str, Any]) -> Iterator[str]:
    messages = request["messages"]
    roles = [message["role"] for message in messages]
    if roles != ["user", "assistant"] * (len(messages) // 2) + ["user"]:
        yield f"the roles are {roles}"
    for message in messages:
        blocks = _blocks(message)
        kinds = [block["type"] for block in blocks]
        if message["role"] == "assistant":
            if kinds != ["text"]:
                yield f"a replayed reply is made of {kinds}"
            continue
        if kinds != ["image"] * (len(kinds) - 1) + ["text"]:
            yield f"a message is made of {kinds}"
        for block in blocks:
            if block["type"] == "image" and block["source"]["type"] != "base64":
                yield f"an image is sent as {block['source']['type']}"
        yield from _told(texts(message)[-1])


def _told(text: str) -> Iterator[str]:
    try:
        told = json.loads(text)
    except ValueError:
        yield f"a message of the user is no JSON: {text[:80]!r}"
        return
    if not isinstance(told, dict):
        yield f"a message of the user is no JSON object: {text[:80]!r}"
    elif "candidate_answer" in told:
        for name in told.keys() - TOLD:
            yield f"nobody has explained {name} to the model"
    elif "topic" in told:
        if told.keys() != WANTED:
            yield f"a question is asked for by {sorted(told)}"
        if len(told["topic"]) > LONGEST_TOPIC or not told["topic"].isprintable():
            yield f"a topic is not bounded and cleaned: {told['topic'][:100]!r}"


def _stays(request: Mapping[str, Any], private: Collection[str], said: Collection[str]) -> Iterator[str]:
    kept = stays(request)
    for text in private:
        if text and text in kept:
            yield f"the part that stays holds {text!r}"
    if time := A_TIME.search(kept):
        yield f"the part that stays holds a time: {time.group()!r}"
    for text in said:
        if text and text in kept:
            yield f"the part that stays holds what the person wrote: {text[:80]!r}"


def _schema(request: Mapping[str, Any], *, generic: bool) -> Iterator[str]:
    if generic:
        if '"additionalProperties": false' not in stays(request):
            yield "a generic server finds no schema in the prompt"
        return
    asked = request.get("output_config", {}).get("format")
    if asked is None or asked["type"] != "json_schema":
        yield "no schema holds the model"
        return
    yield from _schema_part(asked["schema"], "schema")


def _schema_part(schema: Any, where: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{where} is no schema"
        return
    for word in schema.keys() - SCHEMA_WORDS:
        yield f"{where}: the server knows no {word}"
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            yield f"{where}: an object must forbid other properties"
        if set(schema.get("required", ())) != set(schema.get("properties", ())):
            yield f"{where}: every property is to be required"
    if schema.get("format") not in (None, *FORMATS):
        yield f"{where}: the server knows no format {schema['format']}"
    if schema.get("minItems", 0) not in (0, 1):
        yield f"{where}: minItems may be 0 or 1"
    for name in schema.get("properties", {}):
        if re.search(r"reason|thought|thinking|chain", name):
            yield f"{where}.{name}: asking for thoughts by name is refused"
    parts = {**schema.get("properties", {}), **schema.get("$defs", {})}
    if "items" in schema:
        parts["[]"] = schema["items"]
    for name, part in parts.items():
        yield from _schema_part(part, f"{where}.{name}")


def _markers(request: Mapping[str, Any]) -> Iterator[str]:
    system = request["system"]
    if isinstance(system, str):
        yield "the part that stays is no list of blocks"
        return
    marked = [block.get("cache_control") for block in system]
    judging = '"candidate_answer"' in texts(request["messages"][-1])[-1]
    if any(marked[1:]) and not marked[0]:
        yield "the question is kept and the rules are not"
    if not judging and any(marked):
        yield "a summary is asked for once: nothing is to be kept"
    if judging and len(system[0]["text"]) / 4 < SMALLEST_CACHED:
        yield "the rules are too short to be kept"
    last = [block.get("cache_control") for block in _blocks(request["messages"][-1])]
    earlier = [block.get("cache_control") for message in request["messages"][:-1] for block in _blocks(message)]
    if any(last[:-1]):
        yield f"the last message is marked {last}"
    said = [marker for marker in (*earlier, last[-1]) if marker]
    if len(said) > 1:
        yield "an earlier message still carries a marker"
    if said and not any(marked[1:]):
        yield "the conversation is kept and the question is not"
    markers = [marker for marker in (*marked, *said) if marker]
    if len(markers) > MAX_MARKERS:
        yield "more than four markers"
    if any(marker not in KEPT for marker in markers):
        yield f"a marker is none of {KEPT}"
    if markers != sorted(markers, key=lambda marker: "ttl" not in marker):
        yield "what is kept for an hour stands behind what is kept for five minutes"


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
