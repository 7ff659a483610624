"""Practice boards: who in a workspace shows how many days they practise, and under which name."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage import accounts
from storage.addresses import Person
from storage.tables import accounts as account_rows
from storage.tables import boards, practices, practised_days, workspaces


@dataclass(frozen=True, slots=True)
class Member:
    """An account on the board of a workspace.

    `name` is a pseudonym or what the platform calls `person`, who was last known to be in the workspace at `seen_at`.
    `zone` is the IANA name by which the account's days are counted.
    """

    account: str
    workspace: str
    person: Person
    name: str
    pseudonym: bool
    joined_at: datetime
    seen_at: datetime
    zone: str = "UTC"


_INSERT = insert(boards)
_JOIN = _INSERT.on_conflict_do_update(
    index_elements=["account_id", "workspace_id"],
    set_={
        column.name: _INSERT.excluded[column.name]
        for column in boards.c
        if not column.primary_key and column.name != "joined_at"
    },
)
_ONE_AT_A_TIME = select(workspaces.c.id).where(workspaces.c.id == bindparam("of")).with_for_update(key_share=True)
"""Before a look at the names in a workspace: whoever looks at the same moment sees what the other took."""
_MEMBERS = (
    select(boards, practices.c.zone, account_rows.c.preferences)
    .join(account_rows, account_rows.c.id == boards.c.account_id)
    .outerjoin(practices, practices.c.account_id == boards.c.account_id)
)


def join(conn: Connection, member: Member) -> bool:
    """Put somebody on the board, or change their name there; False when another one there has that name.

    Only a pseudonym must be new: what a platform calls two people may be the same.
    """
    key = _key(member.name)
    if member.pseudonym:
        conn.execute(_ONE_AT_A_TIME, {"of": member.workspace})
        same = select(boards.c.account_id).where(
            boards.c.workspace_id == member.workspace, boards.c.key == key, boards.c.account_id != member.account
        )
        if conn.execute(same.limit(1)).first() is not None:
            return False
    conn.execute(
        _JOIN,
        {
            "account_id": member.account,
            "workspace_id": member.workspace,
            "person_platform": member.person.platform,
            "person_realm": member.person.realm,
            "person_user": member.person.user,
            "name": member.name,
            "pseudonym": member.pseudonym,
            "key": key,
            "joined_at": member.joined_at.timestamp(),
            "seen_at": member.seen_at.timestamp(),
        },
    )
    return True


def members(conn: Connection, workspace: str) -> list[Member]:
    """Everybody on a board."""
    return _found(conn, _MEMBERS.where(boards.c.workspace_id == workspace))


def member(conn: Connection, workspace: str, account: str) -> Member | None:
    """An account on a board; None when it is not."""
    found = _found(conn, _MEMBERS.where(boards.c.workspace_id == workspace, boards.c.account_id == account))
    return found[0] if found else None


def days(conn: Connection, workspace: str, since: date) -> Mapping[str, Sequence[date]]:
    """The local days from then on, on which each account of a board practised, wherever it did."""
    found: dict[str, list[date]] = defaultdict(list)
    rows = conn.execute(
        select(practised_days.c.account_id, practised_days.c.local_date)
        .join(boards, boards.c.account_id == practised_days.c.account_id)
        .where(boards.c.workspace_id == workspace, practised_days.c.local_date >= since.isoformat())
    )
    for account, day in rows:
        found[account].append(date.fromisoformat(day))
    return found


def count(conn: Connection, account: str) -> int:
    """On how many boards an account is."""
    return conn.execute(select(func.count()).where(boards.c.account_id == account)).scalar_one()


def seen(conn: Connection, member: Member) -> None:
    """Somebody is still in the workspace, and has this name there; nothing happens if they just left the board."""
    conn.execute(
        update(boards)
        .where(boards.c.workspace_id == member.workspace, boards.c.account_id == member.account)
        .values(name=member.name, key=_key(member.name), seen_at=member.seen_at.timestamp())
    )


def leave(conn: Connection, account: str, workspace: str | None = None) -> int:
    """Take an account off a board, or off all of them; returns off how many."""
    where = boards.c.workspace_id == workspace if workspace is not None else true()
    return conn.execute(delete(boards).where(boards.c.account_id == account, where)).rowcount


def clear(conn: Connection, workspace: str, before: datetime) -> None:
    """Take everybody off a board who joined before then."""
    conn.execute(delete(boards).where(boards.c.workspace_id == workspace, boards.c.joined_at <= before.timestamp()))


def _key(name: str) -> str:
    """Equal for names that differ in case, width or spaces only; a digest, for the name itself is sealed."""
    folded = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hashlib.sha256(folded.encode()).hexdigest()


def _found(conn: Connection, chosen: Select[*tuple[Any, ...]]) -> list[Member]:
    return [_member(row) for row in conn.execute(chosen)]


def _member(row: Row[*tuple[Any, ...]]) -> Member:
    return Member(
        account=row.account_id,
        workspace=row.workspace_id,
        person=Person(row.person_platform, row.person_realm, row.person_user),
        name=row.name,
        pseudonym=row.pseudonym,
        joined_at=datetime.fromtimestamp(row.joined_at, UTC),
        seen_at=datetime.fromtimestamp(row.seen_at, UTC),
        zone=row.zone or accounts.preferences_of(row.preferences).zone or "UTC",
    )
