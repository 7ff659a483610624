"""What is said of the practice board of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.wording.parts import count, ended, plain, quoted

if TYPE_CHECKING:
    from bot.ranking import Row

MY_NAME, PSEUDONYM, OTHER_NAME, LEAVE, LEAVE_ALL = (
    "Join with my name",
    "Join as …",
    "Another name",
    "Leave",
    "Leave all boards",
)
FORM_TITLE, FIELD, FORM_SEND = "A name for the board", "Pseudonym, 30 characters at most", "Join"
LONGEST = 60
USAGE = "`/interview board join Night Owl`, `board name`, `board leave`"
WHAT_OTHERS_SEE = (
    "Whoever types `/interview board` here sees the name you choose, on how many of the last 30 days you answered a "
    "question (here or elsewhere), and your streak. Never a score, a topic or an answer. On a small board a pseudonym "
    "can be guessed. You can leave at any time, and your row is gone at once."
)


def board(rows: Sequence[Row], own: Row | None, members: int) -> str:
    """The first rows, and one's own, which may be one of them."""
    lines = ["**Practice board**, by days of practice in the last 30 days"]
    lines += [f"- {_row(row)}{' ← you' if row.mine else ''}" for row in rows]
    if own is not None and own not in rows:
        lines.append(f"- {_row(own)} ← you" if own.days else f"- {_name(own)}: no day in these 30 ← you")
    notes = []
    if any(row.pseudonym for row in rows):
        notes.append("_Names in “quotes” are pseudonyms._")
    if members == 0:
        notes.append("Nobody has joined it here yet.")
    elif own is not None and members == 1:
        notes.append("You are the first. It is more fun with two: tell a colleague about `/interview board`.")
    elif not rows:
        notes.append("Nobody on it has practised in these days. The first answer leads it.")
    elif members == 1:
        notes.append("One person so far. With you it would be two.")
    if own is None:
        notes.append(f"You are not on it. {WHAT_OTHERS_SEE}")
    return "\n\n".join(["\n".join(lines), *notes])


def joined(own: Row) -> str:
    """They are on it now, and this is their row."""
    row = f"This is your row:\n- {_row(own)}" if own.days else f"As {_name(own)} you appear with your first answer."
    return f"You are on the board here. {row}\n\n{WHAT_OTHERS_SEE}"


def left() -> str:
    """They are not on it any more."""
    return "You are off the board, and your row is gone."


def was_not_on() -> str:
    """They were not on it."""
    return "You are not on the board here, so there is nothing to remove."


def belongs_to_a_server(boards: int) -> str:
    """Asked where there is no workspace."""
    on = f" You are on {count(boards, 'board')}." if boards else ""
    return f"Each server has a board of its own: type `/interview board` in a channel of one.{on}"


def odd(text: str) -> str:
    """Words behind board that are none of ours."""
    return f"I do not know “{plain(text, 40)}”. It works like this: {USAGE}."


def cannot_tell(why: str) -> str:
    """The platform does not say who they are."""
    return f"I could not look you up here: {ended(why)}"


def not_a_member() -> str:
    """The platform says that they are not in the workspace."""
    return "This board is for the people of this workspace, and I am told that you are not one of them."


def empty_name() -> str:
    """No pseudonym at all."""
    return "Which name? A pseudonym needs a letter or a digit, such as `/interview board join Night Owl`."


def long_name(limit: int) -> str:
    """A pseudonym that is too long."""
    return f"That is too long for a phone: {limit} characters at most."


def odd_name() -> str:
    """A pseudonym with something in it that is not seen."""
    return "That name has characters that cannot be seen, or too many marks on one letter. Plain text works."


def calling_name() -> str:
    """A pseudonym that would call somebody, or lead somewhere."""
    return (
        "A name on the board cannot mention anyone, hold a link or look like more than a name. Leave out `@`, `<`, "
        "`>`, “quotes”, `·`, `←` and dots between words."
    )


def taken(name: str) -> str:
    """Somebody has it."""
    return f"Somebody on this board is called {quoted(name, LONGEST)} already. Please choose another name."


def in_me(boards: int) -> str:
    """A line of one's settings."""
    return f"- Practice boards you are on: {boards} (`/interview board`)"


def _row(row: Row) -> str:
    streak = f" · {row.streak} in a row" if row.streak > 1 else ""
    return f"**{row.place}** · {_name(row)} · {count(row.days, 'day')}{streak}"


def _name(row: Row) -> str:
    return quoted(row.name, LONGEST) if row.pseudonym else plain(row.name, LONGEST)
