"""Where the app is installed, and what is deleted when a workspace removes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, select, text

from agent.types import Phase
from storage import accounts, installations, interviews, leaving, queue, workspaces
from storage.database import Database
from storage.installations import Installation
from storage.queue import Arrival
from storage.sealing import CannotOpen, Sealer
from storage.tables import inbox, lanes
from tests.storage.samples import NOON, OTHER, PERSON, THREAD, closed_interview, fresh_interview, record, settle

HERE, ELSEWHERE = "web:", "slack:T2"
OURS = Installation(HERE, "Hall of Ünïcode", "xoxb-secret", "B1", "U1", ("chat:write", "commands"), NOON)


async def test_an_installation_is_kept_and_replaced(database: Database) -> None:
    assert await database.read(installations.get, HERE) is None
    await database.write(installations.save, OURS)
    assert await database.read(installations.get, HERE) == OURS
    other = replace(OURS, token="xoxb-newer", scopes=("chat:write",), installed_at=NOON + timedelta(hours=1))
    await database.write(installations.save, other)
    await database.write(installations.save, replace(OURS, workspace=ELSEWHERE))
    assert await database.read(installations.get, HERE) == other
    assert await database.read(installations.workspaces) == [ELSEWHERE, HERE]
    assert "xoxb" not in repr(other)


async def test_an_installation_made_anew_outlives_an_old_removal(database: Database) -> None:
    await database.write(installations.save, OURS)
    await database.write(installations.remove, HERE, NOON - timedelta(seconds=1))
    assert await database.read(installations.get, HERE) == OURS
    await database.write(installations.remove, HERE, NOON)
    assert await database.read(installations.get, HERE) is None


async def test_its_token_lies_sealed(database_url: str) -> None:
    keyed = await Database.open(database_url, sealer=Sealer([Fernet.generate_key().decode()]))
    await keyed.write(installations.save, OURS)
    assert (await keyed.read(installations.get, HERE)) == OURS
    stored = await keyed.read(lambda conn: str(conn.execute(text("SELECT * FROM installations")).all()))
    await keyed.close()
    assert "xoxb" not in stored
    keyless = await Database.open(database_url)
    with pytest.raises(CannotOpen):
        await keyless.read(installations.get, HERE)
    await keyless.close()


def fill(conn: Connection) -> None:
    """Two interviews here, one of them open, one elsewhere, and something waiting in each lane."""
    account = settle(conn)
    other = accounts.account_of(conn, OTHER, NOON)
    workspaces.workspace_of(conn, "slack", "T2", NOON)
    interviews.start(conn, record(closed_interview("closed"), account))
    interviews.start(conn, record(fresh_interview("open"), account, place=replace(THREAD, thread="t-2")))
    away = record(closed_interview("away"), other, person=OTHER, place=replace(THREAD, thread="t-3"))
    interviews.start(conn, replace(away, workspace=ELSEWHERE))
    for lane, workspace in (
        ("interview:open", HERE),
        (f"person:{PERSON}", HERE),
        (f"workspace:{HERE}", HERE),
        ("interview:away", ELSEWHERE),
    ):
        queue.accept(conn, Arrival(f"event in {lane}", lane, "1", "reply", '{"text": "private"}', workspace))
    installations.save(conn, OURS)
    installations.save(conn, replace(OURS, workspace=ELSEWHERE))


async def test_when_a_workspace_leaves_its_texts_and_token_go_and_scores_stay(database: Database) -> None:
    await database.write(fill)
    before = await database.read(interviews.get, "closed")
    assert before is not None
    for _ in range(2):  # as often as it is told
        while await database.write(leaving.leave, HERE, NOON + timedelta(days=1), keep=f"workspace:{HERE}", limit=1):
            pass
    assert await database.read(installations.get, HERE) is None
    assert await database.read(installations.get, ELSEWHERE) is not None
    closed = await database.read(interviews.get, "closed")
    assert closed is not None
    assert closed.erased_at is not None
    assert closed.interview.card is not None
    assert before.interview.card is not None
    assert closed.interview.card.correctness == before.interview.card.correctness
    assert "my own words" not in repr(closed)
    opened = await database.read(interviews.get, "open")
    assert opened is not None
    assert opened.interview.phase is Phase.CLOSED
    away = await database.read(interviews.get, "away")
    assert away is not None
    assert "my own words" in repr(away)
    keys = await database.read(lambda conn: {*conn.execute(select(lanes.c.key)).scalars()})
    assert keys == {f"workspace:{HERE}", "interview:away"}
    events = await database.read(lambda conn: {*conn.execute(select(inbox.c.dedup_key)).scalars()})
    assert events == {f"event in workspace:{HERE}", "event in interview:away"}


async def test_who_let_the_app_in_is_forgotten_with_their_account_and_the_app_stays(database: Database) -> None:
    one = await database.write(settle)
    await database.write(installations.save, replace(OURS, installed_by=PERSON.user))
    await database.write(installations.save, replace(OURS, workspace=ELSEWHERE, installed_by=PERSON.user))
    await database.write(accounts.forget, one.id)
    assert await database.read(installations.get, HERE) == OURS
    elsewhere = await database.read(installations.get, ELSEWHERE)
    assert elsewhere is not None
    assert elsewhere.installed_by == PERSON.user, "somebody of another platform"
