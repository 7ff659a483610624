"""`talkpro runcode`: source files against cases, through the jail and without a chat."""

from __future__ import annotations

import ast
import asyncio
import json
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from agent.runner import Engine, Limits, open_engine
from agent.types import Case
from bot.wording import runcode as wording

ENGINE = "jail"
COMPARATORS = ("exact", "equal", "close", "any-order", "one-of")
VISIBILITIES = ("example", "hidden")
CASE_FIELDS = ("id", "args", "kwargs", "expected", "comparator", "visibility", "category")
SUBMISSION_FIELDS = ("id", "source", "entry", "cases", "limits")
DEFAULT = Limits()


class BadInput(Exception):
    """What was given cannot be run; the message names the file, the place in it, and what would be right."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One line of a batch."""

    id: str
    source: str
    entry: str
    cases: tuple[Case, ...]
    limits: Limits


def run_files(
    source: Path, entry: str, cases: Path, *, literal: bool = False, limits: Limits = DEFAULT
) -> dict[str, Any]:
    """Run one source file against the cases of another and return the report as plain JSON.

    `literal`: arguments and expected values are texts that hold Python literals, or the whole file is one literal.
    Raises BadInput.
    """
    code = _read(source)
    wanted = _case_file(_read(cases), str(cases), literal=literal)

    async def run() -> dict[str, Any]:
        async with open_engine(ENGINE) as engine:
            return (await engine.run(code, entry, wanted, limits)).as_json()

    return asyncio.run(run())


def run_batch(lines: Path, *, literal: bool = False, limits: Limits = DEFAULT) -> Generator[dict[str, Any], None, None]:
    """Run the submissions of a file, a JSON object per line, through one warm engine; yield their reports in order.

    Each report begins with the submission's id. All lines are read before the first runs. Raises BadInput.
    """
    submissions = [
        _submission(line, f"{lines}, line {number}", literal=literal, limits=limits)
        for number, line in enumerate(_read(lines).split("\n"), start=1)
        if line.strip()
    ]
    waiting: deque[asyncio.Task[dict[str, Any]]] = deque()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        engine = runner.run(stack.enter_async_context(open_engine(ENGINE)))
        try:
            for submission in submissions:
                waiting.append(runner.get_loop().create_task(_report(engine, submission)))
                if len(waiting) > engine.parallel:
                    yield runner.run(_result(waiting.popleft()))
            while waiting:
                yield runner.run(_result(waiting.popleft()))
        finally:
            runner.run(_close(stack, waiting))


def read_limits(text: str) -> Limits:
    """Read limits as they stand on a command line: `case_s=5,memory_mb=512`, or a JSON object; raises BadInput."""
    if text.lstrip().startswith("{"):
        return _limits(_json(text, "--limits"), "--limits", DEFAULT)
    given = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, value = part.partition("=")
        try:
            given[name.strip()] = json.loads(value)
        except ValueError:
            _refuse("--limits", wording.no_limit(part, has_value=bool(equals)))
    return _limits(given, "--limits", DEFAULT)


async def _report(engine: Engine, submission: Submission) -> dict[str, Any]:
    report = await engine.run(submission.source, submission.entry, submission.cases, submission.limits)
    return {"id": submission.id, **report.as_json()}


async def _result(task: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
    return await task


async def _close(stack: AsyncExitStack, waiting: Sequence[asyncio.Task[dict[str, Any]]]) -> None:
    """End what still runs, and the engine."""
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await stack.aclose()


# Reading


def _submission(line: str, where: str, *, literal: bool, limits: Limits) -> Submission:
    given = _object(_json(line, where, lines=False), where, "a submission", SUBMISSION_FIELDS)
    for name in ("id", "source", "entry", "cases"):
        if name not in given:
            _refuse(where, wording.missing(name))
    for name in ("source", "entry"):
        if not isinstance(given[name], str):
            _refuse(where, wording.must_be(repr(name), given[name], wording.TEXT))
    own = _limits(given["limits"], where, limits) if "limits" in given else limits
    cases = _cases(given["cases"], where, literal=literal)
    return Submission(_id(given["id"], where), given["source"], given["entry"], cases, own)


def _case_file(text: str, where: str, *, literal: bool) -> tuple[Case, ...]:
    try:
        given = _json(text, where)
    except BadInput:
        if not literal or not text.lstrip().startswith("["):
            raise
        return _cases(_literal(text, where), where, literal=True, texts=False)
    return _cases(given, where, literal=literal)


def _cases(given: object, where: str, *, literal: bool, texts: bool = True) -> tuple[Case, ...]:
    if not isinstance(given, list) or not given:
        _refuse(where, wording.no_cases(given))
    found: dict[str, Case] = {}
    for number, raw in enumerate(given, start=1):
        case = _case(raw, f"{where}, case {number}", str(number), literal=literal, texts=texts)
        if case.id in found:
            _refuse(f"{where}, case {number}", wording.id_taken(case.id))
        found[case.id] = case
    return tuple(found.values())


def _case(raw: object, where: str, number: str, *, literal: bool, texts: bool) -> Case:
    """Read a case. `literal`: its values are Python's; with `texts` they are still to be read."""
    given = _object(raw, where, "a case", CASE_FIELDS)
    if "expected" not in given:
        _refuse(where, wording.NOTHING_EXPECTED)
    args, kwargs, expected = given.get("args", []), given.get("kwargs", {}), given["expected"]
    if literal and texts:
        args, kwargs = _literals(args, f"{where}, args"), _literals(kwargs, f"{where}, kwargs")
        expected = _literal(expected, f"{where}, expected")
    if not isinstance(args, list | tuple):
        _refuse(where, wording.must_be("'args'", args, wording.ARGS))
    if not isinstance(kwargs, dict) or not all(isinstance(name, str) for name in kwargs):
        _refuse(where, wording.must_be("'kwargs'", kwargs, wording.KWARGS))
    comparator = given.get("comparator", COMPARATORS[0])
    if comparator not in COMPARATORS:
        _refuse(where, wording.unknown_comparator(comparator, COMPARATORS))
    if comparator == "one-of" and not isinstance(expected, list | tuple):
        _refuse(where, wording.no_choices(expected))
    visibility = given.get("visibility", VISIBILITIES[0])
    if visibility not in VISIBILITIES:
        _refuse(where, wording.unknown_visibility(visibility, VISIBILITIES))
    # JSON knows no tuples, so a tuple may stand for a list there; who writes literals means what they write.
    strict = literal and comparator == COMPARATORS[0]
    return Case(
        id=_id(given.get("id", number), where),
        args=tuple(args),
        expected=expected,
        kwargs=kwargs,
        comparator="equal" if strict else comparator,
        visibility=visibility,
        category=str(given.get("category", "")),
    )


def _limits(given: object, where: str, base: Limits) -> Limits:
    known = {field.name: getattr(base, field.name) for field in fields(Limits)}
    for name, value in _object(given, where, "limits", tuple(known)).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1_000_000:
            _refuse(where, wording.limit_wrong(name, value))
        known[name] = type(known[name])(value)
    return Limits(**known)


def _literals(given: object, where: str) -> object:
    """Read arguments that are one literal, or a list or an object with a literal for each."""
    if isinstance(given, list):
        return [_literal(item, where) for item in given]
    if isinstance(given, dict):
        return {name: _literal(item, where) for name, item in given.items()}
    return _literal(given, where)


def _literal(given: object, where: str) -> object:
    """Read a Python literal without evaluating it; what is no text stands for itself."""
    if not isinstance(given, str):
        return given
    try:
        return ast.literal_eval(_Written().visit(ast.parse(given.strip(), mode="eval")))
    except SyntaxError as error:
        _refuse(where, wording.no_literal(given, error.offset, error.msg))
    except (ValueError, TypeError):
        _refuse(where, wording.not_plain(given))
    except (RecursionError, MemoryError):
        _refuse(where, wording.literal_too_deep(given))


class _Written(ast.NodeTransformer):
    """Stands in for what `repr` writes and no literal can say: inf, nan, frozenset({...})."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(float(node.id)) if node.id in ("inf", "nan") else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("frozenset"), args=[ast.Set() as inner], keywords=[]):
                return inner
            case ast.Call(func=ast.Name("float"), args=[ast.Constant(str(value))], keywords=[]):
                return ast.Constant(float(value))
        return node


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        _refuse(str(path), wording.unreadable(error.strerror))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        _refuse(f"{path}, line {line}", wording.NOT_UTF8)


def _json(text: str, where: str, *, lines: bool = True) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if lines else f"column {error.colno}"
        _refuse(f"{where}, {place}", wording.not_json(error.msg))
    except ValueError as error:
        _refuse(where, wording.not_json(str(error)))
    except RecursionError:
        _refuse(where, wording.TOO_DEEP)


def _object(given: object, where: str, what: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        _refuse(where, wording.must_be(what, given, wording.OBJECT))
    for name in given:
        if name not in known:
            _refuse(where, wording.unknown_field(name, known))
    return given


def _id(given: object, where: str) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        _refuse(where, wording.must_be("'id'", given, wording.TEXT_OR_NUMBER))
    return str(given)


def _refuse(where: str, message: str) -> NoReturn:
    raise BadInput(f"{where}: {message}")
