"""Pictures in the playground: sent before their message, shown to who sees it, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientResponse

from agent.files import LARGEST_FILE, LARGEST_PICTURE
from bot.events import Reply
from bot.ports import Unreachable
from storage import files
from storage.database import Database
from tests.adapters.playground import Page, Playground, playground
from tests.fakes import pictures

PICTURE = pictures.png(64, 48)


@pytest.fixture
async def kept(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    database = await Database.open(migrated_sqlite_url)
    yield database
    await database.close()


@pytest.fixture
async def ground(kept: Database) -> AsyncIterator[Playground]:
    async with playground(kept) as opened:
        yield opened


async def post(page: Page, name: str, body: bytes, *, person: int = 1, **headers: str) -> ClientResponse:
    return await page.http.post(
        f"{page.ground.address}/web/pictures/{name}?as={person}",
        data=BytesIO(body),
        headers={"Origin": page.ground.address, **headers},
    )


async def get(page: Page, row: str, *, person: int = 1, known: str = "") -> ClientResponse:
    headers = {"If-None-Match": known} if known else {}
    return await page.http.get(f"{page.ground.address}/web/pictures/{row}?as={person}", headers=headers)


def attached(upload: str, name: str = "design.png") -> dict[str, Any]:
    return {"name": name, "size": len(PICTURE), "media_type": "image/png", "text": None, "upload": upload}


async def sent(page: Page, text: str = "", *, channel: str = "practice", thread: str = "") -> tuple[str, str]:
    """Send a picture in a message; the ids of its row and its message."""
    upload = page.new_id()
    answer = await post(page, upload, PICTURE)
    assert answer.status == 200, await answer.text()
    assert await answer.json() == {"upload": upload}
    id = await page.say(text, channel=channel, thread=thread, files=[attached(upload)])
    row = await page.row(lambda row: row.get("picture") and f":{id}" in row["id"])
    assert row["html"] == f'<p class="file">design.png · {len(PICTURE)} bytes</p>\n'
    assert "source" not in row
    return str(row["id"]), f"web:{page.user}:{id}"


async def test_a_picture_is_shown_in_its_message_and_known_to_the_coach(ground: Playground, kept: Database) -> None:
    async with ground.page() as page:
        await page.enter()
        row, message = await sent(page, "Like this:")
        shown = await get(page, row)
        assert (shown.status, shown.content_type, await shown.read()) == (200, "image/png", PICTURE)
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        again = await get(page, row, known=shown.headers["ETag"])
        assert (again.status, await again.read()) == (304, b"")
        reply = next(event for event in ground.coach.taken.values() if isinstance(event, Reply))
        (file,) = reply.files
        assert (file.text, file.problem, reply.id) == ("", "", message)
        picture = await kept.read(files.get, message, 1)
        assert picture is not None
        assert picture.content == PICTURE


async def test_sending_a_message_again_changes_nothing(ground: Playground) -> None:
    async with ground.page() as page:
        await page.enter()
        row, message = await sent(page)
        await page.say("", id=message.rpartition(":")[2], files=[attached(page.new_id())])
        assert await (await get(page, row)).read() == PICTURE


async def test_nobody_else_sees_a_picture_said_in_private(ground: Playground) -> None:
    async with ground.page() as page, ground.page() as stranger:
        await page.enter()
        await stranger.enter()
        mine, _ = await sent(page, channel=f"direct-{page.user}")
        thread = await page.start()
        in_thread, _ = await sent(page, thread=thread)
        for_all, _ = await sent(page)
        for row in (mine, in_thread):
            assert (await get(page, row)).status == 200
            assert (await get(stranger, row)).status == 404
            assert (await get(page, row, person=2)).status == 401  # nobody yet
        assert (await get(stranger, for_all)).status == 200
        assert (await get(stranger, "web:nobody:nothing.1")).status == 404


async def test_a_picture_goes_with_its_message(ground: Playground, kept: Database) -> None:
    async with ground.page() as page:
        await page.enter()
        row, message = await sent(page, "Look.")
        await page.edit(message, None)
        assert (await get(page, row)).status == 404
        assert await kept.read(files.get, message, 1) is None


async def test_an_upload_is_no_picture_of_somebody_else_s_message(ground: Playground) -> None:
    async with ground.page() as page, ground.page() as thief:
        await page.enter()
        await thief.enter()
        upload = page.new_id()
        await post(page, upload, PICTURE)
        id = await thief.say("mine now", files=[attached(upload)])
        assert (await get(thief, f"web:{thief.user}:{id}.1")).status == 404
        forged = await thief.say(f"```picture 1\n{page.user}\n```")
        assert (await get(thief, f"web:{thief.user}:{forged}")).status == 404
        file = next(event for event in ground.coach.taken.values() if isinstance(event, Reply)).files[0]
        with pytest.raises(Unreachable, match="did not arrive"):
            await ground.platform.fetch(file)


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"", 415, "empty"),
        (b"PK\x03\x04 a zip", 415, "neither text"),
        (b"<svg onload='alert(1)'/>", 415, "neither text"),
        (pictures.png(8001, 1), 415, "8000 pixels"),
        (pictures.png()[:-20], 415, "not a whole one"),
        (pictures.png(padding=LARGEST_PICTURE), 415, "3.7 MB"),
        (pictures.png(padding=LARGEST_FILE), 413, "5 MB"),
    ],
)
async def test_what_is_no_picture_is_refused_with_the_reason(
    ground: Playground, body: bytes, status: int, why: str
) -> None:
    async with ground.page() as page:
        await page.enter()
        answer = await post(page, page.new_id(), body)
        assert answer.status == status
        assert why in (await answer.json())["problem"]


async def test_only_our_own_page_may_send_and_only_so_much(ground: Playground) -> None:
    async with ground.page() as page, ground.page() as nobody:
        await page.enter()
        assert (await post(page, page.new_id(), PICTURE, Origin="https://evil.example")).status == 403
        assert (await post(nobody, page.new_id(), PICTURE)).status == 401
        assert (await post(page, "a.b/../c", PICTURE)).status in (400, 404)
        assert (await post(page, "short", PICTURE)).status == 400
        statuses = [(await post(page, page.new_id(), PICTURE)).status for _ in range(22)]
        assert statuses == [200] * 20 + [429] * 2
