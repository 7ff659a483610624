"""The rules of the house: who may import whom, what a module may hold, and what may not be in any file."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic_settings import BaseSettings

from agent.bank import HERE as BANK
from agent.bank.lint import lint

ROOT = Path(__file__).parent.parent
FLOORS = ("adapters", "bot", "storage", "agent")
"""A floor imports itself and those behind it."""

SEES_EVERYBODY = "bot.__main__"
CATCHES_ALL = "bot.guard"
READ_THE_ENVIRONMENT = {
    "bot.settings",
    *("agent.runner.inside.lock", "agent.runner.inside.probe"),  # they look at what the jail left them
}

KNOWS_NOTHING_OF = {
    "agent": {"aiosqlite", "alembic", "asyncpg", "discord", "redis", "slack_bolt", "slack_sdk", "sqlalchemy"},
    "storage": {"anthropic", "discord", "slack_bolt", "slack_sdk"},
    "bot": {"anthropic", "discord", "slack_bolt", "slack_sdk"},
}
"""What a floor has no business with, as packages."""

LONGEST = {"adapters": 480, "bot": 480, "storage": 480, "agent": 480, "tests": 600, "benchmarks": 600}
LONGER_BECAUSE: Mapping[str, str] = {}

RUNS_ON_IMPORT = {
    "storage.migrations.env": "alembic runs this file; it is a script in the shape of a module",
}

KEEPS_STATE = {
    *("AsyncAnthropic", "AsyncApp", "AsyncClient", "Bot", "Client", "ClientSession", "Redis", "Settings"),
    *("create_async_engine", "create_engine", "connect", "from_url", "open"),
    *(
        "Condition",
        "Event",
        "Lock",
        "LifoQueue",
        "PriorityQueue",
        "Queue",
        "RLock",
        "Semaphore",
        "SimpleQueue",
    ),
    *("ContextVar", "Thread", "ThreadPoolExecutor", "Timer", "create_task", "ensure_future", "local"),
    *("Counter", "OrderedDict", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary", "bytearray", "count"),
    *("cycle", "defaultdict", "deque", "dict", "iter", "list", "set"),
}
"""Calls whose value changes, holds a connection, or runs: none of these may be made while a module loads."""

CHANGES = {
    *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse"),
    *("setdefault", "sort", "update"),
}
READ_ONLY = {"Collection", "Final", "Iterable", "Mapping", "Sequence"}

# Spelt in pieces, so that this file does not hold what it looks for.
NOWHERE = {
    "a path of somebody's machine": re.escape(f"{ROOT}/") + r"|(?<![\w.])/(?:home|Users)/\w+/|/ro" + "ot/",
    "the address of a package index": r"\bpy" + r"pi\.|python" + r"hosted|registry\.npm" + r"|crates\.i" + "o",
    "an option that names an index": "--(?:extra-)?" + "index-url|--find" + "-links|--trusted" + "-host",
    "where a text came from": "co-authored" + "-by|ai-" + "generated|generated (?:with|by) an? (?:ai|llm)",
}


@dataclass(frozen=True)
class Module:
    """One Python file of the four packages."""

    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def floor(self) -> str:
        return self.name.partition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"


def _modules() -> list[Module]:
    return [Module(path) for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


MODULES = _modules()
NAMES = frozenset(module.name for module in MODULES)
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def _imports(module: Module, *, typing: bool) -> Iterator[tuple[str, ast.stmt]]:
    """Every module that this one names, inside functions too; `typing`: also for the type checker only."""
    unseen = [] if typing else [node for node in ast.walk(module.tree) if _is_for_types(node)]
    hidden = {id(inner) for node in unseen for inner in ast.walk(node)}
    for node in ast.walk(module.tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.at(node)}: name the package in full"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in NAMES else str(node.module)), node


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@each_module
def test_imports_point_one_way(module: Module) -> None:
    reachable = FLOORS if module.name == SEES_EVERYBODY else FLOORS[FLOORS.index(module.floor) :]
    strangers = KNOWS_NOTHING_OF.get(module.floor, set())
    for name, node in _imports(module, typing=True):
        package = name.partition(".")[0]
        assert package not in FLOORS or package in reachable, f"{module.at(node)}: {module.floor} may not import {name}"
        assert package not in strangers, f"{module.at(node)}: {module.floor} knows nothing of {package}"
        assert package not in ("tests", "benchmarks"), f"{module.at(node)}: the product does not import {package}"


def test_no_import_goes_in_a_circle() -> None:
    graph = {module.name: {name for name, _ in _imports(module, typing=True) if name in NAMES} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_no_file_is_far_too_long() -> None:
    too_long = {
        str(path.relative_to(ROOT)): count
        for room, most in LONGEST.items()
        for path in (ROOT / room).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > most
    }
    assert too_long.keys() == LONGER_BECAUSE.keys(), f"split these, or say why not: {too_long}"


@each_module
def test_a_module_says_what_it_is_for(module: Module) -> None:
    said = ast.get_docstring(module.tree)
    assert said, f"{module.name} has no docstring"
    assert said.split("\n\n")[0].rstrip().endswith("."), f"{module.name}: begin with one whole sentence"


@each_module
def test_loading_a_module_does_nothing(module: Module) -> None:
    if module.name in RUNS_ON_IMPORT:
        return
    for node in module.tree.body:
        runs = isinstance(node, ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.AugAssign)
        calls = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        assert not runs, f"{module.at(node)}: runs while the module loads"
        assert not calls, f"{module.at(node)}: runs while the module loads"
    for inner in ast.walk(module.tree):
        assert not isinstance(inner, ast.Global), f"{module.at(inner)}: no globals"


@each_module
def test_a_module_keeps_no_state(module: Module) -> None:
    for node in module.tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for part in _evaluated(node.value):
            if isinstance(part, ast.Call):
                called = part.func.attr if isinstance(part.func, ast.Attribute) else ast.unparse(part.func)
                assert called not in KEEPS_STATE, f"{module.at(node)}: {called}() lives in a module"
        names = _assigned(node)
        mutable = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
        if isinstance(node.value, mutable):
            constant = all(name.strip("_").isupper() or name.startswith("__") for name in names)
            annotated = isinstance(node, ast.AnnAssign) and _outermost(node.annotation) in READ_ONLY
            assert constant or annotated, f"{module.at(node)}: {', '.join(names)} can be changed by anybody"


def test_nobody_changes_a_constant() -> None:
    for module in MODULES:
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in CHANGES:
                    changed = [target]
                case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                    changed = [target.value for target in targets if isinstance(target, ast.Subscript)]
                case ast.AugAssign(target=ast.Subscript(value=target)) | ast.AugAssign(target=target):
                    changed = [target]
                case _:
                    continue
            for target in changed:
                name = ast.unparse(target).rpartition(".")[2].strip("_")
                assert not name.isupper(), f"{module.at(node)}: {ast.unparse(target)} is a constant"


def _evaluated(value: ast.expr) -> Iterator[ast.AST]:
    """All parts of an expression that are computed at once: not the body of a lambda."""
    yield value
    if not isinstance(value, ast.Lambda):
        for part in ast.iter_child_nodes(value):
            yield from _evaluated(part) if isinstance(part, ast.expr) else ast.walk(part)


def _assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _outermost(annotation: ast.expr) -> str:
    return ast.unparse(annotation.value if isinstance(annotation, ast.Subscript) else annotation)


@each_module
def test_only_guard_catches_everything(module: Module) -> None:
    if module.name == CATCHES_ALL:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            broad = node.type is None or re.search(r"\b(Base)?Exception(Group)?\b", caught)
            passed_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            assert not broad or passed_on, f"{module.at(node)}: catches {caught}; only guard() does that"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            assert not re.search(r"\b(Base)?Exception\b", ast.unparse(node)), f"{module.at(node)}: hides everything"


@each_module
def test_only_settings_read_the_environment(module: Module) -> None:
    if module.name in READ_THE_ENVIRONMENT:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            spelt = ast.unparse(node)
            assert spelt not in ("os.environ", "os.getenv", "environ", "getenv"), f"{module.at(node)}: {spelt}"


# Files


def _tracked() -> list[Path]:
    """All files of the project that belong to it, also those not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", NOWHERE)
def test_nothing_private_is_in_a_file(what: str) -> None:
    pattern = re.compile(NOWHERE[what], re.IGNORECASE)
    found = []
    for path in _tracked():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, f"{what}:\n" + "\n".join(found)


def _settings() -> dict[str, str]:
    """Every environment variable that a settings class anywhere in the product reads, and the class."""
    for floor in FLOORS:
        package = importlib.import_module(floor)
        for module in pkgutil.walk_packages(package.__path__, f"{floor}."):
            if module.name not in RUNS_ON_IMPORT and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: dict[str, str] = {}
    waiting = list(BaseSettings.__subclasses__())
    while waiting:
        settings = waiting.pop()
        waiting += settings.__subclasses__()
        if settings.__module__.partition(".")[0] in FLOORS:
            for field in settings.model_fields.values():
                choices = getattr(field.validation_alias, "choices", [field.validation_alias])
                found |= {str(name): settings.__qualname__ for name in choices}
    return found


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    read = set(_settings())
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert table == read
    assert example == read


def test_the_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z]+)", (ROOT / page).read_text()))
        assert named, f"{page} names no target"
        assert named <= targets, named - targets


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in _tracked() if path.suffix == ".md" and not path.is_relative_to(BANK)]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"(?:\]\(|src=\")([\w./-]+)[#)\"]", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert not broken


def test_the_bank_passes_its_lint() -> None:
    assert not [str(problem) for problem in lint(BANK)]


# Packages


def _pins(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text().replace("\\\n", " ")
    pins: dict[str, str] = {}
    for line in filter(lambda line: line and line[0] not in "# ", text.splitlines()):
        requirement = Requirement(line.partition("--hash=")[0].strip())
        assert "--hash=sha256:" in line, f"{file}: {requirement.name} has no hash"
        pins[canonicalize_name(requirement.name)] = str(requirement.specifier)
    return pins


def test_every_package_is_pinned_with_its_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime, dev = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert runtime.items() <= dev.items()
    for wanted, pins in (
        (project["dependencies"], runtime),
        ([*project["optional-dependencies"]["dev"], *project["optional-dependencies"]["eval"]], dev),
    ):
        for line in wanted:
            requirement = Requirement(line)
            if requirement.name != project["name"]:
                pin = pins[canonicalize_name(requirement.name)]
                assert requirement.specifier.contains(pin.removeprefix("==")), f"{line} is pinned {pin}"


def test_the_wheel_holds_the_product_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    ours = {str(path.relative_to(ROOT)) for path in _tracked() if path.relative_to(ROOT).parts[0] in FLOORS}
    assert packed == ours
