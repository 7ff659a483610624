"""A stand-in for the coach: takes events as the queue does and answers by a script, through a real platform."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.events import Command, Edit, Event, Press, Reply
from bot.ports import Bar, Chart, Choice, Conversation, Field, Form, Platform, Spoken
from storage.addresses import Place

QUESTION = """\
Two people share their calendars as lists of `[start, end]` pairs. Return the times at which at least one is busy.

```python
def busy(a: list[list[int]], b: list[list[int]]) -> list[list[int]]: ...
```
_Think aloud in as many messages as you like. Nothing is judged until you press Submit._"""

FEEDBACK = """\
Read 2 messages, 8 lines of Python.

- Heard **sort by start**: “sort by start, then sweep once”
- Heard **cost**: “sorting dominates, so O(n log n)”
- Partly **touching meetings**: the code joins them, but you never said why

```python
if merged and start <= merged[-1][1]:
    merged[-1][1] = max(merged[-1][1], end)
```
Not heard: empty calendars."""

CARD = """\
**Merge calendars** · medium · by the local judge
**Points heard 4 of 6** “sort by start, then sweep once”
**Missed** empty calendars, meetings across midnight
**Next** say “edge cases first” out loud before you go into detail
14 min · 1 hint"""

CHART = Chart(
    "Merge calendars",
    (
        Bar("Correctness", 7.5, "≈ 7 solid ▲1.0"),
        Bar("Clarity", 6, "≈ 6 fair estimate"),
        Bar("Depth", 3, "≈ 3 gaps estimate"),
    ),
    "Correctness ≈ 7 solid of 10; Clarity ≈ 6 fair of 10; Depth ≈ 3 gaps of 10",
)

UNDER_QUESTION = (
    Choice("Hint: free", "hint", "1"),
    Choice("Skip", "skip", "1"),
    Choice("Finish", "finish", "1"),
)
UNDER_DRAFT = (Choice("Submit", "submit", "1", style="primary"), *UNDER_QUESTION)
SHARE = Form("Share this score card", (Field("where", "Where?", "place", "practice"),), "Share")
DISAGREE = Form(
    "I disagree",
    (
        Field(
            "point",
            "Which point did you make?",
            "choice",
            options=(("edge", "empty calendars"), ("night", "meetings across midnight")),
        ),
        Field("quote", "Your own words from the answer, copied exactly", "text"),
    ),
    "I disagree",
)
UNDER_CARD = (
    Choice("Retry", "retry", "1", style="primary"),
    Choice("Model answer", "reference", "1"),
    Choice("Share", "share", "1", form=SHARE),
    Choice("I disagree", "disagree", "1", form=DISAGREE),
    Choice("Delete", "delete", "1", style="danger"),
)


@dataclass
class StandIn:
    """Takes each event once and, while `run` runs, answers in order.

    `pace` is the seconds between the words of a stream; `refuse` makes `accept` fail, as a broken database would.
    A stream stops in its middle while `go_on` is not set, and presses wait while `heed` is not.
    """

    platform: Platform
    pace: float = 0.0
    refuse: bool = False
    taken: dict[str, Event] = field(default_factory=dict)
    threads: int = 0
    drafts: dict[Place, tuple[Spoken, int]] = field(default_factory=dict)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    heed: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.go_on.set()
        self.heed.set()

    async def accept(self, event: Event) -> None:
        if self.refuse:
            raise ConnectionError("the database is away")
        if event.id not in self.taken:
            self.taken[event.id] = event
            self.waiting.put_nowait(event)

    async def run(self) -> None:
        while True:
            event = await self.waiting.get()
            here = self.platform.at(event.place, person=event.person, reply=event.reply)
            match event:
                case Command():
                    await self._start(event, here)
                case Reply() | Edit() if event.place.thread:
                    await self._draft(event, here)
                case Press():
                    await self._press(event, here)
                case _:
                    pass
            self.waiting.task_done()

    async def _start(self, event: Command, here: Conversation) -> None:
        if event.words == "help":
            await here.whisper("I interview you: one question, your answer, scores with your own words.")
            return
        self.threads += 1
        private = "public" not in event.words
        there = await here.thread("Merge calendars (medium)", private=private, key=event.id)
        intro = "**Merge calendars** · algorithm, medium · about 15 min, one follow-up at most. "
        await there.say(intro + "A local judge counts the points you make.", choices=(Choice("Privacy", "privacy"),))
        await there.say(QUESTION, choices=UNDER_QUESTION)
        await here.whisper("Your interview is ready. Nothing was posted here.")

    async def _draft(self, event: Reply | Edit, here: Conversation) -> None:
        spoken, count = self.drafts.get(event.place, (None, 0))
        count += isinstance(event, Reply)
        text = f"Draft: {count} message{'' if count == 1 else 's'}, 8 lines of Python."
        if spoken is None:
            spoken = await here.say(text, choices=UNDER_DRAFT)
        else:
            await here.edit(spoken, text, choices=UNDER_DRAFT)
        self.drafts[event.place] = (spoken, count)

    async def _press(self, event: Press, here: Conversation) -> None:
        await self.heed.wait()
        match event.action:
            case "submit":
                await self._judge(event, here)
            case "hint":
                await here.say("**Hint 1 of 3** (free): what if the list were sorted?", choices=UNDER_QUESTION)
            case "finish":
                await here.say(CARD, choices=UNDER_CARD, chart=CHART)
            case "share" | "disagree":
                await here.whisper("Noted: " + ", ".join(f"{name} {value}" for name, value in event.values.items()))
            case _:
                await here.whisper("That button belongs to an earlier question. Please use the newest one.")

    async def _judge(self, event: Press, here: Conversation) -> None:
        spoken, _ = self.drafts.pop(event.place, (None, 0))
        if spoken is not None:
            await here.edit(spoken, "Submitted: 2 messages, 8 lines of Python.")
        async with here.thinking():
            await asyncio.sleep(self.pace * 10)
        async with here.stream(key=f"feedback/{event.id}") as stream:
            for number, word in enumerate(FEEDBACK.split(" ")):
                if number == 12:
                    await self.go_on.wait()
                await stream.write(word if number == 0 else f" {word}")
                await asyncio.sleep(self.pace)
        await here.say("**Points heard 4 of 6** · Correctness ≈ 7 · Clarity ≈ 6 (estimate)", choices=UNDER_QUESTION)
