"""What is said around the file with one's own data."""

from __future__ import annotations

from datetime import datetime

from bot.wording.parts import ended

LABEL = "Export"


def name(now: datetime) -> str:
    """What the file is called."""
    return f"talkpro-{now:%Y-%m-%d-%H%M%S}.json"


def handed(*, elsewhere: bool) -> str:
    """With the file. `elsewhere`: some interviews were held in another workspace."""
    text = "Here is all that I keep about you, as a JSON file: your interviews, answers, scores and settings."
    if elsewhere:
        text += (
            " What you wrote in another workspace is left out here, and only its scores are in the file: "
            "press Export there too."
        )
    return text


def on_its_way() -> str:
    """Where it was asked for."""
    return "Your file comes in our direct messages. If not, they are closed to me: open them and press Export again."


def cannot_write(why: str) -> str:
    """The file is handed over in direct messages, which cannot be opened."""
    return f"I hand the file over in direct messages, and cannot open them: {ended(why)}"
