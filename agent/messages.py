"""What a person says: messages, the files that come with them, and both as the one text that is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `address` is what its platform fetches it by, `media_type` what it claims to be.

    Once it was looked at it has a `text`, or is a `picture` (its media type by its bytes), or has a `problem` that
    says why it does not count; a picture with a problem is one that nobody here can see.
    """

    name: str
    address: str
    size: int
    media_type: str = ""
    text: str = ""
    problem: str = ""
    picture: str = ""

    @property
    def is_read(self) -> bool:
        """Whether it was looked at."""
        return bool(self.text or self.problem or self.picture)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the person's; `id` is the platform's, `sent_at` its time."""

    id: str
    text: str
    sent_at: datetime
    files: tuple[Attachment, ...] = ()


PROSE_FILES = ("", "txt", "text", "md", "markdown", "rst", "adoc", "org")
"""Endings of files that hold words; others are taken for code and fenced."""


def text_of(message: Message) -> str:
    """A message with the text of its files, each under its name and the code ones fenced, as it is judged."""
    parts = [message.text]
    parts += [f"{file.name}:\n{_fenced(file)}" for file in message.files if file.text]
    return "\n\n".join(part for part in parts if part)


def _fenced(file: Attachment) -> str:
    _, dot, ending = file.name.rpartition(".")
    fences = re.findall(r"`{3,}", file.text)
    if (ending.lower() if dot else "") in PROSE_FILES:
        return f"\n{file.text}" + ("\n```" if len(fences) % 2 else "")
    fence = max((f"{mark}`" for mark in fences), key=len, default="```")
    return f"{fence}\n{file.text}\n{fence}"
