"""Log lines: JSON from everybody, and no word of a person from any library."""

from __future__ import annotations

import json
import logging

import pytest

from bot.logs import make_log

SECRET = 'what somebody wrote, with "quotes"'


def test_a_line_of_ours_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    make_log("info").info("started", address="http://127.0.0.1:1", why='a "quoted" reason')
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["why"], line["level"]) == ("started", 'a "quoted" reason', "info")


def test_a_level_below_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    make_log("error").info("started")
    assert capsys.readouterr().err == ""


def test_a_library_says_what_happened_without_the_values(capsys: pytest.CaptureFixture[str]) -> None:
    make_log("debug")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("some.library").exception("cannot take %r", SECRET)
    written = capsys.readouterr().err
    line = json.loads(written)
    assert (line["event"], line["detail"], line["error"]) == ("some.library", "cannot take %r", "ValueError")
    assert SECRET not in written
    assert "quotes" not in written
