"""A real database whose connection fails on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Unsteady(Database):
    """`away` refuses every call; a name in `losing` lets that work be committed once and loses the answer."""

    away = False
    losing: str = ""

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write, if the mood allows."""
        if self.away:
            raise ConnectionRefusedError
        value = await super().write(work, *args, **kwargs)
        if self.losing and getattr(work, "__name__", "") == self.losing:
            self.losing = ""
            raise ConnectionResetError
        return value

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read, if the mood allows."""
        if self.away:
            raise ConnectionRefusedError
        return await super().read(work, *args, **kwargs)
