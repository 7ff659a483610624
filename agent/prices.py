"""What calls cost: a table of prices with its date, and the dollars of what was used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from agent.calls import Usage

AS_OF = date(2026, 11, 1)
"""When the prices were read off the vendor's pages."""

WRITTEN, WRITTEN_HOUR = 1.25, 2.0
"""What writing to the cache costs, for five minutes and for an hour, against reading anew."""

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens."""

    tokens_in: float
    tokens_out: float
    cache_read: float


PRICES: Mapping[str, Price] = {
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01),  # for prompts up to 100,000 tokens; ours are shorter
    "claude-sonnet-5-5": Price(2.00, 10.00, 0.10),
    "claude-opus-5-5": Price(4.00, 20.00, 0.40),  # its cache price was not found: a tenth of the input's, as was usual
}
"""By the beginning of a model's name."""


def price_of(model: str) -> Price | None:
    """Return the price of a model, None when it is not in the table: of another vendor, or newer."""
    known = [name for name in PRICES if model == name or model.startswith(f"{name}-")]
    return PRICES[max(known, key=len)] if known else None


def dollars(usages: Iterable[Usage]) -> float | None:
    """Return what all this cost in dollars, without models whose price is not known; None when that is all of them."""
    costs = [cost for usage in usages if (cost := _cost(usage)) is not None]
    return sum(costs) if costs else None


def _cost(usage: Usage) -> float | None:
    price = price_of(usage.model)
    if price is None:
        return None
    fresh = usage.tokens_in + WRITTEN * usage.cache_written + WRITTEN_HOUR * usage.cache_written_hour
    return (
        fresh * price.tokens_in + usage.cache_read * price.cache_read + usage.tokens_out * price.tokens_out
    ) / MILLION
