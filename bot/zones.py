"""Time zones as people say them: an IANA name, or the city in it."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

NEAR_ENOUGH = 80
MOST_OFFERED = 4
OLD = ("Etc/", "SystemV/", "posix/", "right/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")
"""Names that are kept for old programs; each has another, or is no place where people live."""


def zone_called(said: str) -> str | None:
    """The zone of this name or of this city; None when there is none, or more than one."""
    return _names().get(_plain(said))


def zones_near(said: str) -> list[str]:
    """Zones to offer for a name that is none: those spelt alike, best first."""
    names = _names()
    found = process.extract(_plain(said), list(names), scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH, limit=8)
    return list(dict.fromkeys(names[name] for name, *_ in found))[:MOST_OFFERED]


def _plain(said: str) -> str:
    return said.strip().casefold().replace("_", " ").replace("-", " ")


@cache
def _names() -> dict[str, str]:
    """Every plain name and city, with its zone."""
    zones = sorted(zone for zone in available_timezones() if not zone.startswith(OLD) and zone not in _NOT_OFFERED)
    names: dict[str, str] = {}
    for zone in zones:
        if "/" in zone:
            names.setdefault(_plain(zone.rpartition("/")[2]), zone)
    return names | {_plain(zone): zone for zone in zones} | {"utc": "UTC", "gmt": "UTC"}


_NOT_OFFERED = frozenset({"Factory", "localtime", "posixrules", "leapseconds", "EST", "MST", "HST", "EST5EDT", "ROK"})
