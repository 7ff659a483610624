"""The quick question: five minutes at most, with no follow-up and free hints; what daily practice asks."""

from agent.kinds import Kind

KIND = Kind(
    name="quick",
    title="quick",
    aliases=("quickly", "warmup", "warm-up", "five-minutes"),
    minutes=5,
    points=(1, 3),
    body=(40, 500),
    reference=(30, 120),
    follow_ups=False,
    hints_free=True,
)
