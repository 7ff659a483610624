"""Measures how a solution's time grows with its input, and says nothing where the measurement does not allow it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.runner.engine import Engine
from agent.runner.report import Limits
from agent.runner.transcript import Call, Program

SMALLEST, LARGEST = 16, 1 << 16
"""Sizes that are tried, doubling from one to the other as far as the time goes."""

LOOK_SECONDS, MEASURE_SECONDS = 2.0, 4.0
"""What the first look, which finds the sizes, and the measurement may take in all."""

LOOK_CALL_SECONDS = 0.6
"""The first size that takes longer ends the look."""

SHORT, LONG = 0.0008, 0.25
"""Seconds: a shorter call drowns in noise and in what every call costs; a longer one costs too much to repeat."""

FEWEST_SIZES, MOST_SIZES = 4, 6
ROUNDS = (3, 9)
ROUNDS_SECONDS = 1.2
"""How often each size is run: as often as this time allows, between these two. The best run counts."""

WIDEST = 0.25
"""A wider spread of the exponent says nothing: it would not tell n from n^1.5."""

HONEST_SHARE, HONEST_LAG = 0.2, 0.02
"""The processor time that the far side claims is at least this share of what our clock saw (others use the processor
too), give or take these seconds."""

SEED = 1


@dataclass(frozen=True, slots=True)
class Growth:
    """Time grew about as n to the `exponent`, give or take the `spread`; `seconds` are the best at each size."""

    exponent: float
    spread: float
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]


async def growth(engine: Engine, source: str, entry: str, generator: str) -> Growth | None:
    """Time a solution on inputs that `generator` (trusted code, which defines `sized(n, random)`) makes.

    The generator runs behind the wall too. None where there is nothing to say: the engine cannot time, a call
    fails, fewer than four sizes take long enough to be timed, or the times scatter too much.
    """
    program = Program(source, entry, generator)
    looked = await _times(engine, program, _doubling(), LOOK_SECONDS, LOOK_CALL_SECONDS)
    sizes = sizes_worth_timing(looked)
    if not sizes:
        return None
    expected = sum(looked.get(size, LONG) for size in sizes)
    rounds = min(max(int(ROUNDS_SECONDS / expected), ROUNDS[0]), ROUNDS[1])
    measured = await _times(engine, program, sizes * rounds, MEASURE_SECONDS, MEASURE_SECONDS)
    if len(measured) < FEWEST_SIZES:
        return None
    return fitted(sorted(measured.items()))


def sizes_worth_timing(looked: dict[int, float]) -> list[int]:
    """Choose sizes from the times of a first look: doubling where enough of them fit, else closer together."""
    fitting = [size for size, seconds in sorted(looked.items()) if SHORT <= seconds <= LONG]
    if len(fitting) >= FEWEST_SIZES:
        return fitting[-MOST_SIZES:]
    if not fitting:
        return []
    below = [size for size in looked if size < fitting[0]]
    first = max(below) if below and len(fitting) == 1 else fitting[0]
    steps = FEWEST_SIZES
    ratio = (fitting[-1] / first) ** (1 / steps)
    closer = sorted({round(first * ratio**step) for step in range(steps + 1)})
    return closer if len(closer) > FEWEST_SIZES else []


def fitted(points: Sequence[tuple[int, float]]) -> Growth | None:
    """Lay a line through the logarithms of (size, seconds); its slope is the exponent, twice its error the spread."""
    if len(points) < FEWEST_SIZES or any(seconds <= 0 for _, seconds in points):
        return None
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(seconds) for _, seconds in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    width = sum((x - middle_x) ** 2 for x in xs)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / width
    residue = sum((y - middle_y - slope * (x - middle_x)) ** 2 for x, y in zip(xs, ys, strict=True))
    spread = 2 * math.sqrt(residue / (len(xs) - 2) / width)
    if spread > WIDEST:
        return None
    sizes, seconds = zip(*points, strict=True)
    return Growth(round(slope, 2), round(spread, 2), sizes, seconds)


def _doubling() -> list[int]:
    return [1 << power for power in range(SMALLEST.bit_length() - 1, LARGEST.bit_length())]


async def _times(
    engine: Engine, program: Program, sizes: Sequence[int], seconds: float, call_seconds: float
) -> dict[int, float]:
    """Run each size as often as it is named; return the best times of the far side, if our clock agrees with them."""
    calls = [Call(str(number), size=size, seed=SEED) for number, size in enumerate(sizes)]
    limits = Limits(load_s=seconds, case_s=call_seconds, total_s=seconds)
    transcript = await engine.time(program, calls, limits)
    if transcript is None:
        return {}
    theirs: dict[int, float] = {}
    ours: dict[int, float] = {}
    for call in calls:
        answer = transcript.answers.get(call.id)
        if answer is None or not isinstance(answer.value, int) or answer.seconds is None:
            continue
        theirs[call.size] = min(answer.value / 1e9, theirs.get(call.size, math.inf))
        ours[call.size] = min(answer.seconds, ours.get(call.size, math.inf))
    agree = all(HONEST_SHARE * ours[size] - HONEST_LAG <= theirs[size] <= ours[size] + HONEST_LAG for size in theirs)
    return theirs if agree else {}
