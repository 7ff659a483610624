"""The hostile programs: those of `hostile.md`, and sources that nobody would write by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_GROUP = re.compile(r"^# ([^\n]+)\n(.*?)(?=^# |\Z)", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"^## ([^\n]+)\n\n```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)

GROUPS: Mapping[str, Mapping[str, str]] = {
    title: dict(_PROGRAM.findall(group))
    for title, group in _GROUP.findall(Path(__file__).with_suffix(".md").read_text(encoding="utf-8"))
}

_RETURNED: Mapping[str, str] = {
    "nested source": "(" * 100_000 + "1" + ")" * 100_000,
    "nested lists in source": "[" * 5000 + "]" * 5000,
    "chain of signs in source": "-" * 100_000 + "1",
    "chain of calls in source": "numbers" + ".copy()" * 50_000,
    "chain of terms in source": " + ".join(["1"] * 50_000),
    "large constant in source": "9" * 100_000,
    "null byte in source": "1\x00",
    "half a character in source": "'\ud800'",
}
_BLOCKS = "".join(" " * (depth + 1) + "if 1:\n" for depth in range(99)) + " " * 101 + "pass"

PROGRAMS: Mapping[str, str] = {
    **{name: source for group in GROUPS.values() for name, source in group.items()},
    **{name: f"def solve(numbers):\n    return {value}" for name, value in _RETURNED.items()},
    "nested blocks in source": f"def solve(numbers):\n{_BLOCKS}",
    "many names in source": "\n".join(f"name_{number} = {number}" for number in range(100_000)),
}
