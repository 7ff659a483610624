"""The behavioral interview: something the person lived through at work, and what they made of it."""

from agent.kinds import Kind, Levels

LEVELS = Levels(
    about="Tell me about a time when you helped a colleague who was stuck.",
    correctness=(
        'No event, only principles. "Helping others matters and I always do it."',
        'An event without a part of one\'s own. "Our team once helped somebody with a deployment."',
        'An event and an action, but no result or no reason. "I sat with her for a day, and we fixed the build."',
        'Situation, own action and result, one of them thin. "I paired with the new colleague; the build was green by'
        ' Friday."',
        'Every point asked for. The same, and "I chose pairing over fixing it, so that she could do the next one;'
        ' two weeks later she did. I would ask sooner today".',
    ),
    clarity=(
        'No story can be followed. "Well, builds, people, it is complicated."',
        'Events in an order that has to be guessed. "Then it was green. She had asked before. It was in May."',
        'The line is there, but who did what is unclear. "We looked at it, and it was decided to pair."',
        "Situation, action, result in order, with a detour into details nobody needs.",
        "A story of a minute or two: what was at stake, what I did and why, what came of it, what I took from it.",
    ),
    depth=(
        'No own part. "It was done."',
        'An action without a reason. "I helped, because I am helpful."',
        'One reason for one action. "I paired, because explaining by chat had failed twice."',
        'Reasons, a cost that was weighed, a result that can be checked. "It cost me a day of my own task."',
        "Also what others saw differently, what went wrong, and what is done differently since.",
    ),
)

KIND = Kind(
    name="behavioral",
    title="behavioral",
    aliases=("behavioural", "behavior", "behaviour", "soft-skills"),
    asks="something that the candidate lived through at work, and what they made of it.",
    levels=LEVELS,
)
