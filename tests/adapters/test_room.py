"""A room: a conversation that is kept in the transcript and announced as it happens."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest

from adapters.room import Change, Room, Said, Thinking, Written, chart_of, choices_of
from bot.ports import Bar, Chart, Choice, Conversation, Field, Form, Spoken, Stream, Unreachable
from storage import transcript
from storage.addresses import Person, Place
from storage.database import Database
from storage.transcript import Row

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA = Person("web", "local", "ada")
PRACTICE = Place("web", "local", "practice")
CHART = Chart("Card", (Bar("Correctness", 7.5, "solid"), Bar("Depth", 5)), "Correctness 7.5; depth 5")
CHOICES = (
    Choice("Submit", "submit", "1/0", style="primary", word="submit"),
    Choice(
        "Share",
        "share",
        form=Form("Share", (Field("where", "Where?", "choice", "a", (("a", "A"), ("b", "B"))),), "Share it"),
    ),
)


class Listener:
    """Keeps what a room announces."""

    def __init__(self) -> None:
        self.heard: list[Change] = []

    def __call__(self, change: Change) -> None:
        self.heard.append(change)


def room(
    database: Database, heard: Listener | None = None, place: Place = PRACTICE, person: Person | None = ADA
) -> Room:
    return Room(database, place, person=person, announce=heard or Listener(), now=lambda: NOON)


async def cut_off(stream: AbstractAsyncContextManager[Stream]) -> None:
    async with stream as writing:
        await writing.write("Half a ")
        await writing.write("thought")
        raise ConnectionError


async def rows(database: Database, viewer: str = "ada") -> list[Row]:
    return await database.read(transcript.since, "web", "local", viewer, after=0)


async def test_a_room_is_a_conversation(database: Database) -> None:
    here: Conversation = room(database)
    assert here.place == PRACTICE


async def test_what_is_said_is_kept_with_its_choices_and_chart_and_announced(database: Database) -> None:
    heard = Listener()
    spoken = await room(database, heard).say("**Card**", choices=CHOICES, chart=CHART, key="card")
    (row,) = await rows(database)
    assert (row.author, row.markdown, row.viewer) == ("coach", "**Card**", "")
    assert choices_of(row) == CHOICES
    assert chart_of(row) == CHART
    assert (spoken.place, spoken.id, spoken.at) == (PRACTICE, row.id, row.said_at)
    assert heard.heard == [Said(row)]


async def test_the_same_key_never_posts_twice(database: Database) -> None:
    heard = Listener()
    here = room(database, heard)
    first = await here.say("one", key="slot 1")
    again = await here.say("two", key="slot 1")
    other = await here.say("three")
    assert first == again != other
    assert [row.markdown for row in await rows(database)] == ["one", "three"]
    assert len(heard.heard) == 2


async def test_an_edit_replaces_text_choices_and_chart(database: Database) -> None:
    heard = Listener()
    here = room(database, heard)
    spoken = await here.say("draft", choices=CHOICES, chart=CHART)
    await here.edit(spoken, "submitted")
    (row,) = await rows(database)
    assert (row.markdown, choices_of(row), chart_of(row)) == ("submitted", (), None)
    assert heard.heard[-1] == Said(row)


async def test_an_edit_of_what_was_deleted_says_so(database: Database) -> None:
    here = room(database)
    spoken = await here.say("draft")
    await database.write(transcript.delete, spoken.id)
    with pytest.raises(Unreachable, match="no longer there"):
        await here.edit(spoken, "submitted")


async def test_a_whisper_is_for_the_person_alone(database: Database) -> None:
    await room(database).whisper("Only for you", choices=CHOICES)
    (row,) = await rows(database)
    assert (row.viewer, choices_of(row)) == ("ada", CHOICES)
    assert await rows(database, "bob") == []
    with pytest.raises(Unreachable, match="nobody"):
        await room(database, person=None).whisper("Anybody?")


async def test_a_private_thread_and_all_that_is_said_in_it_is_for_one_person(database: Database) -> None:
    here = room(database)
    there = await here.thread("Merge calendars", private=True, key="interview 1")
    again = await here.thread("Another title", private=True, key="interview 1")
    assert there.place == again.place
    assert (there.place.channel, bool(there.place.thread)) == ("practice", True)
    await there.say("The question")
    await room(database, place=there.place, person=None).say("From another replica, knowing nobody")
    assert [(row.markdown, row.viewer) for row in await rows(database)] == [
        ("Merge calendars", "ada"),
        ("The question", "ada"),
        ("From another replica, knowing nobody", "ada"),
    ]
    assert await rows(database, "bob") == []
    with pytest.raises(Unreachable, match="nobody"):
        await room(database, person=None).thread("For whom?", private=True, key="interview 2")


async def test_a_public_thread_is_for_all_and_stands_in_the_channel(database: Database) -> None:
    there = await room(database).thread("Merge calendars", private=False, key="interview 1")
    beside = await there.thread("Next", private=False, key="interview 2")
    await beside.say("Hello")
    assert [(row.markdown, row.place.thread) for row in await rows(database, "bob")] == [
        ("Merge calendars", ""),
        ("Next", ""),
        ("Hello", beside.place.thread),
    ]


async def test_in_direct_messages_everything_is_for_the_person(database: Database) -> None:
    direct = Place("web", "local", "direct-ada")
    here = Room(database, direct, person=None, announce=Listener(), now=lambda: NOON, viewer="ada")
    await here.say("Hello")
    await (await here.thread("Thread", private=False, key="1")).say("Question")
    assert {row.viewer for row in await rows(database)} == {"ada"}
    assert await rows(database, "bob") == []


async def test_thinking_is_announced_and_ended_even_by_a_failure(database: Database) -> None:
    heard = Listener()
    with pytest.raises(LookupError):
        async with room(database, heard).thinking():
            raise LookupError
    assert heard.heard == [Thinking(PRACTICE, "", on=True), Thinking(PRACTICE, "", on=False)]
    assert await rows(database) == []


async def test_a_stream_is_a_row_from_its_first_text_on(database: Database) -> None:
    heard = Listener()
    seen: list[Spoken | None] = []
    async with room(database, heard).stream(key="feedback 1") as stream:
        for text in ("", "\n", "Read two "):
            await stream.write(text)
            seen.append(stream.spoken)
        (row,) = await rows(database)
        assert row.markdown == "\nRead two "
        await stream.write("messages.")
        seen.append(stream.spoken)
    spoken = Spoken(PRACTICE, row.id, row.said_at)
    assert seen == [None, None, spoken, spoken]
    (final,) = await rows(database)
    assert final.markdown == "\nRead two messages."
    assert heard.heard == [
        Said(row, live=True),
        Written(row.id, PRACTICE, "", "\nRead two messages.", "messages."),
        Said(final),
    ]


async def test_a_stream_that_fails_keeps_what_was_written(database: Database) -> None:
    heard = Listener()
    stream = room(database, heard).stream()
    with pytest.raises(ConnectionError):
        await cut_off(stream)
    (row,) = await rows(database)
    assert row.markdown == "Half a thought"
    assert heard.heard[-1] == Said(row)


async def test_a_stream_without_text_leaves_nothing(database: Database) -> None:
    heard = Listener()
    async with room(database, heard).stream() as stream:
        await stream.write("")
    assert stream.spoken is None
    assert heard.heard == []
    assert await rows(database) == []


async def test_a_stream_that_was_cut_off_is_written_anew_under_its_key(database: Database) -> None:
    async with room(database).stream(key="feedback 1") as first:
        await first.write("Cut o")
    heard = Listener()
    async with room(database, heard).stream(key="feedback 1") as second:
        await second.write("The whole")
        assert [row.markdown for row in await rows(database)] == ["The whole"]
        await second.write(" thought")
    (row,) = await rows(database)
    assert row.markdown == "The whole thought"
    assert first.spoken == second.spoken
    assert [type(change) for change in heard.heard] == [Said, Written, Said]


async def test_long_streams_are_saved_now_and_then_and_not_at_every_word(database: Database) -> None:
    heard = Listener()
    async with room(database, heard).stream() as stream:
        for _ in range(300):
            await stream.write("word ")
    saves = [change for change in heard.heard if isinstance(change, Said)]
    assert len(saves) < 30
    assert len([change for change in heard.heard if isinstance(change, Written)]) == 299
    assert [row.markdown for row in await rows(database)] == ["word " * 300]
