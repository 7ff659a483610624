"""Judges every REST exchange by Discord's own OpenAPI file, and by what that file does not say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.fakes.discord.rest import Exchange
from tests.fakes.discord.world import Json

FILE = Path(__file__).parents[4] / "shared" / "data" / "discord-openapi.json"
MISSING = "no ../shared/data/discord-openapi.json beside the checkout: requests to Discord are not judged"

THE_LIBRARYS = {"nsfw", "tts"}
"""Fields that discord.py sends with every command and every edit, and the file does not know there."""


class Judge:
    """Collects what is wrong with the exchanges it is shown."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.seen = 0

    def __call__(self, exchange: Exchange) -> None:
        """Look at a request and its answer."""
        self.seen += 1
        name = f"{exchange.method} {exchange.route}"
        operation = _spec()["paths"].get(exchange.route, {}).get(exchange.method.lower())
        if operation is None:
            self.problems.append(f"{name}: no such route")
            return
        if exchange.body is not None:
            self._request(name, exchange, operation)
        if exchange.status < 300 and exchange.answer is not None:
            validator = _validator(exchange.route, exchange.method.lower(), str(exchange.status))
            if validator is None:
                self.problems.append(f"{name}: {exchange.status} has no body")
            else:
                self._errors(f"{name}: the fake's answer", validator, exchange.answer)

    def _request(self, name: str, exchange: Exchange, operation: Json) -> None:
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            if exchange.body:
                self.problems.append(f"{name}: a body where there is none: {sorted(exchange.body)}")
            return
        validator = _validator(exchange.route, exchange.method.lower(), "")
        if validator is not None:
            self._errors(f"{name}: the request", validator, ids_as_text(exchange.body))
        unknown = sorted(unknown_fields(exchange.body, content["application/json"]["schema"]) - THE_LIBRARYS)
        if unknown:
            self.problems.append(f"{name}: unknown fields {unknown}")
        for text in contents(exchange.body):
            if len(text) > 2000:
                self.problems.append(f"{name}: content of {len(text)} characters")

    def _errors(self, name: str, validator: Any, value: Any) -> None:
        for error in validator.iter_errors(value):
            self.problems.append(f"{name}: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}")


def ids_as_text(value: Any, within: str = "") -> Any:
    """The same with ids as strings; the library sends some, and those of files, as numbers, and Discord takes both."""
    if isinstance(value, dict):
        return {key: ids_as_text(each, f"{within}/{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [ids_as_text(each, within) for each in value]
    is_id = isinstance(value, int) and (value > 1 << 53 or within.endswith("attachments/id"))
    return str(value) if is_id else value


def contents(body: Any) -> list[str]:
    """Every message content in a request."""
    if not isinstance(body, dict):
        return []
    own = [body["content"]] if isinstance(body.get("content"), str) else []
    return own + contents(body.get("data"))


def is_there() -> bool:
    return FILE.is_file()


@cache
def _spec() -> Json:
    spec: Json = json.loads(FILE.read_text())
    return spec


@cache
def _validator(route: str, method: str, status: str) -> Any:
    """For the request (no status) or for the answer of this status; compiled once."""
    operation = _spec()["paths"][route][method]
    part = operation["responses"].get(status, {}) if status else operation["requestBody"]
    schema = part.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": _spec()["components"],
        "allOf": [schema],
    }
    return jsonschema_rs.validator_for(whole)


def unknown_fields(value: Any, schema: Json, where: str = "") -> set[str]:
    """Fields that no branch of the schema knows; the file itself lets anything extra pass."""
    if isinstance(value, list):
        items = [each for branch in _branches(schema) if isinstance(each := branch.get("items"), dict)]
        return {found for entry in value for found in unknown_fields(entry, {"anyOf": items}, where) if items}
    if not isinstance(value, dict):
        return set()
    branches = [branch for branch in _branches(schema) if "properties" in branch]
    if not branches or any(branch.get("additionalProperties") for branch in _branches(schema)):
        return set()
    found: set[str] = set()
    for key, entry in value.items():
        known = [branch["properties"][key] for branch in branches if key in branch["properties"]]
        path = f"{where}.{key}" if where else key
        found |= unknown_fields(entry, {"anyOf": known}, path) if known else {path}
    return found


def _branches(schema: Json) -> list[Json]:
    """Every plain schema that a value may have to follow."""
    if "$ref" in schema:
        return _branches(_spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    inner = [each for name in ("oneOf", "anyOf", "allOf") for each in schema.get(name, ())]
    return [schema, *(branch for each in inner for branch in _branches(each))]
