"""Who may decide for a workspace."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands import Refusal
from bot.ports import Platform, Profile, Unreachable
from bot.scene import Cause


async def as_admin(platform: Platform, cause: Cause, refused: Callable[[str], str]) -> Profile | None:
    """Whoever did it, if they look after the workspace they did it in.

    Raises Refusal where the platform will not tell, with what `refused` makes of its reason.
    """
    try:
        member = await platform.member(cause.person, cause.place, reply=cause.reply)
    except Unreachable as why:
        if not why.for_good:
            raise
        raise Refusal(refused(str(why))) from why
    return member if member is not None and member.admin else None
