"""The quick question: five minutes at most, with no follow-up and free hints; what daily practice asks."""

from agent.kinds import Kind, Levels

LEVELS = Levels(
    about="Why is reading from memory faster than reading from a disk?",
    correctness=(
        'Nothing right, or only the question again. "Because memory is the quicker of the two."',
        'One right word without the substance. "It has to do with latency."',
        'Half of what was asked, or all of it vaguely. "A disk has to find the data first."',
        'Right and specific, one point missing. "A disk moves a head, which takes milliseconds; memory has none."',
        'Every point asked for. The same, and "about a hundred nanoseconds against some milliseconds, which is why'
        ' hot pages are kept in memory".',
    ),
    clarity=(
        'No thought can be followed. "heads, nanoseconds, cache"',
        'Pieces whose connection has to be guessed. "There is a head. Memory is near."',
        'Understandable after a second reading. "It is the moving, because it has to go there."',
        "Clear, with something that does not belong to the answer.",
        "The answer in the first sentence, its reason in the next, nothing else.",
    ),
    depth=(
        'A claim alone. "Memory is faster."',
        'A reason that only repeats it. "Disks are slow devices."',
        'One real reason. "The head has to move."',
        'A reason with a number or a limit. "Milliseconds for a seek; in sequence the gap is much smaller."',
        'Also what follows, or when it is otherwise. "On an SSD there is no head, but still a queue and pages."',
    ),
)

KIND = Kind(
    name="quick",
    title="quick",
    aliases=("quickly", "warmup", "warm-up", "five-minutes"),
    asks="one thing to explain or to decide, in five minutes.",
    minutes=5,
    points=(1, 3),
    body=(40, 500),
    reference=(30, 120),
    follow_ups=False,
    hints_free=True,
    levels=LEVELS,
)
