"""The command line: `talkpro` and its commands, each with an example in its help."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from structlog.typing import FilteringBoundLogger

from agent.bank import BankError
from agent.claude import Access
from agent.interviewer import Interviewer
from agent.types import Question
from bot.core import Core
from bot.logs import make_log
from bot.manifest import Manifest, printing
from bot.ports import Platform
from bot.settings import Settings
from bot.wiring import Build, NotMigrated, Running, access_of, open_database, run_until_told, running, utc_now
from bot.wording import command_line as command_line_words
from bot.wording import sealing
from storage import keys, migrations
from storage.claim import FileTaken, claim_file
from storage.copy import NotEmpty
from storage.database import Database
from storage.keys import KeyMissing
from storage.sealing import CannotOpen
from storage.usage import Total, by_model, by_workspace

if TYPE_CHECKING:
    from agent.simulate import Result

T = TypeVar("T")

FOUND, USAGE = 1, 2
"""Exit statuses beside 0: it found what it looks for (failures); it was called wrongly, or cannot run as things are."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


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
        settings = _settings()
        log = make_log(settings.log_level)
        _async(run_until_told(settings, build, log, _say_started), settings)

    @app.command()
    def chat() -> None:
        """Be interviewed here, in the terminal or through a pipe; a data file of its own.

        Example: talkpro chat < answers.txt
        """
        settings = _settings()
        if not settings.database_url:
            settings = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{settings.data / 'chat.db'}"})
        _async(_chat(settings, terminal, make_log("error")), settings)

    @app.command()
    def doctor(as_json: AsJson = False) -> None:
        """Check every setting by using it, and say how to mend what does not work.

        Example: talkpro doctor
        """
        from bot.doctor import examine

        findings = asyncio.run(examine(_settings(), build))
        if as_json:
            typer.echo(json.dumps([asdict(finding) for finding in findings]))
        else:
            for finding in findings:
                mend = f"\n      {finding.mend}" if finding.mend and not finding.ok else ""
                typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.detail}{mend}")
        raise typer.Exit(0 if all(finding.ok for finding in findings) else FOUND)

    @app.command()
    def export(account: Annotated[str, typer.Argument(help="The account's id; /interview me shows it.")]) -> None:
        """Print everything stored of one account as JSON.

        Example: talkpro export 3f0c2a9b > mine.json
        """
        settings = _settings()
        data = _async(_export(settings, account), settings)
        if data is None:
            raise typer.BadParameter(command_line_words.no_account(account))
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))

    @app.command()
    def usage(
        days: Annotated[int, typer.Option(min=1, max=3650, help="How many days to look back.")] = 30,
        as_json: AsJson = False,
    ) -> None:
        """Print what models cost, by workspace and by model: tokens and dollars.

        Example: talkpro usage --days 7
        """
        workspaces, models = asyncio.run(_with_reader(_settings(), partial(_usage, days=days)))
        if as_json:
            found = {"workspaces": [asdict(one) for one in workspaces], "models": [asdict(one) for one in models]}
            typer.echo(json.dumps(found))
        else:
            typer.echo(command_line_words.usage_table(command_line_words.WORKSPACE, workspaces))
            typer.echo(command_line_words.usage_table(command_line_words.MODEL, models))

    @app.command("eval")
    def evaluate(
        rows: Annotated[Path, typer.Argument(help="JSON lines of answers with human scores.", exists=True)],
        judge: Annotated[str, typer.Option(help="Whose scores to compare.")] = "local",
        predictions: Annotated[Path | None, typer.Option(help="Write each prediction here.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Compare a judge with human scores.

        Each line has id, question_id, question, reference_answer, student_answer, score and max_score.

        Example: talkpro eval answers.jsonl --judge local --json
        """
        _evaluate(rows, judge, predictions, as_json=as_json)

    for command in (runcode, simulate, printing(slack_manifest)):
        app.command()(command)
    app.add_typer(_database_commands(), name="db")
    app.add_typer(_question_commands(), name="questions")
    return app


def simulate(
    *,
    judge: Annotated[str, typer.Option(help="local, or claude for the models that are set up.")] = "local",
    kind: Annotated[str, typer.Option(help="Only questions of this kind.")] = "",
    seed: Annotated[str, typer.Option(help="Another seed lets the random candidates say other things.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let scripted candidates be interviewed by a judge; exit status 1 when one got what it may not get.

    Example: talkpro simulate --judge local --kind quick
    """
    from agent import bank
    from agent.simulate import rows, table

    settings = _settings()
    access = access_of(settings) if judge == "claude" else None
    if judge not in ("local", "claude") or (judge == "claude" and access is None):
        typer.echo(command_line_words.NO_SUCH_JUDGE, err=True)
        raise typer.Exit(USAGE)
    questions = [question for question in bank.load().questions if kind in ("", question.kind)]
    results = asyncio.run(_simulated(access, questions, seed))
    typer.echo(json.dumps(rows(results)) if as_json else table(results))
    raise typer.Exit(0 if all(result.ok for result in results) else FOUND)


async def _simulated(access: Access | None, questions: list[Question], seed: str) -> list[Result]:
    from agent.simulate import simulate as held

    interviewer = Interviewer(access)
    try:
        return await held(interviewer, questions, seed=seed)
    finally:
        await interviewer.close()


def runcode(
    *,
    source: Annotated[Path | None, typer.Option(help="The Python file to run.")] = None,
    entry: Annotated[str, typer.Option(help="Its function, Class().method, or class of operations.")] = "",
    cases: Annotated[Path | None, typer.Option(help="A JSON list of {id, args, kwargs, expected, ...}.")] = None,
    batch: Annotated[Path | None, typer.Option(help="JSON lines of {id, source, entry, cases} instead.")] = None,
    literal: Annotated[bool, typer.Option("--literal", help="Values are Python literals as text.")] = False,
    limits: Annotated[str, typer.Option(help='As JSON, such as {"case_s": 1}.')] = "{}",
    as_json: AsJson = False,
) -> None:
    """Run a source file against cases in the jail; exit status 0 when all pass, 1 otherwise.

    Example: talkpro runcode --source two_sum.py --entry two_sum --cases cases.json --json
    """
    from bot.runcode import BadInput, read_limits, run_batch, run_files

    try:
        allowed = read_limits(limits)
        if batch is not None:
            all_pass = True
            for report in run_batch(batch, literal=literal, limits=allowed):
                all_pass &= report["passed"] == len(report["cases"]) and report["status"] == "ran"
                typer.echo(json.dumps(report))
        elif source is None or cases is None or not entry:
            raise BadInput(command_line_words.RUNCODE_USAGE)
        else:
            report = run_files(source, entry, cases, literal=literal, limits=allowed)
            all_pass = report["status"] == "ran" and report["passed"] == len(report["cases"])
            typer.echo(json.dumps(report) if as_json else command_line_words.report_table(report))
    except BadInput as bad:
        typer.echo(str(bad), err=True)
        raise typer.Exit(USAGE) from None
    raise typer.Exit(0 if all_pass else FOUND)


def _database_commands() -> typer.Typer:
    app = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)

    @app.command()
    def upgrade() -> None:
        """Bring the tables up to date.

        Example: talkpro db upgrade
        """
        settings = _settings()
        typer.echo(command_line_words.upgraded(changed=_async(_upgrade(settings), settings)))

    @app.command()
    def backup(to: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
        """Copy a SQLite database to a file, also while it runs.

        Example: talkpro db backup talkpro-monday.db
        """
        from storage.backup import backup as back_up

        asyncio.run(_with_reader(_settings(), lambda database: back_up(database, to)))
        typer.echo(command_line_words.backed_up(str(to)))

    @app.command()
    def seal() -> None:
        """Encrypt everything with the first of TALKPRO_SECRET_KEY, so that the keys behind it may go.

        Example: talkpro db seal
        """
        settings = _settings()
        if settings.secret_key is None:
            typer.echo(sealing.NOTHING_TO_SEAL_WITH, err=True)
            raise typer.Exit(USAGE)
        typer.echo(sealing.sealed(_async(_seal(settings), settings)))

    @app.command()
    def copy(
        url: Annotated[str, typer.Argument(help="The database to copy to; it must be empty.")],
        as_json: AsJson = False,
    ) -> None:
        """Move everything to another database: SQLite to PostgreSQL, or back.

        Example: talkpro db copy postgresql+asyncpg://talkpro@localhost/talkpro
        """
        settings = _settings()
        counts = _async(_copy(settings, url), settings)
        typer.echo(json.dumps(counts) if as_json else command_line_words.copied(counts))

    return app


def _question_commands() -> typer.Typer:
    app = typer.Typer(help="Look at the question bank.", no_args_is_help=True, rich_markup_mode=None)

    @app.command("list")
    def list_questions(as_json: AsJson = False) -> None:
        """List the questions.

        Example: talkpro questions list
        """
        from agent import bank
        from agent.bank.show import rows

        found = rows(bank.load())
        if as_json:
            typer.echo(json.dumps(found))
        else:
            for row in found:
                typer.echo(command_line_words.question_row(row))

    @app.command()
    def show(identity: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        """Show one question whole, with its key points and answers.

        Example: talkpro questions show merge-calendars
        """
        from agent import bank
        from agent.bank.show import describe

        try:
            question = bank.load().get(identity)
        except KeyError:
            raise typer.BadParameter(command_line_words.no_such_question(identity)) from None
        typer.echo(describe(question))

    @app.command()
    def lint(
        path: Annotated[Path | None, typer.Argument(help="A file or folder; the shipped bank without it.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Check question files; each problem with file, line, field and what would be right.

        Example: talkpro questions lint my-questions/
        """
        from agent import bank
        from agent.bank.lint import lint as problems_of

        problems = problems_of(path or bank.HERE)
        if as_json:
            typer.echo(json.dumps([{**asdict(problem), "file": str(problem.file)} for problem in problems]))
        else:
            for problem in problems:
                typer.echo(str(problem))
            typer.echo(command_line_words.linted(len(problems)))
        raise typer.Exit(FOUND if problems else 0)

    return app


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            typer.echo(command_line_words.setting_wrong(str(problem["loc"][0]), problem["msg"]), err=True)
        raise typer.Exit(USAGE) from None


def _async(work: Coroutine[Any, Any, T], settings: Settings) -> T:
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


def _evaluate(rows: Path, judge: str, predictions: Path | None, *, as_json: bool) -> None:
    from agent.evals import EvalError, run, table

    try:
        result = run(rows, judge=judge, predictions=predictions)
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from None
    typer.echo(json.dumps(result) if as_json else table(result))
