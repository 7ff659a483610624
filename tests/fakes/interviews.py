"""An interview to judge: one small question, and answers to it whose points are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.types import Difficulty, Evaluation, FollowUp, Interview, KeyPoint, Message, Question

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

TOUCHING = FollowUp("What happens when one meeting ends exactly when the next begins?", ("3",))
COST = FollowUp("How long does it take, and what is the bottleneck?", ("4",))

MERGE = Question(
    id="merge-calendars",
    kind="algorithm",
    difficulty=Difficulty.HARD,
    topics=("intervals",),
    title="Merge calendars",
    minutes=15,
    body="You get the meetings of several calendars as pairs of start and end. Return the busy hours as few pairs as"
    " possible, in ascending order.",
    key_points=(
        KeyPoint(
            "1",
            "sort by start",
            2,
            ("sort the meetings by their start time", "order the intervals by start before sweeping"),
            ("sort the meetings by their end time",),
        ),
        KeyPoint(
            "2",
            "extend the last one",
            2,
            ("if it overlaps the previous interval I extend that one", "stretch its end to the maximum of both ends"),
            ("just overwrite the end with the end of the new one",),
        ),
        KeyPoint(
            "3",
            "touching intervals",
            1,
            ("intervals that touch become one, so compare with less or equal", "adjacent slots are joined as well"),
        ),
        KeyPoint(
            "4",
            "sorting dominates",
            1,
            ("O(n log n) because of the sorting", "the sort is the bottleneck, the sweep itself is linear"),
        ),
    ),
    hints=("Which meeting can come first?", "What do two overlapping meetings become?"),
    follow_ups=(TOUCHING, COST),
    reference="Sort by start, sweep once and stretch the last one; touching ones are joined; O(n log n).",
)

SORTS = "I sort the meetings by their start time."
STRETCHES = "Then I stretch its end to the maximum of both ends."
ANSWER = f"{SORTS} {STRETCHES}"
"""It says points 1 and 2: four of six parts of the weight."""


def interview(*answers: str, question: Question = MERGE, follow_ups: int = 2, language: str = "") -> Interview:
    """An interview whose only answer so far was just submitted."""
    begun = Interview(
        "0123456789abcdef", question, NOON, NOON, max_follow_ups=follow_ups, language=language, asked_at=NOON
    )
    return answered(begun, *(answers or (ANSWER,)))


def answered(interview: Interview, *texts: str) -> Interview:
    """The same interview with one more answer submitted, in as many messages."""
    now = interview.touched_at + timedelta(minutes=1)
    for text in texts:
        count = sum(len(turn.messages) for turn in interview.turns) + len(interview.draft)
        interview = interview.drafted(Message(f"m{count + 1}", text, now), now)
    return interview.submitted(now)


def judged(interview: Interview, evaluation: Evaluation) -> Interview:
    """The same interview with the waiting turn judged."""
    return interview.judged(evaluation, interview.touched_at + timedelta(seconds=20))
