"""The interview that is held over Discord while the program is killed, and what must be left of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from agent.bank import Bank
from bot.wording import controls, drafts
from bot.wording import labels as labels_words
from storage import upkeep
from storage.tables import evaluations, interviews
from tests.fakes.discord import Discord, Member
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.people import labels, words
from tests.fakes.discord.world import Channel, Message
from tests.kill.script import answer_to, said_of

QUESTION = "fair-build-agent"
START: Mapping[str, str] = {"kind": "algorithm", "topic": "heaps"}
"""What is asked for: there is one question about it, so that it is the same in every run."""
MOVED = drafts.draft_moved().strip("_")


async def hold(far: Discord, anna: Member, lobby: Channel, bank: Bank) -> Channel:
    """Hold the interview; what was not answered for the program was killed, Anna does again. Gives its thread."""
    question = next(one for one in bank.questions if one.id == QUESTION)
    await insist(far, lambda: anna.slashes("interview medium", lobby, **START))
    thread = await anna.waits(lambda: anna.threads[-1] if anna.threads else None)
    await anna.reads("Think aloud", thread)

    anna.types(said_of(question, 0), thread)
    await anna.reads("Draft: 1 message", thread)
    taken_back = anna.types("A thought that I take back.", thread)
    anna.types("That is all that comes to my mind.", thread)
    await anna.reads("Draft: 3 messages", thread)
    anna.edits(taken_back, said_of(question, 1))
    await press(far, anna, thread, controls.hint_label(0, False))
    await anna.reads("Hint 1 of", thread)
    await press(far, anna, thread, labels_words.SUBMIT)

    asked = await anna.waits(lambda: asked_again(anna, thread))
    anna.types(answer_to(question, asked), thread)
    await anna.reads("Draft: 1 message", thread)
    await press(far, anna, thread, labels_words.SUBMIT)
    await anna.reads("by the local judge", thread)
    await press(far, anna, thread, labels_words.MODEL_ANSWER)
    await anna.reads("A strong answer to", thread)
    return thread


async def press(far: Discord, anna: Member, channel: Channel, label: str) -> None:
    """Press the newest button of this label, again if it failed."""
    source, button = await anna.button(label, channel)
    await insist(far, lambda: anna.pressing(source, button["custom_id"]))


async def insist(far: Discord, do: Callable[[], Interaction]) -> None:
    """Do it, and again as long as Discord says that it failed: nobody was there, or died before the answer."""
    while True:
        [session] = await far.world.until(lambda: far.gateway.connected)
        begun = do()
        await far.world.until(lambda begun=begun, session=session: begun.answered or session.line is None)  # type: ignore[misc]
        if begun.answered:
            return


def asked_again(anna: Member, thread: Channel) -> str | None:
    """The follow-up question, once it is asked."""
    found = [words(one) for one in lasting(anna, thread) if words(one).startswith("**Follow-up.**")]
    return found[0].removeprefix("**Follow-up.** ") if found else None


def lasting(anna: Member, thread: Channel) -> list[Message]:
    """What stays in the thread: no whispers, no draft bars."""
    return [one for one in anna.visible(thread) if one.only is None and not is_bar(one)]


def is_bar(message: Message) -> bool:
    text = words(message)
    return text.startswith(("Draft", "Submitted")) or MOVED in text


def seen_by(anna: Member, thread: Channel) -> list[str]:
    """What stays to be seen, oldest first, with its buttons."""
    return [f"{words(one)} {labels(one)}" for one in lasting(anna, thread)]


def kept(conn: Connection) -> tuple[object, ...]:
    """What the database keeps: judgements, the interview, and how much was given up; ids and times apart."""
    one = evaluations.c
    judged = select(one.turn, one.attempt, one.judge, one.state, one.correctness, one.clarity, one.depth)
    held = select(interviews.c.question_id, interviews.c.open)
    return (
        [tuple(row) for row in conn.execute(judged.order_by(one.turn, one.attempt))],
        [tuple(row) for row in conn.execute(held)],
        len(upkeep.dead_letters(conn)),
    )
