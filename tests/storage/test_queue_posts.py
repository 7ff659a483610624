"""What is to be said: in the order it was recorded, lane by lane, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storage import queue, upkeep
from storage.database import Database
from storage.queue import Due, Outgoing
from tests.storage.queues import LONG, OVER, accept, arrival, claim, claim_one, outbox_rows, record, sent

SPOKEN = '{"ts": "1"}'


async def say(database: Database, *posts: Outgoing, key: str, lane: str = "interview:1") -> Due | None:
    """Take a whole turn in the lane that leaves these posts; gives the one that may be sent at once."""
    await accept(database, arrival(key, lane))
    [one] = [one for one in await claim(database) if one.lane == lane]
    _, due = await record(database, one, posts=posts)
    return due


def post(slot: str, body: str = "text") -> Outgoing:
    return Outgoing(slot, body)


async def send_all(database: Database, due: Due | None) -> list[tuple[str, str, str | None]]:
    """Send this post and all that follow in its lane; gives (slot, body, address before)."""
    said = []
    while due is not None:
        said.append((due.slot, due.body, due.spoken))
        due = await sent(database, due, SPOKEN, 5.0)
    return said


async def test_the_posts_of_a_turn_follow_each_other(database: Database) -> None:
    due = await say(database, post("facts"), post("evaluation"), post("question"), key="a")
    assert await database.write(queue.due_posts, 10) == []
    assert [slot for slot, _, _ in await send_all(database, due)] == ["facts", "evaluation", "question"]
    assert await database.write(queue.due_posts, 10) == []
    assert not await database.read(upkeep.busy)


async def test_a_post_that_failed_is_not_overtaken_by_the_next_turn(database: Database) -> None:
    first = await say(database, post("one"), key="a")
    assert first is not None
    await database.write(queue.post_later, first, LONG)
    assert await say(database, post("two"), key="b") is None
    assert await database.write(queue.due_posts, 10) == []

    await database.write(queue.post_later, first, 0)
    [again] = await database.write(queue.due_posts, 10)
    assert (again.slot, again.attempts, again.error) == ("one", 2, "later")
    assert [slot for slot, _, _ in await send_all(database, again)] == ["one", "two"]


async def test_a_failing_lane_does_not_hold_up_another(database: Database) -> None:
    first = await say(database, post("one"), key="a")
    assert first is not None
    await database.write(queue.post_later, first, LONG)
    other = await say(database, post("other"), key="b", lane="interview:2")
    assert other is not None
    assert other.slot == "other"


async def test_only_the_oldest_post_of_each_lane_is_taken_and_by_one_alone(database: Database) -> None:
    for number in range(12):
        lane = f"interview:{number}"
        due = await say(database, post(f"{number} first"), post(f"{number} second"), key=lane, lane=lane)
        assert due is not None
        await database.write(queue.post_later, due, 0)
    taken = await asyncio.gather(*(database.write(queue.due_posts, 5) for _ in range(4)))
    slots = [due.slot for some in taken for due in some]
    assert len(slots) == len(set(slots))
    rest = [due.slot for due in await database.write(queue.due_posts, 100)]
    assert {*slots, *rest} == {f"{number} first" for number in range(12)}


async def test_a_post_whose_sender_died_comes_back(database: Database) -> None:
    first = await say(database, post("one"), post("two"), key="a")
    assert first is not None
    await database.write(queue.post_later, first, 0)
    for attempts in (2, 3):
        [due] = await database.write(queue.due_posts, 10, OVER)
        assert (due.id, due.attempts) == (first.id, attempts)


async def test_a_post_sent_by_two_is_over_and_the_next_is_taken_by_one(database: Database) -> None:
    slow = await say(database, post("one"), post("two"), key="a")
    assert slow is not None
    await database.write(queue.post_later, slow, 0)
    [quick] = await database.write(queue.due_posts, 10)
    following = await sent(database, quick, SPOKEN, 5.0)
    assert following is not None
    assert await sent(database, slow, SPOKEN, 5.0) is None
    assert await database.write(queue.post_dead, slow, "gone") is None
    await database.write(queue.post_later, slow, 0)
    assert await database.write(queue.due_posts, 10) == []
    assert await send_all(database, following) == [("two", "text", None)]
    assert await database.read(upkeep.dead_letters) == []


@pytest.mark.parametrize(
    "done",
    [
        lambda database, due: sent(database, due, SPOKEN, 5.0),
        lambda database, due: database.write(queue.post_dead, due, "gone"),
    ],
    ids=["sent", "dead"],
)
async def test_telling_again_after_a_lost_answer_changes_nothing(
    database: Database, done: Callable[[Database, Due], Awaitable[Due | None]]
) -> None:
    due = await say(database, post("one"), post("two"), key="a")
    assert due is not None
    following = await done(database, due)
    assert following is not None
    # Whoever was given the next post may be sending it; it comes back when that time is over.
    assert await done(database, due) is None
    assert await send_all(database, following) == [("two", "text", None)]


async def test_a_process_alone_with_its_database_starts_with_every_post_due(database: Database) -> None:
    first = await say(database, post("one"), key="a")
    other = await say(database, post("other"), key="b", lane="interview:2")
    assert first is not None
    assert other is not None
    await database.write(queue.post_later, other, LONG)
    assert await database.write(queue.due_posts, 10) == []
    await database.write(queue.clear_leases)
    assert {due.slot for due in await database.write(queue.due_posts, 10)} == {"one", "other"}


async def test_a_later_version_edits_what_was_said(database: Database) -> None:
    await send_all(database, await say(database, post("bar", "1 message"), key="a"))
    assert await database.read(queue.shown, "bar") == (SPOKEN, 5.0)
    due = await say(database, post("bar", "2 messages"), key="b")
    assert await send_all(database, due) == [("bar", "2 messages", SPOKEN)]


async def test_a_preview_that_was_shown_is_edited_too(database: Database) -> None:
    assert await database.read(queue.shown, "evaluation") is None
    await database.write(queue.remember, "evaluation", '{"ts": "old"}', 1.0)
    await database.write(queue.remember, "evaluation", '{"ts": "preview"}', 2.0)
    assert await database.read(queue.shown, "evaluation") == ('{"ts": "preview"}', 2.0)
    due = await say(database, post("other"), post("evaluation", "7.5"), key="a")
    assert (await send_all(database, due))[1] == ("evaluation", "7.5", '{"ts": "preview"}')


async def test_the_latest_text_wins_and_stands_where_the_first_stood(database: Database) -> None:
    first = await say(database, post("first"), key="a")
    assert first is not None
    await database.write(queue.post_later, first, 0)
    await say(database, post("bar", "1 message"), post("hint"), key="b")
    await say(database, post("bar", "2 messages"), key="c")
    await say(database, post("bar", "3 messages"), post("last"), key="d")

    [due] = await database.write(queue.due_posts, 10)
    assert await send_all(database, due) == [
        ("first", "text", None),
        ("bar", "3 messages", None),
        ("hint", "text", None),
        ("last", "text", None),
    ]
    assert not await database.read(upkeep.busy)


async def test_a_version_that_may_stand_there_already_is_not_replaced_but_edited(database: Database) -> None:
    first = await say(database, post("bar", "1 message"), key="a")
    assert first is not None  # tried, outcome unknown
    await say(database, post("bar", "2 messages"), key="b")
    await database.write(queue.post_later, first, 0)
    await say(database, post("bar", "3 messages"), key="c")

    [due] = await database.write(queue.due_posts, 10)
    assert await send_all(database, due) == [("bar", "1 message", None), ("bar", "3 messages", SPOKEN)]


async def test_two_versions_in_one_turn_are_one_post(database: Database) -> None:
    due = await say(database, post("bar", "1"), post("hint"), post("bar", "2"), key="a")
    assert await send_all(database, due) == [("bar", "2", None), ("hint", "text", None)]


async def test_a_post_that_can_never_be_sent_is_listed_and_frees_the_next(database: Database) -> None:
    due = await say(database, post("one"), post("two"), key="a")
    assert due is not None
    following = await database.write(queue.post_dead, due, "the channel is gone")
    assert await send_all(database, following) == [("two", "text", None)]
    [letter] = await database.read(upkeep.dead_letters)
    assert (letter.what, letter.name, letter.error) == ("post", "one", "the channel is gone")
    assert await database.read(queue.shown, "one") is None


async def test_what_was_said_is_not_kept_and_what_was_not_is(database: Database) -> None:
    due = await say(database, post("one", "secret"), post("two", "secret"), key="a")
    assert due is not None
    await sent(database, due, None, None)
    assert [row.body for row in await outbox_rows(database)] == ["", "secret"]
    assert await database.read(queue.shown, "one") is None


@pytest.mark.parametrize("delay", [0, LONG])
async def test_a_turn_with_unsent_posts_goes_on_being_busy(database: Database, delay: float) -> None:
    due = await say(database, post("one"), key="a")
    assert due is not None
    await database.write(queue.post_later, due, delay)
    assert await database.read(upkeep.busy)


async def test_a_turn_that_says_nothing_has_nothing_due(database: Database) -> None:
    await accept(database, arrival("a"))
    assert await record(database, await claim_one(database)) == (None, None)
    assert await outbox_rows(database) == []
