"""What is said only in Discord, and of it."""

from __future__ import annotations

from collections.abc import Sequence

COMMAND = "Practise a technical interview with a coach"
ADMIN_COMMAND = "Set up interview practice for this server"
OPTION_TEAM_DAY = "On which day of the week; Monday when you say nothing"
OPTION_TEAM_ZONE = "By whose clock: type a city, and pick the line that shows its time"
OPTION_TEAM_DIFFICULTY = "How hard; any difficulty when you say nothing"
OPTION_TEAM_WORDS = "off, or all of it in words: monday 10:00 quick Berlin"
OPTION_KIND = "What sort of interview; algorithm unless your settings say otherwise"
OPTION_TOPIC = "What it should be about, such as graphs or caching"
OPTION_VISIBILITY = "Who may read along; private when you say nothing"
OPTION_CLOCK = "With a deadline, or without"
OPTION_LANGUAGE = "The language to talk in, such as German"
OPTION_TIME = "At what time, such as 08:30 or 7pm"
OPTION_DAYS = "On which days: every day, weekdays, weekends, or mon wed fri"
OPTION_DAILY_KIND = "What sort of question; quick unless you choose another"
OPTION_DIFFICULTY = "How hard; it follows your results when you say nothing"
OPTION_ZONE = "Where you live: type a city, and pick the line that shows your clock"
OPTION_WORDS = "off, now, resume, pause 2w; or all of it in words: 08:30 weekdays Berlin"

ON_IT = "Coming up …"
PERMISSIONS = {
    10: "View Channel",
    11: "Send Messages",
    14: "Embed Links",
    15: "Attach Files",
    16: "Read Message History",
    35: "Create Public Threads",
    36: "Create Private Threads",
    38: "Send Messages in Threads",
}
"""What we ask of a server: the number of the bit, and the name that stands in its settings."""

OLD_BUTTON = "That button is too old, or not mine. `/interview help` says what works."
NOT_STORED = "I could not take that just now. Nothing is lost; please try again in a moment."
NO_SUCH_COMMAND = "I do not know that command any more. Reload Discord, then try `/interview help`."
NOT_YOUR_CHANNEL = "You may not write in that channel, so I will not post there for you. Choose another one."
NOT_READY = "Discord is not connected yet."
DM_CLOSED = (
    "I cannot send you direct messages. In the server's menu open Privacy Settings and allow direct messages, "
    "or unblock me; then try again."
)
NOT_IN_SERVER = "I am not a member of this server; whoever manages it can add me"
PLACE_GONE = "the thread or channel is no longer there"
PLACE_LOCKED = "the thread was locked by a moderator"
PLACE_CLOSED = "I may not write there any more; a moderator can give the permission back"
MESSAGE_GONE = "that message is no longer there"
REFUSED_MUCH = "Discord refused many of my requests, so I pause for some minutes"
BUSY = "Discord asks me to slow down"
REFUSED = "Discord refused this"
DM_BUSY = "there is another interview open in our direct messages; finish that one first"
SHARE_HERE = "where you started it"

READS_NOTHING = "In servers I cannot read what is typed, so answer here, or with the **Answer** button where I say so."
MODERATORS_READ = "_Moderators who may manage threads can read private threads; in direct messages nobody can._"


def start(difficulty: str) -> str:
    """What a start command does."""
    return f"Start an interview of difficulty {difficulty}"


def missing(names: Sequence[str]) -> str:
    """Permissions that are not there, by the names in a server's settings."""
    return (
        f"I lack permissions in this channel: **{', '.join(names)}**. A moderator can grant them, "
        "or write `/interview` to me in a direct message."
    )


def opening(title: str) -> str:
    """The first line of an interview in direct messages, in place of a thread's title."""
    return f"**Your interview: {title}**"


TOKEN_REFUSED = "Discord does not know this token"  # noqa: S105 - a sentence, not a token
TOKEN_MEND = "In the developer portal, under Bot, press Reset Token and copy the new one into DISCORD_TOKEN."  # noqa: S105
UNREACHABLE_MEND = "Check the network, and DISCORD_API_URL if you set it."
ENDPOINT_SET = "an Interactions Endpoint URL is set, so commands and buttons never reach this program"
ENDPOINT_MEND = "In the developer portal, under General Information, empty Interactions Endpoint URL."
CONTENT_ON = "message content: on; people answer in a private thread"
CONTENT_OFF = (
    "message content: off, which is fine; people answer in direct messages or by a form. "
    "To have private threads instead, switch on Message Content Intent in the developer portal, under Bot."
)
SESSIONS_MEND = (
    "Something restarts all the time; look into the log. Discord resets a token that begins too many sessions."
)


COMMANDS_TOLD = "commands: Discord knows them"
COMMANDS_NOT_YET = "commands: Discord is told them when TalkPro first runs"


def doctor_servers(servers: int, people: int) -> str:
    """Where it was added."""
    if not servers and not people:
        return "in no server yet, and with no person"
    return f"in about {servers} servers, and with about {people} people who added it for themselves"


def doctor_unreachable(address: str, error: str) -> str:
    """Discord did not answer."""
    return f"{address} does not answer ({error})"


def doctor_bot(name: str) -> str:
    """Who the token belongs to."""
    return f"the bot {name}"


def doctor_invite(link: str) -> str:
    """How to add the bot to a server."""
    return f"add it to a server: {link}"


def doctor_sessions(left: int) -> str:
    """How many more times it may connect today."""
    return f"{left} sessions left today"


FILE_REFUSED = "it is too large, or not kept by Discord"
FILE_TOO_LARGE = (
    "Your data is larger than the 10 MB that Discord lets me send. Whoever runs TalkPro can give it to you with "
    "`talkpro export` and your account's id, which `/interview me` shows."
)
FILE_GONE = "Discord does not give it out just now"
