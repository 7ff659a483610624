"""How the app describes itself in Slack's manifest: its listing, its command, its suggested first words."""

from __future__ import annotations

NAME = "TalkPro"
DESCRIPTION = "Mock technical interviews, in a thread of your own"
LONG_DESCRIPTION = (
    "Type /interview medium and a private thread opens with one question. Think aloud in as many messages as you "
    "like, paste code, ask for a hint. The coach runs your code, quotes your own words for every point it heard, "
    "gives three scores with a reason each, and asks a follow-up. A card sums it up. Nobody is shown who practises, "
    "what, or how well. Answers are judged by a language model or by a simple local judge; both can be wrong, and "
    "where nothing can be said for sure it says “not scored” rather than guess."
)
AGENT = "Interviews you: one question, your answer in as many messages as you like, three scores with your own words."
COMMAND = "Practise a technical interview"
PROMPTS = (
    ("An easy algorithm question", "easy algorithm"),
    ("A medium algorithm question", "medium algorithm"),
    ("A system design question", "medium system-design"),
    ("Five minutes, quick", "quick"),
)
"""What is offered to be said first: title, and the message, made wholly of command words."""

NO_ADDRESS = "name a public address such as https://talkpro.example"
