"""The interview that is held over Slack while the program is killed, and what must be left of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from agent.bank import Bank
from bot.wording import drafts, exports, labels
from tests.fakes.slack import SlackUser
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.person import read
from tests.fakes.slack.world import Message
from tests.kill import script
from tests.kill.script import answer_to, said_of

START = "medium algorithm"
TIMES = re.compile(r"\d{10}\.\d{6}")
MOVED = drafts.draft_moved().strip("_")


async def hold(anna: SlackUser, bank: Bank) -> None:
    """Hold the interview by direct messages, which Slack delivers again; what it does not, Anna does again."""
    await anna.say(START)
    asked = await anna.reads("Think aloud")
    root, channel = asked.root, anna.direct
    title = read(anna.slack.world.thread(channel.id, root)[0])
    question = next(one for one in bank.questions if one.title in title or one.title in read_all(anna, root))

    await anna.say(said_of(question, 0), channel, root)
    await anna.reads("Draft: 1 message")
    taken_back = await anna.say("A thought that I take back.", channel, root)
    await anna.say("That is all that comes to my mind.", channel, root)
    await anna.edit(taken_back, said_of(question, 1))
    await insist(lambda: anna.press("Hint…"))
    await anna.reads("Hint 1 of")
    await anna.reads("Draft: 3 messages")
    await insist(lambda: anna.press(labels.SUBMIT))

    follow_up = await anna.slack.until(lambda: asked_again(anna, root), "the follow-up")
    await anna.say(answer_to(question, read(follow_up)), channel, root)
    await anna.reads("Draft: 1 message")
    await insist(lambda: anna.press(labels.SUBMIT))
    await anna.slack.until(lambda: labels.RETRY in read_all(anna, root), "the card")
    await insist(lambda: anna.press(labels.MODEL_ANSWER))
    await anna.reads("A strong answer to")
    await insist(lambda: anna.command("me"))
    await anna.reads(f"[{exports.LABEL}]")
    await insist(lambda: anna.press(exports.LABEL))
    await anna.reads(exports.handed(elsewhere=False))
    await insist(lambda: anna.command("help"))
    await anna.reads("I interview you")  # which is said after the file, however often that was tried


async def insist(do: Callable[[], Awaitable[Delivery]]) -> None:
    """Do it again as long as Slack says that it failed, as people do."""
    while not (await do()).acknowledged:
        pass


def asked_again(anna: SlackUser, root: str) -> Message | None:
    """The follow-up question: the second message under which one can skip and finish."""
    asking = [
        one
        for one in anna.messages(anna.direct, root)
        if f"[{labels.FINISH}]" in read(one) and "Draft" not in read(one) and "Hint 1" not in read(one)
    ]
    return asking[1] if len(asking) > 1 else None


def read_all(anna: SlackUser, root: str) -> str:
    return anna.page(anna.direct, root)


def seen_by(anna: SlackUser) -> tuple[str, ...]:
    """What stays to be seen, as a set of texts in order: without whispers, draft bars and orphaned previews."""
    lasting = [one for one in anna.messages() if not one.only_for and not is_bar(one)]
    return tuple(TIMES.sub("", read(one)) for one in lasting if not is_orphan(one, lasting))


def is_bar(message: Message) -> bool:
    text = read(message)
    return text.startswith(("Draft", "*Draft", "**Draft", "Submitted")) or MOVED in text


def is_orphan(message: Message, among: list[Message]) -> bool:
    """Whether it is a preview whose process died before its address was kept: cut off, or told again in full."""
    if message.streaming:
        return True
    text = "" if message.edited else message.streamed
    return bool(text) and any(other is not message and read(other).startswith(text) for other in among)


def orphans(anna: SlackUser) -> int:
    lasting = [one for one in anna.messages() if not one.only_for]
    return sum(is_orphan(one, lasting) for one in lasting)


def kept(conn: Connection) -> tuple[object, ...]:
    """What the database keeps: judgements, interviews, and how much was given up; ids and times apart."""
    found = script.kept(conn)
    return found.judgements, found.interviews, found.dead
