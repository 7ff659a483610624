"""What strangers and broken clients may send to the address where Slack's requests arrive."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from adapters.slack.manifest import REQUESTS
from storage.tables import inbox
from tests.adapters.far import ANNA, House, house_of
from tests.adapters.slack_far import SlackFar, slack_far
from tests.fakes.slack import SIGNING_SECRET
from tests.fakes.slack.delivery import encoded, signed

MARKER = "swordfish"
"""Stands in every body; no line of a log may hold it."""


@dataclass
class Door:
    """The address, and whoever knocks."""

    far: SlackFar
    house: House
    http: aiohttp.ClientSession

    async def knock(
        self, body: bytes, headers: Mapping[str, str], kind: str = "application/json", method: str = "POST"
    ) -> int:
        url = self.house.address + REQUESTS
        told = {"Content-Type": kind, **headers}
        async with self.http.request(method, url, data=BytesIO(body), headers=told) as answer:
            await answer.read()
            return answer.status

    def event(self, text: str = MARKER) -> bytes:
        """A message of Anna's, as it would be delivered."""
        anna = self.far.people[ANNA]
        event = {
            "type": "message",
            "channel": anna.direct.id,
            "channel_type": "im",
            "user": anna.id,
            "text": text,
            "ts": "1795000000.000100",
            "team": self.far.team.id,
        }
        envelope = {
            "type": "event_callback",
            "team_id": self.far.team.id,
            "api_app_id": "A1",
            "event_id": "Ev1",
            "event_time": 1795000000,
            "event": event,
        }
        return json.dumps(envelope).encode()

    async def stored(self) -> int:
        """How many events are in the inbox."""
        assert self.house.core is not None
        count = select(func.count()).select_from(inbox)
        return int(await self.house.core.database.read(lambda conn: conn.execute(count).scalar_one()))


@pytest.fixture
async def door(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with (
        slack_far("http") as far,
        house_of(far, migrated_sqlite_url, tmp_path, log_level="debug") as house,
        aiohttp.ClientSession() as http,
    ):
        yield Door(far, house, http)


def with_(headers: dict[str, str], **changed: str | None) -> dict[str, str]:
    """Headers, some of them otherwise, or not there."""
    names = {"at": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature"}
    for name, value in changed.items():
        if value is None:
            del headers[names[name]]
        else:
            headers[names[name]] = value
    return headers


async def test_whoever_does_not_sign_rightly_is_sent_away_and_nothing_is_kept_or_logged(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    body = door.event()
    good = signed(body, SIGNING_SECRET)
    now = time.time()
    bad = {
        "another secret": signed(body, "guessed"),
        "six minutes old": signed(body, SIGNING_SECRET, at=now - 360),
        "six minutes early": signed(body, SIGNING_SECRET, at=now + 360),
        "of another body": signed(body + b" ", SIGNING_SECRET),
        "no signature": with_({**good}, signature=None),
        "no time": with_({**good}, at=None),
        "neither": {},
        "no number": with_({**good}, at="abc"),
        "not a number": with_({**good}, at="NaN"),
        "infinite": with_({**good}, at="1e999"),
        "digits of another script": with_({**good}, at="\u0661\u0662\u0663".encode().decode("latin-1")),
        "very long": with_({**good}, at="9" * 4000),
        "negative": with_({**good}, at="-1"),
        "empty": with_({**good}, at="", signature=""),
        "no version": with_({**good}, signature=good["X-Slack-Signature"].removeprefix("v0=")),
        "not ASCII": with_({**good}, signature="v0=\xe9\xe9"),
    }
    answers = {name: await door.knock(body, headers) for name, headers in bad.items()}
    assert {name: status for name, status in answers.items() if status not in (400, 401, 403)} == {}
    assert await door.stored() == 0
    assert await door.knock(body, good) == 200
    await door.house.settled()
    assert await door.stored() == 1
    assert MARKER not in capsys.readouterr().err


SENSELESS = (
    (b'{"type": "event_callback", "event": {"text": "swordfish', "application/json"),
    (b"swordfish", "application/json"),
    (b"", "application/json"),
    (b"[]", "application/json"),
    (b'"swordfish"', "application/json"),
    (b"null", "application/json"),
    (b"{}", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json"),
    (b'{"type": 1e400, "team_id": ["swordfish"]}', "application/json"),
    (b'\xff\xfe{"swordfish"', "application/json"),
    (b"payload=swordfish", "application/x-www-form-urlencoded"),
    (b"payload=%7B%22type%22%3A", "application/x-www-form-urlencoded"),
    (b"payload=[]", "application/x-www-form-urlencoded"),
    (b"payload=null", "application/x-www-form-urlencoded"),
    (b"command=%2Finterview&text=swordfish", "application/x-www-form-urlencoded"),
    (b"command=%2Fswordfish&team_id=T1&user_id=U1", "application/x-www-form-urlencoded"),
    (b"%%%=&&;=swordfish", "application/x-www-form-urlencoded"),
    (b"\x00" * 100 + b"swordfish", "application/octet-stream"),
    (b"--x\r\nContent-Disposition: form-data; name=payload\r\n\r\n{}\r\n--x--", "multipart/form-data; boundary=x"),
)
"""Bodies, and what they say that they are."""


async def test_a_signed_body_that_makes_no_sense_is_refused_and_not_logged(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = {body[:60]: await door.knock(body, signed(body, SIGNING_SECRET), kind) for body, kind in SENSELESS}
    assert {body: status for body, status in statuses.items() if status != 200 and not 400 <= status < 500} == {}
    assert await door.stored() == 0
    logged = capsys.readouterr().err
    assert MARKER not in logged
    assert "Traceback" not in logged


async def test_a_body_of_five_megabytes_is_refused_before_it_is_read_through(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    body = door.event(MARKER * 600_000)
    assert len(body) > 5_000_000
    try:
        status = await door.knock(body, signed(body, SIGNING_SECRET))
    except aiohttp.ClientError:  # refused while it was still being sent
        status = 413
    assert status == 413
    assert await door.stored() == 0
    assert MARKER not in capsys.readouterr().err


async def test_a_replayed_request_is_refused_and_counts_once(door: Door) -> None:
    body = door.event()
    headers = signed(body, SIGNING_SECRET)
    assert [await door.knock(body, headers) for _ in range(3)] == [200, 409, 409]
    await door.house.settled()
    assert await door.stored() == 1
    hall, anna = door.far.hall, door.far.people[ANNA]
    fields = {
        "command": "/interview",
        "text": "easy",
        "team_id": door.far.team.id,
        "channel_id": hall.id,
        "user_id": anna.id,
        "trigger_id": "1.2",
        "response_url": door.far.slack.new_response_url(hall.id, anna.id),
    }
    command, kind = encoded("slash_commands", fields)
    headers = signed(command, SIGNING_SECRET)
    assert [await door.knock(command, headers, kind) for _ in range(3)] == [200, 409, 409]
    await door.house.settled()
    assert anna.page().count("Think aloud") == 1


async def test_other_methods_and_a_workspace_that_never_installed_get_nothing(door: Door) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert await door.knock(b"", {}, method=method) in (401, 404, 405)
    stranger: dict[str, Any] = json.loads(door.event())
    stranger["team_id"] = stranger["event"]["team"] = "T0STRANGER"
    body = json.dumps(stranger).encode()
    assert await door.knock(body, signed(body, SIGNING_SECRET)) < 500
    assert await door.stored() == 0


async def test_slack_finds_out_that_the_address_is_ours(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "are you there?", "token": "x"}).encode()
    headers = {"Content-Type": "application/json", **signed(body, SIGNING_SECRET)}
    async with door.http.post(door.house.address + REQUESTS, data=body, headers=headers) as answer:
        assert answer.status == 200
        assert "are you there?" in await answer.text()
