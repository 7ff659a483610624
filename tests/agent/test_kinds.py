"""The kinds are found by looking, carry their limits, and answer to the names people give them."""

import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from agent.kinds import kind_called, kinds

ROOT = Path(__file__).parents[2]

NEW_KIND = """
from agent.kinds import Kind

KIND = Kind(name="pairing", title="pairing", aliases=("pair",))
"""


def test_five_kinds_are_there() -> None:
    assert set(kinds()) == {"algorithm", "behavioral", "code-review", "quick", "system-design"}
    assert all(kind.name == name for name, kind in kinds().items())


def test_only_algorithm_questions_have_code() -> None:
    assert [kind.name for kind in kinds().values() if kind.code] == ["algorithm"]


def test_a_quick_question_is_short_and_without_follow_ups() -> None:
    quick = kinds()["quick"]
    assert (quick.minutes, quick.body[1], quick.points, quick.follow_ups) == (5, 500, (1, 3), False)
    assert [kind.name for kind in kinds().values() if kind.hints_free] == ["quick"]


def test_what_one_caller_does_to_the_kinds_no_other_sees() -> None:
    kinds().clear()
    assert len(kinds()) == 5


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("algorithm", "algorithm"),
        ("Algo", "algorithm"),
        ("sysdesign", "system-design"),
        ("system design", "system-design"),
        ("design", "system-design"),
        ("behavioural", "behavioral"),
        ("Code_Review", "code-review"),
        ("review", "code-review"),
        ("quick", "quick"),
    ],
)
def test_people_name_a_kind_as_they_like(word: str, name: str) -> None:
    found = kind_called(word)
    assert found is not None
    assert found.name == name


def test_a_topic_is_no_kind() -> None:
    assert kind_called("graphs") is None
    assert kind_called("") is None


def test_no_word_means_two_kinds() -> None:
    names = [{kind.name, kind.title, *kind.aliases} for kind in kinds().values()]
    assert all(not one & other for one, other in combinations(names, 2))


def test_a_new_file_is_all_that_a_new_kind_needs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "agent" / "kinds", tmp_path / "agent" / "kinds")
    shutil.copy(ROOT / "agent" / "__init__.py", tmp_path / "agent")
    (tmp_path / "agent" / "kinds" / "pairing.py").write_text(NEW_KIND)
    script = "from agent.kinds import kinds, kind_called; print(*kinds(), kind_called('pair').name)"
    found = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.split() == [
        "algorithm", "behavioral", "code-review", "pairing", "quick", "system-design", "pairing",
    ]  # fmt: skip
