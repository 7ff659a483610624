"""Done once in the nursery, since every process would do it anew and alike: all is imported, and the bank is read."""

from __future__ import annotations

import gc

import alembic.command
import anthropic.types.beta
import httpx2
import slack_bolt.async_app
import sqlalchemy.dialects.postgresql.asyncpg

import adapters.discord.platform
import adapters.slack.setup
import adapters.web.server
import bot.cli
import tests.kill.doomed
from agent import bank

__all__ = ["adapters", "alembic", "anthropic", "bot", "httpx2", "slack_bolt", "sqlalchemy", "tests"]

bank.load()
gc.freeze()  # so that no process touches, and thereby copies, what it shares with the others
