"""How a command of the command line ends: its exit status, and one sentence where a person can mend what is wrong."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from agent.bank import BankError
from bot.settings import Settings
from bot.wiring import NotMigrated
from bot.wording import command_line as command_line_words
from bot.wording import sealing
from storage import migrations
from storage.claim import FileTaken
from storage.copy import NotEmpty
from storage.keys import KeyMissing
from storage.sealing import CannotOpen

T = TypeVar("T")

FOUND, USAGE = 1, 2
"""Exit statuses beside 0: it found what it looks for (failures); it was called wrongly, or cannot run as things are."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def settings() -> Settings:
    """The settings of this command; what is wrong with them ends it with exit status 2."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            typer.echo(command_line_words.setting_wrong(str(problem["loc"][0]), problem["msg"]), err=True)
        raise typer.Exit(USAGE) from None


def finished(work: Coroutine[Any, Any, T], settings: Settings) -> T:
    """Run to the end; what a person can mend ends in one sentence and exit status 2."""
    try:
        return asyncio.run(work)
    except Exception as error:
        sentence = _mendable(_innermost(error), settings)
        if sentence is not None:
            typer.echo(sentence, err=True)
            raise typer.Exit(USAGE) from None
        raise


def _innermost(error: Exception) -> Exception:
    """What a task group wrapped, when it is one error alone."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _mendable(error: Exception, settings: Settings) -> str | None:
    match error:
        case FileTaken():
            return command_line_words.file_taken(str(error.path), error.pid)
        case NotMigrated():
            return command_line_words.NOT_MIGRATED
        case KeyMissing():
            return sealing.key_missing(len(error.missing), given=error.given)
        case CannotOpen():
            return sealing.CHANGED
        case BankError() | NotEmpty() | migrations.TooNew():
            return str(error)
        case OSError(errno=errno.EADDRINUSE | errno.EADDRNOTAVAIL | errno.EACCES):
            return command_line_words.address_taken(f"{settings.http_host}:{settings.http_port}")
        case SQLAlchemyError() | ConnectionError():
            return command_line_words.DATABASE_SILENT
    return None
