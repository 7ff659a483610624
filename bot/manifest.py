"""The command that prints the manifest of the Slack app."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from bot.wording.slack_manifest import NO_ADDRESS

Manifest = Callable[[str], dict[str, Any]]
"""Describes the app for HTTP at a public address or, where that is empty, for Socket Mode."""

STYLE: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 110}


def printing(made_for: Manifest) -> Callable[..., None]:
    """The command `manifest`, of an app that is described by `made_for`."""

    def manifest(
        http: Annotated[str, typer.Option(metavar="URL", help="For HTTP at this public address.")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
    ) -> None:
        """Print the manifest from which Slack makes the app: for Socket Mode, or for HTTP at a public address.

        Example: talkpro manifest --http https://talkpro.example
        """
        import yaml

        address = urlsplit(http)
        if http and (address.scheme not in ("http", "https") or not address.hostname or address.query):
            raise typer.BadParameter(NO_ADDRESS)
        made = made_for(http)
        text = json.dumps(made, ensure_ascii=False, indent=2) if as_json else yaml.safe_dump(made, **STYLE)
        typer.echo(text.rstrip())

    return manifest
