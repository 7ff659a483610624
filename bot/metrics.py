"""Figures for whoever watches the process: how much is done and how long it takes, never by whom or how well."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.process_collector import ProcessCollector

from bot.events import Event
from bot.ports import Accept
from bot.turns import Outcome
from storage.queue import Claim, Due

Step = Callable[[Claim], Awaitable[Outcome]]
Post = Callable[[Due], Awaitable[tuple[str, float] | None]]


class Metrics:
    """Counts around the three things the product does: taking events, taking steps, saying posts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register with this registry."""
        ProcessCollector(registry=registry)
        self._events = Counter("talkpro_events", "Events brought by a platform", ["platform"], registry=registry)
        self._steps = Histogram("talkpro_step_seconds", "How long one step took", registry=registry)
        self._posts = Histogram("talkpro_post_seconds", "How long one post took", registry=registry)
        self._failed = Counter("talkpro_failures", "What raised, to be tried again", ["what"], registry=registry)

    def accepting(self, accept: Accept) -> Accept:
        """Count the events that go through `accept`."""
        failed = self._failed.labels("event")

        async def counted(event: Event) -> None:
            self._events.labels(event.place.platform).inc()
            with failed.count_exceptions():
                await accept(event)

        return counted

    def stepping(self, step: Step) -> Step:
        """Time each step."""
        failed = self._failed.labels("step")

        async def timed(claim: Claim) -> Outcome:
            begun = time.perf_counter()
            with failed.count_exceptions():
                outcome = await step(claim)
            self._steps.observe(time.perf_counter() - begun)
            return outcome

        return timed

    def posting(self, post: Post) -> Post:
        """Time each post."""
        failed = self._failed.labels("post")

        async def timed(due: Due) -> tuple[str, float] | None:
            begun = time.perf_counter()
            with failed.count_exceptions():
                spoken = await post(due)
            self._posts.observe(time.perf_counter() - begun)
            return spoken

        return timed
