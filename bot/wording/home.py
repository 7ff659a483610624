"""What stands on a person's own page."""

from __future__ import annotations

from collections.abc import Sequence

from agent.scores import level_of
from bot.ports import Bar, Chart
from bot.wording.parts import LEVELS, chart_in_words, number
from storage.interviews import Record

EXAMPLE = "easy graphs"
"""Words for which the bank has a question."""
WELCOME = (
    "**Practise an interview.** One question, in a thread of our direct messages; nobody else sees it. "
    f"Or type `/interview` anywhere, for instance `/interview {EXAMPLE}`."
)
SCORES = "**Your last scores**"
YOURS = "**Your settings and your data.** See what I keep, have all of it as a file, or delete it."
HISTORY = "History"
CHART_TITLE = "Correctness, 0 to 10"


def chart(closed: Sequence[Record]) -> Chart | None:
    """Correctness of the last scored interviews by the same sort of judge, oldest first."""
    scored = [(record, card) for record in closed if (card := record.interview.card) is not None]
    scored = [(record, card) for record, card in scored if card.correctness is not None]
    if not scored:
        return None
    local = scored[0][1].judge == "local"
    bars = []
    for record, card in reversed(scored):
        value, closed_at = card.correctness, record.interview.closed_at
        if value is None or closed_at is None or (card.judge == "local") != local:
            continue
        level = LEVELS[level_of(round(value) if local else value)]
        bars.append(Bar(f"{closed_at:%d %b}", value, f"{number(value, local)} {level}"))
    return Chart(CHART_TITLE, tuple(bars), chart_in_words(bars))
