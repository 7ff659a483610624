"""Each account gets exactly one question on each scheduled local day that was not wholly missed, for 400 days."""

from __future__ import annotations

import os
import random

from storage.database import Database
from tests.bot.daily_year import live, people, settle

ACCOUNTS = {"sqlite": 500, "postgresql": 40}
"""At least one for every zone; `make long` takes more."""


async def test_a_year_of_questions(database: Database) -> None:
    chance = random.Random(database.dialect)
    count = int(os.environ.get("LONG", ACCOUNTS[database.dialect]))
    everybody = people(count, chance)
    await database.write(settle, everybody)
    other = database if database.dialect == "sqlite" else await Database.open(database.url)
    totals = await live([database, other], everybody, chance)
    if other is not database:
        await other.close()
    print(totals)
    assert totals.wrong[:5] == []
    assert totals.questions > count * 150
    assert totals.skipped > 0
