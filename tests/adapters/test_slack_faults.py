"""What goes wrong with Slack, over the whole product: nothing is lost or doubled, and it ends in a stored state."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from adapters.slack import pacing
from agent.types import Phase
from bot.wording import clock, labels
from storage import installations, interviews
from storage.database import Database
from tests.adapters.far import ANNA, BEN, House, house_of
from tests.adapters.slack_far import Mode, SlackFar, slack_far
from tests.fakes.slack import APP_TOKEN, CLIENT_ID, SIGNING_SECRET, Fault
from tests.fakes.slack.person import read

METHODS = ("chat.postMessage", "chat.update", "chat.getPermalink", "assistant.threads.setStatus", "response_url")


@dataclass
class Scene:
    """A far end and the product before it."""

    far: SlackFar
    house: House

    def page(self) -> str:
        return self.far.people[ANNA].page()


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))  # nobody here minds how fast we speak


@pytest.fixture(params=["socket", "http"])
async def scene(request: pytest.FixtureRequest, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(request.param, migrated_sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def by_socket(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged("socket", migrated_sqlite_url, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def staged(mode: Mode, url: str, folder: Path, log_level: str = "error") -> AsyncIterator[Scene]:
    async with slack_far(mode) as far, house_of(far, url, folder, log_level=log_level) as house:
        yield Scene(far, house)


# What comes in.


async def test_while_nothing_can_be_stored_nothing_is_acknowledged_and_nothing_is_lost(scene: Scene) -> None:
    far, house = scene.far, scene.house
    await house.start_interview()
    far.slack.post.patience, far.slack.post.rests = 1.0, (0.05,) * 40
    assert house.core is not None
    with closing(sqlite3.connect(str(make_url(house.core.database.url).database), isolation_level=None)) as other:
        other.execute("ALTER TABLE inbox RENAME TO away")
        anna = far.people[ANNA]
        root = far._newest(anna)
        message = anna.typed("Said while the store was down.", far.slack.world.channels[root.channel], root.ts)
        tried = far.slack.post.deliveries[-1]
        await far.slack.until(lambda: len(tried.outcomes) >= 2, "a second try")
        assert not tried.acknowledged
        other.execute("ALTER TABLE away RENAME TO inbox")
    delivery = await anna.delivery_of(message)
    assert delivery is not None
    assert delivery.acknowledged
    await house.settled()
    assert [one.text for one in (await house.open_one()).interview.draft] == ["Said while the store was down."]


async def test_refreshed_connections_under_load_lose_nothing(by_socket: Scene) -> None:
    far, house = by_socket.far, by_socket.house
    await house.start_interview()
    anna, post = far.people[ANNA], far.slack.post
    root = far._newest(anna)
    channel = far.slack.world.channels[root.channel]
    post.rests = (0.05,) * 40
    opened = post.opened
    messages = []
    for number in range(30):
        messages.append(anna.typed(f"Thought {number}.", channel, root.ts))
        if number % 10 == 5:
            await post.refresh()
        await asyncio.sleep(0)
    for message in messages:
        delivery = await anna.delivery_of(message)
        assert delivery is not None
        assert delivery.acknowledged
    await far.slack.until(lambda: post.opened > opened, "a new connection")
    await house.settled()
    draft = (await house.open_one()).interview.draft
    assert [one.text for one in draft] == [f"Thought {number}." for number in range(30)]


async def test_connections_that_break_are_opened_again_and_what_was_missed_comes_again(by_socket: Scene) -> None:
    far, house = by_socket.far, by_socket.house
    await house.start_interview()
    far.slack.post.rests = (0.1,) * 100
    far.slack.post.cut()
    await far.say(ANNA, "Typed while nobody was connected.")
    await house.settled()
    assert len((await house.open_one()).interview.draft) == 1


# What goes out.


@pytest.mark.parametrize("fault", [Fault.UNKNOWN, Fault.AWAY])
async def test_a_call_of_each_sort_fails_once_and_the_interview_reads_as_ever(by_socket: Scene, fault: Fault) -> None:
    far, house = by_socket.far, by_socket.house
    for method in METHODS:
        far.slack.faults.add(method, fault, seconds=1)
    record = await house.start_interview("easy quick")
    done = await house.to_the_card(record, record.interview.question.reference)
    assert {method for method, _ in far.slack.faults.happened} >= {"chat.postMessage", "chat.update"}
    assert done.interview.phase is Phase.CLOSED
    assert [len(turn.evaluations) for turn in done.interview.turns] == [1] * len(done.interview.turns)
    texts = [read(one) for one in far.people[ANNA].messages() if one.user == far.team.bot_user and not one.only_for]
    assert len(texts) == len(set(texts)), texts
    assert sum("Think aloud" in text for text in texts) == 1
    assert sum(f"[{labels.RETRY}]" in text for text in texts) == 1


async def test_a_storm_of_429_delays_and_loses_nothing(by_socket: Scene) -> None:
    far, house = by_socket.far, by_socket.house
    record = await house.start_interview("easy quick")
    far.slack.faults.add("chat.postMessage", Fault.RATE_LIMITED, times=2, seconds=1)
    far.slack.faults.add("chat.update", Fault.RATE_LIMITED, times=2, seconds=1)
    for number in range(6):
        await far.say(ANNA, f"Part {number} of {record.interview.question.reference[:40]}.")
    await house.settled()
    await house.press(labels.SUBMIT)
    turns = (await house.record(record.interview.id)).interview.turns
    assert [len(turn.messages) for turn in turns] == [6]
    assert await house.count("Submitted: 6 messages") == 1


async def test_while_it_is_at_work_slack_shows_how_to_stop_it_and_then_no_more(by_socket: Scene) -> None:
    far, house = by_socket.far, by_socket.house
    record = await house.start_interview("easy quick")
    await house.say(record.interview.question.reference)
    await house.press(labels.SUBMIT)
    assert record.place is not None
    shown = [call.args["status"] for call in far.slack.called("agents.sessions.setStatus")]
    assert shown[:2] == ["processing", "active"]
    assert far.slack.world.sessions == {(record.place.channel, record.place.thread): "active"}


# What is taken away.


async def test_a_deleted_first_message_lets_the_interview_rest_and_its_owner_takes_it_up_elsewhere(
    scene: Scene,
) -> None:
    far, house = scene.far, scene.house
    record = await house.start_interview()
    await house.say("An answer.")
    assert record.place is not None
    root = far.slack.world.found(record.place.channel, record.place.thread)
    assert root is not None
    await far.people[ANNA].delete(root)
    await house.settled()
    assert (await house.record(record.interview.id)).place is None
    assert await house.count(clock.place_gone(record.interview.question.title)) == 1
    await house.press(labels.RESUME)
    resumed = await house.open_one()
    assert resumed.interview.id == record.interview.id
    assert resumed.place not in (None, record.place)
    assert len(resumed.interview.draft) == 1


async def test_a_bot_that_was_removed_says_so_where_it_still_can(scene: Scene) -> None:
    far, house = scene.far, scene.house
    record = await house.start_interview("easy quick public")
    far.hall.members.discard(far.team.bot_user)
    await house.press(labels.SKIP)
    await house.settled()
    await house.command("stop")
    assert (await house.record(record.interview.id)).interview.phase is Phase.CLOSED
    await house.start_interview("easy")
    assert await house.count("Think aloud") == 2


async def test_public_where_the_bot_is_not_is_answered_with_how_to_invite_it(scene: Scene) -> None:
    far, house = scene.far, scene.house
    far.hall.members.discard(far.team.bot_user)
    await house.command("easy public")
    assert await house.count("/invite") == 1
    assert not await house.has_open()
    await house.command("easy")
    assert await house.has_open()


async def test_somebody_who_was_deactivated_keeps_nothing_waiting(scene: Scene) -> None:
    far, house = scene.far, scene.house
    record = await house.start_interview()
    await house.say("My last words.")
    far.people[ANNA].member.deleted = True
    await house.press(labels.SUBMIT)
    await house.settled()
    assert (await house.record(record.interview.id)).interview.turns
    await house.start_interview("easy", BEN)
    assert await house.count("Think aloud", BEN) == 1


@pytest.mark.parametrize("order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked", "app_uninstalled")])
async def test_a_workspace_that_removes_the_app_is_forgotten_and_may_come_back(
    migrated_sqlite_url: str, tmp_path: Path, order: tuple[str, str]
) -> None:
    async with staged("http", migrated_sqlite_url, tmp_path) as scene:
        far, house = scene.far, scene.house
        record = await house.start_interview("easy quick")
        await house.say("Words that arose there.")
        await house.press(labels.SUBMIT)
        assert house.core is not None
        database: Database = house.core.database
        far.team.installed = False
        far.team.revoked.add(far.team.token)
        for name in (*order, order[0]):
            tokens = {"tokens": {"oauth": [], "bot": [far.team.bot_user]}} if name == "tokens_revoked" else {}
            delivery = far.slack.event(far.team, {"type": name, **tokens})
            await delivery.done.wait()
            assert delivery.acknowledged
        await house.settled()
        kept = await database.read(interviews.get, record.interview.id)
        assert kept is not None
        assert kept.interview.phase is Phase.CLOSED
        assert "Words that arose there" not in repr(kept)
        assert await database.read(installations.get, f"slack:{far.team.id}") is None

        far.team.token, far.team.installed = f"{far.team.token}-2", True
        await database.write(installations.save, far.installation())
        await house.restart()
        await house.start_interview("easy")
        assert await house.count("Think aloud") == 2


# What is written down.


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_no_line_of_a_log_holds_a_text_a_token_or_an_address_to_answer_to(
    migrated_sqlite_url: str, tmp_path: Path, mode: Mode, capsys: pytest.CaptureFixture[str]
) -> None:
    marker = "swordfish"
    async with staged(mode, migrated_sqlite_url, tmp_path, log_level="debug") as scene:
        far, house = scene.far, scene.house
        for method in METHODS:
            far.slack.faults.add(method, Fault.REFUSED, error="some_new_error", skip=1)
        record = await house.start_interview("easy quick")
        said = await house.say(f"{marker} and more, {record.interview.question.reference}")
        await house.edit(said, f"{marker} changed")
        await house.again()
        await house.command(f"medum {marker}")
        await house.press(labels.SUBMIT)
        await far.people[ANNA].open_home()
        await far.people[ANNA].open_home("messages")
        far.slack.faults.stop()
        await house.to_the_card(record, f"{marker} again")
        far.team.revoked.add(far.team.token)
        await house.command(f"easy {marker}")
        secrets = [marker, far.team.token, APP_TOKEN, SIGNING_SECRET, CLIENT_ID, "/commands/", *far.slack.responses]
        secrets += [*far.slack.triggers]
    logged = capsys.readouterr().err
    assert [secret for secret in secrets if secret in logged] == []
