"""In which workspace of an enterprise a person was last seen: there the app speaks to them unasked."""

from __future__ import annotations

from collections import OrderedDict

from storage import keepsakes
from storage.addresses import Person
from storage.database import Database

ENTERPRISE = "E"
"""The first letter of an enterprise's id; a workspace's is another."""
MOST = 5000


class Teams:
    """People of an enterprise are the same in all its workspaces, and the app has a token for each workspace."""

    def __init__(self, database: Database) -> None:
        """Remember in this database, the latest in this process too."""
        self._database = database
        self._known: OrderedDict[Person, str] = OrderedDict()

    async def note(self, person: Person, team: str) -> None:
        """They did something in this workspace."""
        if person.realm.startswith(ENTERPRISE) and person.user and team and self._known.get(person) != team:
            await self._database.write(keepsakes.keep, _name(person), team)
            self._remember(person, team)

    async def works(self, person: Person, team: str) -> None:
        """They are in this workspace; it will do as long as they were seen in none."""
        if await self.of(person) == person.realm:
            await self.note(person, team)

    async def of(self, person: Person) -> str:
        """The workspace to speak to them in; the enterprise itself where nobody knows one."""
        if not person.realm.startswith(ENTERPRISE):
            return person.realm
        team = self._known.get(person) or await self._database.read(keepsakes.get, _name(person))
        if team is None:
            return person.realm
        self._remember(person, team)
        return team

    def _remember(self, person: Person, team: str) -> None:
        self._known[person] = team
        if len(self._known) > MOST:
            self._known.popitem(last=False)


def _name(person: Person) -> str:
    return f"slack/team/{person.realm}/{person.user}"
