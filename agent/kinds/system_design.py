"""The system design interview: a whole system, from its figures to what happens when a part of it fails."""

from agent.kinds import Kind

KIND = Kind(
    name="system-design",
    title="system design",
    aliases=("systems-design", "sysdesign", "system", "systems", "design", "architecture"),
)
