"""Files in a conversation: text counts, pictures are shown to who can see them, and what does not count is named."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.claude import Access
from agent.files import LARGEST_FILE, LARGEST_TEXT
from agent.interviewer import Interviewer
from agent.messages import Attachment
from agent.types import Interview, Phase, Reason, State
from bot.files import safe_name
from bot.ports import Unreachable
from bot.wording import labels, parts
from storage import files, queue
from storage.interviews import Record
from storage.tables import inbox
from tests.fakes import claude, pictures
from tests.fakes.claude import ClaudeServer, fails, judgement, overloaded, point, says
from tests.fakes.stage import Stage, staged

Seen = Callable[[], AbstractAsyncContextManager[tuple[Stage, ClaudeServer]]]

SUMMARY = '{"summary": "A clear first idea.", "drill": "State the cost of each step."}'
WORDS = "I would put a load balancer before three stateless servers, and a cache before the database."


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def seen(migrated_sqlite_url: str, tmp_path: Path) -> Seen:
    """A stage whose judge is a model that sees."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Stage, ClaudeServer]]:
        async with claude.serving() as server:
            server.always = says(SUMMARY)
            interviewer = Interviewer(Access(api_key="test", base_url=server.address))
            async with staged(migrated_sqlite_url, tmp_path, interviewer) as stage:
                yield stage, server
                assert server.problems == []

    return opened


async def draft_of(stage: Stage, record: Record) -> Interview:
    return (await stage.record(record.interview.id)).interview


def images(request: dict[str, Any], message: int = -1) -> list[bytes]:
    content = request["messages"][message]["content"]
    return [b64decode(block["source"]["data"]) for block in content if block["type"] == "image"]


# Text


async def test_a_text_file_is_part_of_the_answer(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.send_files(record, "", stage.file("notes.md", WORDS.encode()))
    interview = await draft_of(stage, record)
    assert interview.draft[0].files[0].text == WORDS
    assert "Draft: 1 message." in await stage.page(record)
    await stage.press(record, labels.SUBMIT)
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert WORDS in turn.answer
    assert turn.evaluation is not None
    assert Reason.EMPTY not in turn.evaluation.reasons


async def test_the_draft_says_that_a_file_is_on_its_way(stage: Stage) -> None:
    record = await stage.start("easy quick")
    reply = stage.reply("Here it is.", record.place or record.origin, files=(stage.file("a.py", b"x = 1\ny = 2\n"),))
    held = asyncio.Event()
    fetch = stage.platform.fetch

    async def slowly(file: Attachment) -> bytes:
        await held.wait()
        return await fetch(file)

    stage.platform.fetch = slowly  # type: ignore[method-assign]
    await stage.accept(reply)
    waiting = select(inbox.c.kind).where(inbox.c.status == queue.WAITING)
    async with asyncio.timeout(20):
        while "1 file being fetched" not in await stage.page(record):  # noqa: ASYNC110 - the far end tells nobody
            await asyncio.sleep(0.02)
    assert await stage.database.read(lambda conn: conn.execute(waiting).scalars().all()) == ["fetch"]  # kill it here
    held.set()
    await stage.settled()
    page = await stage.page(record)
    assert "being fetched" not in page
    assert "2 lines of" in page


# What does not count


async def test_what_cannot_be_read_is_named_and_the_rest_is_safe(stage: Stage) -> None:
    record = await stage.start("easy quick")
    hostile: dict[str, bytes | Exception] = {
        "design.png": b"PK\x03\x04\x14\x00\x00\x00a zip that is called a picture",
        "large.png": pictures.png(padding=LARGEST_FILE),
        "empty.txt": b"",
        "long.log": b"a" * (LARGEST_TEXT + 1),
        "gone.txt": Unreachable("it was deleted"),
    }
    attached = [stage.file(name, content) for name, content in hostile.items()]
    attached.append(stage.file("liar.txt", b"a" * (LARGEST_FILE + 1), size=10))
    attached.append(stage.file("huge.bin", b"", size=LARGEST_FILE + 1))
    attached.append(stage.file("fine.txt", b"This one is fine."))
    await stage.send_files(record, "My first thought.", *attached)
    page = await stage.page(record)
    for name, problem in {
        "design.png": "neither text in UTF-8 nor a PNG",
        "large.png": "larger than 5 MB",
        "empty.txt": "empty",
        "long.log": "larger than 100 KB",
        "gone.txt": "it was deleted",
        "liar.txt": "larger than 5 MB",
        "huge.bin": "larger than 5 MB",
    }.items():
        said = next(text for text in page.split("\n---\n") if text.startswith(parts.plain(name)))
        assert problem in said
        assert "rest of your draft is safe" in said
    assert "fine.txt" not in page
    assert stage.platform.files.keys() - set(stage.platform.fetched) == {attached[1].address, attached[6].address}
    (message,) = (await draft_of(stage, record)).draft
    assert message.text == "My first thought."
    assert [file.name for file in message.files if file.text] == ["fine.txt"]
    assert await stage.database.read(files.of_interview, record.interview.id) == []


async def test_no_more_than_ten_files_of_a_message_are_fetched(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.send_files(record, "", *(stage.file(f"{number}.txt", b"words") for number in range(12)))
    assert len(stage.platform.fetched) == 10
    assert (await stage.page(record)).count("only the first ten files") == 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("design.png", "design.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.txt", "plan.txt"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a\nb\x00c\u200b.md", "abc.md"),
        ("", "file"),
        ("...", "file"),
        ("/", "file"),
        ("x" * 300 + ".py", "x" * 77 + ".py"),
        ("größe ✓.md", "größe ✓.md"),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


async def test_svg_is_text(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.send_files(record, "", stage.file("design.svg", b"<svg><script>alert(1)</script></svg>"))
    file = (await draft_of(stage, record)).draft[0].files[0]
    assert (file.picture, file.problem) == ("", "")
    assert file.text.startswith("<svg>")


# Again, and never


async def test_a_fetch_that_fails_for_a_while_is_tried_again(stage: Stage) -> None:
    record = await stage.start("easy quick")
    notes = stage.file("notes.txt", OSError("no route"))
    fetch = stage.platform.fetch

    async def better(file: Attachment) -> bytes:
        if len(stage.platform.fetched) == 2:
            stage.platform.files[notes.address] = b"It arrived."
        return await fetch(file)

    stage.platform.fetch = better  # type: ignore[method-assign]
    await stage.send_files(record, "See the file.", notes)
    assert (await draft_of(stage, record)).draft[0].files[0].text == "It arrived."
    assert len(stage.platform.fetched) == 3


async def test_a_fetch_that_never_works_is_named_and_submit_waits_for_that(stage: Stage) -> None:
    record = await stage.start("easy quick")
    fine, broken = stage.file("fine.txt", b"This counts."), stage.file("notes.txt", TimeoutError())
    await stage.send_files(record, WORDS, fine, broken)
    page = await stage.page(record)
    assert "notes.txt: it could not be fetched" in page
    assert stage.platform.fetched.count(fine.address) == 1
    await stage.press(record, labels.SUBMIT)
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert "This counts." in turn.answer


# Pictures


def judged(record: Record, quote: str) -> str:
    ids = [key_point.id for key_point in record.interview.question.key_points]
    return judgement(points=[point(name, quote=quote) for name in ids], correctness=7, feedback="Clearly drawn.")


async def test_a_picture_alone_is_judged_by_a_model_that_sees(seen: Seen) -> None:
    picture = pictures.png(640, 480)
    async with seen() as (stage, server):
        record = await stage.start("easy quick")
        await stage.send_files(record, "", stage.file("design", picture))
        assert "Draft: 1 message, 1 picture." in await stage.page(record)
        server.will(*[says(judged(record, "[picture] clients → load balancer"))] * 2)
        await stage.press(record, labels.SUBMIT)
        interview = (await stage.record(record.interview.id)).interview
        page = await stage.page(record)
        assert images(server.requests[0]) == [picture]
    evaluation = interview.turns[0].evaluation
    assert evaluation is not None
    assert evaluation.state is State.SCORED
    assert "in your picture “clients → load balancer”" in page


async def test_the_pictures_of_earlier_turns_go_along_byte_for_byte(seen: Seen) -> None:
    first, second = pictures.png(640, 480), pictures.jpeg(300, 200)
    async with seen() as (stage, server):
        record = await stage.start("hard system-design")
        await stage.send_files(record, WORDS, stage.file("a.png", first), stage.file("b.jpg", second))
        missed = judgement(points=[], follow_up="", follow_up_points=[], feedback="Go on.")
        server.will(says(missed))
        await stage.press(record, labels.SUBMIT)
        assert (await draft_of(stage, record)).phase is Phase.ANSWERING
        await stage.send_files(record, "And so.", stage.file("c.gif", pictures.gif()))
        server.will(says(missed))
        await stage.press(record, labels.SUBMIT)
        one, two = server.requests[0], server.requests[1]
        assert images(one) == [first, second]
        assert images(two, 0) == [first, second]
        assert images(two) == [pictures.gif()]
        before, replayed = one["messages"][0]["content"], two["messages"][0]["content"]
        assert [block | {"cache_control": None} for block in before] == [
            block | {"cache_control": None} for block in replayed
        ]
        assert stage.platform.fetched == sorted(set(stage.platform.fetched))


async def test_a_local_judge_says_that_it_cannot_see(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.send_files(record, "", stage.file("design.png", pictures.png()))
    assert "design.png: the local judge cannot see pictures" in await stage.page(record)
    await stage.press(record, labels.SUBMIT)
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert turn.evaluation is not None
    assert (turn.evaluation.state, turn.evaluation.reasons) == (State.NOT_SCORED, (Reason.UNSEEN,))
    assert "cannot see pictures, and there was nothing else" in await stage.page(record)
    assert await stage.database.read(files.of_interview, record.interview.id) == []


async def test_a_picture_that_no_model_could_look_at_is_tried_again_when_one_is_back(seen: Seen) -> None:
    async with seen() as (stage, server):
        record = await stage.start("easy quick")
        await stage.send_files(record, "", stage.file("design.png", pictures.png()))
        server.will(*[overloaded()] * 4)
        await stage.press(record, labels.SUBMIT)
        turn = (await stage.record(record.interview.id)).interview.turns[0]
        assert turn.evaluation is not None
        assert turn.evaluation.reasons == (Reason.JUDGE_FAILED, Reason.UNSEEN)
        server.acts.clear()
        server.will(*[says(judged(record, "[picture] clients → load balancer"))] * 2)
        await stage.press(record, labels.RESCORE)
        turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert turn.evaluation is not None
    assert turn.evaluation.state is State.SCORED


async def test_a_picture_that_the_server_does_not_take_spoils_nothing(seen: Seen) -> None:
    async with seen() as (stage, server):
        record = await stage.start("easy quick")
        await stage.send_files(record, WORDS, stage.file("design.png", pictures.png()))
        server.will(fails(400, "invalid_request_error"), says(judged(record, "three stateless servers")))
        await stage.press(record, labels.SUBMIT)
        turn = (await stage.record(record.interview.id)).interview.turns[0]
        assert (len(images(server.requests[0])), len(images(server.requests[1]))) == (1, 0)
        assert server.models[0] == server.models[1]
        assert "does not take the pictures, so your words alone are judged" in await stage.page(record)
    assert turn.evaluation is not None
    assert turn.evaluation.state is State.SCORED
    assert turn.evaluation.judge == "claude-sonnet-5-5"


async def test_a_picture_goes_with_the_message_that_is_taken_back(seen: Seen) -> None:
    async with seen() as (stage, _):
        record = await stage.start("easy quick")
        reply = await stage.send_files(record, "", stage.file("design.png", pictures.png()))
        assert len(await stage.database.read(files.of_interview, record.interview.id)) == 1
        await stage.send(stage.edit(reply, None))
        assert await stage.database.read(files.of_interview, record.interview.id) == []


async def test_an_interview_takes_only_so_many_pictures(seen: Seen) -> None:
    async with seen() as (stage, server):
        record = await stage.start("easy quick")
        for start in (0, 7):
            await stage.send_files(record, "", *(stage.file(f"{start + n}.png", pictures.png()) for n in range(7)))
        assert (await stage.page(record)).count("as many pictures as a model takes") == 2
        server.will(says(judgement()), says(judgement()))
        await stage.press(record, labels.SUBMIT)
        assert len(images(server.requests[0])) == 12


async def test_nothing_is_fetched_twice_when_a_step_is_taken_again(seen: Seen) -> None:
    """A kill between the fetch of a file and its record repeats that fetch; one that was recorded is not repeated."""
    async with seen() as (stage, _):
        record = await stage.start("easy quick")
        reply = await stage.send_files(record, "", stage.file("design.png", pictures.png()))
        await stage.accept(reply)
        await stage.settled()
        kept = await stage.database.read(files.of_interview, record.interview.id)
    assert [json.dumps([one.message, one.number]) for one in kept] == [json.dumps([reply.id, 1])]
    assert len(stage.platform.fetched) == 1
