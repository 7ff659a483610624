"""One open page: frames in, each acknowledged once it is durable; changes out, read from the transcript."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import WSMsgType, web
from sqlalchemy import Connection

from adapters.room import Said
from adapters.web import frames, places
from adapters.web.frames import Refused
from adapters.web.hub import Hub, Seat
from adapters.web.pictures import upload_of
from adapters.web.views import Views
from agent.types import Attachment
from bot.events import Command, Edit, Press, Reply
from bot.ports import Accept
from bot.wording import files as words
from bot.wording import playground
from storage import files, transcript
from storage.addresses import Person, Place
from storage.database import Database
from storage.transcript import Row

BATCH = 100
"""Rows sent at a time."""
PREVIEW_SECONDS = 0.06
"""The least time between two sights of a message that is being written."""
HELLO_SECONDS = 15


class Left(Exception):
    """A page went away, or takes nothing any more: no farewell would reach it."""


class Session:
    """Serves one WebSocket of one person. A page that takes longer than `patience` for a frame is left."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        person: Person,
        *,
        database: Database,
        hub: Hub,
        views: Views,
        accept: Accept,
        now: Callable[[], datetime],
        patience: float,
    ) -> None:
        self._socket = socket
        self._patience = patience
        self._person = person
        self._database = database
        self._hub = hub
        self._views = views
        self._accept = accept
        self._now = now
        self._seat = Seat(person.user)
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Serve until the page leaves. Raises Left when it takes nothing any more."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                first = await self._socket.receive()
        except TimeoutError:
            return
        if first.type is not WSMsgType.TEXT:
            return
        try:
            hello = frames.read(first.data)
            if not isinstance(hello, frames.Hello):
                raise Refused("malformed")
        except Refused as refused:
            await self._send(type="refused", id=refused.id, why=refused.why)
            return
        self._hub.seats.add(self._seat)
        try:
            await self._welcome(hello)
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(self._pump())
                await self._read()
                pump.cancel()
        finally:
            self._hub.seats.discard(self._seat)

    async def _welcome(self, hello: frames.Hello) -> None:
        threads, latest = await self._database.read(_threads, self._person.user)
        fresh = hello.person != self._person.user or hello.since > latest
        self._seat.revision = latest if fresh else hello.since
        self._seat.zone = _zone(hello.zone)
        await self._send(
            type="welcome",
            fresh=fresh,
            revision=self._seat.revision,
            thinking=[self._views.place(place) for place in self._hub.busy(self._seat)],
            **self._views.house(self._person.user, threads),
        )

    async def _pump(self) -> None:
        seat = self._seat
        while True:
            seat.wake.clear()
            # Taken before the rows are read: whatever is previewed here has its row by then.
            previews, seat.previews = seat.previews, {}
            thinking, seat.thinking = seat.thinking, {}
            if seat.stale:
                seat.stale = False
                await self._send_news()
            for row_id, (place, live) in previews.items():
                html = await self._preview(row_id, live=live)
                if html is not None:
                    await self._send(type="stream", id=row_id, html=html, live=live, **self._views.place(place))
            for place, on in thinking.items():
                await self._send(type="thinking", on=on, **self._views.place(place))
            if previews:
                await asyncio.sleep(PREVIEW_SECONDS)
            await seat.wake.wait()

    async def _preview(self, row_id: str, *, live: bool) -> str | None:
        """What a message says by now, for the news may have told more of it already; None when it told all of it."""
        text = self._hub.live.get(row_id)
        if live:
            return None if text is None else self._views.preview(text)
        row = await self._database.read(transcript.get, row_id)
        return None if row is None or row.deleted or text is not None else self._views.html(row.author, row.markdown)

    async def _send_news(self) -> None:
        more = True
        while more:
            rows, latest = await self._database.read(_news, self._person.user, self._seat.revision)
            more = len(rows) == BATCH
            self._seat.revision = rows[-1].revision if more else max(self._seat.revision, latest)
            if rows:
                await self._send(type="changes", revision=self._seat.revision, rows=self._shown(rows))

    def _shown(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        return [self._views.row(row, self._person.user, self._hub.live.get(row.id)) for row in rows]

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                return
            try:
                await self._take(message.data)
            except Refused as refused:
                await self._send(type="refused", id=refused.id, why=refused.why)

    async def _take(self, data: str) -> None:
        frame = frames.read(data)
        try:
            match frame:
                case frames.Message():
                    await self._take_message(frame)
                case frames.Edit():
                    await self._take_edit(frame)
                case frames.Press():
                    await self._take_press(frame)
                case frames.History():
                    await self._take_history(frame)
                case frames.Hello():
                    raise Refused("malformed")
        except Refused as refused:
            refused.id = "" if isinstance(frame, frames.Hello) else frame.id
            raise

    async def _take_message(self, frame: frames.Message) -> None:
        """The row first, then the event, then the ack: whichever step a kill cuts off, sending again mends it."""
        text = frames.mended(frame.text)
        words = frames.command_in(text)
        attached = _attachments(frame.files, self._id(frame.id))
        if not text.strip() and not attached:
            raise Refused("empty")
        place = Place(places.PLATFORM, places.REALM, frame.channel, frame.thread)
        texts = [text] if text.strip() else []
        uploads = {number: file.upload for number, file in enumerate(frame.files, 1) if file.upload is not None}
        shown = [
            self._views.picture(file, number) if number in uploads else self._views.file(file)
            for number, file in enumerate(attached, 1)
        ]
        rows = await self._database.write(
            _enter,
            self._id(frame.id),
            place,
            self._person.user,
            [*texts, *shown],
            uploads={number: upload_of(self._person.user, name) for number, name in uploads.items()},
            viewer="" if words is None else self._person.user,
            said_at=self._now(),
        )
        self._announce(rows)
        who: dict[str, Any] = {"id": self._id(frame.id), "person": self._person, "place": place}
        if words is not None:
            await self._accept(Command(**who, sent_at=rows[0].said_at, name="interview", words=words))
        else:
            direct = places.is_direct(place)
            await self._accept(Reply(**who, sent_at=rows[0].said_at, text=text, files=attached, direct=direct))
        await self._send(type="ack", id=frame.id)

    async def _take_edit(self, frame: frames.Edit) -> None:
        text = None if frame.text is None else frames.mended(frame.text)
        if text is not None and not text.strip():
            raise Refused("empty")
        rows = await self._database.write(_alter, frame.message, self._person.user, text)
        self._announce(rows)
        await self._accept(
            Edit(
                id=self._id(frame.id),
                person=self._person,
                place=rows[0].place,
                sent_at=self._now(),
                message=frame.message,
                text=text,
            )
        )
        await self._send(type="ack", id=frame.id)

    async def _take_press(self, frame: frames.Press) -> None:
        row = await self._database.read(transcript.get, frame.message)
        if row is None or not self._seat.sees(row.viewer) or row.place.platform != places.PLATFORM:
            raise Refused("gone")
        await self._accept(
            Press(
                id=self._id(frame.id),
                person=self._person,
                place=row.place,
                sent_at=self._now(),
                action=frame.action,
                value=frame.value,
                values={name: frames.mended(value) for name, value in frame.values.items()},
            )
        )
        await self._send(type="ack", id=frame.id)

    async def _take_history(self, frame: frames.History) -> None:
        place = Place(places.PLATFORM, places.REALM, frame.channel, frame.thread)
        rows = await self._database.read(_history, place, self._person.user, frame.before)
        await self._send(
            type="history",
            id=frame.id,
            rows=self._shown(rows),
            more=len(rows) == BATCH,
            **self._views.place(place),
        )

    def _announce(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._hub.announce(Said(row))

    def _id(self, frame_id: str) -> str:
        return f"{places.PLATFORM}:{self._person.user}:{frame_id}"

    async def _send(self, **frame: Any) -> None:  # noqa: ANN401 - a frame is whatever JSON can say
        text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        try:
            async with asyncio.timeout(self._patience), self._sending:
                await self._socket.send_str(text)
        except (TimeoutError, ConnectionError) as error:
            raise Left from error


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _attachments(attached: Sequence[frames.File], row_id: str) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            name=frames.mended(file.name),
            address=f"{row_id}/{number}",
            size=file.size,
            media_type=file.media_type,
            text="" if (problem := _problem(file)) or file.upload else frames.mended(file.text or ""),
            problem=problem,
        )
        for number, file in enumerate(attached, 1)
    )


def _problem(file: frames.File) -> str:
    if file.upload is not None:
        return ""
    if file.media_type.startswith("image/") and file.text is None:
        return words.NO_PICTURE
    size = file.size if file.text is None else len(file.text.encode(errors="replace"))
    if size > frames.LARGEST_FILE:
        return playground.FILE_TOO_LARGE
    return playground.FILE_NOT_TEXT if file.text is None else ""


def _threads(conn: Connection, user: str) -> tuple[list[transcript.Thread], int]:
    latest = transcript.revision(conn)
    return transcript.threads(conn, places.PLATFORM, places.REALM, user), latest


def _news(conn: Connection, user: str, after: int) -> tuple[list[Row], int]:
    latest = transcript.revision(conn)  # first, so that no row up to it can be missed
    rows = transcript.since(conn, places.PLATFORM, places.REALM, user, after=after, limit=BATCH)
    return rows, latest


def _history(conn: Connection, place: Place, user: str, before: str) -> list[Row]:
    if not places.sees(conn, place, user):
        raise Refused("unknown-place")
    return transcript.in_place(conn, place, user, before=before, limit=BATCH)


def _enter(
    conn: Connection,
    row_id: str,
    place: Place,
    user: str,
    texts: Sequence[str],
    *,
    uploads: Mapping[int, str],
    viewer: str,
    said_at: datetime,
) -> list[Row]:
    """Add a person's message, its files each as a row of its own behind it; `uploads` are its pictures by number."""
    if not places.sees(conn, place, user):
        raise Refused("unknown-place")
    for picture, upload in uploads.items():
        files.give(conn, upload, row_id, picture)
    rows: list[Row] = []
    for number, text in enumerate(texts):
        row, _ = transcript.add(
            conn,
            id=f"{row_id}.{number}" if number else row_id,
            place=place,
            author=user,
            markdown=text,
            said_at=said_at,
            viewer=viewer or places.viewer_of(place),
        )
        rows.append(row)
    return rows


def _alter(conn: Connection, row_id: str, user: str, text: str | None) -> list[Row]:
    """Change a person's own message, or delete it with its files."""
    known = transcript.get(conn, row_id)
    if known is None or known.author != user:
        raise Refused("gone")
    if text is not None:
        changed = transcript.change(conn, row_id, markdown=text)
        if changed is None:
            raise Refused("gone")
        return [changed]
    files.take_back(conn, row_id)
    rows: list[Row] = []
    names = [row_id, *(f"{row_id}.{number}" for number in range(1, frames.MOST_FILES + 1))]
    for name in names:
        row = transcript.delete(conn, name)
        if row is not None:
            rows.append(row)
    return rows
