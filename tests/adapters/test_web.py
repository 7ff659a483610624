"""The playground over a real server and a real WebSocket: frames, acks, reconnects, replay, and who sees what."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from aiohttp import web
from sqlalchemy import Connection

from adapters.web import build
from bot.core import Core
from bot.events import Command, Edit, Press, Reply
from bot.ports import Conversation, Platform, Unreachable
from bot.settings import Settings
from storage import transcript
from storage.addresses import Person, Place
from storage.database import Database
from tests.adapters.playground import Frame, Logged, nothing, playground
from tests.adapters.stand_in import CARD

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def named(name: str, row: Frame) -> bool:
    return name in row["html"]


async def test_a_page_is_welcomed_with_all_it_must_know(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        welcome = (await page.enter()).welcome
    assert [channel["name"] for channel in welcome["channels"]] == ["practice", "general", ""]
    assert welcome["channels"][2] == {"id": f"direct-{page.user}", "name": "", "direct": True}
    assert {"name": "system-design", "title": "system design"} in welcome["kinds"]
    assert welcome["threads"] == welcome["thinking"] == []
    assert welcome["fresh"] is True
    assert welcome["example"][0]["html"].startswith("<p><strong>")
    assert welcome["example"][-1]["chart"]["bars"]


async def test_a_start_is_a_command_that_only_its_person_sees_and_opens_a_private_thread(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        thread = await page.start("easy algorithm")
        (event,) = ground.coach.taken.values()
        rows = list(page.rows().values())
    assert isinstance(event, Command)
    assert (event.name, event.words) == ("interview", "easy algorithm")
    assert event.person == Person("web", "local", page.user)
    assert event.place == Place("web", "local", "practice")
    typed = next(row for row in rows if row["author"] == page.user)
    assert typed["private"]
    assert "source" not in typed
    opening = next(row for row in rows if row.get("opens") == thread)
    assert (opening["title"], opening["private"], opening["thread"]) == ("Merge calendars (medium)", True, "")
    question = next(row for row in rows if "Think aloud" in row["html"])
    assert [choice["label"] for choice in question["choices"]] == ["Hint: free", "Skip", "Finish"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("/interview", ""), ("/Interview  help ", "help"), ("  /interview\nhard graphs", "hard graphs")],
)
async def test_a_text_that_begins_with_the_command_is_one(database: Database, text: str, words: str) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.say(text)
        (event,) = ground.coach.taken.values()
    assert isinstance(event, Command)
    assert event.words == words


async def test_a_message_is_a_reply_with_the_time_of_its_row(database: Database) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        id = await page.say("/interviews are **hard**")
        (event,) = ground.coach.taken.values()
        row = await page.row(lambda row: row["author"] == page.user)
    assert isinstance(event, Reply)
    assert (event.id, event.text, event.direct) == (f"web:{page.user}:{id}", "/interviews are **hard**", False)
    assert round(event.sent_at.timestamp() * 1000) == row["at"]
    assert (row["id"], row["source"]) == (event.id, event.text)
    assert row["html"] == '<p class="typed">/interviews are **hard**</p>\n'


async def test_direct_messages_are_said_to_be_direct_and_are_nobody_elses(database: Database) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        await other.enter()
        await page.say("Hello", channel=f"direct-{page.user}")
        (event,) = ground.coach.taken.values()
        await other.say("Good morning")
        await other.row(lambda row: row["author"] == other.user)
        foreign = await other.history(f"direct-{page.user}")
    assert isinstance(event, Reply)
    assert event.direct
    assert not [row for row in other.rows().values() if row["author"] == page.user]
    assert (foreign["type"], foreign["why"]) == ("refused", "unknown-place")


async def test_the_ack_comes_only_once_the_event_is_taken(database: Database) -> None:
    """While nothing can be made durable there is no ack; the same frame sent again later is taken once."""
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        ground.coach.refuse = True
        frame = {"type": "message", "id": "frame-again", "channel": "practice", "text": "Is anybody there?"}
        await page.send(**frame)
        assert await page.sent_away() == 1011
        assert ground.logged.names == ["fault"]
        assert "Is anybody there?" not in repr(ground.logged.kept.calls)
        ground.coach.refuse = False
        await page.enter(since=page.revision, person=page.user, load=False)
        await page.send(**frame)
        await page.send(**frame)
        await page.until("ack", id="frame-again")
        await page.row(lambda row: row["author"] == page.user)
        history = await page.history("practice")
    assert len(ground.coach.taken) == 1
    assert [row["html"] for row in history["rows"]] == ['<p class="typed">Is anybody there?</p>\n']


async def test_what_was_sent_and_not_acknowledged_is_sent_again_and_counts_once(database: Database) -> None:
    """The connection is cut right after each frame, before its answer is read; then all are sent again."""
    frames = [
        {"type": "message", "id": f"message-{number}", "channel": "practice", "text": f"part {number}"}
        for number in range(3)
    ]
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        for frame in frames:
            await page.send(**frame)
            await page.leave()
            await page.enter(load=False)
        for frame in frames:
            await page.send(**frame)
        for frame in frames:
            await page.until("ack", id=frame["id"])
        texts = [event.text for event in ground.coach.taken.values() if isinstance(event, Reply)]
        history = await page.history("practice")
    assert texts == ["part 0", "part 1", "part 2"]
    assert [row["source"] for row in history["rows"]] == texts


async def test_a_page_that_comes_back_is_told_what_it_missed_and_no_more(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        await page.say("before")
        known = await page.row(lambda row: row.get("source") == "before")
        await page.leave()
        here = ground.platform.at(Place("web", "local", "practice"))
        spoken = await here.say("while you were away")
        await here.edit(spoken, "while you were away, mended")
        await database.write(transcript.delete, known["id"])
        page.seen.clear()
        await page.enter(since=known["revision"], person=page.user, load=False)
        assert page.welcome["fresh"] is False
        await page.row(lambda row: row["deleted"])
        rows = page.rows()
    assert {row["html"] for row in rows.values()} == {"<p>while you were away, mended</p>\n", ""}
    assert rows[known["id"]]["deleted"]


async def test_a_page_of_another_person_or_another_database_begins_afresh(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        await page.say("hello")
        await page.row(lambda row: row.get("source") == "hello")
        revision = page.revision
        for since, person in ((revision, "somebody-else"), (revision + 1000, page.user), (0, "")):
            page.seen.clear()
            await page.leave()
            await page.enter(since=since, person=person, load=False)
            assert page.welcome["fresh"] is True


async def test_a_long_absence_is_replayed_in_batches_in_order(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        await page.say("hello")
        await page.row(lambda row: row.get("source") == "hello")
        await page.leave()
        here = ground.platform.at(Place("web", "local", "practice"))
        for number in range(250):
            await here.say(f"line {number}")
        since = page.revision
        page.seen.clear()
        await page.enter(since=since, person=page.user, load=False)
        await page.row(lambda row: "line 249<" in row["html"])
        batches = [frame["rows"] for frame in page.seen if frame["type"] == "changes"]
        newest = await page.history("practice")
        older = await page.history("practice", before=newest["rows"][0]["id"])
    assert len(batches) == 3
    lines = [row["html"] for batch in batches for row in batch]
    assert lines == [f"<p>line {number}</p>\n" for number in range(250)]
    assert newest["more"]
    assert [row["html"] for row in older["rows"] + newest["rows"]] == lines[50:]


async def test_two_tabs_are_one_person_and_both_see_everything(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page, ground.page(page) as tab:
        await page.enter()
        await tab.enter()
        assert tab.user == page.user
        thread = await page.start()
        await tab.row(lambda row: row["thread"] == thread and "Think aloud" in row["html"])
        await tab.say("from the second tab", thread=thread)
        await page.row(lambda row: row.get("source") == "from the second tab")


async def test_a_second_person_of_the_same_browser_sees_no_private_thread(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page, ground.page(page) as second:
        await page.enter()
        await second.enter(2)
        assert second.user != page.user
        thread = await page.start()
        question = await page.row(lambda row: "Think aloud" in row["html"])
        public = await page.start("public")
        await second.row(lambda row: row.get("opens") == public)
        assert {row["thread"] for row in second.rows().values()} <= {"", public}
        history = await second.history("practice", thread)
        assert (history["type"], history["why"]) == ("refused", "unknown-place")
        missing = await second.history("practice", "no-such-thread")
        assert missing["why"] == history["why"]
        id = second.new_id()
        await second.send(type="message", id=id, channel="practice", thread=thread, text="let me in")
        assert (await second.answer(id))["why"] == "unknown-place"
        id = second.new_id()
        await second.send(type="press", id=id, message=question["id"], action="finish", value="1")
        assert (await second.answer(id))["why"] == "gone"
        await second.leave()
        second.seen.clear()
        again = await second.enter(2, load=False)
        assert [one["thread"] for one in again.welcome["threads"]] == [public]


async def test_a_foreign_press_is_passed_on_as_that_persons(database: Database) -> None:
    """Whether somebody may press is for the coach to say; the platform only says who did."""
    async with playground(database) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        await other.enter()
        thread = await page.start("public")
        question = await other.row(lambda row: row["thread"] == thread and row["choices"])
        await other.press(question, "skip", value="1")
        press = next(event for event in ground.coach.taken.values() if isinstance(event, Press))
        whisper = await other.row(lambda row: row["private"])
        assert whisper["id"] not in page.rows()
    assert press.person.user == other.user
    assert press.place == Place("web", "local", "practice", thread)
    assert (press.action, press.value) == ("skip", "1")


async def test_a_press_carries_its_form_and_counts_once(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        thread = await page.start()
        question = await page.row(lambda row: row["thread"] == thread and row["choices"])
        await page.press(question, "finish", value="1")
        card = await page.row(lambda row: row["chart"])
        share = next(choice for choice in card["choices"] if choice["action"] == "share")
        assert share["form"]["fields"][0] == {
            "name": "where",
            "label": "Where?",
            "kind": "place",
            "value": "practice",
            "options": [],
            "required": True,
        }
        for _ in range(2):
            await page.press(card, "share", value="1", values={"where": "general"}, id="press-once")
        await page.row(lambda row: row["html"] == "<p>Noted: where general</p>\n")
        presses = [event for event in ground.coach.taken.values() if isinstance(event, Press)]
    assert card["html"].startswith("<p><strong>Merge calendars</strong>")
    assert card["chart"]["alt"].startswith("Correctness")
    assert CARD.count("\n") == card["html"].count("<br />")
    assert [(press.action, dict(press.values)) for press in presses] == [
        ("finish", {}),
        ("share", {"where": "general"}),
    ]


async def test_ones_own_message_can_be_changed_and_deleted_and_nobody_elses(database: Database) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        await other.enter()
        await page.say("teh answer")
        row = await other.row(lambda row: row["author"] == page.user)
        assert "source" not in row
        assert (await other.edit(row["id"], "mine now"))["why"] == "gone"
        assert (await page.edit(row["id"], "the answer"))["type"] == "ack"
        await other.row(lambda row: "the answer" in row["html"])
        assert (await page.edit(row["id"], "  "))["why"] == "empty"
        assert (await page.edit(row["id"], None))["type"] == "ack"
        await other.row(lambda row: row["deleted"])
        assert (await page.edit(row["id"], "too late"))["why"] == "gone"
        assert (await page.edit("web:nobody:1", "x"))["why"] == "gone"
        edits = [event for event in ground.coach.taken.values() if isinstance(event, Edit)]
        assert (await page.history("practice"))["rows"] == []
    assert [(edit.message, edit.text) for edit in edits] == [(row["id"], "the answer"), (row["id"], None)]
    assert {edit.place for edit in edits} == {Place("web", "local", "practice")}


async def test_files_come_along_and_what_cannot_be_read_is_named(database: Database) -> None:
    files = [
        {"name": "busy.py", "size": 12, "media_type": "text/x-python", "text": "print('hi')\r\n"},
        {"name": "shot`1`.png", "size": 230_000, "media_type": "image/png", "text": None},
        {"name": "core.bin", "size": 10, "media_type": "", "text": None},
        {"name": "log.txt", "size": 5, "media_type": "text/plain", "text": "x" * (100 * 1024 + 1)},
    ]
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.say("with files", files=files)
        await page.say("", files=files[:1])
        first, second = ground.coach.taken.values()
        rows = [await page.row(partial(named, name)) for name in ("busy.py", "shot", "core", "log")]
        message = await page.row(lambda row: row.get("source") == "with files")
        assert isinstance(first, Reply)
        fetched = await ground.platform.fetch(first.files[0])
        with pytest.raises(Unreachable, match="picture"):
            await ground.platform.fetch(first.files[1])
        await page.edit(message["id"], None)
        await page.row(lambda row: row["deleted"])
        left = (await page.history("practice"))["rows"]
    assert isinstance(second, Reply)
    assert [(file.name, file.text[:20], file.problem) for file in first.files] == [
        ("busy.py", "print('hi')\n", ""),
        ("shot`1`.png", "", "not a PNG, JPEG, GIF or WebP picture that can be read"),
        ("core.bin", "", "not a text file"),
        ("log.txt", "", "larger than 100 KB"),
    ]
    assert fetched == b"print('hi')\n"
    assert (second.text, len(second.files)) == ("", 1)
    assert rows[0]["html"] == '<p class="file">busy.py · 12 bytes</p>\n'
    assert "shot&#x27;1&#x27;.png · 230 KB · not a PNG" in rows[1]["html"]
    assert not any("source" in row for row in rows)
    assert [row["html"] for row in left] == [rows[0]["html"]]


async def test_forty_thousand_characters_pass_and_more_is_refused_politely(database: Database) -> None:
    long = "a\u00e4\U0001f642 " * 10_000
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.say(long)
        for text in (long + "x", "y" * 100_000):
            id = page.new_id()
            await page.send(type="message", id=id, channel="practice", text=text)
            assert await page.answer(id) == {"type": "refused", "id": id, "why": "too-long"}
        await page.say("still here")
        first, last = ground.coach.taken.values()
    assert isinstance(first, Reply)
    assert first.text == long
    assert isinstance(last, Reply)
    assert last.text == "still here"


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ({"type": "message", "channel": "practice", "text": " \n "}, "empty"),
        ({"type": "message", "channel": "nowhere", "text": "x"}, "unknown-place"),
        ({"type": "message", "text": "x"}, "malformed"),
        ({"type": "message", "channel": "practice", "text": "x", "files": [{"name": "a", "size": 1}] * 6}, "too-long"),
        ({"type": "press", "message": "web:coach:none", "action": "submit"}, "gone"),
        ({"type": "shout"}, "malformed"),
        ({"type": "hello", "since": 0}, "malformed"),
        ({"type": "history", "channel": "practice", "thread": "x" * 300}, "too-long"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_word(
    migrated_sqlite_url: str, frame: dict[str, object], why: str
) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.send(id="frame-bad1", **frame)
        refused = await page.until("refused")
        await page.say("still here")
    await database.close()
    assert refused["why"] == why
    assert refused["id"] == ("" if frame["type"] == "hello" else "frame-bad1")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"type": 7}', '{"type": "message", "id": "../../x"}', '"\\ud800"']
)
async def test_nonsense_is_refused_without_an_id(migrated_sqlite_url: str, text: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.open_socket.send_str(text)
        assert await page.until("refused") == {"type": "refused", "id": "", "why": "malformed"}
        await page.leave()
        page.socket = await page.connect()
        await page.open_socket.send_str(text)
        assert (await page.until("refused"))["why"] == "malformed"
    await database.close()


async def test_odd_characters_reach_the_coach_in_a_form_that_can_be_stored(database: Database) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        await page.say("a\0b\r\nc\u202ed")
        (event,) = ground.coach.taken.values()
        row = await page.row(lambda row: row["author"] == page.user)
    assert isinstance(event, Reply)
    assert event.text == "a\ufffdb\nc\u202ed"
    assert row["html"] == '<p class="typed">a\ufffdb\nc\ufffdd</p>\n'


async def test_a_stream_is_seen_as_it_is_written_and_after_a_reconnect(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        thread = await page.start()
        ground.coach.go_on.clear()
        await page.say("sort, then sweep", thread=thread)
        bar = await page.row(lambda row: "Draft: 1 message," in row["html"])
        await page.press(bar, "submit", value="1")
        row = await page.row(lambda row: row["html"].startswith("<p>Read") and row["live"])
        preview = await page._next(lambda frame: frame["type"] == "stream" and "sort by start" in frame["html"])
        assert (preview["id"], preview["live"], preview["thread"]) == (row["id"], True, thread)
        assert "<script" not in preview["html"]
        await page.leave()
        page.seen.clear()
        await page.enter(load=False)
        history = await page.history("practice", thread)
        assert (history["rows"][-1]["id"], history["rows"][-1]["live"]) == (row["id"], True)
        ground.coach.go_on.set()
        await page.until("stream", id=row["id"], live=False)
        await page.row(lambda row: "Points heard" in row["html"])
        whole = page.rows()[row["id"]]
    assert whole["live"] is False
    assert whole["html"].rstrip().endswith("<p>Not heard: empty calendars.</p>")


async def test_thinking_is_told_to_those_who_come_in_the_middle_and_only_to_its_person(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        await other.enter()
        thread = await page.start()
        there = Place("web", "local", "practice", thread)
        async with ground.platform.at(there).thinking():
            await page.until("thinking", on=True)
            for one, thinking in ((page, [{"channel": "practice", "thread": thread}]), (other, [])):
                one.seen.clear()
                await one.leave()
                await one.enter(load=False)
                assert one.welcome["thinking"] == thinking
        await page.until("thinking", on=False)
        await other.say("anything")
    assert not [frame for frame in other.seen if frame["type"] == "thinking"]


async def test_a_page_that_reads_too_slowly_is_cut_off_and_misses_nothing(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)

    def talk(conn: Connection) -> None:
        for number in range(400):
            place = Place("web", "local", "practice")
            text = f"{number} " + "x" * 38_000
            transcript.add(conn, id=f"{number}", place=place, author="coach", markdown=text, said_at=NOON)

    async with playground(database, patience=0.3) as ground, ground.page() as page:
        await page.enter()
        await database.write(talk)
        await ground.platform.at(Place("web", "local", "practice")).say("The end")
        async with asyncio.timeout(20):
            while ground.platform.pages:  # noqa: ASYNC110 - a page that is left is told nothing
                await asyncio.sleep(0.02)
        assert await page.sent_away() == 1006
        since = page.revision
        await page.enter(since=since, person=page.user, load=False)
        await page.row(lambda row: row["html"] == "<p>The end</p>\n")
        numbers = [row["html"].split()[0].removeprefix("<p>") for row in page.rows().values()]
    await database.close()
    assert numbers[:-1] == [str(number) for number in range(400)]


async def test_what_another_process_said_arrives_too(migrated_postgres_url: str) -> None:
    here, there = await Database.open(migrated_postgres_url), await Database.open(migrated_postgres_url)
    async with playground(here) as ground, playground(there) as elsewhere, ground.page() as page:
        await page.enter()
        await elsewhere.platform.at(Place("web", "local", "practice")).say("from the other replica")
        await page.row(lambda row: "other replica" in row["html"])
    await here.close()
    await there.close()


async def test_nobody_is_served_before_and_after_the_platform_runs(database: Database) -> None:
    async with playground(database) as ground:
        page = await ground.page().enter()
        await page.say("before the end")
        leaving = asyncio.create_task(page.sent_away())
    async with page:
        assert await leaving == 1001
    assert not ground.platform.open
    assert len(ground.coach.taken) == 1


async def test_the_platform_knows_its_people(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        await page.enter()
        platform: Platform = ground.platform
        person = Person("web", "local", page.user)
        profile = await platform.profile(person)
        assert (profile.name, profile.zone, profile.admin) == (f"Guest {page.user[:4].upper()}", "Europe/Lisbon", True)
        direct: Conversation = await platform.direct(person)
        await direct.say("Good morning")
        row = await page.row(lambda row: "Good morning" in row["html"])
        assert row["channel"] == f"direct-{page.user}"
        assert (await platform.profile(Person("web", "local", "somebody"))).zone == ""
        (finding,) = await platform.check()
        assert finding.ok
        assert "this machine only" in finding.detail


async def test_without_a_password_there_is_no_playground_for_other_machines(database: Database) -> None:
    logged = Logged()
    core = Core(
        Settings(_env_file=None, http_host="0.0.0.0"),
        database,
        web.Application(),
        logged.logger(),
        lambda: datetime.now(UTC),
        nothing,
    )
    assert build(core) == []
    assert logged.names == ["no playground"]
