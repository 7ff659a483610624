"""The pictures of the playground: taken before their message, which then names them, and shown to who may see it."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256

from aiohttp import web
from sqlalchemy import Connection

from adapters.web import frames, places
from adapters.web.rendering import PICTURE
from agent.files import LARGEST_FILE, FileProblem, content_of
from bot.wording import files as words
from storage import files, transcript
from storage.database import Database
from storage.files import Kept
from storage.transcript import Row

MOST_WAITING = 20
"""Pictures of one person that no message has named yet."""

_NUMBER = re.compile(rf"\A```{PICTURE} (\d{{1,2}})\n")


class Pictures:
    """Takes and shows pictures; whoever asks is known by the server that asks us."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, request: web.Request, user: str) -> web.Response:
        """Keep the picture in a request's body under the name in its path, for a message to come."""
        name = request.match_info["name"]
        if not frames.is_id(name):
            return _refused(400, words.NO_NAME)
        data = await _body(request)
        if data is None:
            return _refused(413, words.PROBLEMS[FileProblem.TOO_LARGE])
        content = await asyncio.to_thread(content_of, data)
        if not content.picture:
            return _refused(415, words.PROBLEMS[content.problem or FileProblem.UNREADABLE])
        picture = Kept(upload_of(user, name), 0, content.picture, content.data)
        if not await self._database.write(_put_aside, user, picture):
            return _refused(429, words.TOO_MANY_WAITING)
        return web.json_response({"upload": name})

    async def show(self, request: web.Request, user: str) -> web.Response:
        """The picture that a row stands for, to whoever sees the row; to anybody else there is none."""
        row_id = request.match_info["name"]
        etag = f'"{sha256(row_id.encode()).hexdigest()[:20]}"'
        known = etag in request.headers.get("If-None-Match", "")
        found = await self._database.read(_shown, row_id, user, known)
        if found is None:
            return _refused(404, words.GONE)
        headers = {"ETag": etag}
        if isinstance(found, Kept):
            return web.Response(body=found.content, content_type=found.media_type, headers=headers)
        return web.Response(status=304, headers=headers)


def upload_of(user: str, name: str) -> str:
    """What a picture is kept under until its message comes; nobody else can name it."""
    return f"{places.PLATFORM}:{user}:{name}"


def number_in(row: Row) -> int:
    """Which file of its message a row shows as a picture; 0 when it shows none."""
    found = None if row.deleted else _NUMBER.match(row.markdown)
    return int(found[1]) if found is not None else 0


def _put_aside(conn: Connection, user: str, picture: Kept) -> bool:
    if files.unclaimed(conn, upload_of(user, "")) >= MOST_WAITING:
        return False
    files.put_aside(conn, picture)
    return True


def _shown(conn: Connection, row_id: str, user: str, known: bool) -> Kept | bool | None:
    """The picture, True where the page has it already, None where there is none to see."""
    row = transcript.get(conn, row_id)
    if row is None or row.place.platform != places.PLATFORM or row.viewer not in ("", user):
        return None
    number = number_in(row)
    if not number or not places.sees(conn, row.place, user):
        return None
    message = row.id.partition(".")[0]
    if known:
        return files.has(conn, message, number) or None
    return files.get(conn, message, number)


async def _body(request: web.Request) -> bytes | None:
    """The body; None when it is too large, which is read no further."""
    if (request.content_length or 0) > LARGEST_FILE:
        return None
    data = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > LARGEST_FILE:
            return None
    return bytes(data)


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"problem": why}, status=status)
