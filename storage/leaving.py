"""What is deleted when a workspace removes the app: its token, and every text that arose there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete

from storage import boards, erasing, installations, interviews, notices, questions, team
from storage.tables import interviews as table
from storage.tables import lanes


def leave(conn: Connection, workspace: str, before: datetime, *, keep: str, limit: int = 100) -> int:
    """Delete what arose in a workspace before then: the token, what waits there, and the texts of interviews.

    Questions that a model wrote there go, too, its practice board and its weekly channel questions. Interviews that
    are open end; scores stay with their accounts, without the words. Returns of how many interviews texts were
    deleted; call it again as long as that is `limit`. The lane `keep` stays, for the step that does this runs there.
    It may be done again.
    """
    installations.remove(conn, workspace, before)
    there = table.c.workspace_id == workspace
    found = erasing.held(conn, there, table.c.opened_at <= before.timestamp(), table.c.erased_at.is_(None), limit=limit)
    for interview in found:
        conn.execute(delete(lanes).where(lanes.c.key == erasing.lane_of(interview.id)))
        record = interviews.get(conn, interview.id)
        if record is not None and record.interview.closed_at is None:
            interviews.save(conn, replace(record, interview=record.interview.closed(None, before), wake_at=None))
        interviews.erase(conn, interview)
    if len(found) < limit:
        boards.clear(conn, workspace, before)
        notices.clear(conn, workspace, before)
        questions.leave(conn, workspace, before)
        team.leave(conn, workspace, before)
        conn.execute(delete(lanes).where(lanes.c.workspace_id == workspace, lanes.c.key != keep))
    return len(found)
