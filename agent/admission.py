"""Decides whether a question that a model wrote may be asked: the bank's rules, safe texts, fair marks, code that runs.

Its code runs behind the wall and nowhere else, and its cases have named comparators only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml
from pydantic_core import from_json

from agent import local
from agent.authoring import with_signs_spelt
from agent.bank import layout, reading, rules
from agent.bank.layout import Layout, Malformed, Section
from agent.bank.shapes import spelt
from agent.kinds import kind_called, kinds
from agent.manuscripts import Manuscript, WrittenCase, WrittenCode
from agent.runner import CaseVerdict, Report, Status
from agent.text import clean
from agent.types import Case, CodeTask, Difficulty, Question, State, Verdict
from agent.workbench import Workbench

PREFIX = "written/"
"""How the ids of such questions begin; no file of the bank can have a slash in its id."""

LEAST_MARK = 8.0
"""What the local judge must give the reference answer, of ten."""

LONGEST_LINE, LONGEST_SOURCE, LONGEST_SIGNATURE = 300, 4000, 300
MOST_TOPICS = 5

_SIGNATURE = re.compile(r"def \w+\([\w\s\[\],:|.]*\) -> [\w\s\[\],|.]+")
_LINK = re.compile(r"\w://|\bwww\.|\]\(", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!][\w&!]|@(?:everyone|here|channel)\b", re.IGNORECASE)
_ORDER = re.compile(
    r"\b(?:candidate_answer|points_asked|ask_follow_up|name_missed|follow_up_points|system prompt)\b"
    r"|\b(?:ignore|disregard|forget)\b[^.\n]{0,30}\b(?:instructions?|rubric|rules|prompt)\b"
    r"|\b(?:give|award|grant|score)\b[^.\n]{0,30}\b(?:full|maximum|highest|10|ten)\b[^.\n]{0,10}\b(?:marks?|points?|scores?)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MARKUP = re.compile(r"[*_`~|<>\[\]\\@#]")
_FENCED = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question was asked for: its id to be, its difficulty, the kinds allowed, the topic as one word."""

    id: str
    difficulty: Difficulty
    kinds: tuple[str, ...]
    topic: str
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A question, or what is wrong with it, each a sentence for whoever wrote it."""

    question: Question | None
    problems: tuple[str, ...] = ()


class Unproven(Exception):
    """The code could not be tried, which is nobody's fault who wrote it."""


def slug_of(topic: str) -> str:
    """Write a topic as the bank writes topics, small words joined by hyphens; empty where that cannot be done."""
    slug = "-".join(re.findall(r"[a-z0-9]+", with_signs_spelt(topic).casefold()))
    return slug if topic.isascii() and kind_called(slug) is None else ""


async def admitted(written: Manuscript, wanted: Wanted, model: str, workbench: Workbench) -> Examined:
    """Make a question of what a model wrote, if it may be asked. Raises Unproven when its code cannot be tried."""
    parts = _parts(written, wanted)
    problems = [*_form(written, wanted), *_lint(parts, wanted)]
    if problems:
        return Examined(None, tuple(problems))
    question = replace(reading.question(parts), id=PREFIX + wanted.id, written_by=model)
    problems = [*_unfair(question)]
    if question.code is not None and not problems:
        problems = await _failing(question.code, workbench)
    return Examined(None if problems else question, tuple(problems))


# The form


def _parts(written: Manuscript, wanted: Wanted) -> Layout:
    """Lay it out as a question of the bank, without writing a file: a text cannot become a section of its own."""
    known = kinds().get(written.kind)
    code = written.code if known is not None and known.code else None
    topics = dict.fromkeys(filter(None, [wanted.topic, *map(slug_of, written.topics)]))
    front: dict[str, Any] = {
        "id": wanted.id,
        "kind": written.kind,
        "difficulty": wanted.difficulty.value,
        "topics": list(topics)[:MOST_TOPICS],
        "title": _line(written.title),
        "minutes": written.minutes,
        "key_points": [
            {
                "id": str(position),
                "name": _line(point.name),
                "weight": point.weight,
                "phrasings": list(map(_line, point.phrasings)),
                "mistakes": list(map(_line, point.mistakes)),
            }
            for position, point in enumerate(written.key_points, 1)
        ],
        "hints": list(map(_line, written.hints)),
        "follow_ups": [{"text": _line(ask.text), "points": list(ask.points)} for ask in written.follow_ups],
    }
    body = clean(written.body).strip()
    sections = [Section(layout.REFERENCE, 0, clean(written.reference).strip())]
    if code is not None:
        signature = _line(code.signature).rstrip(": .")
        front["code"] = {
            "entry": code.entry.strip(),
            "signature": signature,
            "cases": [_case(case, number) for number, case in enumerate(code.cases, 1)],
        }
        body = f"{body}\n\n```python\n{signature}\n```"
        sections.append(Section(layout.SOLUTION, 0, _fence(code.solution)))
        sections += [
            Section(f"{layout.WRONG}{_line(wrong.name)}", 0, f"Fails: {_line(wrong.fails)}\n\n{_fence(wrong.source)}")
            for wrong in code.wrong_solutions
        ]
    return Layout(front, yaml.MappingNode("", []), Section("", 0, body), tuple(sections), 0)


def _case(case: WrittenCase, number: int) -> dict[str, Any]:
    return {
        "id": f"case-{number}",
        "args": _json(case.args),
        "expected": _json(case.expected),
        "comparator": case.comparator,
        "visibility": case.visibility,
        "category": _line(case.category),
    }


def _json(text: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Read JSON; what is none stays a text, and the rules say what is wrong with it."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return text


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _source(text: str) -> str:
    """Take a source out of the fence that some models put it into."""
    inside = _FENCED.match(text)
    return clean(inside[1] if inside else text).strip("\n")


def _fence(source: str) -> str:
    return f"```python\n{_source(source)}\n```"


def _lint(parts: Layout, wanted: Wanted) -> Iterator[str]:
    notes = rules.check(parts, wanted.id, str(parts.front["kind"]))
    for way, message in notes.found:
        where = spelt(way).replace(f"## {layout.REFERENCE}", "reference").replace(f"## {layout.SOLUTION}", "solution")
        yield f"{where}: {message}"


def _form(written: Manuscript, wanted: Wanted) -> Iterator[str]:
    """What the bank need not ask of its own authors."""
    if written.kind not in wanted.kinds:
        yield f"kind: {written.kind!r} was not asked for; choose from {', '.join(wanted.kinds)}"
    if _line(written.title).casefold() in {title.casefold() for title in wanted.titles}:
        yield "title: there is a question of this title already; ask for something else"
    if _MARKUP.search(written.title):
        yield "title: only plain words, no markup"
    for field, text in (("body", written.body), ("reference", written.reference)):
        yield from _blocks(field, text)
    for field, text in _lines(written):
        if len(text) > LONGEST_LINE:
            yield f"{field}: {len(text)} characters; at most {LONGEST_LINE} are allowed"
    for field, text in [("body", written.body), ("reference", written.reference), *_lines(written)]:
        if found := _MENTION.search(clean(text)) or _LINK.search(_CODE.sub("", clean(text))):
            yield f"{field}: {found.group()!r}; no links and no mentions"
        # What is asked stands beside the rules when answers are judged: it may not speak to the judge.
        if found := _ORDER.search(clean(text)):
            yield f"{field}: {found.group()!r}; write for the candidate, not for whoever judges"
    known = kinds().get(written.kind)
    if written.code is not None and known is not None:
        yield from _code(written.code) if known.code else ["code: must be null for this kind"]


def _blocks(field: str, text: str) -> Iterator[str]:
    try:
        if len(layout.sections_in(clean(text).split("\n"), 1)) > 1:
            yield f"{field}: a line begins with ##; headings are not allowed"
    except Malformed as error:
        yield f"{field}: {error.message}"


def _lines(written: Manuscript) -> Iterator[tuple[str, str]]:
    yield "title", written.title
    for position, point in enumerate(written.key_points):
        here = f"key_points[{position}]"
        yield f"{here}.name", point.name
        for field, texts in (("phrasings", point.phrasings), ("mistakes", point.mistakes)):
            yield from ((f"{here}.{field}[{number}]", text) for number, text in enumerate(texts))
    yield from ((f"hints[{number}]", text) for number, text in enumerate(written.hints))
    yield from ((f"follow_ups[{number}].text", ask.text) for number, ask in enumerate(written.follow_ups))
    if written.code is not None:
        yield from ((f"code.cases[{number}].category", case.category) for number, case in enumerate(written.code.cases))
        for number, wrong in enumerate(written.code.wrong_solutions):
            yield f"code.wrong_solutions[{number}].name", wrong.name


def _code(code: WrittenCode) -> Iterator[str]:
    signature = _line(code.signature).rstrip(": .")
    # The bank's rules parse a signature. One of this form, and this short, cannot keep a parser busy.
    if len(signature) > LONGEST_SIGNATURE or not _SIGNATURE.fullmatch(signature):
        yield f"code.signature: write one line such as `def {code.entry[:40]}(numbers: list[int]) -> int`, no defaults"
    sources = [("code.solution", code.solution)]
    sources += [(f"code.wrong_solutions[{number}]", wrong.source) for number, wrong in enumerate(code.wrong_solutions)]
    for field, source in sources:
        if len(source) > LONGEST_SOURCE:
            yield f"{field}: {len(source)} characters; at most {LONGEST_SOURCE} are allowed"
        if "```" in _source(source):
            yield f"{field}: a fence inside the code"
    for number, case in enumerate(code.cases):
        for name, text in (("args", case.args), ("expected", case.expected)):
            if len(text) > LONGEST_SOURCE:
                yield f"code.cases[{number}].{name}: {len(text)} characters; at most {LONGEST_SOURCE} are allowed"
            elif not _is_json(text):
                yield f"code.cases[{number}].{name}: not JSON; write a JSON value into the text"
    for number, wrong in enumerate(code.wrong_solutions):
        if wrong.name.casefold().startswith("too slow") or wrong.fails.casefold() == "too slow":
            yield f"code.wrong_solutions[{number}]: must give a wrong value, not a slow one"


def _is_json(text: str) -> bool:
    try:
        from_json(text, allow_inf_nan=False)
    except ValueError:
        return False
    return True


# The judge and the runner


def _unfair(question: Question) -> Iterator[str]:
    """Ask the local judge: the reference answer must be a very good one, and the question itself none."""
    points = tuple(point.id for point in question.key_points)
    judged = local.judge(question, points, question.reference)
    if judged.state is not State.SCORED or judged.correctness is None:
        why = ", ".join(judged.reasons) or "no reason given"
        yield f"reference: a simple program gives it no score: {why}"
    elif judged.correctness < LEAST_MARK:
        yield f"reference: a simple program gives it {judged.correctness:.1f} of 10; {LEAST_MARK:g} are needed"
        for verdict in judged.verdicts:
            if verdict.verdict is not Verdict.HIT:
                name = question.point(verdict.point).name
                yield f"reference: {name!r} is {verdict.verdict}; say it in words close to one of its phrasings"
    copied = local.judge(question, points, question.body)
    if copied.state is State.SCORED:
        yield "body: copied back as an answer it is scored; the phrasings must not stand in the body"


async def _failing(task: CodeTask, workbench: Workbench) -> list[str]:
    """Run the solution, which must pass every case, and the wrong ones, which must fail where they say."""
    report = await _tried(task, task.solution, workbench)
    if report.status is not Status.RAN:
        return [f"code.solution: {_not_loaded(report)}"]
    known = {case.id: case for case in task.cases}
    problems = [
        _wrongly(known[result.id], result.got or (result.failure.type if result.failure else result.verdict.value))
        for result in report.cases
        if result.verdict is not CaseVerdict.PASS
    ]
    if problems:
        return problems
    for wrong in task.wrong_solutions:
        report = await _tried(task, wrong.source, workbench)
        if report.status is not Status.RAN:
            problems.append(f"wrong solution {wrong.name!r}: {_not_loaded(report)}")
        elif wrong.fails not in report.failing_categories:
            failing = ", ".join(report.failing_categories) or "none"
            problems.append(f"wrong solution {wrong.name!r}: fails no case of {wrong.fails!r}; it fails: {failing}")
    return problems


async def _tried(task: CodeTask, source: str, workbench: Workbench) -> Report:
    report = await workbench.tried(task, source)
    if report.status in (Status.ENGINE_ERROR, Status.OFF):
        raise Unproven(report.reason)
    return report


def _not_loaded(report: Report) -> str:
    failure = report.failure
    if report.status is Status.UNSUPPORTED or failure is None:
        return f"it needs what is not there: {report.reason}; use the standard library"
    return f"it does not load: {failure.type}: {failure.message}"


def _wrongly(case: Case, got: str) -> str:
    position = case.id.removeprefix("case-")
    given = ", ".join(map(repr, case.args))[:LONGEST_LINE]
    return (
        f"code.cases, number {position}: the solution gives {got[:LONGEST_LINE]} for ({given}), and expected is "
        f"{repr(case.expected)[:LONGEST_LINE]}; one of the two is wrong"
    )
