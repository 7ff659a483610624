"""Commands that need no database: questions are shown and linted, judges compared, code and candidates tried out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.claude import Access
from agent.interviewer import Interviewer
from agent.types import Question
from bot.exits import FOUND, USAGE, AsJson, settings
from bot.wiring import access_of
from bot.wording import command_line as command_line_words

if TYPE_CHECKING:
    from agent.simulate import Result


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
    from agent.evals import EvalError, run, table

    try:
        result = run(rows, judge=judge, predictions=predictions)
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from None
    typer.echo(json.dumps(result) if as_json else table(result))


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

    access = access_of(settings()) if judge == "claude" else None
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


def question_commands() -> typer.Typer:
    """What `talkpro questions` can do."""
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
