"""Taking schedules that are due one step on: each occasion is one row, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update
from sqlalchemy.sql.dml import ReturningInsert

from storage import queue
from storage.queue import Arrival


@dataclass(frozen=True, slots=True)
class Step:
    """What a step changes of a schedule, and the row of the occasion that is to be asked, with the event that asks."""

    moved: Mapping[str, Any]
    asked: Mapping[str, Any] | None = None
    arrival: Arrival | None = None


def take(
    conn: Connection, steps: Sequence[Step], move: Update, claim: ReturningInsert[Any], key: tuple[str, str]
) -> None:
    """Take these steps. `claim` gives back the `key` of each row that is new: only those are asked."""
    if not steps:
        return
    conn.execute(move, [dict(step.moved) for step in steps])
    asked = [dict(step.asked) for step in steps if step.asked is not None]
    new = {tuple(row) for row in conn.execute(claim, asked)} if asked else set()
    first, second = key
    arrivals = [
        step.arrival
        for step in steps
        if step.asked is not None and step.arrival is not None and (step.asked[first], step.asked[second]) in new
    ]
    queue.accept_new(conn, arrivals)
