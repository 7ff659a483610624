"""The queue: once, in order, under a lease that a worker taken for dead cannot use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from storage import queue, upkeep
from storage.database import Database, now
from storage.queue import Arrival, Claim, Finished, LeaseLost, Outgoing
from storage.tables import counters, inbox, lanes
from tests.storage.queues import (
    LONG,
    OVER,
    accept,
    arrival,
    claim,
    claim_one,
    expire,
    inbox_row,
    lane,
    outbox_rows,
    record,
    record_one,
    sent,
)


def count_one(conn: Connection, name: str) -> None:
    """A write that fails when it is done twice."""
    conn.execute(insert(counters).values(name=name, value=1))


async def counted(database: Database) -> list[str]:
    return await database.read(lambda conn: list(conn.execute(select(counters.c.name)).scalars()))


async def test_three_deliveries_of_one_event_are_one_row(database: Database) -> None:
    assert await accept(database, arrival("a"), arrival("a"), arrival("a")) == [True, False, False]
    first = await claim_one(database)
    assert first.dedup_key == "a"
    assert await record(database, first) == (None, None)
    assert await accept(database, arrival("a")) == [False]
    assert await claim(database) == []
    assert not await database.read(upkeep.busy)


async def test_many_deliveries_at_once_are_one_row(database: Database) -> None:
    new = await asyncio.gather(*(database.write(queue.accept, arrival("a")) for _ in range(20)))
    assert sorted(new) == [False] * 19 + [True]


async def test_a_lane_is_handled_in_the_order_of_the_platform_whatever_the_order_of_arrival(
    database: Database,
) -> None:
    await accept(database, arrival("c"), arrival("a"), arrival("b"), arrival("b2", sort_key="b"))
    following: Claim | None = await claim_one(database)
    order = []
    while following is not None:
        order.append(following.dedup_key)
        following, _ = await record(database, following)
    assert order == ["a", "b", "b2", "c"]


async def test_a_lane_belongs_to_one_owner_and_lanes_do_not_wait_for_each_other(database: Database) -> None:
    await accept(database, arrival("a", "interview:1"), arrival("b", "interview:2"))
    mine = await claim(database, "me", 1)
    theirs = await claim(database, "you", 10)
    assert len(mine) == len(theirs) == 1
    assert {mine[0].lane, theirs[0].lane} == {"interview:1", "interview:2"}
    assert await claim(database, "she") == []


async def test_no_lane_is_claimed_twice_by_many_at_once(database: Database) -> None:
    await accept(database, *(arrival(f"{n}", f"interview:{n}") for n in range(30)))
    claims = await asyncio.gather(*(claim(database, f"owner {n}", 10) for n in range(6)))
    claimed = [one.lane for some in claims for one in some]
    assert len(claimed) == len(set(claimed))
    rest = await claim(database, "last", 100)
    assert {*claimed, *(one.lane for one in rest)} == {f"interview:{n}" for n in range(30)}


async def test_a_claim_says_how_often_the_row_was_handed_out(database: Database) -> None:
    await accept(database, arrival("a"))
    for times in (1, 2, 3):
        one = await claim_one(database, lease_seconds=OVER)
        assert (one.claims, one.epoch) == (times, times)


async def test_a_workspace_with_many_lanes_does_not_starve_the_others(database: Database) -> None:
    await accept(database, *(arrival(f"{n}", f"interview:{n}", workspace="big") for n in range(8)))
    first = await claim(database, "me", 3)
    assert len(first) == 3
    await accept(database, *(arrival(f"s{n}", f"interview:s{n}", workspace="small") for n in range(2)))
    assert [one.lane for one in await claim(database, "me", 2)] == ["interview:s0", "interview:s1"]
    assert len(await claim(database, "me", 100)) == 5


async def test_everything_of_a_turn_is_committed_together(database: Database) -> None:
    await accept(database, arrival("a"))
    one = await claim_one(database)
    following, due = await record(
        database,
        one,
        writes=(partial(count_one, name="evaluation"),),
        posts=(Outgoing("feedback", "well done"),),
        arrivals=(arrival("go on", "interview:1"), arrival("start", "interview:2")),
    )
    assert await counted(database) == ["evaluation"]
    assert due is not None
    assert (due.slot, due.body, due.spoken) == ("feedback", "well done", None)
    assert following is not None
    assert following.dedup_key == "go on"
    assert [other.dedup_key for other in await claim(database, "you")] == ["start"]


async def test_a_turn_whose_write_fails_leaves_nothing_behind(database: Database) -> None:
    def fail(_conn: Connection) -> None:
        raise KeyError("a mistake of ours")

    await accept(database, arrival("a"))
    one = await claim_one(database)
    with pytest.raises(KeyError):
        await record(
            database,
            one,
            writes=(partial(count_one, name="evaluation"), fail),
            posts=(Outgoing("feedback", "well done"),),
            arrivals=(arrival("go on"),),
        )
    assert await counted(database) == []
    assert await outbox_rows(database) == []
    following, _ = await record(database, one)
    assert following is None


async def test_our_own_next_step_comes_before_what_waits_already(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b"))
    one = await claim_one(database)
    await accept(database, arrival("0"))
    following, _ = await record(
        database, one, arrivals=(arrival("step 1", sort_key="zz"), arrival("step 2", sort_key="zy"))
    )
    order = []
    while following is not None:
        order.append(following.dedup_key)
        following, _ = await record(database, following)
    assert order == ["step 1", "step 2", "0", "b"]


async def test_a_lane_that_is_through_rests_until_something_arrives(database: Database) -> None:
    await accept(database, arrival("a"))
    await record(database, await claim_one(database))
    rested = await lane(database)
    assert (rested.ready_at, rested.lease_owner, rested.lease_until) == (None, None, None)
    await accept(database, arrival("b"))
    again = await claim_one(database, "you")
    assert (again.dedup_key, again.epoch) == ("b", 2)


@pytest.mark.parametrize(
    "late",
    [
        partial(record_one, writes=(partial(count_one, name="evaluation"),), posts=(Outgoing("it", "late"),)),
        partial(record_one, given_up="late", writes=(partial(count_one, name="evaluation"),)),
        partial(queue.retry, delay_seconds=0, error="late"),
    ],
    ids=["record", "give up", "retry"],
)
async def test_a_worker_that_was_taken_for_dead_records_nothing(
    database: Database, late: Callable[[Connection, Claim], object]
) -> None:
    await accept(database, arrival("a"))
    frozen = await claim_one(database, "frozen", OVER)
    alive = await claim_one(database, "alive")
    assert (alive.inbox_id, alive.epoch) == (frozen.inbox_id, frozen.epoch + 1)

    with pytest.raises(LeaseLost):
        await database.write(late, frozen)

    assert await counted(database) == []
    assert await outbox_rows(database) == []
    assert (await inbox_row(database, "a")).attempts == 0
    await record(database, alive, writes=(partial(count_one, name="evaluation"),))
    assert await counted(database) == ["evaluation"]


async def test_a_lease_that_ran_out_but_that_nobody_took_still_counts(database: Database) -> None:
    await accept(database, arrival("a"))
    late = await claim_one(database, lease_seconds=OVER)
    assert await record(database, late) == (None, None)
    assert (await inbox_row(database, "a")).status == queue.DONE


async def test_renewing_keeps_what_is_ours_by_owner_and_epoch(database: Database) -> None:
    await accept(database, *(arrival(f"{n}", f"interview:{n}") for n in range(4)))
    kept, lost, _theirs = await claim(database, "me", 3)
    await expire(database, lost.lane)
    again = [one for one in await claim(database, "you", 10) if one.lane == lost.lane]
    assert len(again) == 1
    await expire(database, kept.lane)

    leases = [(one.lane_id, one.epoch) for one in (kept, lost)]
    assert await database.write(queue.renew, "me", leases, LONG) == {(kept.lane_id, kept.epoch)}
    renewed = await lane(database, kept.lane)
    assert renewed.lease_until > await database.read(now) + LONG / 2
    assert await database.write(queue.renew, "me", [(kept.lane_id, kept.epoch - 1)], LONG) == set()
    assert await database.write(queue.renew, "me", [], LONG) == set()


async def test_five_hundred_leases_are_renewed_by_one_statement(database: Database) -> None:
    def all_at_once(conn: Connection) -> tuple[int, int]:
        for number in range(500):
            queue.accept(conn, arrival(f"{number}", f"interview:{number}"))
        leases = [(one.lane_id, one.epoch) for one in queue.claim(conn, "me", 500, LONG)]
        statements: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements.append(statement)

        event.listen(conn, "before_cursor_execute", note)
        kept = queue.renew(conn, "me", leases, LONG)
        event.remove(conn, "before_cursor_execute", note)
        return len(kept), len(statements)

    assert await database.write(all_at_once) == (500, 1)


async def test_a_turn_that_failed_lets_its_lane_rest_and_keeps_the_order(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b"), arrival("c", "interview:2"))
    one, other = await claim(database)
    await database.write(queue.retry, one, LONG, "KeyError 12345678")
    await accept(database, arrival("0"))
    assert await claim(database) == []

    row = await inbox_row(database, "a")
    assert (row.attempts, row.error, row.status) == (1, "KeyError 12345678", queue.WAITING)
    assert await record(database, other) == (None, None)

    await accept(database, arrival("d", "interview:3"))
    again = await claim_one(database)
    await database.write(queue.retry, again, 0, "KeyError")
    assert (await claim_one(database)).attempts == 1


async def test_a_turn_given_up_is_listed_says_what_is_to_be_said_and_frees_the_next(database: Database) -> None:
    await accept(database, arrival("a", payload="my words"), arrival("b"))
    one = await claim_one(database)
    following, due = await record(database, one, given_up="KeyError 12345678", posts=(Outgoing("sorry", "sorry"),))
    assert following is not None
    assert following.dedup_key == "b"
    assert due is not None
    assert due.slot == "sorry"
    [letter] = await database.read(upkeep.dead_letters)
    assert (letter.what, letter.lane, letter.name) == ("turn", "interview:1", "reply")
    assert letter.error == "KeyError 12345678"
    assert (await inbox_row(database, "a")).payload == "my words"


async def test_what_a_person_wrote_is_not_kept_once_it_was_dealt_with(database: Database) -> None:
    await accept(database, arrival("a", payload="my words"))
    one = await claim_one(database)
    assert one.payload == "my words"
    await record(database, one)
    assert (await inbox_row(database, "a")).payload == ""


async def test_recording_again_after_a_lost_answer_writes_nothing_and_goes_on(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b"))
    one = await claim_one(database)
    once = partial(
        record,
        database,
        one,
        writes=(partial(count_one, name="evaluation"),),
        posts=(Outgoing("feedback", "well done"),),
        arrivals=(arrival("c"),),
    )
    first, due = await once()
    again, none = await once()
    assert first is not None
    assert again is not None
    assert (first.inbox_id, first.epoch) == (again.inbox_id, again.epoch)
    assert due is not None
    assert none is None
    assert await counted(database) == ["evaluation"]
    # The post nobody learned of is due at once, once.
    assert [post.id for post in await database.write(queue.due_posts, 10)] == [due.id]


async def test_recording_again_after_the_lane_went_to_rest_takes_nothing(database: Database) -> None:
    await accept(database, arrival("a"))
    one = await claim_one(database)
    await record(database, one)
    await accept(database, arrival("b"))
    assert await record(database, one) == (None, None)
    assert (await claim_one(database, "you")).dedup_key == "b"
    with pytest.raises(LeaseLost):
        await record(database, one)


async def test_a_released_lane_is_free_at_once_and_takes_no_record(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b", "interview:2"))
    mine = await claim(database, "me", 1)
    theirs = await claim(database, "you", 1)
    await database.write(queue.release, "me")
    with pytest.raises(LeaseLost):
        await record(database, mine[0])
    assert [one.lane for one in await claim(database, "she")] == [mine[0].lane]
    assert await record(database, theirs[0]) == (None, None)


async def test_a_process_alone_with_its_database_starts_with_every_lane_free(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b", "interview:2"))
    await claim(database, "killed")
    assert await claim(database, "born again") == []
    await database.write(queue.clear_leases)
    assert len(await claim(database, "born again")) == 2


async def test_turns_that_start_each_others_lanes_do_not_block_each_other(database: Database) -> None:
    async def handle(one: Claim, *arrivals: Arrival) -> int:
        following, _ = await record(database, one, arrivals=arrivals)
        return 1 + (await handle(following) if following is not None else 0)

    for number in range(15):
        await accept(database, arrival(f"{number}a", "person:a"), arrival(f"{number}b", "person:b"))
        one, other = await claim(database)
        interview = f"interview:{number}"
        to_other = arrival(f"{number} a to b", other.lane), arrival(f"{number} a", interview)
        to_one = arrival(f"{number} b to a", one.lane), arrival(f"{number} b", interview)
        handled = sum(await asyncio.gather(handle(one, *to_other), handle(other, *to_one)))
        handled += sum([await handle(left) for left in await claim(database)])
        assert handled == 6
        assert not await database.read(upkeep.busy)


async def test_no_wake_up_is_lost_between_arriving_and_finishing(database: Database) -> None:
    async def handle(one: Claim) -> int:
        following, _ = await record(database, one)
        return 1 + (await handle(following) if following is not None else 0)

    handled = 0
    for number in range(40):
        await accept(database, arrival(f"{number}"))
        one = await claim_one(database)
        done, _ = await asyncio.gather(handle(one), database.write(queue.accept, arrival(f"{number} too")))
        handled += done + sum([await handle(left) for left in await claim(database)])
    assert handled == 80
    assert await database.write(upkeep.sweep) == 0


async def test_the_sweep_wakes_a_lane_that_was_forgotten(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b", "interview:2"))
    await database.write(lambda conn: conn.execute(update(lanes).values(ready_at=None)).rowcount)
    assert await claim(database) == []
    assert await database.write(upkeep.sweep) == 2
    assert await database.write(upkeep.sweep) == 0
    assert len(await claim(database)) == 2


async def test_finished_rows_are_forgotten_after_days_and_unsent_posts_never(database: Database) -> None:
    await accept(database, arrival("sent"), arrival("unsent", "interview:2"), arrival("waits", "interview:3"))
    for one in (await claim(database))[:2]:
        _, due = await record(database, one, posts=(Outgoing(one.dedup_key, "text"),))
        assert due is not None
        if one.dedup_key == "sent":
            await sent(database, due)

    assert await database.write(upkeep.prune) == 0
    assert await database.write(upkeep.prune, OVER) == 1
    assert [row.slot for row in await outbox_rows(database)] == ["unsent"]
    keys = await database.read(lambda conn: set(conn.execute(select(inbox.c.dedup_key)).scalars()))
    assert keys == {"unsent", "waits"}


async def test_forgetting_is_done_in_portions(database: Database) -> None:
    await accept(database, *(arrival(f"{n}", f"interview:{n}") for n in range(5)))
    for one in await claim(database):
        await record(database, one)
    assert [await database.write(upkeep.prune, OVER, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_turns_recorded_together_each_get_what_is_theirs(database: Database) -> None:
    await accept(database, *(arrival(f"{n}", f"interview:{n}") for n in range(7)), arrival("0 more", "interview:0"))
    claims = await claim(database)
    await expire(database, "interview:1")
    [stolen] = await claim(database, "thief")
    await record(database, claims[2], posts=[Outgoing("2 before", "text")])
    finished = [
        Finished(
            one,
            writes=(partial(count_one, name=one.lane),),
            posts=(Outgoing(f"{one.lane} a", "text"), Outgoing(f"{one.lane} b", "text")),
            given_up="KeyError" if one.lane == "interview:3" else None,
        )
        for one in claims
    ]
    outcomes = await database.write(queue.record, [*finished, Finished(stolen)])

    lost = outcomes[1]
    assert isinstance(lost, LeaseLost)
    assert outcomes[2] == (None, None)  # recorded before
    assert outcomes[7] == (None, None)  # the thief had nothing to say
    following = {}
    for number in (0, 3, 4, 5, 6):
        outcome = outcomes[number]
        assert not isinstance(outcome, LeaseLost)
        following[number], due = outcome
        assert due is not None
        assert due.slot == f"interview:{number} a"
    assert {number for number, one in following.items() if one is not None} == {0}
    assert await counted(database) == [f"interview:{number}" for number in (0, 3, 4, 5, 6)]
    assert [letter.lane for letter in await database.read(upkeep.dead_letters)] == ["interview:3"]
    # What is done again: nothing but the posts that nobody learned of, which are due now.
    again = await database.write(queue.record, finished)
    assert isinstance(again[1], LeaseLost)
    assert await counted(database) == [f"interview:{number}" for number in (0, 3, 4, 5, 6)]
    due_now = {post.slot for post in await database.write(queue.due_posts, 100)}
    assert due_now == {"2 before", *(f"interview:{number} a" for number in (0, 3, 4, 5, 6))}


async def test_an_old_and_a_new_lease_of_one_lane_recorded_together_are_told_apart(database: Database) -> None:
    await accept(database, arrival("a"))
    old = await claim_one(database, lease_seconds=OVER)
    new = await claim_one(database)
    late, good = await database.write(queue.record, [Finished(old), Finished(new)])
    assert isinstance(late, LeaseLost)
    assert good == (None, None)
