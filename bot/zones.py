"""Time zones as people say them: an IANA name, the city in it, or another large city."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

NEAR_ENOUGH = 80
MOST_OFFERED = 4
MOST_SUGGESTED = 25
LONGEST_SAID = 60
"""No zone and no city has a longer name."""
OLD = ("Etc/", "SystemV/", "posix/", "right/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/")
"""Names that are kept for old programs; each has another, or is no place where people live."""

WELL_KNOWN = (
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/Denver",
    "America/Mexico_City",
    "America/Chicago",
    "America/Bogota",
    "America/New_York",
    "America/Toronto",
    "America/Sao_Paulo",
    "UTC",
    "Europe/London",
    "Africa/Lagos",
    "Europe/Paris",
    "Europe/Berlin",
    "Africa/Johannesburg",
    "Africa/Cairo",
    "Europe/Istanbul",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""What is offered before anything was typed: from west to east, so that one finds oneself by the clock."""

CITIES = {
    "Africa/Johannesburg": "Cape Town, Durban, Pretoria",
    "Africa/Lagos": "Abuja, Ibadan",
    "Africa/Casablanca": "Rabat, Marrakesh",
    "America/Argentina/Buenos_Aires": "Rosario",
    "America/Bogota": "Cali, Medellín",
    "America/Chicago": "Austin, Dallas, Houston, Minneapolis, Nashville, New Orleans, Saint Louis, San Antonio",
    "America/Denver": "Albuquerque, Salt Lake City",
    "America/Edmonton": "Calgary",
    "America/Guayaquil": "Quito",
    "America/Los_Angeles": "Las Vegas, Oakland, Portland, Sacramento, San Diego, San Francisco, San Jose, Seattle",
    "America/Mexico_City": "Guadalajara, Puebla",
    "America/New_York": "Atlanta, Boston, Charlotte, Cleveland, Miami, Orlando, Philadelphia, Pittsburgh, Raleigh, "
    "Washington",
    "America/Sao_Paulo": "Belo Horizonte, Brasília, Curitiba, Porto Alegre, Rio de Janeiro",
    "America/Toronto": "Montreal, Ottawa, Quebec, Waterloo",
    "Asia/Dubai": "Abu Dhabi",
    "Asia/Ho_Chi_Minh": "Hanoi, Saigon",
    "Asia/Jerusalem": "Haifa, Tel Aviv",
    "Asia/Karachi": "Islamabad, Lahore",
    "Asia/Kolkata": "Ahmedabad, Bangalore, Bengaluru, Chennai, Delhi, Gurgaon, Hyderabad, Kochi, Mumbai, New Delhi, "
    "Noida, Pune",
    "Asia/Riyadh": "Jeddah, Mecca",
    "Asia/Seoul": "Busan",
    "Asia/Shanghai": "Beijing, Chengdu, Guangzhou, Hangzhou, Nanjing, Shenzhen, Wuhan, Xian",
    "Asia/Tokyo": "Fukuoka, Kyoto, Nagoya, Osaka, Sapporo, Yokohama",
    "Australia/Sydney": "Canberra",
    "Australia/Brisbane": "Gold Coast",
    "Europe/Amsterdam": "Eindhoven, Rotterdam, The Hague, Utrecht",
    "Europe/Berlin": "Bonn, Bremen, Cologne, Dortmund, Dresden, Düsseldorf, Essen, Frankfurt, Hamburg, Hannover, "
    "Karlsruhe, Köln, Leipzig, München, Munich, Nuremberg, Stuttgart",
    "Europe/Brussels": "Antwerp, Ghent",
    "Europe/Bucharest": "Cluj",
    "Europe/Copenhagen": "Aarhus",
    "Europe/Dublin": "Cork, Galway",
    "Europe/Istanbul": "Ankara, Izmir",
    "Europe/Kyiv": "Kharkiv, Lviv, Odesa",
    "Europe/Lisbon": "Porto",
    "Europe/London": "Birmingham, Bristol, Cambridge, Cardiff, Edinburgh, Glasgow, Leeds, Liverpool, Manchester, "
    "Oxford",
    "Europe/Madrid": "Barcelona, Bilbao, Málaga, Seville, Valencia",
    "Europe/Moscow": "Saint Petersburg",
    "Europe/Oslo": "Bergen, Trondheim",
    "Europe/Paris": "Bordeaux, Grenoble, Lille, Lyon, Marseille, Nantes, Strasbourg, Toulouse",
    "Europe/Prague": "Brno",
    "Europe/Rome": "Bologna, Florence, Milan, Naples, Turin, Venice",
    "Europe/Stockholm": "Gothenburg, Malmö",
    "Europe/Vienna": "Graz, Linz, Salzburg",
    "Europe/Warsaw": "Gdansk, Krakow, Poznan, Wroclaw",
    "Europe/Zurich": "Basel, Bern, Geneva, Lausanne",
    "Pacific/Auckland": "Christchurch, Wellington",
}
"""Large cities that no zone is named after, by their zone."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A zone to pick; `city` where the zone is not named after it."""

    zone: str
    city: str = ""


def zone_called(said: str) -> str | None:
    """The zone of this name or of this city, the better known where two bear it; None when there is none."""
    return _names().get(_plain(said))


def zones_near(said: str) -> list[str]:
    """Zones to offer for a name that is none: those spelt alike, best first."""
    return [one.zone for one in _spelt_like(_plain(said))]


def suggested(typed: str) -> list[Suggestion]:
    """Zones to offer for what was typed so far, each once: what begins so first, then what is spelt alike."""
    wanted = _plain(typed)
    if not wanted:
        return [Suggestion(zone) for zone in WELL_KNOWN]
    found = sorted((pair for pair in _listed() if wanted in pair[0]), key=lambda pair: _fit(pair[0], wanted))
    return _each_once(one for _, one in found)[:MOST_SUGGESTED] or _spelt_like(wanted)


def _spelt_like(wanted: str) -> list[Suggestion]:
    names = [name for name, _ in _listed()]
    found = process.extract(wanted, names, scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH, limit=8)
    return _each_once(_listed()[place][1] for *_, place in found)[:MOST_OFFERED]


def _each_once(found: Iterable[Suggestion]) -> list[Suggestion]:
    """Each zone at its best place."""
    best: dict[str, Suggestion] = {}
    for one in found:
        best.setdefault(one.zone, one)
    return list(best.values())


def _fit(name: str, wanted: str) -> int:
    """0 for a name that begins so, 1 where a word in it does, 2 where it stands within."""
    return 0 if name.startswith(wanted) else 1 if f" {wanted}" in name.replace("/", " ") else 2


def _plain(said: str) -> str:
    """A name without case, accents and joints."""
    spelt = unicodedata.normalize("NFKD", said[:LONGEST_SAID]).casefold()
    return " ".join("".join(sign for sign in spelt if not unicodedata.combining(sign)).translate(_JOINTS).split())


_JOINTS = str.maketrans("_-.", "   ")


@cache
def _names() -> dict[str, str]:
    """Every plain name and city, with its zone."""
    names: dict[str, str] = {}
    for name, one in _listed():
        names.setdefault(name, one.zone)
    return names | {"gmt": "UTC"}


@cache
def _listed() -> tuple[tuple[str, Suggestion], ...]:
    """Every plain name and what it stands for: zones that many live in, other large cities, and all other zones."""
    zones = available_timezones().difference(WELL_KNOWN, _NOT_OFFERED)
    return (
        *_named(WELL_KNOWN),
        *((_plain(city), Suggestion(zone, city)) for zone, cities in CITIES.items() for city in cities.split(", ")),
        *_named(sorted(zone for zone in zones if not zone.startswith(OLD))),
    )


def _named(zones: Sequence[str]) -> Iterator[tuple[str, Suggestion]]:
    """The cities that zones are named after, then their whole names."""
    yield from ((_plain(zone.rpartition("/")[2]), Suggestion(zone)) for zone in zones if "/" in zone)
    yield from ((_plain(zone), Suggestion(zone)) for zone in zones)


_NOT_OFFERED = frozenset(
    "Factory localtime posixrules leapseconds EST MST HST EST5EDT ROK GMT+0 GMT-0 GMT0 Greenwich".split()
)
