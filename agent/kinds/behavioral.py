"""The behavioral interview: something the person lived through at work, and what they made of it."""

from agent.kinds import Kind

KIND = Kind(
    name="behavioral",
    title="behavioral",
    aliases=("behavioural", "behavior", "behaviour", "soft-skills"),
)
