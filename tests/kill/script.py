"""The interview that is held in every run, word for word, and what must be left of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from agent.bank import Bank
from agent.types import Question
from bot.wording import drafts
from storage import upkeep
from storage.tables import evaluations, files, inbox, interviews
from tests.fakes import pictures
from tests.kill.client import Frame, Page

PICTURE = pictures.png(64, 48)


async def hold(visitor: Page, bank: Bank) -> None:
    """Hold the interview, waiting for what a person would wait for, and for no more."""
    await visitor.say("start-001", "/interview medium algorithm")
    asked = await visitor.row(lambda row: is_about(row, "question/0"))
    thread = visitor.thread
    title = visitor.rows[f"web:thread:{thread}"]["title"]
    question = next(one for one in bank.questions if title.startswith(one.title))

    await visitor.say("thought-1", said_of(question, 0), thread=thread)
    await visitor.row(lambda row: is_about(row, "draft/0/0"))
    await visitor.say("thought-2", "A thought that I take back.", thread=thread)
    drawing = await visitor.upload("drawing-1", PICTURE)
    await visitor.say("thought-3", "That is all that comes to my mind.", thread=thread, files=[drawing])
    await visitor.row(lambda row: row["id"].endswith("thought-2"))
    await visitor.edit("edit-0001", "thought-2", said_of(question, 1))
    await visitor.press("press-hint", asked, "hint")
    await visitor.row(lambda row: is_about(row, "hint/0/1"))
    bar = await visitor.row(lambda row: "/draft/0/" in row["id"] and "3 messages" in row["html"])
    await visitor.press("press-submit-1", bar, "submit")

    follow_up = await visitor.row(lambda row: is_about(row, "question/1"))
    await visitor.say("thought-4", answer_to(question, follow_up["html"]), thread=thread)
    bar = await visitor.row(lambda row: is_about(row, "draft/1/0"))
    await visitor.press("press-submit-2", bar, "submit")
    card = await visitor.row(lambda row: is_about(row, "card"))
    await visitor.press("press-reference", card, "reference")
    await visitor.row(lambda row: is_about(row, "reference"))
    await visitor.heard()


def is_about(row: Frame, topic: str) -> bool:
    """Whether a row is this message of the interview's."""
    return row["id"].startswith("web:coach:") and row["id"].endswith(f"/{topic}")


def said_of(question: Question, point: int) -> str:
    return f"{question.key_points[point].phrasings[0].capitalize()}."


def answer_to(question: Question, asked: str) -> str:
    """What the follow-up wants to hear of its first point."""
    follow_up = next(one for one in question.follow_ups if one.text[:20] in asked)
    return f"{question.point(follow_up.points[0]).phrasings[0].capitalize()}."


@dataclass(frozen=True)
class Seen:
    """What a page shows: the channel, the thread, and apart from them the thread's draft bars.

    Where a bar stands depends on how quiet it was for how long, for after ten seconds of quiet it moves down.
    """

    channel: tuple[str, ...]
    thread: tuple[str, ...]
    bars: tuple[str, ...]


async def seen_by(visitor: Page) -> Seen:
    """What the page shows in the end; it is what a page that is opened now would show."""
    rows = []
    for thread in ("", visitor.thread):
        stored = await visitor.history(thread)
        shown = [row for row in visitor.rows.values() if row["thread"] == thread and not row["deleted"]]
        assert sorted(shown, key=lambda row: row["at"]) == stored
        assert not [row for row in stored if row["live"]]
        rows += stored
    moved = drafts.draft_moved().strip("_")
    return Seen(
        channel=tuple(_line(row) for row in rows if not row["thread"]),
        thread=tuple(_line(row) for row in rows if row["thread"] and "/draft/" not in row["id"]),
        bars=tuple(_line(row) for row in rows if "/draft/" in row["id"] and moved not in row["html"]),
    )


def _line(row: Frame) -> str:
    labels = "".join(f" [{choice['label']}]" for choice in row["choices"])
    return f"{row['author'][:5]}: {row['html']}{labels}{row['chart'] or ''}"


@dataclass(frozen=True)
class Kept:
    """What the database keeps, without its times: judgements, interviews, events, pictures, how much was given up."""

    judgements: tuple[tuple[object, ...], ...]
    interviews: tuple[tuple[object, ...], ...]
    events: tuple[str, ...]
    pictures: tuple[tuple[object, ...], ...]
    dead: int


def kept(conn: Connection) -> Kept:
    """Read what is kept."""
    one = evaluations.c
    judged = select(one.turn, one.attempt, one.judge, one.state, one.correctness, one.clarity, one.depth)
    held = select(interviews.c.id, interviews.c.question_id, interviews.c.open, interviews.c.card)
    drawn = select(files.c.message, files.c.number, files.c.interview_id, files.c.content)
    woken = inbox.c.kind == "wake"  # by the clock, when a run takes long
    return Kept(
        judgements=tuple(sorted(map(tuple, conn.execute(judged)))),
        interviews=tuple(sorted(map(tuple, conn.execute(held)))),
        events=tuple(sorted(conn.execute(select(inbox.c.dedup_key).where(~woken)).scalars())),
        pictures=tuple(sorted(map(tuple, conn.execute(drawn)))),
        dead=len(upkeep.dead_letters(conn)),
    )
