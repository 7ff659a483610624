"""What a person does in the page, and what they see there."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from agent.bank import Bank
from agent.types import Question
from tests.kill.script import answer_to, said_of

FEEDBACK = "li.message[data-id*='/feedback/1']"

# Notes every text that a message showed, one after the other.
_WATCH = """selector => {
  window.shown = [];
  const look = () => {
    const text = document.querySelector(`${selector} .text`)?.innerText;
    if (text && window.shown.at(-1) !== text) window.shown.push(text);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@dataclass
class Visitor:
    """Somebody before a tab with an open thread."""

    tab: Page
    bank: Bank

    @property
    def thread(self) -> Locator:
        return self.tab.locator(".thread-pane")

    @property
    def field(self) -> Locator:
        return self.thread.locator(".composer textarea")

    @property
    def card(self) -> Locator:
        return self.thread.get_by_role("article")

    @property
    def live(self) -> Locator:
        """What is being written."""
        return self.thread.locator(".text.live")

    async def question(self) -> Question:
        """The question of the open thread."""
        title = await self.thread.locator(".pane-title").inner_text()
        return next(question for question in self.bank.questions if title.startswith(question.title))

    async def start(self, level: str = "Medium") -> None:
        await self.tab.get_by_role("button", name=level).click()
        await expect(self.button("Finish")).to_be_visible()

    def button(self, name: str) -> Locator:
        """The newest button of this name."""
        return self.thread.get_by_role("button", name=name).last

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")
        await expect(self.field).to_have_value("")

    async def see(self, text: str, times: int = 1) -> None:
        await expect(self.thread.get_by_text(text)).to_have_count(times)

    async def texts(self) -> list[str]:
        """Every message of the thread."""
        return await self.thread.locator("li.message .content").all_inner_texts()

    async def own_texts(self) -> list[str]:
        """One's own messages in the thread."""
        return await self.thread.locator("li.message:not([data-author=coach]) .text").all_inner_texts()

    async def answer(self) -> None:
        """Draft an answer of three messages, one of them code."""
        question = await self.question()
        assert question.code is not None
        await self.say(said_of(question, 0))
        await self.see("Draft: 1 message.")
        await self.say(f"```python\n{question.code.solution}\n```")
        await self.say("That is all that comes to my mind.")
        await self.see("Draft: 3 messages")

    async def answer_follow_up(self) -> None:
        asked = await self.thread.locator("li.message", has_text="Follow-up.").inner_text()
        await self.say(answer_to(await self.question(), asked))
        await self.see("Draft: 1 message.")

    async def watch_feedback(self) -> None:
        """From now on, note every text that the first feedback shows."""
        await self.tab.evaluate(_WATCH, FEEDBACK)

    async def feedback_so_far(self) -> list[str]:
        return list(await self.tab.evaluate("window.shown"))

    async def walk_to(self, selector: str, key: str) -> None:
        """Press a key until the focus is on it."""
        for _ in range(60):
            if await self.tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            await self.tab.keyboard.press(key)
        raise AssertionError(f"{selector} is not to be reached with {key}")

    async def sideways(self) -> int:
        """How many pixels the page is wider than the screen."""
        return int(await self.tab.evaluate("document.documentElement.scrollWidth - innerWidth"))
