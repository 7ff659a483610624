"""What is said of where interviews are held when nobody says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from bot.wording.parts import ended, plain

OTHER: Mapping[str, str] = {"private": "public", "public": "private"}
CHANGE: Mapping[str, str] = {"private": "Make private the default", "public": "Make public the default"}
HELD: Mapping[str, str] = {
    "private": "in private, where only the person sees it, unless they type `public`",
    "public": "in a thread of the channel, where all can read along, unless the person types `private`",
}
CHANGES = "An admin changes it with `/interview default private` or `/interview default public`."


def status(place: str) -> str:
    """What holds now."""
    return f"Interviews here are held {HELD[place]}. {CHANGES}"


def changed(place: str) -> str:
    """What holds from now on."""
    return f"From now on interviews here are held {HELD[place]}. Those that have begun stay where they are."


def odd_word(text: str) -> str:
    """A word that is neither."""
    return f"I do not know “{plain(text, 40)}”. It is `/interview default private` or `/interview default public`."


def admins_only() -> str:
    """Somebody else wants to change it."""
    return (
        "Only an admin of this workspace can change that. For one interview you decide yourself: type `private` or "
        "`public` behind `/interview`."
    )


def cannot_tell(why: str) -> str:
    """The platform does not say who they are."""
    return f"I could not find out whether you are an admin here: {ended(why)}"


def no_workspace_here() -> str:
    """Typed where there is no workspace."""
    return "That is decided by server: type `/interview default` in a channel of one."
