"""What people do in Slack and what comes of it: forms, files, the home tab, lost places, and quiet logs."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.slack import pacing
from agent.types import Phase
from bot.purse import Purse
from bot.wording import clock, exports, labels, notices, opening, plan
from bot.wording import home as home_words
from bot.wording import practice as daily
from bot.wording import slack as slack_words
from bot.wording.slack_manifest import PROMPTS
from storage import accounts, usage, workspaces
from storage.addresses import Person, Place
from storage.usage import Spending
from tests.adapters.far import ANNA, BEN, House, house_of
from tests.adapters.slack_far import SlackFar, slack_far
from tests.fakes.slack import Fault
from tests.fakes.slack.person import read

ANSWER = "I would sort the input first and then sweep over it once, which costs n log n."


@pytest.fixture
async def far(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackFar]:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))  # nobody here minds how fast we speak
    async with slack_far("socket") as opened:
        yield opened


@pytest.fixture
async def house(far: SlackFar, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_of(far, migrated_sqlite_url, tmp_path) as opened:
        yield opened


async def test_a_command_in_a_channel_without_the_app_leads_to_direct_messages(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    elsewhere = far.slack.world.channel(far.team, "elsewhere", anna.id, bot=False)
    await anna.command("easy algorithm", elsewhere)
    await house.settled()
    (whisper,) = anna.messages(elsewhere)
    assert "[Open](https://" in read(whisper)
    assert whisper.only_for == anna.id
    record = await house.open_one()
    assert record.place is not None
    assert record.place.channel == anna.direct.id
    await anna.command("easy public", elsewhere)
    await house.settled()
    assert await house.count(opening.already_open(record.interview.question.title)) == 1


async def test_public_where_the_app_is_not_a_member_says_how_to_mend_it(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    elsewhere = far.slack.world.channel(far.team, "elsewhere", anna.id, bot=False)
    await anna.command("easy public", elsewhere)
    await house.settled()
    assert "/invite" in read(anna.messages(elsewhere)[-1])
    assert not await house.has_open()


async def test_in_direct_messages_words_of_a_command_start_and_others_get_buttons(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    await anna.say("what is this?")
    await house.settled()
    offered = anna.messages(anna.direct)[-1]
    assert read(offered).startswith(opening.offer_start())
    assert offered.thread_ts  # under what was said
    await anna.say("easy algorithm")
    await house.settled()
    assert (await house.open_one()).interview.phase is Phase.ANSWERING
    await anna.say("A thought said in the open.")
    await house.settled()
    assert len((await house.open_one()).interview.draft) == 1


async def test_a_card_is_shared_by_a_form_and_seen_at_home(far: SlackFar, house: House) -> None:
    anna, ben = far.people[ANNA], far.people[BEN]
    await house.command("easy algorithm public")
    await anna.open_home()
    await house.settled()
    assert home_words.WELCOME.replace("**", "*") in anna.home()
    assert labels.RESUME in anna.home()
    record = await house.to_the_card(await house.open_one(), ANSWER)
    assert home_words.CHART_TITLE in anna.home()
    assert record.interview.question.title in anna.home()
    await anna.press(labels.SHARE)
    await anna.fill(where=far.hall.id)
    await house.settled()
    await house.press(labels.POST_IT)
    shared = [one for one in ben.messages(far.hall) if not one.thread_ts]
    assert record.interview.question.title in read(shared[-1])
    await anna.press_home("Easy")
    await house.settled()
    assert await house.has_open()
    published = len(far.slack.called("views.publish"))
    for _ in range(2):
        await anna.open_home()
        await house.settled()
    assert len(far.slack.called("views.publish")) == published + 1  # once more, for what is open; then it stands there


async def test_opening_the_messages_suggests_first_words_that_start_an_interview(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    await anna.open_home("messages")
    prompts = await far.slack.until(lambda: far.slack.world.prompts.get(anna.direct.id), "prompts")
    assert [prompt["message"] for prompt in prompts] == [message for _, message in PROMPTS]
    await anna.say(prompts[0]["message"])
    await house.settled()
    assert (await house.open_one()).interview.question.difficulty == "easy"


async def test_a_file_is_read_with_the_token_and_counts(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    record = await house.start_interview()
    assert record.place is not None
    files = (anna.file("answer.py", b"def solve(x):\n    return sorted(x)\n", "text/x-python"),)
    await anna.say("Here it is:", anna.direct, record.place.thread, files)
    await house.settled()
    (message,) = (await house.open_one()).interview.draft
    assert message.files[0].text == "def solve(x):\n    return sorted(x)\n"
    page = (anna.file("page.html", b"<!DOCTYPE html><p>A page of mine.", "text/html"),)
    await anna.say("A page:", anna.direct, record.place.thread, page)
    await house.settled()
    assert (await house.open_one()).interview.draft[1].files[0].text == "<!DOCTYPE html><p>A page of mine."
    # Without the permission Slack shows a page to sign in, which is not the file, whatever that is.
    far.team.scopes = tuple(scope for scope in far.team.scopes if scope != "files:read")
    more = (anna.file("more.py", b"x = 1", "text/x-python"), anna.file("more.html", b"<p>Mine.", "text/html"))
    await anna.say("And these:", anna.direct, record.place.thread, more)
    await house.settled()
    for file in (await house.open_one()).interview.draft[2].files:
        assert slack_words.NO_FILE in file.problem


async def test_a_deleted_root_or_a_removed_app_lets_the_interview_rest_and_says_so(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    record = await house.start_interview("easy public")
    assert record.place is not None
    root = far.slack.world.found(far.hall.id, record.place.thread)
    assert root is not None
    await anna.delete(root)
    await house.settled()
    told = clock.place_gone(record.interview.question.title)
    assert (await house.record(record.interview.id)).place is None
    assert await house.count(told) == 1
    await house.press(labels.RESUME)
    again = await house.open_one()
    assert again.place not in (None, record.place)
    far.hall.members.discard(far.team.bot_user)
    far.slack.event(far.team, {"type": "member_left_channel", "user": far.team.bot_user, "channel": far.hall.id})
    await far.slack.post.settled()
    await house.settled()
    assert (await house.record(record.interview.id)).place is None
    assert await house.count(told) == 2


async def test_a_token_that_was_revoked_loses_nothing_that_was_said(far: SlackFar, house: House) -> None:
    record = await house.start_interview()
    far.team.revoked.add(far.team.token)
    await house.say(ANSWER)
    assert len((await house.record(record.interview.id)).interview.draft) == 1
    far.team.revoked.clear()
    await house.command("stop")
    assert (await house.record(record.interview.id)).interview.draft


async def test_what_changes_the_practice_the_plan_or_what_is_kept_is_seen_at_home(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    await anna.open_home()
    await house.settled()
    assert "You get no daily question" in anna.home()
    await house.command("daily 08:30 weekdays")
    assert "every weekday at 08:30 Europe/Lisbon" in anna.home()
    await anna.press_home(daily.PAUSE_WEEK)
    await house.settled()
    assert "Paused; it goes on" in anna.home()
    await house.press(daily.RESUME)
    assert "Paused" not in anna.home()
    await anna.press_home(daily.CHANGE)
    await anna.fill(hour="21:15")
    await house.settled()
    assert "every weekday at 21:15" in anna.home()
    await anna.press_home(daily.STOP)
    await house.settled()
    assert "You get no daily question" in anna.home()
    await house.command(f"plan {datetime.now(UTC).date() + timedelta(days=20)} backend")
    assert "20 days to" in anna.home()
    await anna.press_home(plan.END)
    await house.settled()
    assert "20 days to" not in anna.home()
    record = await house.to_the_card(await house.start_interview("easy quick"), ANSWER)
    title = record.interview.question.title
    assert title in anna.home()
    published = len(far.slack.called("views.publish"))
    await house.command("history")
    assert len(far.slack.called("views.publish")) == published
    await anna.press_home(labels.DELETE_ALL)
    await house.settled()
    await house.press(labels.DELETE_ALL_YES)
    assert title not in anna.home()
    assert home_words.WELCOME.replace("**", "*") in anna.home()
    assert house.core is not None
    assert await house.core.database.read(accounts.find, house.far.person(ANNA)) is None


async def test_an_export_pressed_at_home_comes_once_though_an_answer_is_lost_and_the_program_ends(
    far: SlackFar, house: House
) -> None:
    anna = far.people[ANNA]
    await house.start_interview()
    await anna.open_home()
    await house.settled()
    far.slack.faults.add("files.getUploadURLExternal", Fault.AWAY, times=-1)
    await anna.press_home(exports.LABEL)
    await far.slack.until(lambda: far.slack.called("files.getUploadURLExternal"))
    await house.stop()
    far.slack.faults.stop()
    far.slack.faults.add("files.completeUploadExternal", Fault.UNKNOWN)
    await house.start()
    await house.settled()
    (document,) = await far.documents(ANNA)
    assert json.loads(document)["account"]
    (message,) = [one for one in anna.messages(anna.direct) if one.files]
    assert message.text == exports.handed(elsewhere=False)
    assert not message.thread_ts
    assert await house.count(exports.on_its_way()) == 0  # at home there is nowhere to whisper


async def test_a_workspace_that_gives_no_leave_for_files_is_told_how_to_mend_it(far: SlackFar, house: House) -> None:
    anna = far.people[ANNA]
    scopes = far.team.scopes
    far.team.scopes = tuple(scope for scope in scopes if scope != "files:write")
    await anna.open_home()
    await house.settled()
    await anna.press_home(exports.LABEL)
    await house.settled()
    assert read(anna.messages(anna.direct)[-1]) == slack_words.FILES_NOT_ALLOWED_YET
    far.team.scopes = scopes
    far.slack.faults.add("files.getUploadURLExternal", Fault.REFUSED, error="file_uploads_disabled")
    await anna.press_home(exports.LABEL)
    await house.settled()
    assert read(anna.messages(anna.direct)[-1]) == slack_words.FILES_NOT_TAKEN
    await anna.press_home(exports.LABEL)
    await house.settled()
    assert len(await far.documents(ANNA)) == 1


async def test_doctor_knows_that_messages_arrive_once_one_came(far: SlackFar, house: House) -> None:
    assert house.platform is not None

    async def told() -> str:
        assert house.platform is not None
        (found,) = [one for one in await house.platform.check() if one.subject == "Slack messages"]
        return found.detail

    await house.command("help")
    assert await told() == slack_words.MESSAGES_UNPROVEN
    await far.people[ANNA].say("hello")
    assert (await told()).startswith("they arrive; noted 20")


async def test_slow_and_limited_answers_delay_and_lose_nothing(far: SlackFar, house: House) -> None:
    for method in ("chat.postMessage", "chat.update", "conversations.open", "chat.startStream"):
        far.slack.faults.add(method, Fault.RATE_LIMITED, times=5 if method == "conversations.open" else 1, seconds=1)
    record = await house.start_interview()
    record = await house.to_the_card(record, ANSWER)
    assert record.interview.phase is Phase.CLOSED
    assert labels.RETRY in await house.labels()


async def test_no_line_of_any_log_holds_a_word_a_token_or_a_handle(
    far: SlackFar, house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    marker = "swordfish"
    anna = far.people[ANNA]
    record = await house.start_interview()
    await house.say(f"{marker} {ANSWER}")
    for fault in (Fault.GARBAGE, Fault.BROKEN, Fault.UNKNOWN):
        far.slack.faults.add("chat.update", fault)
    far.slack.faults.add("chat.startStream", Fault.REFUSED, error="invalid_arguments")
    await house.press(labels.SUBMIT)
    far.slack.faults.add("files.getUploadURLExternal", Fault.REFUSED, error="file_type_not_allowed")
    await house.command("me")
    for _ in range(2):
        await house.press(exports.LABEL)
    assert marker.encode() in (await far.documents(ANNA))[0]
    await anna.command(f"{marker} please", far.hall)
    await far.slack.post.refresh()
    await far.slack.connected(2)
    far.slack.post.cut()
    await asyncio.wait_for(far.slack.connected(2), 60)
    await house.settled()
    assert marker in await house.page()
    assert record.place is not None
    lines = caplog.text + "".join(capsys.readouterr())
    urls = [call.args.get("url", "") for call in far.slack.calls]
    for secret in (marker, far.team.token, "xapp-", "/commands/", "ticket=", *filter(None, urls)):
        assert secret not in lines


async def test_an_uninstalled_workspace_is_not_asked_for_again(far: SlackFar, house: House) -> None:
    assert house.core is not None
    await house.start_interview()
    far.slack.uninstall(far.team)
    await far.slack.event(far.team, {"type": "app_uninstalled"}).done.wait()
    await house.settled()
    assert not await house.has_open()


async def test_in_a_workspace_of_an_enterprise_everything_finds_its_person(
    migrated_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))
    async with slack_far("http") as far:
        far.team.enterprise = "E0ENTERPRISE"
        anna = far.people[ANNA]
        async with house_of(far, migrated_sqlite_url, tmp_path) as house:
            await anna.open_home()
            await house.settled()
            assert "You get no daily question" in anna.home()
            await house.command("daily 08:30")
            await house.restart()
            assert house.platform is not None
            assert (await house.platform.profile(far.person(ANNA))).zone == anna.member.tz
            await house.command("daily now")
            await house.press(daily.ANSWER)
            record = await house.to_the_card(await house.open_one(), ANSWER)
            assert record.place is not None
            assert (record.place.realm, record.workspace) == (far.team.id, f"slack:{far.team.id}")
            await anna.press_home(exports.LABEL)
            await house.settled()
            (document,) = await far.documents(ANNA)
            assert json.loads(document)["interviews"][0]["state"]["turns"][0]["messages"][0]["text"] == ANSWER


async def test_who_belongs_to_a_workspace_and_who_looks_after_it(far: SlackFar, house: House) -> None:
    platform, world = house.platform, far.slack.world
    assert platform is not None
    hall = Place("slack", far.team.id, far.hall.id)
    anna = await platform.member(far.person(ANNA), hall)
    assert anna is not None
    assert anna.name == ANNA
    world.users[far.people[ANNA].id].deleted = True
    assert await platform.member(far.person(ANNA), hall) is None
    assert await platform.member(Person("slack", far.team.id, "U0NOBODY"), hall) is None
    for number in range(300):  # more than a page
        world.user(far.team, f"one{number}", admin=number == 250, deleted=number == 251)
    world.users[far.people[BEN].id].owner = True
    keepers = await platform.keepers(far.team.id)
    assert keepers.name == "hall"
    assert [world.users[one.user].name for one in keepers.admins] == [BEN], "the first page has who owns it"
    world.users[far.people[BEN].id].owner = False
    keepers = await platform.keepers(far.team.id)
    assert [world.users[one.user].name for one in keepers.admins] == ["one250"]


async def test_an_admin_is_told_of_the_budget_in_direct_messages_and_stops_it(far: SlackFar, house: House) -> None:
    assert house.core is not None
    ben = far.people[BEN]
    far.slack.world.users[ben.id].admin = True
    await house.command("help")
    workspace = f"slack:{far.team.id}"
    spending = Spending(workspace, None, "", 0, "claude-sonnet-5-5", 1, 1, 0, 0, 4.5, house.core.now())
    await house.core.database.write(workspaces.workspace_of, "slack", far.team.id, house.core.now())
    await house.core.database.write(usage.add, spending)
    purse = Purse(house.core.database, 5.0, house.core.now, house.core.log)
    assert await purse.may_spend(workspace)
    await house.settled()
    assert await house.count(notices.nearly_spent("hall", used_up=False), BEN) == 1
    assert await house.count("budget") == 0
    await house.press(notices.STOP, BEN)
    assert await house.count(notices.stopped(), BEN) == 1
