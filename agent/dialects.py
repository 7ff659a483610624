"""How a prompt is put for a server: Claude's own way, or the plain one that every compatible server understands."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from agent.keeping import Keep
from agent.prompts import Exchange, Picture, Prompt

MARKERS: Mapping[Keep, Mapping[str, str]] = {
    Keep.MINUTES: {"type": "ephemeral"},
    Keep.HOUR: {"type": "ephemeral", "ttl": "1h"},
}

CURRENT = ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5")
"""Models known to take an effort. Others are asked without: one that does not know the field refuses the request."""

THINKS_ONLY_IF_ASKED = ("claude-haiku-5-5",)
"""Models that may be told not to think first; the larger ones refuse that, and judge worse without."""

ASKED_IN_WORDS = """
# How to reply

Reply with one JSON object and nothing else: no fence, no word before or after it. It must match this JSON schema, its \
properties in this order:

"""


class Dialect(StrEnum):
    """How requests are written."""

    CLAUDE = "claude"
    GENERIC = "generic"

    @classmethod
    def of(cls, model: str, wish: str = "auto") -> Dialect:
        """Tell the dialect for a model; `wish` is a dialect's name, or `auto` for going by the model's name."""
        if wish != "auto":
            return cls(wish)
        return cls.CLAUDE if model.startswith("claude-") else cls.GENERIC


def arguments(
    dialect: Dialect, model: str, prompt: Prompt, schema: Mapping[str, Any], *, keep: bool = False
) -> dict[str, Any]:
    """Write a request for a reply that matches a schema, as the arguments of a Messages call.

    `keep`: the rules are worth keeping for other interviews, for an hour.
    """
    if dialect is Dialect.CLAUDE:
        return _for_claude(model, prompt, schema, keep=keep)
    return _for_any(model, prompt, schema)


def _for_claude(model: str, prompt: Prompt, schema: Mapping[str, Any], *, keep: bool) -> dict[str, Any]:
    """The server holds the model to the schema, and keeps what is marked.

    The rules come first and alone, so that every interview of the kind reads them from the cache. What is kept longer
    must stand before what is kept shorter.
    """
    output: dict[str, Any] = {"format": {"type": "json_schema", "schema": schema}}
    if model.startswith(CURRENT):
        output["effort"] = "low"
    system = [_block(prompt.rules, Keep.HOUR if keep else prompt.keep)]
    if prompt.question:
        system.append(_block(prompt.question, prompt.keep))
    messages = [message for exchange in prompt.exchanges for message in _exchanged(exchange)]
    last = _content(prompt.ask, prompt.pictures, prompt.keep_ask)
    request: dict[str, Any] = {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "system": system,
        "messages": [*messages, {"role": "user", "content": last}],
        "output_config": output,
    }
    if model.startswith(THINKS_ONLY_IF_ASKED):
        request["thinking"] = {"type": "disabled"}
    return request


def _for_any(model: str, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing but what every server knows: texts, and the schema among them."""
    asked = ASKED_IN_WORDS + json.dumps(schema, ensure_ascii=False)
    texts = [(message.sent, message.reply) for message in prompt.exchanges]
    messages = [
        message
        for sent, reply in texts
        for message in ({"role": "user", "content": sent}, {"role": "assistant", "content": reply})
    ]
    return {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "system": "\n".join(filter(None, (prompt.rules, prompt.question))) + asked,
        "messages": [*messages, {"role": "user", "content": prompt.ask}],
    }


def _exchanged(exchange: Exchange) -> tuple[dict[str, Any], dict[str, Any]]:
    sent = _content(exchange.sent, exchange.pictures, exchange.keep)
    return {"role": "user", "content": sent}, {"role": "assistant", "content": exchange.reply}


def _content(text: str, pictures: Iterable[Picture], keep: Keep | None) -> list[dict[str, Any]]:
    return [*map(_image, pictures), _block(text, keep)]


def _block(text: str, keep: Keep | None) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": text}
    return block if keep is None else block | {"cache_control": dict(MARKERS[keep])}


def _image(picture: Picture) -> dict[str, Any]:
    data = b64encode(picture.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": picture.media_type, "data": data}}
