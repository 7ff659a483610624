"""The local judge on one small question: what it hears, what it does not hear, and what it declines to judge."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import local
from agent.types import Difficulty, FollowUp, KeyPoint, PointVerdict, Question, Reason, State, Verdict

TOUCHING = FollowUp("What happens when one meeting ends exactly when the next begins?", ("3",))
COST = FollowUp("How long does it take, and what is the bottleneck?", ("4",))

MERGE = Question(
    id="merge-calendars",
    kind="algorithm",
    difficulty=Difficulty.MEDIUM,
    topics=("intervals",),
    title="Merge calendars",
    minutes=15,
    body="You get the meetings of several calendars as pairs of start and end. Return the busy hours as few pairs as"
    " possible, in ascending order.\n\n```python\ndef merge(meetings: list[list[int]]) -> list[list[int]]\n```",
    key_points=(
        KeyPoint(
            "1",
            "sort by start",
            2,
            (
                "sort the meetings by their start time",
                "order the intervals by start before sweeping",
                "first I sort everything by beginning time",
            ),
            ("sort the meetings by their end time", "compare every meeting with every other one in two nested loops"),
        ),
        KeyPoint(
            "2",
            "extend the last one",
            2,
            (
                "if it overlaps the previous interval I extend that one",
                "keep the current interval and stretch its end to the maximum of both ends",
                "grow the last entry of the result while they overlap",
            ),
            ("just overwrite the end with the end of the new one",),
        ),
        KeyPoint(
            "3",
            "touching intervals",
            1,
            (
                "intervals that touch become one, so compare with less or equal",
                "adjacent slots are joined as well",
                "a meeting beginning exactly at the end of another is merged into it",
            ),
        ),
        KeyPoint(
            "4",
            "sorting dominates",
            1,
            (
                "sorting dominates with O(n log n), the sweep is linear",
                "n log n time because of the sort",
                "the complexity is O(n log n)",
            ),
            ("it runs in O(n) altogether",),
        ),
    ),
    hints=("What order would make overlaps sit next to each other?",),
    follow_ups=(TOUCHING, COST),
    reference="I sort the meetings by start time, which is O(n log n) and dominates. Then I sweep once: if the next one"
    " overlaps the previous interval, I extend that one to the maximum of both ends. Intervals that touch become one.",
)
ALL = ("1", "2", "3", "4")


def hear(answer: str, points: tuple[str, ...] = ALL, follow_up: FollowUp | None = None) -> dict[str, Verdict]:
    evaluation = local.judge(MERGE, points, answer, follow_up=follow_up)
    assert evaluation.state is State.SCORED
    assert all(verdict.quote in answer for verdict in evaluation.verdicts)
    return {verdict.point: verdict.verdict for verdict in evaluation.verdicts}


def declined(answer: str, language: str = "") -> tuple[Reason, ...]:
    evaluation = local.judge(MERGE, ALL, answer, language=language)
    assert evaluation.state is State.NOT_SCORED
    assert (evaluation.correctness, evaluation.clarity, evaluation.depth, evaluation.verdicts) == (None, None, None, ())
    return evaluation.reasons


# What it hears


def test_a_good_answer_in_other_words_is_heard_with_the_persons_own_words() -> None:
    answer = (
        "I'd sort the intervals on their start. Then I walk through them and keep the last one of the"
        " result; when the next overlaps it, I extend its end to the maximum of the two. The sort costs O(n log n)."
    )
    evaluation = local.judge(MERGE, ALL, answer)
    quotes = {verdict.point: verdict.quote for verdict in evaluation.verdicts if verdict.verdict is Verdict.HIT}
    assert quotes["1"].startswith("I'd sort the intervals on their start")
    assert "I extend its end" in quotes["2"]
    assert quotes["4"] == "The sort costs O(n log n)"
    assert evaluation.correctness is not None
    assert evaluation.correctness >= 8
    assert (evaluation.judge, evaluation.feedback, evaluation.follow_up, evaluation.reasons) == ("local", "", None, ())


def test_half_an_answer_lies_between() -> None:
    good = local.judge(MERGE, ALL, MERGE.reference).correctness
    half = local.judge(MERGE, ALL, "I would sort them by start time and then loop over the list.").correctness
    bad = local.judge(MERGE, ALL, "I would put everything into a database and let it do the rest.").correctness
    assert good is not None
    assert half is not None
    assert bad is not None
    assert good >= 7 > half > bad == 0


@pytest.mark.parametrize(
    "answer",
    [
        "Sorted by starting times",  # other forms of the words
        "sort by thier strat time",  # typos
        "ORDER BY START TIME, ascending!",
        "Order the intervals by start.",
        "sortByStartTime, to put it in one name",
    ],
)
def test_one_point_may_be_said_in_many_ways(answer: str) -> None:
    assert hear(answer)["1"] is Verdict.HIT


@pytest.mark.parametrize(
    "growth", ["O(n log n)", "O(N * log(N))", "O(n lg n)", "n log n", "O( n·log n )", "n*log(n)", "linearithmic time"]
)
def test_growth_is_one_word_however_it_is_written(growth: str) -> None:
    assert hear(f"Sorting dominates, so it is {growth}.")["4"] is Verdict.HIT


@pytest.mark.parametrize("growth", ["O(n)", "O(n^2)", "O(log n)", "quadratic time"])
def test_another_growth_is_another_word(growth: str) -> None:
    assert hear(f"Its complexity: {growth}.")["4"] is not Verdict.HIT


def test_two_messages_may_share_a_point() -> None:
    assert hear("First I sort.\n\nBy the start time of course.")["1"] is Verdict.HIT


def test_a_common_mistake_is_wrong_and_quoted() -> None:
    answer = "I sort the meetings by their end time and go on."
    assert hear(answer)["1"] is Verdict.WRONG


def test_a_mistake_that_is_rejected_is_no_mistake() -> None:
    assert hear("We should never compare every meeting with every other one in nested loops.")["1"] is Verdict.MISS


def test_who_says_both_is_believed_the_better_one() -> None:
    assert hear("Some sort by their end time. I sort the meetings by their start time.")["1"] is Verdict.HIT


# Code


def test_code_alone_is_not_scored() -> None:
    assert declined("```python\ndef merge(m):\n    return sorted(m)\n```") == (Reason.NO_PROSE,)
    assert declined("def merge(m):\n    m = sorted(m)\n    return m") == (Reason.NO_PROSE,)


def test_code_alone_with_a_report_is_scored_by_the_report() -> None:
    evaluation = local.judge(MERGE, ALL, "```\nx = 1\n```", pass_ratio=1.0)
    assert (evaluation.state, evaluation.correctness) == (State.SCORED, 5.0)
    assert {verdict.verdict for verdict in evaluation.verdicts} == {Verdict.MISS}


def test_words_inside_code_are_not_said() -> None:
    answer = (
        "While they overlap I extend the previous interval:\n\n```python\nsort_meetings_by_start_time(meetings)\n```"
    )
    assert hear(answer) == {"1": Verdict.MISS, "2": Verdict.HIT, "3": Verdict.MISS, "4": Verdict.MISS}


def test_a_remark_that_says_nothing_makes_no_answer_of_code() -> None:
    assert declined("This is what I came up with so far:\n\n```python\nsort_meetings(meetings)\n```") == (
        Reason.NO_PROSE,
    )


def test_a_comment_in_code_is_said() -> None:
    answer = "```python\ndef merge(m):\n    # sort the meetings by their start time\n    m.sort()\n```"
    assert hear(answer)["1"] is Verdict.HIT


def test_prose_around_code_is_heard_even_when_the_fence_never_closes() -> None:
    assert hear("I sort the meetings by start time.\n\n````\n```\nwhile True: pass")["1"] is Verdict.HIT


# What it declines


@pytest.mark.parametrize("answer", ["", "   \n\t ", "\x00\x07\x1b", "\u202e\u200b\u2066", "...", "🙂 👍", "`` ''"])
def test_nothing_to_read_is_not_scored(answer: str) -> None:
    assert declined(answer) == (Reason.EMPTY,)


@pytest.mark.parametrize(
    "answer",
    [
        "Zuerst sortiere ich die Termine nach ihrem Beginn, und dann gehe ich einmal durch die Liste.",
        "D'abord je trie les réunions par leur heure de début, puis je parcours la liste une seule fois.",
        "Primero ordeno las reuniones por la hora de inicio y luego recorro la lista una sola vez.",
        "Najpierw sortuję spotkania po czasie rozpoczęcia i potem przechodzę przez listę jeden raz do końca.",
        "Sırala toplantıları başlangıç zamanına göre ve sonra listeyi bir kez dolaş, çakışanları birleştir.",
        "Сначала сортирую встречи по времени начала.",
        "先按开始时间排序。",
        "Esmalt sorteerin koosolekud algusaja järgi, seejärel käin nimekirja läbi, kattuvad lõigud liidan kokku",
    ],
)
def test_another_language_is_not_scored(answer: str) -> None:
    assert declined(answer) == (Reason.OTHER_LANGUAGE,)


def test_an_english_answer_is_judged_although_another_language_was_wished() -> None:
    assert local.judge(MERGE, ALL, MERGE.reference, language="German").state is State.SCORED


def test_a_doubtful_answer_is_another_language_when_one_was_wished() -> None:
    answer = "sort in die list, dann is alles in order und die end time ist max"
    assert declined(answer, language="German") == (Reason.OTHER_LANGUAGE,)


def test_control_and_direction_marks_hide_nothing() -> None:
    assert hear("I sort\x00 the \u202emeetings by\u2066 their start\u2069 time.")["1"] is Verdict.HIT


def test_numbers_come_only_with_a_scored_answer() -> None:
    evaluation = local.judge(MERGE, ALL, "I really do not know that.")
    assert (evaluation.state, evaluation.correctness) == (State.SCORED, 0.0)
    assert evaluation.clarity is not None
    assert evaluation.clarity <= 3
    assert evaluation.depth is not None
    assert evaluation.depth <= 1


# Follow-ups


def test_a_follow_up_is_judged_by_the_points_it_asks_for() -> None:
    answer = "Then they are joined: intervals that touch become one, so I compare with less or equal."
    evaluation = local.judge(MERGE, ("3",), answer, follow_up=TOUCHING)
    assert evaluation.correctness == 10.0
    assert [verdict.point for verdict in evaluation.verdicts] == ["3"]


def test_a_point_said_late_is_heard_as_well() -> None:
    answer = "They are joined, since touching intervals become one. And I sort the meetings by their start time."
    assert hear(answer, ("3",), TOUCHING) == {"1": Verdict.HIT, "3": Verdict.HIT}


def test_the_words_of_the_follow_up_earn_nothing() -> None:
    evaluation = local.judge(MERGE, ("3",), TOUCHING.text, follow_up=TOUCHING)
    assert evaluation.reasons == (Reason.QUESTION_COPIED,)


def verdicts(**found: str) -> tuple[PointVerdict, ...]:
    return tuple(PointVerdict(name.removeprefix("p"), Verdict(verdict)) for name, verdict in found.items())


def test_the_next_follow_up_asks_for_most_of_what_was_missed() -> None:
    assert local.next_follow_up(MERGE, verdicts(p1="hit", p2="hit", p3="miss", p4="partial"), ()) == TOUCHING
    assert local.next_follow_up(MERGE, verdicts(p1="hit", p2="hit", p3="partial", p4="wrong"), ()) == COST


def test_what_was_heard_at_last_is_not_asked_again() -> None:
    found = (*verdicts(p1="hit", p2="hit", p3="miss", p4="hit"), *verdicts(p3="hit"))
    assert local.next_follow_up(MERGE, found, ()) is None


def test_a_follow_up_is_asked_once() -> None:
    missed = verdicts(p1="hit", p2="hit", p3="miss", p4="miss")
    assert local.next_follow_up(MERGE, missed, (TOUCHING,)) == COST
    assert local.next_follow_up(MERGE, missed, (TOUCHING, COST)) is None


def test_nothing_missed_means_no_follow_up() -> None:
    assert local.next_follow_up(MERGE, verdicts(p1="miss", p2="hit", p3="hit", p4="hit"), ()) is None


# Whatever comes

CHARACTERS = st.characters() | st.sampled_from(list("`~\n #.;()O[]{}nlog\u202e\x00"))
BITS = st.sampled_from(
    [
        *("```", "```python\n", "\n", "  ", "def f(x):", "# a comment in the code", "it is not true that ", ". "),
        *("sort by start time", "O(n log n)", "None of this is true: ", "💡", "touching intervals become one", "the "),
    ]
)


@settings(max_examples=200)
@given(st.text(CHARACTERS, max_size=300) | st.lists(BITS, max_size=30).map("".join))
def test_any_answer_gets_an_evaluation_with_quotes_from_itself(answer: str) -> None:
    evaluation = local.judge(MERGE, ALL, answer)
    if evaluation.state is State.NOT_SCORED:
        assert evaluation.reasons
        assert not evaluation.verdicts
        return
    assert evaluation.correctness is not None
    assert 0 <= evaluation.correctness <= 10
    assert [verdict.point for verdict in evaluation.verdicts] == list(ALL)
    for verdict in evaluation.verdicts:
        assert verdict.quote in answer
        assert bool(verdict.quote) == (verdict.verdict is not Verdict.MISS)


@pytest.mark.parametrize(
    "scrap",
    [
        *("a", " ", "\n", "`", "``` ", "O(", "don't ", "1,", "sort\n", "    x\n", "x = f(1)\n", "aB", "; ", "e.g. "),
        *("it is not true that ", "none of this is true ", "# a comment of some words\n", "~~~\n", "\u202e", "算法"),
        *("word the ", "sort by start time. ", "x, ", "class a:", "(", "n log n ", "the sort, the start; "),
    ],
)
def test_forty_thousand_characters_are_read_to_the_end(scrap: str) -> None:
    answer = scrap * (40_000 // len(scrap))
    first, again = local.judge(MERGE, ALL, answer), local.judge(MERGE, ALL, answer + " ")
    assert first.correctness == again.correctness
    assert first.reasons == again.reasons


def test_what_stands_behind_a_long_answer_is_still_heard() -> None:
    filler = "I will think about this for a while before I say what I would do. " * 500
    assert hear(filler + "I sort the meetings by their start time.")["1"] is Verdict.HIT


def test_saying_it_twenty_times_says_it_once() -> None:
    once = local.judge(MERGE, ALL, MERGE.reference)
    often = local.judge(MERGE, ALL, " ".join([MERGE.reference] * 20))
    assert often.correctness == once.correctness


def test_the_same_answer_gets_the_same_evaluation() -> None:
    assert local.judge(MERGE, ALL, MERGE.reference) == local.judge(MERGE, ALL, MERGE.reference)
