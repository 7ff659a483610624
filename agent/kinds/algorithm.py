"""The algorithm interview: a small problem, solved aloud and in code that is run."""

from agent.kinds import Kind

KIND = Kind(
    name="algorithm",
    title="algorithm",
    aliases=("algorithms", "algo", "algos", "coding"),
    code=True,
)
