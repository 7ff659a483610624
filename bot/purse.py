"""The purse: what a workspace may spend on models in a day, and what each call took."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from structlog.typing import FilteringBoundLogger

from agent.calls import Usage
from agent.prices import dollars
from bot.events import NearlySpent, packed
from bot.intake import workspace_lane
from storage import notices, usage
from storage.database import Database
from storage.interviews import Record
from storage.notices import Notice
from storage.queue import Arrival
from storage.usage import Spending

WARN_AT = 0.8
"""The share of the budget at which an admin of the workspace is told, once a day."""


class Purse:
    """Grants and counts. A day is a day in UTC."""

    def __init__(
        self, database: Database, budget: float, now: Callable[[], datetime], log: FilteringBoundLogger
    ) -> None:
        """`budget` is in dollars a day for each workspace; 0 grants everything."""
        self._database = database
        self._budget = budget
        self._now = now
        self._log = log

    async def may_spend(self, workspace: str) -> bool:
        """Whether the workspace has anything left today."""
        share = await self.share_spent(workspace)
        if share >= WARN_AT:
            await self._warn(workspace, share)
        return share < 1

    async def _warn(self, workspace: str, share: float) -> None:
        """Once a day, in whichever replica: a line in the log, and an event that tells an admin."""
        now = self._now()
        on = now.date()
        kind, payload = packed(NearlySpent(workspace=workspace, on=on.isoformat(), used_up=share >= 1))
        arrival = Arrival(
            dedup_key=f"budget/{workspace}/{on.isoformat()}",
            lane=workspace_lane(workspace),
            sort_key=f"{int(now.timestamp() * 1_000_000):020d}",
            kind=kind,
            payload=payload,
            workspace=workspace,
        )
        if await self._database.write(notices.begin, Notice(workspace, on), arrival):
            self._log.warning("budget nearly spent", workspace=workspace, share=round(share, 2))

    async def share_spent(self, workspace: str) -> float:
        """The share of its budget that the workspace has spent today; 0 where it is not limited."""
        if self._budget == 0:
            return 0.0
        today = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        return await self._database.read(usage.spent, workspace, today) / self._budget

    def writes(self, record: Record, turn: int, took: Iterable[Usage]) -> tuple[Callable[[Connection], object], ...]:
        """What is to be written with the step that made these calls."""
        return self._spent(took, record.workspace, record.account, record.interview.id, turn)

    def counted(self, workspace: str, took: Iterable[Usage]) -> tuple[Callable[[Connection], object], ...]:
        """The same for calls that were made for a workspace and for no single account."""
        return self._spent(took, workspace, None, "", 0)

    def _spent(
        self, took: Iterable[Usage], workspace: str, account: str | None, interview: str, turn: int
    ) -> tuple[Callable[[Connection], object], ...]:
        return tuple(
            partial(
                usage.add,
                spending=Spending(
                    workspace=workspace,
                    account=account,
                    interview=interview,
                    turn=turn,
                    model=one.model,
                    tokens_in=one.tokens_in,
                    tokens_out=one.tokens_out,
                    cache_read=one.cache_read,
                    cache_written=one.cache_written + one.cache_written_hour,
                    dollars=dollars([one]) or 0.0,
                    at=self._now(),
                ),
            )
            for one in took
        )
