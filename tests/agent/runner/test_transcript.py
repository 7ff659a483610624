"""What a submission's process may say, and that nothing it says can pass a case it does not solve."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.runner.report import Limits
from agent.runner.transcript import MOST_OUTPUT, Call, End, Transcript

CALLS = (Call("a", shown=True), Call("b"), Call("c"))


def _heard(*lines: Any, hand_in: tuple[Call, ...] = CALLS, loaded: bool = True) -> Transcript:
    transcript = Transcript(Limits(), CALLS, begun=0.0)
    transcript.hand_in(hand_in)
    said = [{"locked": True}, {"loaded": True}] if loaded else []
    for line in (*said, *lines):
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        transcript.feed(data + b"\n", 1.0)
    return transcript


def test_a_run_is_done_when_every_call_has_its_answer() -> None:
    transcript = _heard({"id": "a", "value": 1}, {"id": "b", "value": [2]})
    assert (transcript.end, transcript.current) == (None, "c")
    transcript.feed(b'{"id": "c", "value": {"t": []}}\n', 1.0)
    assert transcript.end is End.DONE
    assert [transcript.answers[call.id].value for call in CALLS] == [1, [2], ()]


def test_lines_may_arrive_in_pieces() -> None:
    transcript = _heard()
    for byte in b'{"id": "a", "value": "x"}\n':
        transcript.feed(bytes([byte]), 1.0)
    assert transcript.answers["a"].value == "x"


def test_a_second_line_for_a_case_spoils_it() -> None:
    transcript = _heard({"id": "a", "value": 1}, {"id": "a", "value": 2})
    assert transcript.answers["a"].doubled
    assert transcript.end is None


@pytest.mark.parametrize(
    "line",
    [
        b"no json",
        b"",
        b"[]",
        b"null",
        b'{"id": "a"}',
        b'{"id": 3, "value": 1}',
        b'{"id": "zzz", "value": 1}',
        b'{"id": "a", "value": {"x": 1}}',
        b'{"id": "a", "error": 5}',
        b'{"loaded": true}',
        b'{"locked": true}',
        b'{"go": "b"}',
        b"[" * 20_000,
        b'{"id": "a", "value": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"id": "a", "value": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b'{"id": "a", "value": 1}' + b" " * 200_000,
    ],
)
def test_a_line_that_makes_no_sense_ends_the_case_at_work(line: bytes) -> None:
    transcript = _heard(line)
    assert (transcript.end, transcript.current, transcript.answers) == (End.KILLED, "a", {})


def test_an_answer_to_a_call_not_handed_in_ends_the_process() -> None:
    transcript = _heard({"id": "b", "value": 1}, hand_in=CALLS[:1])
    assert transcript.end is End.KILLED


def test_an_answer_before_the_source_is_loaded_ends_the_process() -> None:
    assert _heard({"locked": True}, {"id": "a", "value": 1}, loaded=False).end is End.KILLED


def test_a_flood_ends_the_process_and_is_not_kept() -> None:
    transcript = _heard()
    for _ in range(MOST_OUTPUT >> 16):
        transcript.feed(b"x" * (1 << 16), 1.0)
        if transcript.end is not None:
            break
    assert transcript.end is End.KILLED
    many = _heard()
    while many.end is None:
        many.feed(b'{"id": "a", "value": 1}\n' * 1000, 1.0)
    assert many.answers["a"].doubled


def test_print_is_kept_of_examples_alone_and_in_part() -> None:
    long = "y" * 10_000
    transcript = _heard({"id": "a", "value": 1, "out": long}, {"id": "b", "value": 1, "out": "hidden"})
    assert transcript.printed == long[: 4 << 10]
    assert "hidden" not in transcript.printed


def test_a_syntax_error_has_its_line_and_a_caret() -> None:
    error = {"type": "SyntaxError", "message": "bad", "line": 2, "text": "\tif x = 3:\n", "column": 5, "away": ""}
    transcript = _heard({"locked": True}, {"loaded": False, "error": error}, loaded=False)
    assert transcript.end is End.DONE
    assert transcript.failure is not None
    assert (transcript.failure.line, transcript.failure.text) == (2, "\tif x = 3:\n\t   ^")


@pytest.mark.parametrize("line", [-1, True, "4", 10**30, None])
def test_a_line_number_that_cannot_be_is_dropped(line: Any) -> None:
    transcript = _heard({"id": "a", "error": {"type": "X", "message": "m", "line": line}})
    assert transcript.answers["a"].failure is not None
    assert transcript.answers["a"].failure.line is None
