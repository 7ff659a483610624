"""Countdown plans: the day of somebody's interview, and what they prepare for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.tables import plans


@dataclass(frozen=True, slots=True)
class Plan:
    """An account prepares for an interview on local day `on`, since `made_on`.

    `role` names a mix of kinds, empty for the general one; `topics` were named by the person.
    """

    account: str
    on: date
    made_on: date
    role: str = ""
    topics: tuple[str, ...] = ()


_KEEP = insert(plans)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["account_id"],
    set_={column.name: _KEEP.excluded[column.name] for column in plans.c if not column.primary_key},
)


def get(conn: Connection, account: str) -> Plan | None:
    """An account's plan, also one whose day is past."""
    row = conn.execute(select(plans).where(plans.c.account_id == account)).first()
    if row is None:
        return None
    days = date.fromisoformat(row.interview_on), date.fromisoformat(row.made_on)
    return Plan(row.account_id, *days, row.role, tuple(json.loads(row.topics)))


def save(conn: Connection, plan: Plan) -> None:
    """Keep it in the place of an earlier one."""
    conn.execute(
        _KEEP,
        {
            "account_id": plan.account,
            "interview_on": plan.on.isoformat(),
            "made_on": plan.made_on.isoformat(),
            "role": plan.role,
            "topics": json.dumps(plan.topics),
        },
    )


def drop(conn: Connection, account: str) -> None:
    """Forget it."""
    conn.execute(delete(plans).where(plans.c.account_id == account))
