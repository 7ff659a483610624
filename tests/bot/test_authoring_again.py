"""A step that is taken twice, as after a kill, leaves behind what it would have left behind once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from agent.author import Author, Failure
from agent.claude import Access, Claude
from agent.runner import Engine
from agent.types import Difficulty
from agent.workbench import Workbench
from bot.authoring import Authoring, write_event
from bot.commands import Wish
from bot.events import QuestionWritten, WriteQuestion, packed, unpacked
from bot.logs import make_log
from bot.purse import Purse
from bot.scene import Cause
from bot.speech import speech_of
from bot.turns import Outcome
from storage import accounts, interviews, questions, usage, workspaces
from storage.accounts import Account
from storage.database import Database
from storage.questions import Topic
from storage.queue import Arrival, Claim
from storage.workspaces import Workspace
from tests.fakes import claude
from tests.fakes.claude import ClaudeServer, says
from tests.fakes.manuscripts import bank, manuscript
from tests.storage.samples import LOBBY, NOON, PERSON

TOPIC = Topic("web:", "quick", "easy", questions.name_of("rust"))


@dataclass
class Desk:
    """The department by itself, over a database and a scripted model."""

    database: Database
    server: ClaudeServer
    authoring: Authoring
    account: Account
    workspace: Workspace

    async def wish(self, key: str = "wish-1") -> Arrival:
        """Somebody wishes; what is to arrive in the topic's lane."""
        cause = Cause(key, PERSON, LOBBY, "handle")
        wish = Wish(Difficulty.EASY, "quick", ("rust",))
        found = await self.authoring.find(self.account, self.workspace, cause, wish, Difficulty.EASY)
        assert isinstance(found, Outcome)
        await self.record(found)
        [arrival] = found.arrivals
        return arrival

    async def step(self, arrival: Arrival) -> Outcome:
        """Compute a step and record nothing."""
        claim = Claim(1, arrival.lane, 1, 1, arrival.dedup_key, arrival.kind, arrival.payload, 1)
        event = unpacked(arrival.kind, arrival.payload)
        if isinstance(event, WriteQuestion):
            return await self.authoring.write(claim, event)
        assert isinstance(event, QuestionWritten)
        return await self.authoring.written(claim, event)

    async def record(self, outcome: Outcome) -> None:
        await self.database.write(lambda conn: [write(conn) for write in outcome.writes])

    async def calls(self) -> int:
        """How many calls were counted."""
        return sum(total.calls for total in await self.database.read(usage.by_model, NOON - timedelta(days=1)))


@pytest.fixture
async def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with claude.serving() as server:
        client = Claude(Access("key", server.address))
        author = Author(client, Workbench(Engine(None)))
        purse = Purse(database, 5.0, lambda: NOON, make_log("error"))
        authoring = Authoring(database, author, purse, bank(), lambda: NOON)
        account = await database.write(accounts.account_of, PERSON, NOON)
        workspace = await database.write(workspaces.workspace_of, "web", "", NOON)
        yield Desk(database, server, authoring, account, workspace)
        await client.close()


async def test_a_question_computed_twice_is_one_question(desk: Desk) -> None:
    arrival = await desk.wish()
    desk.server.will(says(manuscript()), says(manuscript()))
    lost, kept = await desk.step(arrival), await desk.step(arrival)
    await desk.record(kept)
    found = await desk.database.read(questions.written_for, TOPIC)
    assert len(found) == await desk.calls() == 1
    assert (
        [told.dedup_key for told in lost.arrivals] == [told.dedup_key for told in kept.arrivals] == ["written/wish-1"]
    )


async def test_a_step_that_is_taken_again_after_its_commit_calls_nobody(desk: Desk) -> None:
    arrival = await desk.wish()
    desk.server.will(says(manuscript()))
    await desk.record(await desk.step(arrival))
    again = await desk.step(arrival)
    assert len(desk.server.requests) == 1
    assert again.writes == ()
    assert [told.dedup_key for told in again.arrivals] == ["written/wish-1"]


async def test_a_kill_before_the_repair_does_not_pay_for_the_first_call_again(desk: Desk) -> None:
    arrival = await desk.wish()
    desk.server.will(says(manuscript(hints=[])))
    first = await desk.step(arrival)
    await desk.record(first)
    [repair] = first.arrivals
    assert repair.lane == arrival.lane
    desk.server.will(says(manuscript()), says(manuscript()))
    await desk.step(repair)
    await desk.record(await desk.step(repair))
    assert len(desk.server.requests) == 3
    assert {len(request["messages"]) for request in desk.server.requests[1:]} == {3}
    assert await desk.calls() == 2
    assert len(await desk.database.read(questions.written_for, TOPIC)) == 1


async def test_the_interview_begins_once(desk: Desk) -> None:
    arrival = await desk.wish()
    desk.server.will(says(manuscript()))
    written = await desk.step(arrival)
    await desk.record(written)
    lost, kept = await desk.step(written.arrivals[0]), await desk.step(written.arrivals[0])
    await desk.record(kept)
    assert await desk.step(written.arrivals[0]) == Outcome()
    open_one = await desk.database.read(interviews.open_of, desk.account.id, "web:")
    assert open_one is not None
    assert [arrival.lane for arrival in lost.arrivals] == [open_one.lane]
    assert await desk.database.read(questions.in_store, TOPIC) == 0
    assert await desk.database.read(questions.wish_called, "wish-1") is None


async def test_who_waited_too_long_is_told_and_not_surprised(desk: Desk) -> None:
    arrival = await desk.wish()
    old = await desk.database.read(questions.wish_called, "wish-1")
    assert old is not None
    await desk.database.write(questions.wish, replace(old, at=NOON - timedelta(hours=1)))
    desk.server.will(says(manuscript()))
    written = await desk.step(arrival)
    await desk.record(written)
    begun = await desk.step(written.arrivals[0])
    [post] = begun.posts
    assert begun.arrivals == ()
    assert "`/interview easy quick rust` begins with it" in speech_of(post.body).markdown
    assert speech_of(post.body).reply == "handle"


async def test_a_step_that_is_given_up_lets_nobody_wait_in_vain(desk: Desk) -> None:
    arrival = await desk.wish()
    claim = Claim(1, arrival.lane, 1, 1, arrival.dedup_key, arrival.kind, arrival.payload, 1)
    event = unpacked(arrival.kind, arrival.payload)
    assert isinstance(event, WriteQuestion)
    buried = await desk.authoring.given_up(claim, event, "REF-1")
    await desk.record(buried)
    [told] = buried.arrivals
    assert unpacked(told.kind, told.payload) == QuestionWritten(wish="wish-1", failure=Failure.FAULT.value)
    refused = await desk.step(told)
    assert "which is our fault" in speech_of(refused.posts[0].body).markdown
    last = unpacked(told.kind, told.payload)
    assert isinstance(last, QuestionWritten)
    said = await desk.authoring.given_up(claim, last, "REF-2")
    assert "Reference: REF-2." in speech_of(said.posts[0].body).markdown
    await desk.record(said)
    assert await desk.authoring.given_up(claim, last, "REF-3") == Outcome()


async def test_who_waited_while_it_failed_is_told_without_another_call(desk: Desk) -> None:
    arrival = await desk.wish()
    await desk.database.write(questions.fail, TOPIC, Failure.UNSUITABLE.value, NOON)
    told = await desk.step(arrival)
    assert desk.server.requests == []
    assert told.writes == ()
    [word] = told.arrivals
    assert unpacked(word.kind, word.payload) == QuestionWritten(wish="wish-1", failure="unsuitable")


async def test_a_topic_that_was_forgotten_has_nothing_written(desk: Desk) -> None:
    arrival = write_event(TOPIC, "spare/1", NOON, spare=True)
    assert packed(unpacked(arrival.kind, arrival.payload)) == (arrival.kind, arrival.payload)
    assert await desk.step(arrival) == Outcome()
