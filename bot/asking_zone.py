"""Asking for a time zone: a form, and zones to pick from where what was said is none."""

from __future__ import annotations

from datetime import datetime

from bot.ports import Choice, Field, Form
from bot.scene import Cause, outcome
from bot.turns import Outcome
from bot.wording import practice as words
from bot.zones import zones_near


def ask_zone(feature: str, text: str) -> Choice:
    """A form for the zone; `text` is the wish that waits for it, behind the command of this feature."""
    form = Form(words.SET_ZONE, (Field("zone", words.FIELD_ZONE),), words.FORM_SEND)
    return Choice(words.SET_ZONE, f"{feature} zone", text, style="primary", form=form)


def which_zone(cause: Cause, feature: str, text: str, said: str, now: datetime) -> Outcome:
    """What was said is no zone; these are near to it."""
    near = tuple(Choice(words.zone_label(zone, now), f"{feature} words", f"{text} {zone}") for zone in zones_near(said))
    told = words.which_zone(said) if near else words.no_zone(said)
    return outcome(cause.whisper(told, (*near, ask_zone(feature, text))))
