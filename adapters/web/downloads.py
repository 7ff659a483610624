"""Files that the coach handed over: to be downloaded by whoever sees their message, to anybody else there is none."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import Connection

from adapters.room import DOWNLOAD, HANDED
from adapters.web import places
from bot.wording import playground
from storage import files, transcript
from storage.database import Database
from storage.files import Kept


async def download(request: web.Request, database: Database, user: str) -> web.Response:
    """The file that the row in the request's path hands over."""
    found = await database.read(_handed, request.match_info["name"], user)
    if found is None:
        return web.Response(status=404, text=playground.DOWNLOAD_GONE)
    name, kept = found
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=kept.content, content_type=kept.media_type, headers=headers)


def _handed(conn: Connection, row_id: str, user: str) -> tuple[str, Kept] | None:
    row = transcript.get(conn, row_id)
    if row is None or row.viewer not in ("", user) or not places.sees(conn, row.place, user):
        return None
    name = next((str(choice["value"]) for choice in row.choices if choice["action"] == DOWNLOAD), "")
    kept = files.get(conn, row.id, HANDED) if name else None
    return None if kept is None else (name, kept)
