"""The system design interview: a whole system, from its figures to what happens when a part of it fails."""

from agent.kinds import Kind, Levels

LEVELS = Levels(
    about="Design a service that shortens links, with 100 million links and 1,000 lookups a second.",
    correctness=(
        'No design, or only the task again. "A server takes the link and returns a short one."',
        'Names of parts without what they do here. "A load balancer, microservices, Kafka and a NoSQL database."',
        'A design that works on a good day; figures or failures unsaid. "A table from key to link, and a cache."',
        'Parts with their figures and reasons, a point missing. "100 million rows of 200 bytes fit one machine with a'
        ' replica; a cache takes the hot ones."',
        'Every point asked for. The same, and "keys from a counter in ranges per server, so no collision; if the cache'
        ' is lost, 1,000 reads a second still fit the database".',
    ),
    clarity=(
        'No system can be drawn from it. "Cache, shards, well, it scales."',
        'Parts are listed, but not what flows between them. "There is Redis. There is a queue."',
        'The main path can be followed, the rest not. "The lookup goes to the cache, then somewhere."',
        "Path of reading and of writing in order, with a detour.",
        "Figures first, then the paths, then what fails: a colleague could draw it without asking.",
    ),
    depth=(
        'Names alone. "Use Redis."',
        'A choice without a reason that belongs to this task. "NoSQL, because it scales."',
        'One choice with a figure or reason. "20 GB fits into memory, so one machine serves it."',
        'Choices with what they cost and what happens on failure. "An asynchronous replica may lose the last second."',
        "Alternatives with the figure at which one would change over, the worst case, and how one would notice it.",
    ),
)

KIND = Kind(
    name="system-design",
    title="system design",
    aliases=("systems-design", "sysdesign", "system", "systems", "design", "architecture"),
    asks="a system to be designed, with its users, its load and what must never happen.",
    levels=LEVELS,
)
