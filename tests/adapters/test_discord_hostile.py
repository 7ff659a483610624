"""What people with a changed client, or without manners, can send: they get a clear answer, and nothing changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from agent.types import Phase
from bot.wording import controls, labels
from storage.interviews import Record
from storage.tables import evaluations, interviews
from tests.adapters.discord_far import DiscordFar, discord_far
from tests.adapters.far import ANNA, BEN, House, house_of
from tests.fakes.discord import Member, rules
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, FORM, Interaction
from tests.fakes.discord.world import Channel, Json, Message

few = settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""An example is a press over the wire; the interview that it meets is the same one each time."""
MEGABYTES = 2**20


@dataclass
class Scene:
    """Anna's interview, open to all, with a draft; Ben can see it and has a button of it in his hands."""

    house: House
    far: DiscordFar
    record: Record
    source: Message
    submit: str
    before: list[Any]

    @property
    def thread(self) -> Channel:
        return self.source.channel

    async def told(self, who: Member, begun: Interaction) -> str:
        """What the person is told of what they did; only they may hear it."""
        await self.far.answered(begun)
        await self.house.settled()
        own = [one for one in (begun.original, *begun.followups) if one is not None and one is not begun.source]
        assert all(one.only is who.user for one in own)
        return "\n".join(one.content for one in own)

    async def is_unchanged(self) -> bool:
        assert self.house.core is not None
        return await self.house.core.database.read(_kept) == self.before

    async def goes_on(self) -> None:
        """The interview can be held to its end."""
        await self.house.press(labels.SUBMIT)
        done = await self.house.to_the_card(self.record, "I would sort it first.")
        assert done.interview.phase is Phase.CLOSED


def _kept(conn: Connection) -> list[Any]:
    return [conn.execute(select(table).order_by(*table.primary_key)).all() for table in (interviews, evaluations)]


@pytest.fixture
async def far() -> AsyncIterator[DiscordFar]:
    async with discord_far() as opened:
        yield opened


@pytest.fixture
async def scene(far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with house_of(far, migrated_sqlite_url, tmp_path) as house:
        record = await house.start_interview("easy public")
        await house.say("My answer.")
        source, button = await far.people[ANNA].button(labels.SUBMIT, far.newest(ANNA))
        assert house.core is not None
        before = await house.core.database.read(_kept)
        yield Scene(house, far, record, source, button["custom_id"], before)


words = st.sampled_from(["submit", "finish", "skip", "discard", "share post", "delete", "forget", "resume", "rejudge"])
pieces = st.one_of(words, st.sampled_from(["", "0", "sure", "/", "0/sure"]), st.text(max_size=20))
custom_ids = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
    st.builds(lambda kind, rest: "|".join([kind, *rest])[:100], st.sampled_from("pmkf"), st.lists(pieces, max_size=4)),
)


@few
@given(custom_id=custom_ids)
async def test_a_forged_button_changes_nothing(scene: Scene, custom_id: str) -> None:
    ben = scene.far.people[BEN]
    await scene.told(ben, ben.pressing(scene.source, custom_id))
    assert await scene.is_unchanged()


@few
@given(action=words, more=pieces)
async def test_a_forged_button_that_names_the_interview_changes_nothing(scene: Scene, action: str, more: str) -> None:
    ben = scene.far.people[BEN]
    custom_id = f"p|{action}|{scene.record.interview.id}/0/{more}"[:100]
    told = await scene.told(ben, ben.pressing(scene.source, custom_id))
    assert told
    assert await scene.is_unchanged()


async def test_who_presses_in_somebody_elses_interview_is_told_that_it_is_not_theirs(scene: Scene) -> None:
    ben = scene.far.people[BEN]
    assert controls.not_yours() in await scene.told(ben, ben.pressing(scene.source, scene.submit))
    assert await scene.is_unchanged()
    await scene.goes_on()


def sent_form(scene: Scene, custom_id: str, components: list[Json]) -> Interaction:
    ben = scene.far.people[BEN]
    return scene.far.discord.rest.interactions.begin(
        FORM, ben.user, scene.thread, {"custom_id": custom_id, "components": components}, source=scene.source
    )


values = st.one_of(st.text(max_size=200), st.none(), st.integers(), st.lists(st.text(max_size=5), max_size=3))
fields = st.fixed_dictionaries(
    {"type": st.integers(0, 30)}, optional={"custom_id": st.text(max_size=30), "value": values, "values": values}
)
components = st.lists(
    st.one_of(
        st.builds(lambda field: {"type": 18, "component": field}, fields),
        st.builds(lambda field: {"type": 1, "components": [field]}, fields),
        st.builds(lambda field: {"type": 18, "component": field}, st.none()),
        fields,
    ),
    max_size=4,
)


@few
@given(parts=components, custom_id=custom_ids)
async def test_a_forged_form_changes_nothing(scene: Scene, parts: list[Json], custom_id: str) -> None:
    await scene.told(scene.far.people[BEN], sent_form(scene, custom_id, parts))
    assert await scene.is_unchanged()


@few
@given(
    option=st.sampled_from(["kind", "topic", "visibility", "clock", "language", "no such option"]),
    value=st.one_of(st.text(max_size=6000), st.integers(), st.booleans(), st.floats(allow_nan=False), st.none()),
)
async def test_a_command_with_any_option_gets_an_answer(scene: Scene, option: str, value: object) -> None:
    ben = scene.far.people[BEN]
    chosen = {"type": 1, "name": "hard", "options": [{"type": 3, "name": option, "value": value}]}
    data = {"id": "1", "type": 1, "name": "interview", "options": [chosen]}
    begun = scene.far.discord.rest.interactions.begin(COMMAND, ben.user, scene.far.lobby, data)
    assert await scene.told(ben, begun)
    if await scene.house.has_open(BEN):
        await scene.house.press(labels.FINISH, BEN)


async def test_a_command_that_is_not_ours_gets_an_answer(scene: Scene) -> None:
    ben = scene.far.people[BEN]
    for data in (
        {"name": "interview"},
        {"name": "other"},
        {"name": "interview", "options": [{"name": "x", "type": 1}]},
    ):
        begun = scene.far.discord.rest.interactions.begin(
            COMMAND, ben.user, scene.far.lobby, {"id": "1", "type": 1, **data}
        )
        assert await scene.told(ben, begun)
    assert await scene.is_unchanged()


@few
@given(typed=st.text(max_size=6000), where=st.sampled_from([("easy", "topic"), ("daily", "zone")]))
async def test_suggestions_come_whatever_is_typed(scene: Scene, typed: str, where: tuple[str, str]) -> None:
    ben = scene.far.people[BEN]
    offered = await ben.suggestions(f"interview {where[0]}", scene.far.lobby, **{where[1]: typed})
    assert len(offered) <= 25
    assert await scene.is_unchanged()


async def test_what_asks_for_suggestions_oddly_gets_none(scene: Scene) -> None:
    ben = scene.far.people[BEN]
    for options in ([], None, 7, [{"name": "daily", "type": 1, "options": [{"focused": True}]}]):
        data = {"id": "1", "type": 1, "name": "interview", "options": options}
        begun = scene.far.discord.rest.interactions.begin(AUTOCOMPLETE, ben.user, scene.far.lobby, data)
        await scene.far.answered(begun)
        assert begun.suggestions == []


@few
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=32))
async def test_a_name_is_never_markup(scene: Scene, name: str) -> None:
    scene.far.people[BEN].user.name = f"@everyone {name} ```"
    await scene.house.command("me", BEN)
    assert scene.far.pings() == []
    assert await scene.is_unchanged()


ATTACHMENTS = {
    "too large for a text": ("big.py", "text/x-python", b"# long\n" * 40_000),
    "no text though it says so": ("lies.txt", "text/plain", bytes(range(256)) * 20),
    "a picture that is none": ("shot.png", "image/png", b"not a picture"),
    "something to run": ("run.exe", "application/x-msdownload", b"MZ" + bytes(2000)),
    "a name that is a path": ("../../etc/passwd", "text/plain", b"root:x:0:0"),
    "a name with signs": ("\u202eexe.`@everyone`.py", "text/x-python", b"print('hi')\n"),
    "nothing in it": ("empty.py", "text/x-python", b""),
}


@pytest.mark.parametrize("name", ATTACHMENTS)
async def test_an_odd_attachment_is_named_and_the_rest_of_the_answer_stays(scene: Scene, name: str) -> None:
    file = ATTACHMENTS[name]
    anna = scene.far.people[ANNA]
    message = anna.types("And a file.", scene.thread, files=[file])
    assert scene.far.watched is not None
    await scene.far.watched.accepts(message.id, 1)
    await scene.house.settled()
    await scene.goes_on()
    turn = (await scene.house.record(scene.record.interview.id)).interview.turns[0]
    assert turn.answer.startswith("My answer.\n\nAnd a file.")
    assert scene.far.pings() == []


async def test_an_attachment_that_claims_to_be_small_is_read_no_further_than_it_may_be(scene: Scene) -> None:
    far = scene.far
    message = far.people[ANNA].types("", scene.thread, files=[("small.py", "text/x-python", b"x = 1\n" * MEGABYTES)])
    assert far.watched is not None
    await far.watched.accepts(message.id, 1)
    await scene.house.settled()
    await scene.goes_on()
    turn = (await scene.house.record(scene.record.interview.id)).interview.turns[0]
    assert len(turn.answer) < MEGABYTES


async def test_nothing_that_is_shown_breaks_a_limit_however_much_is_typed(scene: Scene) -> None:
    """The judge at the far end refuses what is too long; here it is only made as long as it gets."""
    for _ in range(3):
        await scene.house.say("```python\n" + "x = 1 # @everyone <@1> \n" * 80 + "```")
    await scene.goes_on()
    assert all(len(message.content) <= rules.CONTENT for message in scene.far.discord.world.messages.values())
    assert scene.far.pings() == []
