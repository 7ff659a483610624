"""What the page is shown: rows, places and the house as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from adapters.web import places
from adapters.web.example import example
from adapters.web.frames import command_in
from adapters.web.pictures import number_in
from adapters.web.rendering import FILE, PICTURE, Renderer, neutral
from agent.kinds import kinds
from agent.types import Attachment
from storage.addresses import Place
from storage.transcript import COACH, Row, Thread

_FENCE = f"```{FILE}\n"
_FENCES = (_FENCE, f"```{PICTURE} ")


class Views:
    """Makes the values of the server's frames."""

    def __init__(self) -> None:
        self._renderer = Renderer()

    def house(self, user: str, threads: Sequence[Thread]) -> dict[str, Any]:
        """All that a page must know before the first message: who one is, the channels, threads and kinds."""
        return {
            "person": {"id": user, "name": places.name_of(user)},
            "channels": [{"id": name, "name": name, "direct": False} for name in places.CHANNELS]
            + [{"id": places.direct(user).channel, "name": "", "direct": True}],
            "threads": [
                {
                    **self.place(thread.place),
                    "title": neutral(thread.opening.markdown),
                    "private": bool(thread.opening.viewer),
                    "mine": thread.mine,
                    "revision": thread.revision,
                    "at": _milliseconds(thread.last_at.timestamp()),
                }
                for thread in threads
            ],
            "kinds": [{"name": kind.name, "title": kind.title} for kind in kinds().values()],
            "example": self._example,
        }

    def row(self, row: Row, user: str, live: str | None) -> dict[str, Any]:
        """A row as this person sees it; `live` is its newest text while it is being written.

        `source` is there where the person may edit the row.
        """
        text = row.markdown if live is None else live
        mine = row.author == user
        shown = {
            "id": row.id,
            "revision": row.revision,
            **self.place(row.place),
            "author": row.author,
            "name": "" if row.author == COACH else places.name_of(row.author),
            "at": _milliseconds(row.said_at.timestamp()),
            "private": bool(row.viewer),
            "deleted": row.deleted,
            "live": live is not None,
            "html": self.html(row.author, text) if live is None else self.preview(text),
            "choices": [_neutral(choice) for choice in row.choices],
            "chart": _neutral(row.chart),
        }
        if number_in(row):
            shown["picture"] = True
        if mine and not text.startswith(_FENCES) and command_in(text) is None:
            shown["source"] = text
        opened = row.id.removeprefix(f"{places.PLATFORM}:thread:")
        if opened != row.id:
            shown["opens"] = opened
            shown["title"] = neutral(text)
        return shown

    def html(self, author: str, text: str) -> str:
        """A finished message."""
        return self._renderer.render("coach" if author == COACH else "person", text)

    def preview(self, text: str) -> str:
        """A message that is still being written."""
        return self._renderer.preview(text)

    def place(self, place: Place) -> dict[str, str]:
        """Where something is."""
        return {"channel": place.channel, "thread": place.thread}

    def file(self, file: Attachment) -> str:
        """The text of the row that stands for an attached file."""
        size = f"{file.size} bytes" if file.size < 1000 else f"{file.size / 1000:,.0f} KB"
        parts = [" ".join(file.name.replace("`", "'").split()), size, *([file.problem] if file.problem else [])]
        return f"{_FENCE}{' · '.join(parts)}\n```"

    def picture(self, file: Attachment, number: int) -> str:
        """The text of the row that stands for a picture."""
        return self.file(file).replace(_FENCE, f"```{PICTURE} {number}\n", 1)

    @cached_property
    def _example(self) -> list[dict[str, Any]]:
        return [
            {
                "author": author,
                "html": self.html(author, text),
                "choices": list(choices),
                "chart": chart,
            }
            for author, text, choices, chart in example()
        ]


def _neutral(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case str():
            return neutral(value)
        case Mapping():
            return {name: _neutral(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_neutral(inner) for inner in value]
    return value


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
