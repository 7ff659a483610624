"""The code review interview: a change somebody wants to merge, and what a careful reader says about it."""

from agent.kinds import Kind, Levels

LEVELS = Levels(
    about="Review a function that opens a file, reads its first line and converts it to a number.",
    correctness=(
        'No fault is named, or only taste. "Looks good; I would rename the variable."',
        'A fault is suspected but not placed, or a false one is claimed. "File handling can be dangerous."',
        'Some of the faults, without their effect or their mend. "The file is not closed."',
        'Most faults with place and effect, one missing. "It is never closed when int() raises, so handles leak."',
        'Every point asked for, each with place, effect and mend. The same, and "use a with block; an empty file gives'
        ' an empty string, which int() refuses: decide what that means".',
    ),
    clarity=(
        'No remark can be acted on. "This is strange."',
        'Remarks without a place. "Somewhere errors are lost."',
        'Place and fault are told, what to do is not, or grave and trivial are mixed. "Line 3: close. Line 4: name."',
        "Place, fault and mend, the grave first, one of them hard to follow.",
        "The author could act on each remark at once and knows which ones block the merge and why.",
    ),
    depth=(
        'Style only. "Too long."',
        'Names a rule instead of a reason. "One should use with."',
        'One effect in one situation. "The handle stays open until the object is collected."',
        'Effects under load, failure or bad input, and how to show one. "A thousand bad files exhaust the handles."',
        "Also why tests passed, what a mend would cost or break, and which test would have caught it.",
    ),
)

KIND = Kind(
    name="code-review",
    title="code review",
    aliases=("code-reviews", "review", "reviews", "reviewing"),
    asks="twenty to forty lines of code in any language with three or more real "
    "faults, to be reviewed; it shows all of the code.",
    levels=LEVELS,
)
