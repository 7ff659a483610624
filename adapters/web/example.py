"""A finished interview to look at before one's own first: the same parts as a real one, marked as an example."""

from __future__ import annotations

from typing import Any

from storage.transcript import COACH

YOU = "you"

Line = tuple[str, str, tuple[dict[str, Any], ...], dict[str, Any] | None]
"""Who says it, what, and the choices and chart below."""

_QUESTION = """\
**Merge calendars** · algorithm, medium · about 15 min
Two people keep their meetings as `[start, end]` pairs. Return the times at which at least one of them is busy."""

_THINKING = "I'd put both lists together, sort by start, then sweep once."

_CODE = """\
```python
def busy(a, b):
    out = []
    for start, end in sorted(a + b):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out
```"""

_CARD = """\
**Merge calendars** · medium · by the local judge
**Points heard 4 of 6** “sort by start, then sweep”
**Missed** empty calendars
14 min · 1 hint"""

_CHART = {
    "title": "Merge calendars",
    "bars": [
        {"label": "Correctness", "value": 7.0, "note": "≈ 7 solid"},
        {"label": "Clarity", "value": 6.0, "note": "≈ 6 fair estimate"},
        {"label": "Depth", "value": 5.0, "note": "≈ 5 gaps estimate"},
    ],
    "alt": "Correctness ≈ 7 solid of 10; Clarity ≈ 6 fair estimate of 10; Depth ≈ 5 gaps estimate of 10",
}


def example() -> list[Line]:
    """The conversation, first to last."""
    return [
        (COACH, _QUESTION, (), None),
        (YOU, _THINKING, (), None),
        (YOU, _CODE, (), None),
        (COACH, _CARD, (), _CHART),
    ]
