"""What is said when the fault is ours."""

from __future__ import annotations


def fault(reference: str) -> str:
    """A fault of ours."""
    return f"Something went wrong on my side; what you wrote is safe. If it happens again, mention `{reference}`."


def given_up(reference: str) -> str:
    """A step that failed again and again."""
    return f"I could not do that after several tries, and I am sorry. What you wrote is safe. Reference: `{reference}`."
