"""The code review interview: a change somebody wants to merge, and what a careful reader says about it."""

from agent.kinds import Kind

KIND = Kind(
    name="code-review",
    title="code review",
    aliases=("code-reviews", "review", "reviews", "reviewing"),
)
