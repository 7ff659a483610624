"""Accounts: one human each, known by one identity or more, with preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Literal
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage import erasing, installations, keepsakes, team
from storage.addresses import Person
from storage.tables import accounts, identities, interviews

LEAST_QUIET_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person likes. An empty word leaves the choice to the coach.

    `quiet_seconds`: how long a silence submits the draft; 0 never, else 30 or more. `numbers`: shown after each
    turn or kept for the card. `zone` is an IANA name. `self_rating`: submitting asks for one's own rating.
    `budget_notices`: as an admin of a workspace, be told when its budget is nearly spent.
    """

    kind: str = ""
    difficulty: str = ""
    quiet_seconds: int = 0
    numbers: Literal["turn", "card"] = "turn"
    zone: str = ""
    self_rating: bool = False
    budget_notices: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for a quiet that is too short."""
        if self.quiet_seconds and self.quiet_seconds < LEAST_QUIET_SECONDS:
            raise ValueError(f"quiet is 0 or at least {LEAST_QUIET_SECONDS} seconds, not {self.quiet_seconds}")


@dataclass(frozen=True, slots=True)
class Account:
    """One human."""

    id: str
    created_at: datetime
    preferences: Preferences = field(default_factory=Preferences)


_OF_PERSON = (
    select(accounts)
    .join(identities, identities.c.account_id == accounts.c.id)
    .where(
        identities.c.platform == bindparam("platform"),
        identities.c.realm == bindparam("realm"),
        identities.c.user == bindparam("user"),
    )
)
_GET = select(accounts).where(accounts.c.id == bindparam("account"))


def account_of(conn: Connection, person: Person, now: datetime) -> Account:
    """The account of a person, opened when they are seen for the first time."""
    known = find(conn, person)
    if known is not None:
        return known
    opened = Account(uuid4().hex, now)
    conn.execute(
        accounts.insert().values(id=opened.id, created_at=now.timestamp(), preferences=_dump(opened.preferences))
    )
    seen = conn.execute(
        insert(identities)
        .values(
            platform=person.platform,
            realm=person.realm,
            user=person.user,
            account_id=opened.id,
            first_seen_at=now.timestamp(),
        )
        .on_conflict_do_nothing()
        .returning(identities.c.user)
    ).first()
    if seen is not None:
        return opened
    conn.execute(delete(accounts).where(accounts.c.id == opened.id))  # another transaction was faster
    known = find(conn, person)
    if known is None:
        raise LookupError("the account was deleted at the very moment it was opened")
    return known


def find(conn: Connection, person: Person) -> Account | None:
    """The account of a person, None where there is none."""
    row = conn.execute(_OF_PERSON, {"platform": person.platform, "realm": person.realm, "user": person.user}).first()
    return None if row is None else _account(row.id, row.created_at, row.preferences)


def get(conn: Connection, account_id: str) -> Account | None:
    """The account with this id."""
    row = conn.execute(_GET, {"account": account_id}).first()
    return None if row is None else _account(row.id, row.created_at, row.preferences)


def identities_of(conn: Connection, account_id: str) -> list[Person]:
    """Everybody this account is known as, first seen first."""
    rows = conn.execute(
        select(identities.c.platform, identities.c.realm, identities.c.user)
        .where(identities.c.account_id == account_id)
        .order_by(identities.c.first_seen_at, identities.c.platform, identities.c.realm, identities.c.user)
    )
    return [Person(*row) for row in rows]


def preferences_of(document: str) -> Preferences:
    """Read what a person likes, as it is stored."""
    return _preferences().validate_json(document)


def save_preferences(conn: Connection, account_id: str, preferences: Preferences) -> None:
    """Keep what a person likes."""
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(preferences=_dump(preferences)))


def forget(conn: Connection, account_id: str) -> None:
    """Delete everything of an account: interviews, scores, texts, what waits and what was said.

    Its persons' own lanes stay, so that the step that does this can still answer; what they did goes.
    """
    for interview in erasing.held(conn, interviews.c.account_id == account_id):
        erasing.remove(conn, interview)
    for person in identities_of(conn, account_id):
        erasing.silence_person(conn, person)
        keepsakes.forget(conn, person)
        installations.forget_person(conn, person)
    erasing.silence_practice(conn, account_id)
    team.forget_person(conn, account_id)
    conn.execute(delete(accounts).where(accounts.c.id == account_id))


def _account(id: str, created_at: float, preferences: str) -> Account:
    return Account(id, datetime.fromtimestamp(created_at, UTC), preferences_of(preferences))


def _dump(preferences: Preferences) -> str:
    return _preferences().dump_json(preferences).decode()


@cache
def _preferences() -> TypeAdapter[Preferences]:
    return TypeAdapter(Preferences)
