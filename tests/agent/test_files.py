"""A file is what its bytes are, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks import verdicts
from agent.files import LARGEST_FILE, LARGEST_PICTURE, LARGEST_TEXT, Content, FileProblem, content_of
from agent.local import facts
from agent.messages import Attachment, Message, text_of
from agent.replies import Point
from agent.runner.extract import code_in
from agent.types import Interview, Verdict
from tests.fakes import pictures
from tests.fakes.interviews import MERGE, NOON, answered, interview

SORTS: dict[str, tuple[Callable[..., bytes], str]] = {
    "png": (pictures.png, "image/png"),
    "jpeg": (pictures.jpeg, "image/jpeg"),
    "gif": (pictures.gif, "image/gif"),
    "webp": (pictures.webp, "image/webp"),
    "lossy webp": (pictures.webp_lossy, "image/webp"),
    "lossless webp": (pictures.webp_lossless, "image/webp"),
}
every_sort = pytest.mark.parametrize(("make", "media_type"), SORTS.values(), ids=SORTS)


@every_sort
def test_pictures_are_known_by_their_bytes(make: Callable[..., bytes], media_type: str) -> None:
    assert content_of(make()) == Content(picture=media_type, data=make())
    assert content_of(make(8000, 8000 if media_type != "image/png" else 2)).picture == media_type
    assert content_of(make(8001, 2)).problem is FileProblem.PICTURE_TOO_WIDE
    assert content_of(make(2, 8001)).problem is FileProblem.PICTURE_TOO_WIDE


@every_sort
def test_half_a_picture_is_none(make: Callable[..., bytes], media_type: str) -> None:
    whole = make()
    for end in range(12, len(whole) - 4):
        found = content_of(whole[:end])
        assert found.picture == "", (media_type, end)
        assert found.problem in (FileProblem.PICTURE_BROKEN, FileProblem.UNREADABLE)


@given(st.sampled_from([make() for make, _ in SORTS.values()]), st.binary(max_size=200))
def test_whatever_follows_a_picture_s_first_bytes_breaks_nothing(picture: bytes, rest: bytes) -> None:
    assert isinstance(content_of(picture[:12] + rest), Content)


@pytest.mark.parametrize("make", [pictures.png, pictures.jpeg, pictures.webp])
def test_a_picture_tells_nothing_of_who_took_it_and_where(make: Callable[..., bytes]) -> None:
    given = make(tells=True)
    assert pictures.TELLS in given
    assert content_of(given).data == make()


def test_a_photo_stays_the_right_side_up() -> None:
    turned = content_of(pictures.jpeg(tells=True, side_up=6)).data
    assert pictures.TELLS not in turned
    assert b"Exif" in turned
    assert content_of(turned).data == turned
    assert content_of(pictures.jpeg(tells=True, side_up=60)).data == pictures.jpeg()
    cut_short = pictures.jpeg(tells=True).replace(b"II*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff")
    assert content_of(cut_short).data == pictures.jpeg()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b" \n", FileProblem.EMPTY),
        (b"PK\x03\x04\x14\x00\x00\x00archive", FileProblem.UNREADABLE),
        (b"%PDF-1.7 plain", FileProblem.UNREADABLE),
        (b"caf\xe9 in Latin-1", FileProblem.UNREADABLE),
        ("in UTF-16".encode("utf-16"), FileProblem.UNREADABLE),
        (b"a" * (LARGEST_TEXT + 1), FileProblem.TEXT_TOO_LARGE),
        (b"a" * (LARGEST_FILE + 1), FileProblem.TOO_LARGE),
        (pictures.png(padding=LARGEST_FILE), FileProblem.TOO_LARGE),
        (pictures.png(padding=LARGEST_PICTURE), FileProblem.PICTURE_TOO_LARGE),
        (pictures.png(0, 1), FileProblem.PICTURE_BROKEN),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, problem: FileProblem) -> None:
    assert content_of(data) == Content(problem=problem)


def test_text_is_text_with_a_mark_before_it_too() -> None:
    assert content_of(b"\xef\xbb\xbfone\r\ntwo").text == "one\ntwo"
    assert content_of("größer als ✓".encode()).text == "größer als ✓"
    assert content_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>").text.startswith("<svg")
    assert len(content_of(b"a" * LARGEST_TEXT).text) == LARGEST_TEXT


def message(name: str, text: str) -> Message:
    return Message("m", "See the file.", NOON, (Attachment(name, "", len(text), text=text),))


def test_code_in_a_file_is_code_however_many_fences_it_holds() -> None:
    source = 'def merge(ranges):\n    """\n    ```\n    merge([])\n    ```\n    """\n    return ranges'
    told = text_of(message("solution.py", source))
    code = code_in(told, "merge")
    assert code is not None
    assert code.text == source
    assert facts(told).code_language == "Python"


def test_words_in_a_file_are_words() -> None:
    told = text_of(message("notes.md", "Sort them by their start first.\n```python\nx = 1"))
    assert facts(told).words >= 6
    assert told.endswith("\n```")
    assert text_of(message("notes.txt", "Sort them.")) == "See the file.\n\nnotes.txt:\n\nSort them."


def pictured(picture: str = "image/png", problem: str = "") -> Interview:
    files = (Attachment("design.png", "", 9, picture=picture, problem=problem),)
    now = interview()
    return now.drafted(Message("m1", "As drawn, the gateway is first.", NOON, files), NOON).submitted(NOON)


@pytest.mark.parametrize(
    ("shown", "quote", "stands"),
    [
        (pictured(), "[picture] Load balancer → 3 app servers", "[picture] Load balancer → 3 app servers"),
        (pictured(), "the gateway is first", "the gateway is first"),
        (pictured(), "[picture]", ""),
        (pictured(), "Load balancer → 3 app servers", ""),
        (pictured(problem="nobody sees it"), "[picture] Load balancer", ""),
        (pictured(picture=""), "[picture] Load balancer", ""),
        (answered(interview(), "No picture."), "[picture] Load balancer", ""),
    ],
)
def test_what_a_picture_shows_counts_only_where_there_is_one(shown: Interview, quote: str, stands: str) -> None:
    turn = shown.turns[-1]
    point = MERGE.key_points[0].id
    found, made_up = verdicts(MERGE, turn, [Point(id=point, verdict="hit", quote=quote)])
    assert found[0].quote == stands
    assert found[0].verdict is (Verdict.HIT if stands else Verdict.MISS)
    assert made_up is not bool(stands)
