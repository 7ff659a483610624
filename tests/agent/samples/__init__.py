"""Right question files to break one way at a time, and what the lint then says of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.bank.lint import lint

HERE = Path(__file__).parent
QUICK = (HERE / "quick" / "warm-kettle.md").read_text(encoding="utf-8")
ALGORITHM = (HERE / "algorithm" / "count-crates.md").read_text(encoding="utf-8")


def rows(sample: str, table: Mapping[str, tuple[str, ...]]) -> list[object]:
    """Make parameters of a table: name → (what to replace, by what, message, message ...)."""
    return [pytest.param(sample, *row[:2], sorted(row[2:]), id=name) for name, row in table.items()]


def broken(folder: Path, sample: str, old: str, new: str) -> list[str]:
    """Write a sample (KIND/ID) with one replacement, and return `line: field: message` of each problem, sorted."""
    text = (HERE / f"{sample}.md").read_text(encoding="utf-8")
    assert old in text
    return said(folder, sample, text.replace(old, new, 1).encode())


def said(folder: Path, name: str, data: bytes) -> list[str]:
    """Write a file KIND/ID and return `line: field: message` of each problem, sorted."""
    path = folder / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return sorted(str(problem).removeprefix(f"{path}:") for problem in lint(path))
