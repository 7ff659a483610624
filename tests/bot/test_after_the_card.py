"""What one can do when the card is there, and what one finds when looking back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import buttons
from bot.wording import cards as cards_words
from bot.wording import controls, labels, looking_back
from storage import interviews, transcript
from storage.addresses import Place
from tests.fakes.stage import ANNA, BEN, LOBBY, PLATFORM, Stage, staged


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database_url, tmp_path) as opened:
        yield opened


async def test_retry_asks_the_same_and_shows_the_difference(stage: Stage) -> None:
    record = await stage.start("medium quick")
    await stage.to_the_card(record, "I do not remember much about this, only that it has to do with a cache.")
    await stage.press(record, labels.RETRY)
    again = await stage.open_one()
    assert again.interview.question.id == record.interview.question.id
    assert again.interview.retry_of == record.interview.id
    await stage.to_the_card(again, record.interview.question.reference)
    assert "Against last time" in await stage.page(record)
    cards = await stage.database.read(interviews.comparable, again.account, "quick", True)
    assert len(cards) == 1


async def test_the_model_answer_comes_after_the_card_only(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    code = record.interview.question.code
    assert code is not None
    await stage.to_the_card(record, "I would sort first.")
    assert record.interview.question.reference not in await stage.page(record)
    await stage.press(record, labels.MODEL_ANSWER)
    page = await stage.page(record)
    assert record.interview.question.reference in page
    assert code.solution.strip() in page


async def test_more_like_this_starts_another_of_the_kind(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    await stage.press(record, labels.MORE)
    other = (await stage.open_one()).interview.question
    assert (other.kind, other.difficulty) == ("quick", "easy")


async def test_sharing_previews_and_posts_scores_without_words(stage: Stage) -> None:
    record = await stage.start("easy quick")
    answer = record.interview.question.reference
    await stage.to_the_card(record, answer)
    await stage.press(record, labels.SHARE, values={"where": "general"})
    general = Place(PLATFORM, "hall", "general")
    assert await stage.texts(general, BEN) == []
    await stage.press(record, labels.POST_IT)
    [shared] = await stage.texts(general, BEN)
    assert record.interview.question.title in shared
    assert "Missed" not in shared
    assert not any(sentence in shared for sentence in answer.split(". "))


async def test_a_disagreement_shows_own_words_and_leaves_the_score(stage: Stage) -> None:
    record = await stage.start("medium system-design")
    answer = "I would put a queue between the two halves and measure it. Bananas are yellow."
    await stage.to_the_card(record, answer)
    before = (await stage.record(record.interview.id)).interview.card
    assert before is not None
    missed = next(v.point for v in before.verdicts if v.verdict in ("miss", "wrong"))
    await stage.press(record, labels.DISAGREE, values={"point": missed, "quote": "I never wrote this"})
    assert cards_words.not_your_words() in await stage.page(record)
    await stage.press(record, labels.DISAGREE, values={"point": missed, "quote": "Bananas  are\nyellow."})
    after = (await stage.record(record.interview.id)).interview.card
    assert after is not None
    assert after.correctness == before.correctness
    assert "disputed" in await stage.page(record)


# Looking back.


async def test_history_opens_and_deletes(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(
        record, f"{record.interview.question.reference}\n\nAs code:\n```sh\nls  -l @here\n\n  pwd\n```"
    )
    await stage.send(stage.command("history"))
    assert record.interview.question.title in await stage.whispers()
    await stage.send(stage.pressed(await stage.button("Open 1"), LOBBY))
    assert "> As code:\n\n```text\nls  -l @here\n\n  pwd\n```" in await stage.whispers()
    await stage.send(stage.pressed(await stage.button(labels.DELETE), LOBBY))
    await stage.send(stage.pressed(await stage.button(labels.DELETE_YES), LOBBY))
    assert await stage.database.read(interviews.get, record.interview.id) is None


async def test_foreign_history_stays_closed(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    await stage.send(stage.command("history"))
    opened = await stage.button("Open 1")
    await stage.send(stage.pressed(opened, LOBBY, BEN))
    assert await stage.whispers(BEN) == controls.not_yours()


async def test_in_another_workspace_history_tells_scores_and_no_words(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    yard = Place(PLATFORM, "yard", "lobby")

    async def told() -> str:
        return (await stage.database.read(transcript.in_place, yard, ANNA.user, limit=100))[-1].markdown

    await stage.send(stage.command("history", place=yard))
    assert await told() == "**Your interviews**, newest first\n1. quick · easy · correctness ≈ 10 · 02 Nov"
    await stage.send(stage.pressed(buttons.under_history([record], 0, 5)[0], yard))
    assert "Correctness ≈ 10" in await told()
    assert record.interview.question.title not in await told()
    assert record.interview.question.reference[:30] not in await told()
    await stage.send(stage.pressed(buttons.under_past(record.interview)[0], yard))
    assert await told() == looking_back.delete_sure("quick")


async def test_stats_count_what_was_finished(stage: Stage) -> None:
    await stage.send(stage.command("stats"))
    assert "No finished interview" in await stage.whispers()
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    await stage.send(stage.command("stats"))
    assert "1 interview" in await stage.whispers()


async def test_settings_change_what_nothing_said_means(stage: Stage) -> None:
    await stage.send(stage.command("me"))
    values = {"kind": "quick", "difficulty": "hard", "quiet": "7", "numbers": "card"}
    await stage.send(stage.pressed(await stage.button(labels.SETTINGS), LOBBY, values=values))
    assert looking_back.quiet_is_off_or_long() in await stage.whispers()
    values["quiet"] = "45"
    await stage.send(stage.pressed(await stage.button(labels.SETTINGS), LOBBY, values=values))
    record = await stage.start("")
    assert (record.interview.question.kind, record.interview.question.difficulty) == ("quick", "hard")
    await stage.say(record, "A first thought about it.")
    assert "45 quiet seconds" in await stage.page(record)


async def test_forgetting_leaves_nothing(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.say(record, "A secret thought.")
    await stage.press(record, labels.FINISH)
    await stage.send(stage.command("me"))
    await stage.send(stage.pressed(await stage.button(labels.DELETE_ALL), LOBBY))
    await stage.send(stage.pressed(await stage.button(labels.DELETE_ALL_YES), LOBBY))
    assert await stage.database.read(interviews.get, record.interview.id) is None
    assert not any("secret" in row.markdown for row in await stage.rows())


async def test_help_names_every_command(stage: Stage) -> None:
    await stage.send(stage.command("help"))
    said = await stage.whispers()
    for word in ("stats", "history", "me", "stop"):
        assert f"/interview {word}" in said
