"""The coach's own process never reads a submission as code: held by reading our own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import agent.runner

RUNNER = Path(agent.runner.__file__).parent
INSIDE = RUNNER / "inside"
HOST_SIDE = sorted(path for path in RUNNER.rglob("*.py") if INSIDE not in path.parents)
FAR_SIDE = sorted(INSIDE.glob("*.py"))

READS_CODE = {"compile", "exec", "eval", "__import__", "execfile", "breakpoint"}
MODULES = {
    *("ast", "code", "codeop", "compileall", "dis", "importlib", "inspect", "linecache", "marshal", "parser", "pickle"),
    *("pkgutil", "py_compile", "pyclbr", "runpy", "shelve", "symtable", "token", "tokenize", "trace", "zipimport"),
}
STARTS_PROCESSES = {
    "subprocess",
    "multiprocessing",
    "pty",
    "concurrent",
    "create_subprocess_exec",
    "create_subprocess_shell",
}
STANDARD_LIBRARY_OF_THE_FAR_SIDE = {
    *(
        "__future__",
        "builtins",
        "collections",
        "contextlib",
        "ctypes",
        "errno",
        "gc",
        "importlib",
        "io",
        "json",
        "math",
    ),
    *("os", "platform", "random", "re", "resource", "signal", "socket", "struct", "sys", "time", "types", "typing"),
    "warnings",
}

each_of_ours = pytest.mark.parametrize("path", HOST_SIDE, ids=lambda path: path.name)


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@each_of_ours
def test_our_side_never_parses_compiles_or_imports_a_submission(path: Path) -> None:
    tree = ast.parse(path.read_text())
    roots = {name.partition(".")[0] for name in _imported(tree)}
    assert not roots & MODULES
    assert not [name for name in _imported(tree) if name.startswith("agent.runner.inside")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            assert node.id not in READS_CODE, f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Attribute) and node.attr in READS_CODE:
            assert ast.unparse(node) == "re.compile", f"{path.name}:{node.lineno}"


@each_of_ours
def test_only_the_jail_starts_a_process_and_only_its_server(path: Path) -> None:
    source = path.read_text()
    tree = ast.parse(source)
    starts = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).rpartition(".")[2] in STARTS_PROCESSES
    ]
    if path.name != "jail.py":
        assert not starts
        return
    [started] = {ast.unparse(node) for node in starts}
    assert started == "asyncio.create_subprocess_exec"
    assert '"-I", "-S", "-B", str(SERVER)' in source
    assert "env={}" in source


@pytest.mark.parametrize("path", FAR_SIDE, ids=lambda path: path.name)
def test_the_far_side_needs_the_standard_library_alone(path: Path) -> None:
    roots = {name.partition(".")[0] for name in _imported(ast.parse(path.read_text()))}
    assert roots <= STANDARD_LIBRARY_OF_THE_FAR_SIDE


def test_the_far_side_is_no_package() -> None:
    assert not (INSIDE / "__init__.py").exists()


def test_no_expected_value_is_sent() -> None:
    """What goes in is built from `Call` and `Program`; neither knows what is expected."""
    source = (RUNNER / "transcript.py").read_text() + (RUNNER / "jail.py").read_text()
    assert "expected" not in source
