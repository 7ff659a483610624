"""Health for whoever watches the process: live, ready, and figures that name nobody."""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database


class Health:
    """Answers `/health/live`, `/health/ready` and `/metrics`."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        """Not ready until `ready` is set."""
        self._database = database
        self._registry = registry
        self.ready = False

    def mount(self, http: web.Application) -> None:
        """Add the routes."""
        http.router.add_get("/health/live", self._live)
        http.router.add_get("/health/ready", self._ready)
        http.router.add_get("/metrics", self._metrics)

    async def _live(self, request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, request: web.Request) -> web.Response:
        if not self.ready:
            return web.json_response({"ready": False, "why": "starting or stopping"}, status=503)
        try:
            async with asyncio.timeout(3):
                await self._database.check()
        except (SQLAlchemyError, OSError, TimeoutError):
            return web.json_response({"ready": False, "why": "the database does not answer"}, status=503)
        return web.json_response({"ready": True})

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
