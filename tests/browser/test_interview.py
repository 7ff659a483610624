"""An interview in the browser, from the start button to the card: streamed, reloaded, by keyboard, on a phone."""

from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from agent import bank
from tests.browser.visitor import FEEDBACK, Visitor
from tests.kill.doomed import PREVIEW_BEGUN, PREVIEW_WRITTEN
from tests.kill.lives import Program, program

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 20
"""Seconds in which something has happened, or never will."""
AWAY = "ERR_CONNECTION_REFUSED"


@dataclass
class Chat:
    """The program, and a browser of one person; `complaints` are what the page said in its console."""

    program: Program
    context: BrowserContext
    bank: bank.Bank
    complaints: list[str] = field(default_factory=list)

    async def visit(self, path: str = "/") -> Visitor:
        """Open a tab."""
        tab = await self.context.new_page()
        self.listen(tab)
        await tab.goto(self.program.address + path)
        await expect(tab.locator("#my-name")).not_to_be_empty()
        return Visitor(tab, self.bank)

    def listen(self, tab: Page) -> None:
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None)


@pytest.fixture(scope="module")
def questions() -> bank.Bank:
    return bank.load()


@pytest_asyncio.fixture(loop_scope="module", params=[{"viewport": {"width": 1280, "height": 800}}])
async def chat(
    request: pytest.FixtureRequest, browser: Browser, questions: bank.Bank, tmp_path: Path, migrated_sqlite_url: str
) -> AsyncIterator[Chat]:
    expect.set_options(timeout=PATIENCE * 1000)
    async with program(tmp_path, migrated_sqlite_url) as one:
        one.start()
        await one.answers()
        context = await browser.new_context(locale="en-GB", **request.param)
        context.set_default_timeout(PATIENCE * 1000)
        opened = Chat(one, context, questions)
        yield opened
        await context.close()
        assert await one.stop() == 0
        assert one.faults == []
        assert [said for said in opened.complaints if AWAY not in said] == []


async def test_an_interview_is_held_from_the_start_button_to_the_card(chat: Chat) -> None:
    anna = await chat.visit()
    await anna.start()
    question = await anna.question()
    await anna.see(question.title, times=2)  # in the thread's title and in its first message
    await expect(anna.thread.locator("pre code").first).to_contain_text("def ")
    await anna.answer()
    await anna.button("Hint: free").click()
    await anna.see(f"Hint 1 of {len(question.hints)}")

    for boundary in (PREVIEW_BEGUN, PREVIEW_WRITTEN):
        chat.program.bar(boundary)
    await anna.watch_feedback()
    await anna.button("Submit").click()
    await anna.see("Submitted: 3 messages")
    await expect(anna.live).to_contain_text("Read 3 messages")
    chat.program.clear(PREVIEW_BEGUN)
    await expect(anna.live).to_contain_text("Not heard:")
    chat.program.clear(PREVIEW_WRITTEN)
    await expect(anna.thread.locator(FEEDBACK)).to_contain_text("Correctness ≈")
    *preview, stored = await anna.feedback_so_far()
    assert len(preview) >= 2
    assert list(map(len, [*preview, stored])) == sorted(map(len, [*preview, stored]))
    assert not any("Correctness" in text for text in preview)  # numbers are shown when they are stored

    await anna.answer_follow_up()
    await anna.button("Finish").click()
    await expect(anna.card.get_by_role("img", name=re.compile(r"Correctness ≈ \d+ "))).to_be_visible()
    await expect(anna.card.locator(".bar-fill")).to_have_count(3)
    await expect(anna.card).to_contain_text("1 hint")
    await anna.see("Submitted: 1 message.")


async def test_a_reload_loses_nothing_in_the_draft_and_while_it_is_judged(chat: Chat) -> None:
    anna = await chat.visit()
    await anna.start()
    await anna.answer()
    await anna.field.fill("Not sent yet.")
    before, own = await anna.texts(), await anna.own_texts()
    assert len(own) == 3
    await anna.tab.reload()
    await anna.see("Draft: 3 messages")
    assert await anna.texts() == before
    await expect(anna.field).to_have_value("Not sent yet.")
    await anna.field.fill("")

    chat.program.bar(PREVIEW_BEGUN)
    await anna.button("Submit").click()
    await expect(anna.live).to_contain_text("Read 3 messages")
    await anna.tab.reload()
    await expect(anna.live).to_contain_text("Read 3 messages")
    chat.program.clear(PREVIEW_BEGUN)
    await anna.see("Follow-up.")
    await expect(anna.thread.locator(FEEDBACK)).to_contain_text("Correctness ≈")
    assert await anna.own_texts() == own
    judged = await anna.texts()
    await anna.tab.reload()
    await anna.see("Follow-up.")
    assert await anna.texts() == judged
    await anna.button("Finish").click()
    await expect(anna.card).to_be_visible()


async def test_the_page_outlives_a_server_that_is_killed_and_started_again(chat: Chat) -> None:
    anna = await chat.visit()
    await anna.start()
    await anna.answer()
    await chat.program.kill()
    await expect(anna.tab.locator("#banner")).to_be_visible()
    await anna.say("Written while nobody listened.")
    await expect(anna.thread.locator(".pending")).to_contain_text("Waits for the connection")
    chat.program.start(f"{PREVIEW_WRITTEN}#1")
    await anna.see("Draft: 4 messages")
    await anna.see("Written while nobody listened.")
    await expect(anna.tab.locator("#banner")).to_be_hidden()

    await anna.button("Submit").click()
    assert await chat.program.end() == -signal.SIGKILL  # in the middle of its feedback
    chat.program.start()
    await anna.see("Follow-up.")
    await expect(anna.thread.locator(FEEDBACK)).to_have_count(1)
    await expect(anna.thread.locator(FEEDBACK)).to_contain_text("Correctness ≈")
    await anna.see("Submitted: 4 messages")
    await anna.button("Finish").click()
    await expect(anna.card).to_be_visible()


async def test_a_second_tab_shows_the_same_and_a_second_person_sees_nothing_of_it(chat: Chat) -> None:
    anna = await chat.visit()
    await anna.start()
    await anna.answer()
    beside = await chat.visit()
    await beside.see("Draft: 3 messages")
    assert await beside.texts() == await anna.texts()
    await beside.button("Submit").click()
    await anna.see("Follow-up.")
    await beside.see("Follow-up.")
    assert await beside.texts() == await anna.texts()

    async with chat.context.expect_page() as opening:
        await anna.tab.get_by_role("link", name="Second person").click()
    other = await opening.value
    chat.listen(other)
    await expect(other.locator("#my-number")).to_have_text("Person 2")
    await expect(other.get_by_role("heading", name="Practise a technical interview")).to_be_visible()
    await other.goto(anna.tab.url.replace("/#", "/?as=2#"))
    await expect(other.locator("#my-number")).to_have_text("Person 2")
    await expect(other.locator(".pane-title")).to_have_text("# practice")
    await expect(other.get_by_text((await anna.question()).title)).to_have_count(0)


async def test_an_interview_is_started_and_submitted_without_a_mouse(chat: Chat) -> None:
    anna = await chat.visit()
    await anna.walk_to(".level[data-words=easy]", "Shift+Tab")
    await anna.tab.keyboard.press("Enter")
    await expect(anna.button("Finish")).to_be_visible()
    await expect(anna.field).to_be_focused()
    await anna.tab.keyboard.type("I would look for something simple first.")
    await anna.tab.keyboard.press("Enter")
    await anna.see("Draft: 1 message.")
    await anna.walk_to(".thread-pane .choices .primary", "Shift+Tab")
    await anna.tab.keyboard.press("Enter")
    await anna.see("Submitted: 1 message.")
    await expect(anna.thread.locator(FEEDBACK)).to_contain_text("Points heard")


@pytest.mark.parametrize(
    "chat", [{"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}], indirect=True
)
async def test_on_a_phone_nothing_is_wider_than_the_screen(chat: Chat) -> None:
    anna = await chat.visit()
    assert await anna.sideways() == 0
    await anna.start("Hard")
    assert await anna.sideways() == 0
    await anna.answer()
    await anna.button("Hint: free").tap()
    await anna.see("Hint 1 of")
    assert await anna.sideways() == 0
    await anna.button("Submit").tap()
    await anna.see("Follow-up.")
    await anna.button("Finish").tap()
    await expect(anna.card).to_be_visible()
    await expect(anna.button("Retry")).to_be_in_viewport()
    await anna.button("Model answer").tap()
    await anna.see("A strong answer to")
    assert await anna.sideways() == 0
