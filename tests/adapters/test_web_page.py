"""The page itself in Chromium: starting, drafting, streaming, buttons, forms, reloads, looks, keyboard and phone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, expect
from playwright.async_api import Page as Tab

from bot.events import Edit, Press, Reply
from storage.addresses import Place
from storage.database import Database
from tests.adapters.playground import Playground, Wire, playground
from tests.fakes import pictures

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODE = "```python\ndef busy(a, b):\n    return sorted(a + b)\n```"


@pytest_asyncio.fixture(loop_scope="module")
async def ground(migrated_sqlite_url: str) -> AsyncIterator[Playground]:
    database = await Database.open(migrated_sqlite_url)
    async with playground(database) as running:
        yield running
    await database.close()


class Chat:
    """A browser of one person, the wire between it and the playground, and what it complained of."""

    def __init__(self, ground: Playground, wire: Wire, context: BrowserContext) -> None:
        self.ground = ground
        self.wire = wire
        self.context = context
        self.complaints: list[str] = []

    async def open(self, path: str = "/") -> Tab:
        tab = await self.context.new_page()
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        await tab.goto(self.wire.address + path)
        await expect(tab.locator("#my-name")).not_to_be_empty()
        return tab


@pytest_asyncio.fixture(loop_scope="module")
async def chat(ground: Playground, browser: Browser) -> AsyncIterator[Chat]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(15_000)
    wire = Wire(ground)
    await wire.mend()
    opened = Chat(ground, wire, context)
    yield opened
    await context.close()
    await wire.cut()
    assert opened.complaints == []


def thread(tab: Tab) -> Locator:
    return tab.locator(".thread-pane")


def field(tab: Tab) -> Locator:
    return thread(tab).locator(".composer textarea")


async def start(tab: Tab, level: str = "Medium") -> None:
    await tab.get_by_role("button", name=level).click()
    await expect(thread(tab).get_by_role("button", name="Finish").last).to_be_visible()


async def say(tab: Tab, text: str) -> None:
    await field(tab).fill(text)
    await field(tab).press("Enter")
    await expect(field(tab)).to_have_value("")
    await expect(thread(tab).locator(".pending")).to_have_count(0)


async def overflow(tab: Tab) -> int:
    return int(await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_the_first_screen_has_start_buttons_beside_a_finished_example(chat: Chat) -> None:
    tab = await chat.open()
    await expect(tab.get_by_role("heading", name="Practise a technical interview")).to_be_visible()
    for name in ("Easy", "Medium", "Hard"):
        await expect(tab.get_by_role("button", name=name)).to_be_visible()
    kinds = tab.get_by_role("radio")
    assert await kinds.count() == 5
    example = tab.get_by_role("region", name="Example of a finished interview")
    await expect(example.get_by_text("Example", exact=True)).to_be_visible()
    await expect(example.get_by_role("img", name=re.compile("Correctness"))).to_be_visible()
    assert await overflow(tab) == 0


async def test_a_start_button_opens_the_thread_and_the_kind_goes_with_it(chat: Chat) -> None:
    tab = await chat.open()
    await tab.get_by_text("System Design").click()
    await start(tab, "Hard")
    assert [getattr(event, "words", "") for event in chat.ground.coach.taken.values()] == ["hard system-design"]
    await expect(thread(tab).locator(".pane-title")).to_have_text("Merge calendars (medium)")
    await expect(thread(tab).locator(".pane-topic")).to_have_text("Private: only you can see this thread")
    await expect(field(tab)).to_be_focused()
    await expect(tab.locator(".welcome")).to_have_count(0)
    await expect(tab.locator(".channel-pane").get_by_text("Only you can see this")).to_have_count(2)
    await expect(tab.locator("#threads a[aria-current]")).to_have_text("Merge calendars (medium)")


async def test_an_answer_is_drafted_submitted_and_its_feedback_streamed(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await say(tab, "I would sort by start.")
    await say(tab, CODE)
    await expect(thread(tab).get_by_text("Draft: 2 messages")).to_be_visible()
    await expect(thread(tab).locator(".code .k").first).to_have_text("def")
    chat.ground.coach.go_on.clear()
    await thread(tab).get_by_role("button", name="Submit").click()
    live = thread(tab).locator(".text.live")
    await expect(live).to_contain_text("sort by start")
    await expect(live).not_to_contain_text("empty calendars")
    await expect(live).not_to_contain_text("**")
    caret = await live.locator("li").last.evaluate("element => getComputedStyle(element, '::after').width")
    assert caret == "8px"
    chat.ground.coach.go_on.set()
    await expect(thread(tab).get_by_text("Not heard: empty calendars.")).to_be_visible()
    await expect(live).to_have_count(0)
    await expect(thread(tab).get_by_text("Submitted: 2 messages")).to_be_visible()
    await expect(tab.locator("#announcer")).to_contain_text("Points heard 4 of 6")


async def test_dots_show_that_work_goes_on(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    name = (await tab.evaluate("location.hash")).removeprefix("#/").split("/")
    async with chat.ground.platform.at(Place("web", "local", *name)).thinking():
        await expect(thread(tab).get_by_role("img", name="TalkPro is thinking")).to_be_visible()
    await expect(thread(tab).locator(".thinking")).to_be_hidden()


async def test_a_pressed_button_shows_it_and_comes_back(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    chat.ground.coach.heed.clear()
    hint = thread(tab).get_by_role("button", name="Hint: free").first
    await hint.click()
    await expect(hint).to_have_attribute("aria-busy", "true")
    await expect(thread(tab).get_by_role("button", name="Skip").first).to_be_disabled()
    chat.ground.coach.heed.set()
    await expect(thread(tab).get_by_text("Hint 1 of 3")).to_be_visible()
    await expect(hint).not_to_have_attribute("aria-busy", "true")
    await expect(hint).to_be_enabled()
    assert len([event for event in chat.ground.coach.taken.values() if isinstance(event, Press)]) == 1


async def test_the_card_has_its_chart_and_a_form_is_filled_and_sent(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await thread(tab).get_by_role("button", name="Finish").click()
    card = thread(tab).get_by_role("article")
    await expect(card.get_by_role("img", name="Correctness ≈ 7 solid of 10; Clarity ≈ 6 fair of 10")).to_be_visible()
    widths = await card.locator(".bar-fill").evaluate_all("bars => bars.map((bar) => bar.getAttribute('width'))")
    assert widths == ["75", "60", "30"]
    await expect(card.locator(".card-title")).to_contain_text("Merge calendars · medium")
    await thread(tab).get_by_role("button", name="I disagree").click()
    dialog = tab.get_by_role("dialog")
    await expect(dialog.get_by_role("heading")).to_have_text("I disagree")
    await dialog.get_by_label("Which point did you make?").select_option("meetings across midnight")
    await dialog.get_by_role("button", name="I disagree").click()
    await expect(dialog).to_be_visible()  # the quote is missing
    await dialog.get_by_label("Your own words").fill("a meeting may end tomorrow")
    await dialog.get_by_role("button", name="I disagree").click()
    await expect(dialog).to_be_hidden()
    await expect(thread(tab).get_by_text("Noted: point night, quote a meeting may end tomorrow")).to_be_visible()
    await thread(tab).get_by_role("button", name="Share").click()
    assert await dialog.get_by_label("Where?").locator("option").all_inner_texts() == ["#practice", "#general"]
    await tab.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    presses = [event.action for event in chat.ground.coach.taken.values() if isinstance(event, Press)]
    assert presses == ["finish", "disagree"]


async def test_a_reload_in_the_middle_loses_nothing(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await say(tab, "I would sort by start.")
    chat.ground.coach.go_on.clear()
    await thread(tab).get_by_role("button", name="Submit").click()
    await expect(thread(tab).locator(".text.live")).to_contain_text("sort by start")
    await field(tab).fill("not sent yet")
    before = await thread(tab).locator(".message").count()
    await tab.reload()
    await expect(thread(tab).locator(".text.live")).to_contain_text("sort by start")
    await expect(thread(tab).locator(".message")).to_have_count(before)
    await expect(field(tab)).to_have_value("not sent yet")
    chat.ground.coach.go_on.set()
    await expect(thread(tab).get_by_text("Not heard: empty calendars.")).to_be_visible()


async def test_what_is_written_without_a_connection_is_sent_once_it_is_back(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await chat.wire.cut()
    await expect(tab.locator("#banner")).to_be_visible()
    await field(tab).fill("from the tunnel")
    await field(tab).press("Enter")
    await expect(thread(tab).locator(".pending")).to_contain_text("Waits for the connection")
    await chat.wire.mend()
    await expect(thread(tab).get_by_text("Draft: 1 message,")).to_be_visible()
    await expect(thread(tab).locator(".pending")).to_have_count(0)
    await expect(tab.locator("#banner")).to_be_hidden()
    await expect(thread(tab).get_by_text("from the tunnel")).to_have_count(1)
    chat.complaints.clear()


async def test_what_was_not_acknowledged_outlives_a_reload_and_counts_once(chat: Chat) -> None:
    tab = await chat.open()
    tab.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await start(tab)
    chat.ground.coach.refuse = True
    await field(tab).fill("to be kept")
    await field(tab).press("Enter")
    await expect(tab.locator("#banner")).to_be_visible()
    await tab.reload()
    await expect(thread(tab).get_by_text("to be kept")).to_have_count(1)
    chat.ground.coach.refuse = False
    await expect(thread(tab).get_by_text("Draft: 1 message,")).to_be_visible()
    await expect(thread(tab).get_by_text("to be kept")).to_have_count(1)
    replies = [event.text for event in chat.ground.coach.taken.values() if isinstance(event, Reply)]
    assert replies == ["to be kept"]
    assert await tab.evaluate("sessionStorage.getItem('outbox:1')") is None
    chat.complaints.clear()


async def test_two_tabs_show_the_same(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    other = await chat.open()
    await expect(thread(other).get_by_role("button", name="Finish")).to_be_visible()
    await say(other, "from the other tab")
    await expect(thread(tab).get_by_text("from the other tab")).to_be_visible()
    await thread(tab).get_by_text("from the other tab").hover()
    await thread(tab).get_by_role("button", name="Delete").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(thread(other).get_by_text("from the other tab")).to_have_count(0)
    (edit,) = [event for event in chat.ground.coach.taken.values() if isinstance(event, Edit)]
    assert edit.text is None


async def test_a_second_person_is_somebody_else(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    async with chat.context.expect_page() as opening:
        await tab.get_by_role("link", name="Second person").click()
    second = await opening.value
    await expect(second.locator("#my-number")).to_have_text("Person 2")
    await expect(second.locator(".welcome")).to_be_visible()
    await expect(second.locator("#threads li")).to_have_count(0)
    assert await second.locator("#my-name").inner_text() != await tab.locator("#my-name").inner_text()
    await second.goto(second.url.replace("#/practice", f"#/{(await tab.evaluate('location.hash'))[2:]}"))
    await expect(second.locator(".thread-pane")).to_have_count(0)


async def test_the_composer_keeps_lines_and_the_arrow_edits_the_last_message(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await field(tab).press_sequentially("first")
    await field(tab).press("Shift+Enter")
    await field(tab).press_sequentially("    second")
    await field(tab).press("Enter")
    typed = thread(tab).locator(".message:not(.pending) .typed")
    await expect(typed).to_have_text("first\n    second", use_inner_text=True)
    await expect(field(tab)).to_have_value("")
    await field(tab).press("ArrowUp")
    edit = thread(tab).locator(".edit-field")
    await expect(edit).to_be_focused()
    await expect(edit).to_have_value("first\n    second")
    await edit.press("Escape")
    await expect(edit).to_have_count(0)
    await field(tab).press("ArrowUp")
    await edit.fill("mended")
    await edit.press("Enter")
    await expect(typed).to_have_text("mended")
    edits = [event.text for event in chat.ground.coach.taken.values() if isinstance(event, Edit)]
    assert edits == ["mended"]
    await field(tab).fill("```python\nx = 1")
    await expect(field(tab)).to_have_class(re.compile("has-code"))
    await field(tab).press("Tab")
    await expect(field(tab)).not_to_be_focused()


async def test_files_are_attached_and_removed_and_images_named_honestly(chat: Chat, tmp_path: Path) -> None:
    tab = await chat.open()
    await start(tab)
    (tmp_path / "busy.py").write_text("print('hi')\n")
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "wrong.txt").write_text("wrong")
    files = [tmp_path / name for name in ("busy.py", "shot.png", "wrong.txt")]
    await thread(tab).locator("input[type=file]").set_input_files(files)
    await thread(tab).get_by_role("button", name="Remove wrong.txt").click()
    await thread(tab).get_by_role("button", name="Send").click()
    await expect(thread(tab).locator(".file")).to_have_text(
        ["busy.py · 12 bytes", "shot.png · 208 bytes · not a PNG, JPEG, GIF or WebP picture that can be read"]
    )
    (reply,) = [event for event in chat.ground.coach.taken.values() if isinstance(event, Reply)]
    assert [(file.name, file.text) for file in reply.files] == [("busy.py", "print('hi')\n"), ("shot.png", "")]
    await drop(tab, "dropped.txt", "from the desk")
    await expect(thread(tab).locator(".attachments")).to_contain_text("dropped.txt")


async def test_pictures_are_seen_before_and_after_they_are_sent(chat: Chat, tmp_path: Path) -> None:
    tab = await chat.open()
    await start(tab)
    for name, picture in {"design.png": pictures.png(640, 480), "poster.png": pictures.png(9000, 90)}.items():
        (tmp_path / name).write_bytes(picture)
    await thread(tab).locator("input[type=file]").set_input_files([tmp_path / "design.png", tmp_path / "poster.png"])
    await expect(thread(tab).locator(".attachments canvas")).to_have_count(2)
    await expect(thread(tab).locator(".attachments [aria-busy=true]")).to_have_count(0)
    await thread(tab).get_by_role("button", name="Send").click()
    shown = thread(tab).locator(".picture img")
    await expect(shown).to_have_count(2)
    for at, width in enumerate((640, 2400)):  # the wider one was made smaller, for no model would take it
        await shown.nth(at).scroll_into_view_if_needed()
        assert await shown.nth(at).evaluate("image => image.decode().then(() => image.naturalWidth)") == width
    await expect(thread(tab).locator(".file")).to_contain_text(["design.png", "poster.png"])
    (reply,) = [event for event in chat.ground.coach.taken.values() if isinstance(event, Reply)]
    assert [(file.name, file.problem) for file in reply.files] == [("design.png", ""), ("poster.png", "")]


async def drop(tab: Tab, name: str, text: str) -> None:
    await tab.evaluate(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, { type: "text/plain" }));
          const pane = document.querySelector(".thread-pane");
          for (const type of ["dragenter", "dragover", "drop"])
            pane.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [name, text],
    )


async def test_too_long_a_text_is_told_before_it_is_sent(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await field(tab).fill("x" * 40_001)
    await field(tab).press("Enter")
    await expect(thread(tab).get_by_role("alert")).to_contain_text("longer than 40,000 characters")
    await field(tab).fill("x" * 40_000)
    await field(tab).press("Enter")
    await expect(thread(tab).get_by_text("Draft: 1 message,")).to_be_visible()


async def test_what_somebody_typed_does_nothing_in_the_page(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    attack = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ```<script>alert(1)</script>```"
    await say(tab, attack)
    here = chat.ground.platform.at(Place("web", "local", *(await tab.evaluate("location.hash"))[2:].split("/")))
    await here.say(f"{attack}\n\n[home](https://ok.example)")
    await expect(thread(tab).get_by_role("link", name="home")).to_have_attribute("target", "_blank")
    assert await tab.locator("main img, main script, main [onerror], main a[href^=javascript]").count() == 0


async def test_the_look_follows_the_system_and_the_button(ground: Playground, browser: Browser) -> None:
    context = await browser.new_context(color_scheme="dark")
    tab = await context.new_page()
    await tab.goto(ground.address)
    paper = "getComputedStyle(document.body.querySelector('.pane')).backgroundColor"
    await expect(tab.locator(".welcome")).to_be_visible()
    dark = await tab.evaluate(paper)
    await expect(tab.get_by_role("button", name="Dark look")).to_have_attribute("aria-pressed", "true")
    await tab.get_by_role("button", name="Dark look").click()
    light = await tab.evaluate(paper)
    await tab.reload()
    await expect(tab.locator(".welcome")).to_be_visible()
    assert await tab.evaluate(paper) == light == "rgb(255, 255, 255)"
    assert dark == "rgb(27, 29, 33)"
    await tab.get_by_role("button", name="Dark look").click()
    assert await tab.evaluate(paper) == dark
    await context.close()


@pytest.mark.parametrize("width", [360, 390])
async def test_a_phone_shows_one_thing_at_a_time_without_sideways_scrolling(
    ground: Playground, browser: Browser, width: int
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 740}, is_mobile=True, has_touch=True)
    tab = await context.new_page()
    await tab.goto(ground.address)
    await expect(tab.get_by_role("heading", name="Practise a technical interview")).to_be_in_viewport()
    assert await overflow(tab) == 0
    await start(tab, "Easy")
    await expect(tab.locator(".channel-pane")).to_be_hidden()
    await say(tab, CODE + "\n" + "a_very_long_name_without_any_break" * 8)
    await thread(tab).get_by_role("button", name="Finish").last.tap()
    await expect(thread(tab).get_by_role("article")).to_be_visible()
    await expect(thread(tab).get_by_role("button", name="I disagree")).to_be_in_viewport()
    assert await overflow(tab) == 0
    await tab.get_by_role("button", name="Back to the channel").tap()
    await expect(tab.locator(".channel-pane")).to_be_visible()
    await tab.get_by_role("button", name="Channels and threads").tap()
    await expect(tab.get_by_role("link", name="general")).to_be_in_viewport()
    await tab.get_by_role("link", name="general").tap()
    await expect(tab.locator(".pane-title")).to_have_text("# general")
    await expect(tab.get_by_role("link", name="general")).not_to_be_in_viewport()
    await tab.go_back()
    await expect(tab.locator(".pane-title")).to_have_text("# practice")
    assert await overflow(tab) == 0
    await context.close()


async def test_everything_can_be_done_from_the_keyboard(chat: Chat) -> None:
    tab = await chat.open()
    await tab.keyboard.press("Escape")
    await tab.locator("body").focus()
    await walk_to(tab, "input[type=radio]")
    await tab.keyboard.press("ArrowRight")
    await walk_to(tab, ".level[data-words=easy]")
    await tab.keyboard.press("Enter")
    await expect(field(tab)).to_be_focused()
    await tab.keyboard.type("I would sort.")
    await tab.keyboard.press("Enter")
    submit = thread(tab).get_by_role("button", name="Submit")
    await expect(submit).to_be_visible()
    await tab.keyboard.press("Shift+Tab")  # the attach button
    await walk_to(tab, ".thread-pane .choices .primary", back=True)
    await expect(submit).to_be_focused()
    assert await submit.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    await tab.keyboard.press("Enter")
    await expect(thread(tab).get_by_text("Points heard 4 of 6")).to_be_visible()
    await walk_to(tab, ".place-list a")
    await tab.keyboard.press("Home")
    await expect(tab.get_by_role("link", name="practice")).to_be_focused()
    await tab.keyboard.press("ArrowDown")
    await expect(tab.get_by_role("link", name="general")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".pane-title")).to_have_text("# general")
    words = [getattr(event, "words", None) for event in chat.ground.coach.taken.values()]
    assert words[0] == "easy behavioral"


async def walk_to(tab: Tab, selector: str, *, back: bool = False) -> None:
    """Press Tab until the focus is on it."""
    for _ in range(60):
        if await tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        await tab.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not to be reached with the Tab key")


async def test_messages_are_walked_with_the_arrow_keys(chat: Chat) -> None:
    tab = await chat.open()
    await start(tab)
    await say(tab, "the last one")
    await expect(thread(tab).get_by_text("Draft: 1 message,")).to_be_visible()
    stops = thread(tab).locator("li.message[tabindex='0']")
    await expect(stops).to_have_count(1)
    await stops.focus()
    await tab.keyboard.press("End")
    focused = "document.activeElement.textContent"
    assert "Draft: 1 message" in await tab.evaluate(focused)
    await tab.keyboard.press("ArrowUp")
    assert "the last one" in await tab.evaluate(focused)
    await tab.keyboard.press("Home")
    assert "about 15 min" in await tab.evaluate(focused)
    await expect(stops).to_have_count(1)


async def test_older_messages_are_fetched_and_new_ones_do_not_push_the_reader(chat: Chat) -> None:
    here = chat.ground.platform.at(Place("web", "local", "general"))
    for number in range(130):
        await here.say(f"line {number}")
    tab = await chat.open("/#/general")
    pane = tab.locator(".channel-pane")
    await expect(pane.get_by_text("line 129", exact=True)).to_be_in_viewport()
    await expect(pane.locator("li.message")).to_have_count(100)
    await pane.get_by_role("button", name="Show older messages").click()
    await expect(pane.locator("li.message")).to_have_count(130)
    await expect(pane.get_by_role("button", name="Show older messages")).to_be_hidden()
    await pane.locator(".scroll").evaluate("element => element.scrollTo(0, 0)")
    await expect(pane.get_by_text("line 0", exact=True)).to_be_in_viewport()
    await here.say("the newest")
    await pane.get_by_role("button", name="New messages").click()
    await expect(pane.get_by_text("the newest")).to_be_in_viewport()


async def test_a_password_is_asked_for_and_lets_one_in(migrated_sqlite_url: str, browser: Browser) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with playground(database, web_password="correct horse") as ground:
        tab = await browser.new_page()
        await tab.goto(ground.address)
        await tab.get_by_label("Password").fill("wrong horse")
        await tab.get_by_role("button", name="Enter").click()
        await expect(tab.get_by_text("That is not the password.")).to_be_visible()
        await tab.get_by_label("Password").fill("correct horse")
        await tab.get_by_label("Password").press("Enter")
        await expect(tab.get_by_role("heading", name="Practise a technical interview")).to_be_visible()
        await tab.close()
    await database.close()
