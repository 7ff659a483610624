"""The bank loads whole or not at all, and picks the same question for the same wish."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from agent.bank import Bank, BankError, load
from agent.bank.reading import flowing
from agent.bank.show import describe, rows
from agent.types import Difficulty, KeyPoint, Question
from tests.agent.samples import HERE, QUICK, said


def question(name: str, kind: str = "quick", difficulty: str = "easy", topics: str = "caching") -> Question:
    return Question(
        id=name,
        kind=kind,
        difficulty=Difficulty(difficulty),
        topics=tuple(topics.split()),
        title=name.title(),
        minutes=5,
        body="Why?",
        key_points=(KeyPoint("1", "point", 1.0, ("one", "two", "three"), ("none",)),),
        hints=("Think.",),
        follow_ups=(),
        reference="Because.",
    )


BANK = Bank(
    (
        question("a", topics="graphs queues"),
        question("b", topics="graphs"),
        question("c", topics="caching"),
        question("d", difficulty="hard", topics="sharding"),
        question("e", kind="behavioral", topics="conflict"),
    )
)


def test_a_loaded_question_has_all_that_its_file_says() -> None:
    bank = load(HERE)
    crates = bank.get("count-crates")
    assert (crates.kind, crates.difficulty, crates.topics, crates.minutes) == (
        "algorithm", Difficulty.MEDIUM, ("arrays", "counting"), 15,
    )  # fmt: skip
    assert crates.body.startswith("A warehouse counts")
    assert crates.body.endswith("def crates(weights: list[int], least: int = 0) -> int\n```")
    assert crates.reference.startswith("I walk over the list")
    assert crates.point("2").weight == 1
    assert crates.point("2").mistakes == ("raise an error when there is nothing",)
    assert crates.follow_ups[0].points == ("3",)
    assert crates.code is not None
    assert crates.code.entry == "crates"
    assert crates.code.solution.startswith("def crates(weights, least=0):\n    return")
    assert [(wrong.name, wrong.fails) for wrong in crates.code.wrong_solutions] == [
        ("takes the limit out", "equal to the limit"),
        ("too slow: counts from the start for each crate", "too slow"),
    ]
    named = crates.code.cases[4]
    assert (named.args, named.kwargs, named.expected) == (([1, 9],), {"least": 2}, 1)
    assert (named.comparator, named.visibility, named.category) == ("exact", "hidden", "light crates")


def test_a_question_without_code_or_follow_ups_loads() -> None:
    kettle = load(HERE).get("warm-kettle")
    assert kettle.code is None
    assert kettle.follow_ups == ()
    assert kettle.variants == ()


def test_operations_of_a_class_load() -> None:
    code = load(HERE).get("ramp-counter").code
    assert code is not None
    assert code.signature.splitlines()[0] == "class Ramp:"
    assert code.cases[7].args == ([["Ramp", [2]], ["put", [7]], ["count", []]],)
    assert code.cases[7].expected == [None, None, 1]


def test_broken_lines_flow_but_blocks_stay() -> None:
    text = (
        "One line\nand its end.\n\n- first\n  goes on\n- second\n\n```python\nx = 1\n\ny = 2\n```\n"
        "After the\nfence.\n\n| a |\n| - |\n\n# Head\nText, hard\\\nbreak\n> quoted\n1. one\n2. two\n"
    )
    assert flowing(text).split("\n") == [
        "One line and its end.", "", "- first goes on", "- second", "", "```python", "x = 1", "", "y = 2", "```",
        "After the fence.", "", "| a |", "| - |", "", "# Head", "Text, hard\\", "break", "> quoted", "1. one", "2. two",
    ]  # fmt: skip


def test_our_bank_loads() -> None:
    for kind in ("algorithm", "quick"):
        assert {question.difficulty for question in load().questions if question.kind == kind} == set(Difficulty)


def test_loading_lists_every_problem_of_every_file(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    said(
        tmp_path, "quick/warm-kettle", QUICK.replace("minutes: 5", "minutes: 6").replace("    weight: 2\n", "").encode()
    )
    said(tmp_path, "algorithm/count-crates", b"")
    with pytest.raises(BankError) as caught:
        load(tmp_path)
    assert [(Path(problem.file).stem, problem.line) for problem in caught.value.problems] == [
        ("count-crates", 1),
        ("warm-kettle", 7),
        ("warm-kettle", 9),
    ]
    assert str(caught.value).splitlines() == list(map(str, caught.value.problems))


def test_a_folder_without_questions_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="no question files"):
        load(tmp_path)


def test_a_question_is_found_by_its_id() -> None:
    assert BANK.get("c").title == "C"
    with pytest.raises(KeyError):
        BANK.get("nobody")


def picked(difficulty: str | None = "easy", topics: str = "", exclude: str = "", seed: str = "s") -> str | None:
    wanted = Difficulty(difficulty) if difficulty else None
    found = BANK.pick("quick", wanted, topics.split(), exclude.split(), seed)
    return found.id if found else None


def test_the_seed_alone_decides_among_equals() -> None:
    chosen = Counter(picked(seed=str(seed)) for seed in range(300))
    assert [picked(seed=str(seed)) for seed in range(300)] == [picked(seed=str(seed)) for seed in range(300)]
    assert set(chosen) == {"a", "b", "c"}
    assert min(chosen.values()) > 60


def test_kind_and_difficulty_are_kept() -> None:
    assert picked("hard") == "d"
    assert picked("medium") is None
    assert {picked(None, seed=str(seed)) for seed in range(100)} == {"a", "b", "c", "d"}


def test_what_was_not_asked_comes_first() -> None:
    assert {picked(exclude="a c", seed=str(seed)) for seed in range(20)} == {"b"}


def test_when_all_were_asked_the_longest_ago_comes() -> None:
    assert picked(exclude="c a b") == "b"
    assert picked(exclude="b c a") == "a"
    assert picked(exclude="b c a b a") == "a"


def test_a_topic_is_kept_or_there_is_no_question() -> None:
    assert {picked(topics="graphs", seed=str(seed)) for seed in range(50)} == {"a", "b"}
    assert picked(topics="cooking") is None
    assert picked(topics="sharding") is None


def test_more_of_the_topics_is_better_but_not_asked_is_best() -> None:
    assert {picked(topics="graphs queues", seed=str(seed)) for seed in range(20)} == {"a"}
    assert picked(topics="graphs queues", exclude="a") == "b"


def test_a_topic_is_known_in_the_plural_and_in_capitals() -> None:
    assert picked(topics="Queue") == "a"


def test_topics_come_by_frequency() -> None:
    assert BANK.topics() == ["graphs", "caching", "conflict", "queues", "sharding"]
    assert BANK.topics("quick", Difficulty.HARD) == ["sharding"]


def test_a_refusal_offers_what_is_spelt_alike() -> None:
    assert BANK.near(["graph"])[0] == "graphs"
    assert BANK.near(["cacheing"]) == ["caching"]
    assert BANK.near(["cache"]) == ["caching"]
    assert BANK.near(["caching strategies", "queue"]) == ["caching", "queues"]


def test_a_refusal_offers_what_there_is_when_nothing_is_alike() -> None:
    assert BANK.near(["xylophone"], "quick", Difficulty.EASY) == ["graphs", "caching", "queues"]
    assert BANK.near(["xylophone"], most=2) == ["graphs", "caching"]


def test_a_list_has_a_row_for_each_question() -> None:
    assert rows(load(HERE))[2] == {
        "id": "warm-kettle",
        "kind": "quick",
        "difficulty": "easy",
        "minutes": 5,
        "topics": ["caching"],
        "title": "The warm kettle",
    }


def test_a_description_shows_all_of_a_question() -> None:
    shown = describe(load(HERE).get("count-crates"))
    for piece in (
        "# Count crates",
        "`count-crates` · algorithm, medium · 15 min · arrays, counting",
        "1. **one pass** (weight 3)\n   - walk over the list a single time",
        "   - wrong: compare every pair of elements",
        "1. How often must you look at one crate?",
        "- What does it cost? (asks for 3)",
        "- named, hidden, light crates: `([1, 9], least=2)` gives 1",
        "## Wrong solution: takes the limit out\n\nFails: equal to the limit\n\n```python\ndef crates",
    ):
        assert piece in shown
