"""How time grows: the fit is exact on exact times, silent on doubtful ones, and real solutions keep their order."""

from __future__ import annotations

import math
import random

import pytest

from agent.runner import Engine, open_engine
from agent.runner.growth import LONG, MOST_SIZES, SHORT, fitted, growth, sizes_worth_timing

in_the_jail = pytest.mark.asyncio(loop_scope="module")

SIZED = "def sized(n, random):\n    return [[random.randint(0, n) for _ in range(n)]]"
PAIRS = "def solve(a):\n    return sum(1 for x in a for y in a if x < y)"
SORTED = "def solve(a):\n    return len(sorted(map(str, a)))"


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.0])
def test_an_exact_power_is_found(exponent: float) -> None:
    found = fitted([(size, 1e-6 * size**exponent) for size in (64, 128, 256, 512)])
    assert found is not None
    assert (found.exponent, found.spread) == (exponent, 0.0)
    assert found.sizes == (64, 128, 256, 512)


def test_sorting_is_a_little_more_than_linear() -> None:
    found = fitted([(size, 1e-8 * size * math.log(size)) for size in (4096, 8192, 16384, 32768)])
    assert found is not None
    assert 1.05 < found.exponent < 1.2


def test_small_noise_widens_the_spread_and_large_noise_silences() -> None:
    noise = random.Random(3)
    for width, speaks in ((1.05, True), (3.0, False)):
        points = [(1 << power, (1 << power) ** 2 * width ** noise.uniform(-1, 1)) for power in range(6, 12)]
        found = fitted(points)
        assert (found is not None) == speaks
        if found is not None:
            assert 0 < found.spread < 0.25
            assert abs(found.exponent - 2) <= 2 * found.spread


def test_too_few_sizes_and_impossible_times_say_nothing() -> None:
    assert fitted([(64, 1.0), (128, 2.0), (256, 4.0)]) is None
    assert fitted([(64, 0.0), (128, 2.0), (256, 4.0), (512, 8.0)]) is None


def test_sizes_are_chosen_between_noise_and_patience() -> None:
    looked = {1 << power: 1e-7 * (1 << power) for power in range(4, 17)}
    sizes = sizes_worth_timing(looked)
    assert all(SHORT <= looked[size] <= LONG for size in sizes)
    assert len(sizes) == 4
    slow = {1 << power: 1e-5 * (1 << power) for power in range(4, 15)}
    assert len(sizes_worth_timing(slow)) == MOST_SIZES


def test_sizes_stand_closer_where_time_grows_fast() -> None:
    cubic = {size: 1e-7 * size**3 for size in (16, 32, 64, 128)}
    sizes = sizes_worth_timing(cubic)
    assert len(sizes) > 4
    assert sizes == sorted(set(sizes))
    assert (sizes[0], sizes[-1]) == (32, 128)
    assert sizes_worth_timing({16: 0.1}) == []
    assert sizes_worth_timing({}) == []
    assert sizes_worth_timing({16: 1e-5, 32: 2e-5}) == []


@in_the_jail
async def test_every_pair_grows_faster_than_sorting(jail: Engine) -> None:
    """Exponents are compared, not asserted: a busy machine may leave nothing to say, and must not say nonsense."""
    pairs, one = await growth(jail, PAIRS, "solve", SIZED), await growth(jail, SORTED, "solve", SIZED)
    if pairs is not None and one is not None:
        assert pairs.exponent > one.exponent + 0.3
        assert pairs.sizes[-1] < one.sizes[-1]


@in_the_jail
@pytest.mark.parametrize(
    ("source", "generator"),
    [
        ("def solve(a):\n    return 1 / 0", SIZED),
        ("def solve(a", SIZED),
        ("import os\ndef solve(a):\n    os._exit(0)", SIZED),
        (PAIRS, "def sized(n, random):\n    return [1, 2, 3]"),
        (PAIRS, "def other(n): pass"),
        ("def solve(a):\n    return 1", SIZED),
        (f"import itertools, time\ntime.thread_time_ns = itertools.count(0, 5_000_000).__next__\n{PAIRS}", SIZED),
    ],
)
async def test_what_cannot_be_timed_is_not(jail: Engine, source: str, generator: str) -> None:
    assert await growth(jail, source, "solve", generator) is None


async def test_an_engine_that_is_off_times_nothing() -> None:
    async with open_engine("off") as engine:
        assert await growth(engine, PAIRS, "solve", SIZED) is None


@in_the_jail
async def test_the_generator_runs_behind_the_wall(jail: Engine) -> None:
    peeking = "def sized(n, random):\n    return [open('/etc/hostname').read()]"
    assert await growth(jail, SORTED, "solve", peeking) is None
