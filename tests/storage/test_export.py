"""An export holds everything of one account and nothing of another."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Connection

from storage import interviews, queue, transcript
from storage.accounts import Preferences, save_preferences
from storage.addresses import Place
from storage.database import Database
from storage.export import export_account
from storage.questions import Topic, Wish, name_of, wish
from storage.queue import Arrival
from tests.storage.samples import (
    LOBBY,
    NOON,
    OTHER,
    OWN_WORDS,
    PERSON,
    THREAD,
    closed_interview,
    record,
    settle,
    whole_interview,
)


def fill(conn: Connection) -> tuple[str, str]:
    mine, theirs = settle(conn), settle(conn, OTHER)
    save_preferences(conn, mine.id, Preferences(kind="quick", zone="Europe/Vienna"))
    interviews.start(conn, record(whole_interview(), mine))
    interviews.start(conn, record(closed_interview("theirs"), theirs, person=OTHER, place=LOBBY))
    for id, place, author, viewer in (
        ("answer", THREAD, PERSON.user, ""),
        ("card", THREAD, "coach", ""),
        ("whisper", LOBBY, "coach", PERSON.user),
        ("not mine", LOBBY, OTHER.user, ""),
    ):
        transcript.add(conn, id=id, place=place, author=author, viewer=viewer, markdown=OWN_WORDS, said_at=NOON)
    queue.remember(conn, "i1/card", json.dumps({"id": "card"}), NOON.timestamp())
    queue.remember(conn, "theirs/card", json.dumps({"id": "x"}), NOON.timestamp())
    queue.accept(conn, Arrival("k1", "interview:i1", "1", "reply", json.dumps({"text": OWN_WORDS})))
    queue.accept(conn, Arrival("k2", f"person:{PERSON}", "1", "command", json.dumps({"words": "medium"})))
    queue.accept(conn, Arrival("k3", f"person:{OTHER}", "1", "command", "{}"))
    return mine.id, theirs.id


async def test_an_export_holds_all_there_is(database: Database) -> None:
    mine, theirs = await database.write(fill)
    exported = await database.read(export_account, mine)
    assert exported is not None
    assert json.loads(json.dumps(exported)) == exported
    assert exported["account"]["id"] == mine
    assert exported["account"]["created_at"] == NOON.isoformat()
    assert exported["account"]["preferences"]["zone"] == "Europe/Vienna"
    assert [identity["user"] for identity in exported["identities"]] == [PERSON.user]
    (interview,) = exported["interviews"]
    assert interview["state"]["turns"][0]["messages"][0]["text"] == f"{OWN_WORDS} m1"
    assert interview["card"]["correctness"] == 7.5
    assert [evaluation["correctness"] for evaluation in interview["evaluations"]] == [4.0, 6.0]
    assert [event["payload"] for event in exported["events"]] == [{"text": OWN_WORDS}, {"words": "medium"}]
    assert [post["slot"] for post in exported["posts"]] == ["i1/card"]
    assert [row["id"] for row in exported["transcript"]] == ["answer", "card", "whisper"]
    text = json.dumps(exported)
    assert theirs not in text
    assert OTHER.user not in text


async def test_an_export_gives_no_answers_away(database: Database) -> None:
    mine, _ = await database.write(fill)
    exported = await database.read(export_account, mine)
    assert exported is not None
    question = exported["interviews"][0]["state"]["question"]
    assert question["body"].startswith("How many boats?")
    assert set(question) == {"id", "kind", "difficulty", "topics", "title", "minutes", "body", "written_by"}


async def test_an_export_tells_what_somebody_waits_for_and_no_handle(database: Database) -> None:
    mine, _ = await database.write(fill)
    topic = Topic("web:", "quick", "hard", name_of("rust"))
    await database.write(wish, Wish("w1", mine, topic, PERSON, LOBBY, NOON, reply="a handle"))
    exported = await database.read(export_account, mine)
    assert exported is not None
    [waiting] = exported["wishes"]
    assert waiting["document"]["language"] == ""
    assert "a handle" not in json.dumps(exported)


async def test_in_a_chat_nothing_of_another_workspace_is_in_it_but_the_scores(database: Database) -> None:
    mine, _ = await database.write(fill)
    elsewhere = Place(LOBBY.platform, "other", "hall")

    def more(conn: Connection) -> None:
        queue.accept(conn, Arrival("k4", f"person:{PERSON}", "1", "command", json.dumps({"place": asdict(elsewhere)})))
        queue.accept(conn, Arrival("k5", f"person:{PERSON}", "1", "press", json.dumps({"place": asdict(LOBBY)})))

    await database.write(more)
    here = await database.read(export_account, mine, f"{LOBBY.platform}:{LOBBY.realm}")
    there = await database.read(export_account, mine, f"{elsewhere.platform}:{elsewhere.realm}")
    assert here is not None
    assert there is not None
    assert here["interviews"][0]["state"]["turns"]
    assert [event["dedup_key"] for event in here["events"]] == ["k1", "k2", "k5"]
    assert OWN_WORDS not in json.dumps(there)
    assert [event["dedup_key"] for event in there["events"]] == ["k2", "k4"]
    (interview,) = there["interviews"]
    assert {"state", "card", "topics", "origin"}.isdisjoint(interview)
    assert [evaluation["correctness"] for evaluation in interview["evaluations"]] == [4.0, 6.0]
    assert there["posts"] == there["pictures"] == there["transcript"] == []


async def test_a_missing_account_has_no_export(database: Database) -> None:
    assert await database.read(export_account, "nobody") is None
