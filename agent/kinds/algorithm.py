"""The algorithm interview: a small problem, solved aloud and in code that is run."""

from agent.kinds import Kind, Levels

LEVELS = Levels(
    about="Does a list hold two numbers that add up to a target?",
    correctness=(
        'Nothing that solves it, or only the task again. "I go through the list and return whether it is there."',
        'Solves a part, or all of it far from the cost that was asked for. "Compare every pair; that is fast enough."',
        'The right idea, with order, cost or boundaries unsaid. "Put the numbers into a set and look up the rest."',
        'The right steps in the right order with their cost, a boundary missing. "Walk once: look up target minus x in'
        ' a set, then add x. Linear time."',
        'Every point asked for. The same, and "looking up first keeps x from pairing with itself; linear memory;'
        ' fewer than two numbers give false".',
    ),
    clarity=(
        'No thought can be followed. "set, x, target, then done"',
        'Pieces whose order has to be guessed. "You subtract. There is a set. It must be before."',
        'The steps are there, but terms are loose or a step is missing. "Loop, and if it is in there, return."',
        'In order and understandable, with a detour. "First I add x; no, I look up first, then add."',
        "Idea, steps, reason and cost in an order that a colleague could write the code from without asking.",
    ),
    depth=(
        'A claim alone. "Use a set."',
        'A claim with a reason that only repeats it. "A set, because sets are fast."',
        'One real reason or cost, the main case only. "A lookup in a set takes constant time on average."',
        'Why it is right, what time and memory it takes, one alternative or boundary. "Sorting and two pointers save'
        ' the memory, for n log n."',
        "When each alternative wins, what breaks it, why nothing is missed, and what one would test.",
    ),
)

KIND = Kind(
    name="algorithm",
    title="algorithm",
    aliases=("algorithms", "algo", "algos", "coding"),
    asks="a small problem that is solved aloud and in code, which is run.",
    code=True,
    levels=LEVELS,
)
