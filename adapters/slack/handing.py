"""Handing a file over: Slack takes its bytes at an address of its own, and shows it where it is told afterwards."""

from __future__ import annotations

from hashlib import sha256

from adapters.slack.text import mrkdwn, safe
from adapters.slack.voice import Voice
from adapters.slack.wire import UPLOADS, Refused, Wire
from bot.ports import Document
from bot.wording import slack as wording
from storage import keepsakes
from storage.addresses import Place

HANDED = "slack/handed/"
"""Under this we keep which file was about to be shown."""
LOOKED_AT = 15
"""Messages that are looked through for a file that may have been shown; some apps are given no more of them."""


async def hand_over(voice: Voice, there: Place, document: Document, markdown: str, key: str) -> str:
    """Hand a file over, once for each key; gives what is to be said instead where the workspace takes none."""
    wire, database = voice.wire, voice.database
    name = HANDED + sha256(f"{there}/{key}".encode()).hexdigest()[:40]
    before = await database.read(keepsakes.get, name)
    if before is not None and await _stands(wire, there, before):
        return ""
    try:
        asked = {"filename": document.name, "length": len(document.content)}
        upload = await wire.call(there.realm, "files.getUploadURLExternal", **asked)
        await wire.upload(str(upload["upload_url"]), document.content)
        identity = str(upload["file_id"])
        await database.write(keepsakes.keep, name, identity)
        await wire.pace.in_channel(there.realm, there.channel)
        await wire.call(
            there.realm,
            "files.completeUploadExternal",
            files=[{"id": identity, "title": document.name}],
            channel_id=there.channel,
            thread_ts=there.thread or None,
            initial_comment=mrkdwn(safe(markdown)),
        )
    except Refused as why:
        if why.error == "missing_scope":
            return wording.FILES_NOT_ALLOWED_YET
        if why.error not in UPLOADS:
            raise
        return str(why)
    return ""


async def _stands(wire: Wire, there: Place, file: str) -> bool:
    """Whether this file is among the last that were shown there."""
    found = await wire.call(there.realm, "conversations.history", channel=there.channel, limit=LOOKED_AT)
    return any(one.get("id") == file for said in found.get("messages", ()) for one in said.get("files", ()))
