"""The command line: `talkpro` and its commands, each with an example in its help."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from structlog.typing import FilteringBoundLogger

from bot import exits, trials
from bot.core import Core
from bot.logs import make_log
from bot.manifest import Manifest, printing
from bot.ports import Platform
from bot.settings import Settings
from bot.wiring import Build, Running, open_database, run_until_told, running, utc_now
from bot.wording import command_line as command_line_words
from bot.wording import sealing
from storage import keys, migrations
from storage.claim import claim_file
from storage.database import Database
from storage.usage import Total, by_model, by_workspace

T = TypeVar("T")


def command_line(build: Build, terminal: Callable[[Core], Platform], slack_manifest: Manifest) -> typer.Typer:
    """Make the command line.

    `build` makes the platforms of `run`, `terminal` that of `chat`; `slack_manifest` describes the app for Slack, for
    HTTP at a public address or, where that is empty, for Socket Mode.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.callback(invoke_without_command=True)
    def talkpro(context: typer.Context) -> None:
        """Mock technical interviews in Slack, Discord, a browser and a terminal."""
        if context.invoked_subcommand is None:
            run()

    @app.command()
    def run() -> None:
        """Run the coach on every platform that is set up; with none, the playground in your browser.

        Example: talkpro run
        """
        settings = exits.settings()
        log = make_log(settings.log_level)
        exits.finished(run_until_told(settings, build, log, _say_started), settings)

    @app.command()
    def chat() -> None:
        """Be interviewed here, in the terminal or through a pipe; a data file of its own.

        Example: talkpro chat < answers.txt
        """
        settings = exits.settings()
        if not settings.database_url:
            settings = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{settings.data / 'chat.db'}"})
        exits.finished(_chat(settings, terminal, make_log("error")), settings)

    @app.command()
    def doctor(as_json: exits.AsJson = False) -> None:
        """Check every setting by using it, and say how to mend what does not work.

        Example: talkpro doctor
        """
        from bot.doctor import examine

        findings = asyncio.run(examine(exits.settings(), build))
        if as_json:
            typer.echo(json.dumps([asdict(finding) for finding in findings]))
        else:
            for finding in findings:
                mend = f"\n      {finding.mend}" if finding.mend and not finding.ok else ""
                typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.detail}{mend}")
        raise typer.Exit(0 if all(finding.ok for finding in findings) else exits.FOUND)

    @app.command()
    def export(account: Annotated[str, typer.Argument(help="The account's id; /interview me shows it.")]) -> None:
        """Print everything stored of one account as JSON.

        Example: talkpro export 3f0c2a9b > mine.json
        """
        settings = exits.settings()
        data = exits.finished(_export(settings, account), settings)
        if data is None:
            raise typer.BadParameter(command_line_words.no_account(account))
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))

    @app.command()
    def usage(
        days: Annotated[int, typer.Option(min=1, max=3650, help="How many days to look back.")] = 30,
        as_json: exits.AsJson = False,
    ) -> None:
        """Print what models cost, by workspace and by model: tokens and dollars.

        Example: talkpro usage --days 7
        """
        workspaces, models = asyncio.run(_with_reader(exits.settings(), partial(_usage, days=days)))
        if as_json:
            found = {"workspaces": [asdict(one) for one in workspaces], "models": [asdict(one) for one in models]}
            typer.echo(json.dumps(found))
        else:
            typer.echo(command_line_words.usage_table(command_line_words.WORKSPACE, workspaces))
            typer.echo(command_line_words.usage_table(command_line_words.MODEL, models))

    app.command("eval")(trials.evaluate)
    for command in (trials.runcode, trials.simulate, printing(slack_manifest)):
        app.command()(command)
    app.add_typer(_database_commands(), name="db")
    app.add_typer(trials.question_commands(), name="questions")
    return app


def _database_commands() -> typer.Typer:
    app = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)

    @app.command()
    def upgrade() -> None:
        """Bring the tables up to date.

        Example: talkpro db upgrade
        """
        settings = exits.settings()
        typer.echo(command_line_words.upgraded(changed=exits.finished(_upgrade(settings), settings)))

    @app.command()
    def backup(to: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
        """Copy a SQLite database to a file, also while it runs.

        Example: talkpro db backup talkpro-monday.db
        """
        from storage.backup import backup as back_up

        asyncio.run(_with_reader(exits.settings(), lambda database: back_up(database, to)))
        typer.echo(command_line_words.backed_up(str(to)))

    @app.command()
    def seal() -> None:
        """Encrypt everything with the first of TALKPRO_SECRET_KEY, so that the keys behind it may go.

        Example: talkpro db seal
        """
        settings = exits.settings()
        if settings.secret_key is None:
            typer.echo(sealing.NOTHING_TO_SEAL_WITH, err=True)
            raise typer.Exit(exits.USAGE)
        typer.echo(sealing.sealed(exits.finished(_seal(settings), settings)))

    @app.command()
    def copy(
        url: Annotated[str, typer.Argument(help="The database to copy to; it must be empty.")],
        as_json: exits.AsJson = False,
    ) -> None:
        """Move everything to another database: SQLite to PostgreSQL, or back.

        Example: talkpro db copy postgresql+asyncpg://talkpro@localhost/talkpro
        """
        settings = exits.settings()
        counts = exits.finished(_copy(settings, url), settings)
        typer.echo(json.dumps(counts) if as_json else command_line_words.copied(counts))

    return app


def _say_started(house: Running) -> None:
    typer.echo(command_line_words.started(house.address))
    if house.why_nothing_runs:
        typer.echo(command_line_words.nothing_is_run(house.why_nothing_runs))


async def _chat(settings: Settings, terminal: Callable[[Core], Platform], log: FilteringBoundLogger) -> None:
    async with running(settings, lambda core: [terminal(core)], log, serve=False, stock=False) as house:
        talk = house.voices[0]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, talk.cancel)
        await asyncio.wait([talk])
        if talk.cancelled():
            typer.echo("\n" + command_line_words.TERMINAL_LEFT)


async def _export(settings: Settings, account: str) -> dict[str, Any] | None:
    from storage.export import export_account

    async def exported(database: Database) -> dict[str, Any] | None:
        await database.read(keys.check, database.sealer)
        return await database.read(export_account, account)

    return await _with_reader(settings, exported)


async def _with_reader(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the database without claiming it: a command that only reads may run beside the coach."""
    database = await Database.open(settings.database, settings.sealer)
    try:
        return await work(database)
    finally:
        await database.close()


async def _usage(database: Database, days: int) -> tuple[list[Total], list[Total]]:
    since = utc_now() - timedelta(days=days)
    return await database.read(by_workspace, since), await database.read(by_model, since)


async def _upgrade(settings: Settings) -> bool:
    settings.data.mkdir(parents=True, exist_ok=True)
    with claim_file(settings.database):
        return await _with_reader(settings, migrations.upgrade)


async def _seal(settings: Settings) -> int:
    async with open_database(settings) as database:
        return await keys.seal_all(database)


async def _copy(settings: Settings, url: str) -> dict[str, int]:
    from storage.copy import copy

    async with open_database(settings) as source:
        target = await Database.open(url, source.sealer)
        try:
            await migrations.upgrade(target)
            return await copy(source, target)
        finally:
            await target.close()
