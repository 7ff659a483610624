"""What an admin is told of a workspace's budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.wording.parts import plain
from bot.wording.practice import full_day

STOP, TELL_AGAIN = "Stop these notices", "Tell me of budgets again"
WHO_SETS_IT = "Whoever runs TalkPro sets it (`TALKPRO_BUDGET_USD_PER_DAY`)."


def nearly_spent(name: str, *, used_up: bool) -> str:
    """Today's budget goes to its end, or has come to it."""
    then = (
        "has used up today's budget for models. Until midnight UTC the local judge takes over"
        if used_up
        else "has used 80 % of today's budget for models. When it is used up, the local judge takes over until "
        "midnight UTC"
    )
    return (
        f"{_name(name)} {then}, and says so. {WHO_SETS_IT}\n\n_You hear of it as an admin, once a day at most. It "
        "tells nothing of who practises._"
    )


def beside(notices: Sequence[tuple[str, date]], today: date) -> str:
    """The same, said with a daily question because nothing comes on its own that day."""
    return "\n".join(
        f"_{_name(name)} used 80 % or more of its budget for models on {full_day(day, today)}. {WHO_SETS_IT}_"
        for name, day in notices
    )


def stopped() -> str:
    """No more of these."""
    return "You get no more notices of budgets. `/interview me` turns them on again."


def on_again() -> str:
    """They come again."""
    return "You will be told again when a workspace that you look after has nearly spent its budget."


def in_me() -> str:
    """A line of one's settings."""
    return "- Notices of a workspace's budget: off"


def _name(name: str) -> str:
    return f"**{plain(name, 80)}**" if name else "Your workspace"
