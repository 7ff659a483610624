"""Encryption at rest: texts and files of people are sealed with a key before a database sees them.

With no key everything is stored as it is, and what was sealed stays closed. Who has the database and not the key
can read no answer, and cannot change one unseen.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import Dialect, LargeBinary, Text, TypeDecorator

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

SEALED = "sealed:talkpro:"
"""How a sealed text begins; a Fernet token follows."""
PLAIN = "plain:talkpro:"
"""How a text begins that was stored without a key and itself begins with one of these two; the text follows."""
_BASE64 = re.compile(r"[A-Za-z0-9_-]{43}=?")


class BadKey(ValueError):
    """What was given as a key is none; `number` counts from 1 up to `count`. The key itself is not named."""

    def __init__(self, number: int, count: int) -> None:
        """Say which."""
        super().__init__(f"key {number} of {count} is not 32 bytes in url-safe base64")
        self.number = number
        self.count = count


class CannotOpen(Exception):
    """It was sealed with a key that we do not have, or was changed since, or stands where it does not belong."""


class Sealer:
    """Seals with the first of its keys and opens with any, so that keys can be changed; without keys seals nothing.

    A key is 32 random bytes in url-safe base64, as `cryptography` makes them for Fernet. A purpose, such as the name
    of a column, is sealed in with each value, so that no value can be put in the place of another sort.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Take the keys, the one to seal with first. Raises BadKey."""
        raw = [_decoded(key, number, len(keys)) for number, key in enumerate(keys, 1)]
        self.fingerprints = tuple(sha256(b"talkpro key " + key).hexdigest()[:16] for key in raw)
        """What tells the keys apart and gives none of them away, in their order."""
        self._box = _box(raw) if raw else None

    @classmethod
    def of(cls, keys: str) -> Sealer:
        """Make one of keys with commas between, as TALKPRO_SECRET_KEY holds them. Raises BadKey."""
        return cls([key.strip() for key in keys.split(",")] if keys.strip() else ())

    def __repr__(self) -> str:
        """Tell how many keys there are and nothing else."""
        return f"Sealer({len(self.fingerprints)} keys)"

    @property
    def seals(self) -> bool:
        """Whether it has a key."""
        return self._box is not None

    def seal(self, text: str, purpose: str) -> str:
        """What to store for this text. The empty text stays empty: there is nothing to hide, and much to compare."""
        if not text:
            return text
        if self._box is None:
            return f"{PLAIN}{text}" if text.startswith((SEALED, PLAIN)) else text
        return SEALED + self._box.encrypt(_bound(purpose) + text.encode()).decode()

    def open(self, stored: str, purpose: str) -> str:
        """The text that was stored, sealed or before there was a key. Raises CannotOpen."""
        if stored.startswith(SEALED):
            return self._opened(stored.removeprefix(SEALED).encode(), purpose).decode()
        return stored.removeprefix(PLAIN)

    def seal_bytes(self, content: bytes, purpose: str) -> bytes:
        """What to store for these bytes: one that tells sealed from plain, and the rest."""
        if self._box is None:
            return b"\0" + content
        return b"\1" + self._box.encrypt(_bound(purpose) + content)

    def open_bytes(self, stored: bytes, purpose: str) -> bytes:
        """The bytes that were stored. Raises CannotOpen."""
        return self._opened(stored[1:], purpose) if stored[:1] == b"\1" else stored[1:]

    def _opened(self, token: bytes, purpose: str) -> bytes:
        from cryptography.fernet import InvalidToken

        if self._box is None:
            raise CannotOpen(f"{purpose} is sealed, and there is no key")
        try:
            content = self._box.decrypt(token)
        except InvalidToken:
            raise CannotOpen(f"{purpose} was sealed with another key, or changed since") from None
        if not content.startswith(_bound(purpose)):
            raise CannotOpen(f"{purpose} was sealed for something else")
        return content.removeprefix(_bound(purpose))


class Sealed(TypeDecorator[str]):
    """A column of texts that lie sealed in the database; statements see them open."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        """Name the purpose, which never changes: it is sealed in."""
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal."""
        return None if value is None else sealer_of(dialect).seal(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open."""
        return None if value is None else sealer_of(dialect).open(value, self.purpose)


class SealedBytes(TypeDecorator[bytes]):
    """A column of bytes that lie sealed in the database; statements see them open."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        """Name the purpose, which never changes: it is sealed in."""
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal."""
        return None if value is None else sealer_of(dialect).seal_bytes(value, self.purpose)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Open."""
        return None if value is None else sealer_of(dialect).open_bytes(value, self.purpose)


def give(dialect: Dialect, sealer: Sealer) -> None:
    """Let everything that goes through this engine's dialect (each engine has its own) be sealed by `sealer`."""
    dialect.__dict__["talkpro_sealer"] = sealer


def sealer_of(dialect: Dialect) -> Sealer:
    """The sealer that an engine's dialect was given; one without keys where it was given none."""
    found: Sealer | None = dialect.__dict__.get("talkpro_sealer")
    return found or Sealer()


def _decoded(key: str, number: int, count: int) -> bytes:
    if _BASE64.fullmatch(key):
        try:
            return base64.urlsafe_b64decode(key.ljust(44, "="))
        except binascii.Error:
            pass
    raise BadKey(number, count)


def _box(keys: Sequence[bytes]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # it takes a tenth of a second to load

    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _bound(purpose: str) -> bytes:
    return purpose.encode() + b"\0"
