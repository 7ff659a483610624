"""What the terminal, `doctor` and the other commands of the command line say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.calls import StepReason
from bot.wording.parts import STEP_REASONS, count
from storage.usage import Total

TERMINAL_WELCOME = (
    "Type `/interview easy` to begin, `/interview help` for more. End an answer with `submit`; paste code freely. "
    "Ctrl-C leaves; what is open stays."
)

TERMINAL_LEFT = "Saved. `talkpro chat` goes on where you stopped."

NO_FILES_HERE = "files cannot be sent in a terminal; paste the text"


def written_to(path: Path) -> str:
    """Where a file was written."""
    return f"It is in `{path}`."


def form_field(label: str, options: Sequence[str], value: str) -> str:
    """One field of a form, asked for in a terminal."""
    numbered = "".join(f"\n  {number}) {option}" for number, option in enumerate(options, 1))
    return f"{label}{f' [{value}]' if value and not options else ''}:{numbered}"


DOCTOR_NOT_MIGRATED = "the tables are older than the program"

DOCTOR_DATABASE = "Check the address, the user and that the server runs; or leave DATABASE_URL empty for SQLite."

DOCTOR_NO_REDIS = "not set; not needed for one process"

DOCTOR_REDIS = "Check the address and that the server runs; or leave REDIS_URL empty."

DOCTOR_ANSWERS = "answers"

DOCTOR_RUNNER_OFF = "off: code is read, not run"

DOCTOR_RUNNER = "Set TALKPRO_RUNNER=off, or on macOS and Windows run TalkPro in a Linux container."

DOCTOR_NO_MODEL = "not set; the local judge judges"

DOCTOR_MODEL = "Check the key, ANTHROPIC_BASE_URL and the model's name; `TALKPRO_DIALECT=generic` suits other servers."

DOCTOR_PORT = "Stop the other program, or set TALKPRO_HTTP_PORT to a free port."

DOCTOR_SHORT_PASSWORD = "shorter than 12 characters"  # noqa: S105 - a sentence, not a password

DOCTOR_PASSWORD = "Set a longer one."  # noqa: S105 - a sentence, not a password

DATABASE_SILENT = "The database does not answer, or not as it should. `talkpro doctor` looks at it."

NO_SUCH_JUDGE = "Known judges: local, and claude where ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL is set."

RUNCODE_USAGE = "Name --source, --entry and --cases, or --batch."

WORKSPACE, MODEL = "workspace", "model"

NOT_MIGRATED = "The database is older than this program. Run: talkpro db upgrade"


def doctor_database_in_use(pid: int) -> str:
    """The SQLite file is open elsewhere."""
    return f"in use by process {pid}, which is fine"


def doctor_port_taken(address: str) -> str:
    """The port is taken."""
    return f"{address} is in use"


def report_table(report: Mapping[str, Any]) -> str:
    """A runner's report for a person."""
    lines = [f"{report['status']}: {report['passed']} of {report['total']} pass, {report['total_ms']:.0f} ms"]
    if report["reason"]:
        lines.append(report["reason"])
    if report["failure"]:
        lines.append(f"{report['failure']['type']}, line {report['failure']['line']}: {report['failure']['message']}")
    for case in report["cases"]:
        got = f"  got {case['got']}" if case["got"] is not None and case["verdict"] != "pass" else ""
        lines.append(f"  {case['verdict']:<8} {case['id']}{got}")
    return "\n".join(lines)


def doctor_runner(engine: str) -> str:
    """The runner held what it promises."""
    return f"{engine}: the self-test could not break out"


def doctor_model(model: str) -> str:
    """A model answered as asked."""
    return f"{model} answers"


def doctor_model_fails(model: str, reason: StepReason) -> str:
    """A model did not answer as asked."""
    return f"{model} {STEP_REASONS[reason]}"


def usage_table(title: str, totals: Sequence[Total]) -> str:
    """What was spent, as a table."""
    names = ("calls", "in", "out", "cache read", "cache written", "dollars")
    lines = [f"{title:<28}" + "".join(f"{name:>14}" for name in names)]
    for total in totals:
        counts = (total.calls, total.tokens_in, total.tokens_out, total.cache_read, total.cache_written)
        lines.append(f"{total.name:<28}" + "".join(f"{count:>14}" for count in counts) + f"{total.dollars:>14.4f}")
    return "\n".join(lines)


def doctor_set(is_set: bool) -> str:
    """Whether an optional secret is there."""
    return "set" if is_set else "not set; the playground answers on this machine only"


def doctor_questions(count: int) -> str:
    """How many questions there are."""
    return f"{count} questions"


def file_taken(path: str, pid: int) -> str:
    """A second run on the same SQLite file."""
    return f"{path} is in use by process {pid}. Stop that one first, or set TALKPRO_DATA to another folder."


def started(address: str) -> str:
    """The product answers."""
    return f"TalkPro is at {address}  (Ctrl-C stops it)"


def nothing_is_run(why: str) -> str:
    """Code is read and not run, though it was to be."""
    return f"Code is read, not run, here ({why}). In a container it runs: TALKPRO_WEB_PASSWORD=... docker compose up"


def setting_wrong(name: str, why: str) -> str:
    """A setting that cannot be used."""
    return f"{name}: {why}"


def address_taken(address: str) -> str:
    """The address cannot be listened on."""
    return f"Cannot listen on {address}. Is another program there? Set TALKPRO_HTTP_PORT to a free port."


def no_account(account: str) -> str:
    """An export of nobody."""
    return f"there is no account {account}; /interview me shows yours"


def question_row(row: Mapping[str, str | int | list[str]]) -> str:
    """A line of the list of questions."""
    topics = row["topics"]
    said = ", ".join(topics) if isinstance(topics, list) else topics
    return f"{row['id']:<32} {row['kind']:<14} {row['difficulty']:<7} {row['minutes']:>3} min  {said}"


def no_such_question(identity: str) -> str:
    """A question that is not in the bank."""
    return f"there is no question {identity}; `talkpro questions list` shows all"


def linted(problems: int) -> str:
    """The last line of the lint."""
    return "No problems." if not problems else f"{count(problems, 'problem')}."


def upgraded(*, changed: bool) -> str:
    """After an upgrade."""
    return "The tables are up to date now." if changed else "The tables were up to date already."


def backed_up(path: str) -> str:
    """After a backup."""
    return f"Written to {path}."


def copied(counts: Mapping[str, int]) -> str:
    """After a copy."""
    rows = "\n".join(f"  {table}: {count}" for table, count in counts.items())
    return f"Copied {sum(counts.values())} rows.\n{rows}"
