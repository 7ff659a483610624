"""What an answer costs in calls, and what no log line may hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.claude import Access
from agent.interviewer import Interviewer
from bot.wording import drafts, forms, labels
from tests.adapters.discord_far import DiscordFar, discord_far
from tests.adapters.far import ANNA, House, house_of
from tests.fakes import claude
from tests.fakes.claude import judgement, says
from tests.fakes.discord import faults
from tests.fakes.discord.rest import Exchange

ANSWER = "I would sort the input first and then sweep over it once, which costs n log n."
MARKER = "kumquat"


@pytest.fixture
async def far() -> AsyncIterator[DiscordFar]:
    async with discord_far() as opened:
        yield opened


def counted(exchanges: list[Exchange]) -> list[str]:
    """The calls that count against the bot's fifty a second: not typing, not the draft bar, not what is answered."""
    return [
        f"{one.method} {one.route}"
        for one in exchanges
        if not one.is_answer and not one.route.endswith("/typing") and not is_bar(one)
    ]


def is_bar(one: Exchange) -> bool:
    text = str((one.body or {}).get("content", ""))
    return text.startswith(("Draft:", "Submitted:", drafts.draft_moved()[:12]))


async def test_an_answer_in_a_thread_takes_five_calls_at_most(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    async with house_of(far, migrated_sqlite_url, tmp_path) as house:
        record = await house.start_interview("medium algorithm")
        for number in range(2):
            before = len(far.discord.exchanges)
            for part in range(3):
                await house.say(f"{ANSWER} Part {part}.")
            await house.press(labels.SUBMIT)
            assert len((await house.record(record.interview.id)).interview.turns) == number + 1
            calls = counted(far.discord.exchanges[before:])
            assert 1 <= len(calls) <= 5, calls


async def test_feedback_that_is_long_in_the_writing_takes_no_more(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    async with claude.serving() as server:
        server.always = says('{"summary": "A clear first idea.", "drill": "State the cost."}')
        feedback = " ".join(f"Sentence {number} of what I think of it." for number in range(60))
        server.will(claude.slowly(says(judgement(feedback=feedback, follow_up="And what does it cost?")), 0.008))
        judge = Interviewer(Access(api_key="test", base_url=server.address))
        async with house_of(far, migrated_sqlite_url, tmp_path, judge) as house:
            await house.start_interview("medium algorithm")
            await house.say(ANSWER)
            before = len(far.discord.exchanges)
            await house.press(labels.SUBMIT)
            calls = counted(far.discord.exchanges[before:])
            assert len(calls) <= 5, calls
            assert sum(call.startswith("PATCH") for call in calls) >= 2
            assert await house.count("Sentence 40 of what I think of it.") == 1


async def test_an_answer_by_a_form_takes_no_call_outside_the_lane_of_answers(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    far.discord.world.content_flag = False
    far.people[ANNA].user.dms = False
    async with house_of(far, migrated_sqlite_url, tmp_path) as house:
        record = await house.start_interview("easy algorithm")
        for number in range(2):
            before = len(far.discord.exchanges)
            await house.press(forms.ANSWER, values={"text": ANSWER})
            assert len((await house.record(record.interview.id)).interview.turns) == number + 1
            assert counted(far.discord.exchanges[before:]) == []


async def test_no_line_of_any_level_holds_what_was_said_or_what_opens_a_door(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(far, migrated_sqlite_url, tmp_path, log_level="debug")
    await house.start()
    try:
        await house.command(f"easy {MARKER}")
        record = await house.start_interview("easy quick public")
        said = await house.say(f"{MARKER} {ANSWER}")
        await house.edit(said, f"Changed {MARKER}.")
        far.people[ANNA].attaches(far.newest(ANNA), f"{MARKER}.py", f"# {MARKER}\n".encode())
        far.discord.faults.plan(faults.broken(503), "POST", "/messages$", times=2)
        far.discord.faults.plan(faults.RESET, "PATCH", "/messages/", times=2)
        far.discord.gateway.send_raw("INTERACTION_CREATE", {"id": "1", "token": MARKER, "data": {"custom_id": MARKER}})
        far.discord.gateway.send_raw("MESSAGE_CREATE", {"id": MARKER, "content": MARKER})
        await house.to_the_card(record, f"{MARKER} again")
        await house.restart()
        await house.press(labels.MODEL_ANSWER)
    finally:
        await house.stop()
    written = "".join(capsys.readouterr())
    assert '"level": "info"' in written
    tokens = [one.token for one in far.discord.rest.interactions.all.values()]
    secrets = [MARKER, far.discord.token, *tokens]
    assert tokens
    assert [secret for secret in secrets if secret in written] == []
