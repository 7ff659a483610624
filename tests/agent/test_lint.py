"""The lint reads files in any shape, compares questions with each other, and passes ours."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from agent.bank import HERE as OURS
from agent.bank.lint import Problem, lint
from tests.agent.samples import HERE, QUICK, said


@pytest.mark.parametrize("sample", ["quick/warm-kettle", "algorithm/count-crates", "algorithm/ramp-counter"])
def test_a_right_file_has_no_problems(sample: str) -> None:
    assert lint(HERE / f"{sample}.md") == []


def test_our_bank_has_no_problems() -> None:
    assert list(map(str, lint(OURS))) == []


def test_our_bank_has_enough_of_every_kind() -> None:
    """Of quick ones as many as there are days within which the daily question repeats none."""
    enough = {"algorithm": 14, "system-design": 6, "behavioral": 5, "code-review": 5, "quick": 60}
    found = Counter(path.parent.name for path in OURS.rglob("*.md"))
    assert {kind: found[kind] for kind in enough if found[kind] < enough[kind]} == {}


def test_a_problem_reads_like_a_compiler_message() -> None:
    assert str(Problem("x.md", 14, "title", "missing; text is needed")) == "x.md:14: title: missing; text is needed"
    assert str(Problem("x.md", 1, "", "the file is empty")) == "x.md:1: the file is empty"


def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    assert said(tmp_path, "quick/warm-kettle", QUICK.replace("\n", "\r\n").encode()) == []
    assert said(tmp_path, "quick/warm-kettle", QUICK.encode("utf-8-sig")) == []


def test_line_numbers_hold_with_windows_line_ends(tmp_path: Path) -> None:
    text = QUICK.replace("minutes: 5", "minutes: 9").replace("\n", "\r\n")
    assert said(tmp_path, "quick/warm-kettle", text.encode()) == ["7: minutes: 9; a number from 1 to 5 is needed"]


def test_what_is_not_utf_8_is_told_to_the_line(tmp_path: Path) -> None:
    data = QUICK.replace("morning", "matinée").encode("latin-1")
    assert said(tmp_path, "quick/warm-kettle", data) == ["21: byte 0xe9 is not UTF-8; save it as UTF-8"]


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    message = "1: the file is empty; it needs front matter, a question and sections"
    assert said(tmp_path, "quick/warm-kettle", b"") == [message]
    assert said(tmp_path, "quick/warm-kettle", b" \n\n") == [message]


def test_a_heading_inside_a_fence_is_no_section(tmp_path: Path) -> None:
    text = QUICK.replace("Why?\n", "Why?\n\n````sh\n```\n## Checker\n````\n")
    assert said(tmp_path, "quick/warm-kettle", text.encode()) == []


def test_the_folder_and_the_kind_are_equal(tmp_path: Path) -> None:
    assert said(tmp_path, "behavioral/warm-kettle", QUICK.encode()) == [
        "3: kind: 'quick', but the file lies in the folder 'behavioral'; the two must be equal"
    ]


def test_a_folder_without_questions_is_told(tmp_path: Path) -> None:
    assert list(map(str, lint(tmp_path))) == [f"{tmp_path}:1: no question files; they are named KIND/ID.md"]


def test_a_whole_folder_is_read_in_order(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    said(tmp_path, "quick/empty", b"")
    said(tmp_path, "algorithm/empty", b"")
    assert [Path(problem.file).parent.name for problem in lint(tmp_path)] == ["algorithm", "quick"]


def test_ids_titles_and_phrasings_are_unique_over_the_bank(tmp_path: Path) -> None:
    said(tmp_path, "quick/warm-kettle", QUICK.encode())
    again = QUICK.replace("title: The warm kettle", "title: the warm KETTLE").replace(
        "it was cached by", "it was kept by"
    )
    said(tmp_path, "quick/cold-kettle", again.replace("id: warm-kettle", "id: cold-kettle").encode())
    folder = tmp_path / "quick"
    found = [str(problem).removeprefix(f"{folder}/") for problem in lint(tmp_path)]
    first = f"stands in {folder}/cold-kettle.md too; it must be different in every question"
    assert found == [
        f"warm-kettle.md:6: title: 'The warm kettle' {first}",
        f"warm-kettle.md:13: key_points[0].phrasings[0]: 'the second run finds it in memory' {first}",
        f"warm-kettle.md:15: key_points[0].phrasings[2]: 'reading again hits the page cache' {first}",
    ]


def test_the_same_id_in_two_folders_is_told(tmp_path: Path) -> None:
    said(tmp_path, "quick/warm-kettle", QUICK.encode())
    shutil.copytree(tmp_path / "quick", tmp_path / "more" / "quick")
    assert any(problem.field == "id" and "stands in" in problem.message for problem in lint(tmp_path))


def test_a_topic_is_spelt_in_one_way(tmp_path: Path) -> None:
    for name, topic in (("one", "caches"), ("two", "caches"), ("three", "cache")):
        text = QUICK.replace("id: warm-kettle", f"id: {name}").replace("[caching]", f"[{topic}]")
        said(tmp_path, f"quick/{name}", text.encode())
    topics = [problem for problem in lint(tmp_path) if problem.field.startswith("topics")]
    assert [(Path(problem.file).stem, problem.line, problem.field, problem.message) for problem in topics] == [
        ("three", 5, "topics[0]", "'cache'; other questions spell it 'caches'")
    ]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lint(tmp_path / "nobody.md")
