"""Every table, with named constraints so that a migration can find them again.

Times are seconds since the epoch (UTC, with fractions); documents are JSON as text, written and read by the
file that owns them. Scores are 0 to 10. A Sealed column holds what people wrote, or an address to answer them at.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage import metadata as shared
from storage import team_tables, workspace_tables
from storage.sealing import Sealed, SealedBytes

metadata = shared.metadata
team_practices = team_tables.team_practices
team_deliveries = team_tables.team_deliveries
team_answers = team_tables.team_answers
boards = workspace_tables.boards
budget_notices = workspace_tables.budget_notices

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up by itself; SQLite does so only for a plain INTEGER."""


def _serial() -> Column[int]:
    return Column("id", Serial, primary_key=True, autoincrement=True)


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("preferences", Text, nullable=False, server_default="{}"),
    Column("unasked_at", Double),
)

identities = Table(
    "identities",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("realm", String(64), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("first_seen_at", Double, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("realm", String(64), nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("created_at", Double, nullable=False),
)

interviews = Table(
    "interviews",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("person_platform", String(32), nullable=False),
    Column("person_realm", String(64), nullable=False),
    Column("person_user", String(64), nullable=False),
    Column("place_platform", String(32)),
    Column("place_realm", String(64)),
    Column("place_channel", String(128)),
    Column("place_thread", String(128)),
    Column("origin", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("difficulty", String(16), nullable=False),
    Column("question_id", String(128), nullable=False),
    Column("judge", String(64), nullable=False, server_default=text("''")),
    Column("retry_of", String(32), nullable=False, server_default=text("''")),
    Column("topics", Text, nullable=False, server_default="[]"),
    Column("skipped", Text, nullable=False, server_default="[]"),
    Column("state", Sealed("interviews.state"), nullable=False),
    Column("card", Sealed("interviews.card")),
    Column("disputed", Boolean, nullable=False, server_default=text("false")),
    Column("opened_at", Double, nullable=False),
    Column("closed_at", Double),
    Column("wake_at", Double),
    Column("erased_at", Double),
    Index(
        "ix_interviews_one_open",
        "account_id",
        "workspace_id",
        unique=True,
        sqlite_where=text("open = 1 AND practice = 0"),
        postgresql_where=text("open AND NOT practice"),
    ),
    Index(
        "ix_interviews_open_place",
        "place_platform",
        "place_realm",
        "place_channel",
        "place_thread",
        unique=True,
        sqlite_where=text("open = 1 AND practice = 0"),
        postgresql_where=text("open AND NOT practice"),
    ),
    # A daily question may be answered where an interview is open, which waits meanwhile.
    Index(
        "ix_interviews_practice_place",
        "place_platform",
        "place_realm",
        "place_channel",
        "place_thread",
        unique=True,
        sqlite_where=text("open = 1 AND practice = 1"),
        postgresql_where=text("open AND practice"),
    ),
    Index(
        "ix_interviews_wake",
        "wake_at",
        sqlite_where=text("wake_at IS NOT NULL"),
        postgresql_where=text("wake_at IS NOT NULL"),
    ),
    Index("ix_interviews_history", "account_id", "closed_at"),
    Index(
        "ix_interviews_unerased",
        "closed_at",
        sqlite_where=text("closed_at IS NOT NULL AND erased_at IS NULL"),
        postgresql_where=text("closed_at IS NOT NULL AND erased_at IS NULL"),
    ),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("interview_id", ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("judge", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("correctness", Double),
    Column("clarity", Double),
    Column("depth", Double),
    Column("result", Sealed("evaluations.result"), nullable=False),
    Column("created_at", Double, nullable=False),
)

lanes = Table(
    "lanes",
    metadata,
    _serial(),
    Column("key", String(160), nullable=False, unique=True),
    Column("workspace_id", String(128), nullable=False, server_default=text("''")),
    Column("ready_at", Double),
    Column("lease_owner", String(64)),
    Column("lease_until", Double),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Index(
        "ix_lanes_ready",
        "ready_at",
        sqlite_where=text("ready_at IS NOT NULL"),
        postgresql_where=text("ready_at IS NOT NULL"),
    ),
)

inbox = Table(
    "inbox",
    metadata,
    _serial(),
    Column("dedup_key", String(200), nullable=False, unique=True),
    Column("lane_id", ForeignKey("lanes.id", ondelete="CASCADE"), nullable=False),
    Column("sort_key", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Sealed("inbox.payload"), nullable=False),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    Column("received_at", Double, nullable=False),
    Column("done_at", Double),
    Index(
        "ix_inbox_waiting",
        "lane_id",
        "sort_key",
        "id",
        sqlite_where=text("status = 0"),
        postgresql_where=text("status = 0"),
    ),
    Index(
        "ix_inbox_done",
        "done_at",
        sqlite_where=text("done_at IS NOT NULL"),
        postgresql_where=text("done_at IS NOT NULL"),
    ),
)

outbox = Table(
    "outbox",
    metadata,
    _serial(),
    Column("inbox_id", BigInteger, nullable=False),
    Column("part", Integer, nullable=False),
    Column("lane_id", ForeignKey("lanes.id", ondelete="CASCADE"), nullable=False),
    Column("slot", String(160), nullable=False),
    Column("body", Sealed("outbox.body"), nullable=False),
    Column("due_at", Double),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
    Index("uq_outbox_source", "inbox_id", "part", unique=True),
    Index(
        "ix_outbox_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_outbox_lane",
        "lane_id",
        "id",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

posts = Table(
    "posts",
    metadata,
    Column("slot", String(160), primary_key=True),
    Column("spoken", Text, nullable=False),
    Column("shown_at", Double, nullable=False),
)

transcript = Table(
    "transcript",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("platform", String(32), nullable=False),
    Column("realm", String(64), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("thread", String(128), nullable=False),
    Column("author", String(64), nullable=False),
    Column("viewer", String(64), nullable=False, server_default=text("''")),
    Column("markdown", Sealed("transcript.markdown"), nullable=False),
    Column("choices", Text, nullable=False, server_default="[]"),
    Column("chart", Text, nullable=False, server_default=text("''")),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Column("said_at", Double, nullable=False),
    Index("ix_transcript_place", "platform", "realm", "channel", "thread", "said_at"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    _serial(),
    Column("workspace_id", String(128), nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("interview_id", String(32), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("model", String(64), nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cache_read", Integer, nullable=False),
    Column("cache_written", Integer, nullable=False),
    Column("dollars", Double, nullable=False),
    Column("spent_at", Double, nullable=False),
    Index("ix_usage_workspace", "workspace_id", "spent_at"),
)

keepsakes = Table(
    "keepsakes",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("value", Sealed("keepsakes.value"), nullable=False),
    Column("kept_at", Double, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("fingerprint", String(16), primary_key=True),
    Column("first_used_at", Double, nullable=False),
)

practices = Table(
    "practices",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("person_platform", String(32), nullable=False),
    Column("person_realm", String(64), nullable=False),
    Column("person_user", String(64), nullable=False),
    Column("turned_on", Boolean, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("difficulty", String(16), nullable=False, server_default=text("''")),
    Column("level", String(16), nullable=False),
    Column("level_since", String(10), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("zone_source", String(16), nullable=False),
    Column("since", String(10), nullable=False),
    Column("paused", String(16), nullable=False, server_default=text("''")),
    Column("paused_until", String(10)),
    Column("word_owed", Boolean, nullable=False, server_default=text("false")),
    Column("unanswered", Integer, nullable=False, server_default="0"),
    Column("next_on", String(10)),
    Column("next_due_at", Double),
    Index(
        "ix_practices_due",
        "next_due_at",
        sqlite_where=text("next_due_at IS NOT NULL"),
        postgresql_where=text("next_due_at IS NOT NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("local_date", String(10), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("due_at", Double, nullable=False),
    Column("delivered_at", Double),
    Column("again_at", Double),
    Column("times", Integer, nullable=False, server_default="0"),
    Column("question_id", String(128), nullable=False, server_default=text("''")),
    Column("why", Text, nullable=False, server_default=text("''")),
    Column("hints", Integer, nullable=False, server_default="0"),
    Column("interview_id", String(32), nullable=False, server_default=text("''")),
    Index(
        "ix_deliveries_again",
        "again_at",
        sqlite_where=text("again_at IS NOT NULL"),
        postgresql_where=text("again_at IS NOT NULL"),
    ),
)

practised_days = Table(
    "practised_days",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("local_date", String(10), primary_key=True),
)

reviews = Table(
    "reviews",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("interview_id", String(32), nullable=False),
    Column("card", Text, nullable=False),
    Column("before", Text),
    Column("rating", Integer, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("reviewed_at", Double, nullable=False),
)

installations = Table(
    "installations",
    metadata,
    Column("workspace", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("token", Sealed("installations.token"), nullable=False),
    Column("bot", String(64), nullable=False),
    Column("bot_user", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("installed_at", Double, nullable=False),
    Column("installed_by", String(64), nullable=False, server_default=text("''")),
)

files = Table(
    "files",
    metadata,
    Column("message", String(200), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("interview_id", ForeignKey("interviews.id", ondelete="CASCADE"), index=True),
    Column("media_type", String(32), nullable=False),
    Column("content", SealedBytes("files.content"), nullable=False),
    Column("size", Integer, nullable=False),
    Column("kept_at", Double, nullable=False),
    Index(
        "ix_files_unclaimed",
        "kept_at",
        sqlite_where=text("interview_id IS NULL"),
        postgresql_where=text("interview_id IS NULL"),
    ),
)

topics = Table(
    "topics",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("difficulty", String(16), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("words", Sealed("topics.words"), nullable=False),
    Column("wanted_at", Double, nullable=False),
    Column("rejected", Text),
    Column("failed_at", Double),
    Column("failure", String(16), nullable=False, server_default=text("''")),
    Index("ix_topics_wanted", "wanted_at"),
)

questions = Table(
    "questions",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("difficulty", String(16), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("model", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("asked_at", Double),
    Index("ix_questions_topic", "workspace_id", "topic"),
)

wishes = Table(
    "wishes",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("difficulty", String(16), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("document", Sealed("wishes.document"), nullable=False),
    Column("wished_at", Double, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("interview_on", String(10), nullable=False),
    Column("made_on", String(10), nullable=False),
    Column("role", String(32), nullable=False, server_default=text("''")),
    Column("topics", Text, nullable=False, server_default="[]"),
)
