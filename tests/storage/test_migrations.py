"""The tables are made by migrations, whole or not at all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage import interviews, migrations
from storage.database import Database
from storage.tables import metadata
from tests.storage.samples import fresh_interview, record, settle

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    """A database without any table, twice."""
    database = await Database.open(empty_url)
    yield database
    await database.close()


def tables(conn: Connection) -> set[str]:
    return set(inspect(conn).get_table_names())


def step(folder: Path, body: str) -> Callable[[Connection], None]:
    """What upgrades by the shipped migrations and one more of this body."""
    lines = [
        "import sqlalchemy as sa",
        "from alembic import op",
        'revision = "9999"',
        f'down_revision = "{migrations.HEAD}"',
        "def upgrade():",
        textwrap.indent(textwrap.dedent(body), "    "),
    ]
    (folder / "9999_more.py").write_text("\n".join(lines))

    def upgrade(conn: Connection) -> None:
        settings = migrations.config(conn)
        shipped = Path(migrations.__file__).parent / "versions"
        settings.set_main_option("path_separator", "newline")
        settings.set_main_option("version_locations", f"{shipped}\n{folder}")
        command.upgrade(settings, "head")

    return upgrade


async def test_the_head_is_the_latest_revision(database: Database) -> None:
    def heads(conn: Connection) -> list[str]:
        return list(ScriptDirectory.from_config(migrations.config(conn)).get_heads())

    assert await database.read(heads) == [migrations.HEAD]


async def test_the_migrations_make_the_tables_as_they_are_written_down(database: Database) -> None:
    def differences(conn: Connection) -> list[object]:
        options = {"compare_server_default": True, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))

    assert await database.read(differences) == []


async def test_indexes_and_keys_are_the_same_to_the_letter(empty: Database) -> None:
    def shape(conn: Connection) -> list[str]:
        if conn.dialect.name == "sqlite":
            found = conn.execute(text("SELECT name, sql FROM sqlite_master"))
            return sorted(f"{name}: {sorted(_words(sql))}" for name, sql in found if "alembic" not in name)
        indexes = conn.execute(text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")).scalars()
        keys = conn.execute(text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint")).all()
        return sorted(line for line in map(str, [*indexes, *keys]) if "alembic" not in line)

    await empty.write(metadata.create_all)
    declared = await empty.read(shape)
    await empty.write(metadata.drop_all)
    await migrations.upgrade(empty)
    assert await empty.read(shape) == declared


def _words(sql: str | None) -> list[str]:
    """The words of a statement, whatever the order of its columns' decorations."""
    return (sql or "").replace(",", " ").replace("(", " ").replace(")", " ").replace('"', " ").split()


async def test_an_upgrade_is_done_once(empty: Database) -> None:
    assert not await migrations.is_current(empty)
    assert await migrations.upgrade(empty)
    assert await migrations.is_current(empty)
    assert not await migrations.upgrade(empty)
    assert await empty.read(tables) == {*metadata.tables, "alembic_version"}


async def test_three_upgrades_at_once_are_one(empty: Database) -> None:
    others = [await Database.open(empty.url) for _ in range(2)]
    await asyncio.gather(*[migrations.upgrade(database) for database in (empty, *others)])
    assert await migrations.is_current(empty)
    for database in others:
        await database.close()


async def test_a_failed_first_migration_leaves_nothing_behind(empty: Database, tmp_path: Path) -> None:
    broken = step(tmp_path, 'op.create_table("half", sa.Column("id", sa.Integer()))\nop.execute("SELECT nonsense")')
    with pytest.raises(DBAPIError):
        await empty.migrate(broken)
    assert await empty.read(tables) == set()
    assert await migrations.upgrade(empty)


async def test_a_failed_later_migration_leaves_everything_as_it_was(database: Database, tmp_path: Path) -> None:
    await database.write(settle)
    body = """
        op.create_table("half", sa.Column("id", sa.Integer()))
        op.execute("DELETE FROM identities")
        with op.batch_alter_table("accounts") as accounts:
            accounts.add_column(sa.Column("colour", sa.Text()))
        op.execute("SELECT nonsense")
    """
    before = await database.read(_everything)
    with pytest.raises(DBAPIError):
        await database.migrate(step(tmp_path, body))
    assert await database.read(_everything) == before
    assert await migrations.is_current(database)


async def test_rebuilding_a_parent_keeps_its_children(database: Database, tmp_path: Path) -> None:
    def fill(conn: Connection) -> None:
        interviews.start(conn, record(fresh_interview(), settle(conn)))

    await database.write(fill)
    body = """
        rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
        with op.batch_alter_table("accounts", recreate=rebuild) as accounts:
            accounts.add_column(sa.Column("colour", sa.Text()))
    """
    before = await database.read(_counts)
    await database.migrate(step(tmp_path, body))
    assert await database.read(_counts) == before
    assert before["interviews"] == 1
    assert before["identities"] == 1


async def test_a_migration_that_leaves_rows_without_a_parent_is_refused(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    database = await Database.open(migrated_sqlite_url)
    await database.write(settle)
    with pytest.raises(RuntimeError, match="refer to nothing"):
        await database.migrate(step(tmp_path, 'op.execute("DELETE FROM accounts")'))
    assert (await database.read(_counts))["accounts"] == 1
    await database.close()


async def test_tables_of_a_later_version_are_left_alone(database: Database) -> None:
    await database.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(migrations.TooNew, match="9999"):
        await migrations.upgrade(database)


async def test_a_start_that_finds_nothing_to_do_does_not_load_alembic(database_url: str) -> None:
    script = """
        import asyncio, sys
        from storage import migrations
        from storage.database import Database

        async def main():
            database = await Database.open(sys.argv[1])
            print(await migrations.upgrade(database), "alembic" in sys.modules)
            await database.close()

        asyncio.run(main())
    """
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(script), database_url],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == ["False", "False"]


def _counts(conn: Connection) -> dict[str, int]:
    return {name: len(rows) for name, rows in _everything(conn).items()}


def _everything(conn: Connection) -> dict[str, list[str]]:
    names = sorted(tables(conn))
    return {name: sorted(str(tuple(row)) for row in conn.execute(text(f'SELECT * FROM "{name}"'))) for name in names}
