"""Puts the house together: opens what is needed, runs it until told to stop, and leaves nothing running."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from agent import bank, kinds
from agent.author import Author
from agent.claude import Access
from agent.interviewer import Interviewer
from agent.runner import Address, open_engine
from agent.workbench import Workbench
from bot.afterwards import Afterwards
from bot.authoring import Authoring
from bot.board import Board
from bot.closing import Closing
from bot.coach import Coach, Rooms
from bot.conduct import Conduct
from bot.core import Core
from bot.events import Event
from bot.exports import Exports, made
from bot.files import Files
from bot.health import Health
from bot.heap import keep, loading
from bot.intake import Intake
from bot.judging import Judging
from bot.lookback import Lookback
from bot.metrics import Metrics
from bot.notices import Notices
from bot.offers import Offers
from bot.plans import Plans
from bot.ports import Accept, Homely, Platform
from bot.poster import Poster
from bot.practice import DailyPractice
from bot.progress import Progress
from bot.purse import Purse
from bot.rush import Rush
from bot.settings import Settings
from bot.speech import Speech
from bot.team import Team
from bot.team_questions import TeamQuestions
from bot.ticks import Ticks
from bot.turns import RESTS, Turns
from bot.usual_place import UsualPlace
from storage import keys, migrations, queue
from storage.claim import claim_file
from storage.database import Database
from storage.turnstile import Turnstile, open_turnstile

DRAIN_SECONDS = 20.0

Build = Callable[[Core], list[Platform]]
"""Makes the platforms that are to run, from what the core offers."""


class NotMigrated(Exception):
    """The database is older than the code, and is not ours to change by ourselves."""


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database alone. SQLite is claimed for this process and brought up to date; PostgreSQL must be.

    Raises FileTaken when another process runs on the same SQLite file, NotMigrated when PostgreSQL is behind,
    KeyMissing when something there is sealed with a key that was not given.
    """
    async with AsyncExitStack() as stack:
        if settings.database.startswith("sqlite"):
            settings.data.mkdir(parents=True, exist_ok=True)
            stack.enter_context(claim_file(settings.database))
        database = await Database.open(settings.database, settings.sealer)
        stack.push_async_callback(database.close)
        if database.dialect == "sqlite":
            await migrations.upgrade(database)
        elif not await migrations.is_current(database):
            raise NotMigrated
        await database.read(keys.check, database.sealer)
        if database.sealer.seals:
            await database.write(keys.begin, database.sealer)
        yield database


@dataclass
class _Late:
    """What the core offers before it exists."""

    turns: Turns | None = None
    accept: Accept | None = None
    platforms: dict[str, Platform] = field(default_factory=dict)

    async def settled(self) -> None:
        if self.turns is not None:
            await self.turns.settled()

    async def accepted(self, event: Event) -> None:
        if self.accept is not None:
            await self.accept(event)


@asynccontextmanager
async def running(
    settings: Settings,
    build: Build,
    log: FilteringBoundLogger,
    *,
    serve: bool,
    stock: bool = True,
    now: Callable[[], datetime] = utc_now,
    interviewer: Interviewer | None = None,
    rests: tuple[float, ...] = RESTS,
) -> AsyncIterator[Running]:
    """Run everything inside the block. `serve`: with the HTTP server for health and playground.

    `stock`: have questions written ahead; a program that lives as long as one conversation would wait for them.
    `rests`: seconds before the second, third ... attempt at a step that failed.
    """
    late = _Late()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        if database.dialect == "sqlite":
            await database.write(queue.clear_leases)
        http = web.Application()
        registry = CollectorRegistry()
        metrics = Metrics(registry)
        health = Health(database, registry)
        health.mount(http)
        core = Core(settings, database, http, log, now, late.settled)
        stack.push_async_callback(core.closing.aclose)
        late.platforms.update((platform.name, platform) for platform in build(core))
        judge = interviewer or Interviewer(access_of(settings))
        stack.push_async_callback(judge.close)
        engine = await stack.enter_async_context(open_engine(settings.runner, address=runner_address(settings)))
        if engine.is_off:
            log.warning("code is read, not run", why=engine.reason)
        turnstile = await stack.enter_async_context(open_turnstile(settings.redis_url, log))
        workbench, questions = Workbench(engine), bank.load()
        purse = Purse(database, settings.budget_usd_per_day, now, log)
        authoring = Authoring(database, Author(judge.claude, workbench), purse, questions, now)
        rush = Rush()
        turns = late.turns = _turns(
            core,
            late.platforms,
            turnstile,
            interviewer=judge,
            workbench=workbench,
            questions=questions,
            purse=purse,
            authoring=authoring,
            metrics=metrics,
            rests=rests,
            accept=late.accepted,
            admitted=rush.admitted,
        )
        accept = late.accept = metrics.accepting(Intake(database, turns.wake, rush.taking).accept)
        lacking = authoring.lacking if stock else None
        ticks = Ticks(database, turns.wake, now, timedelta(days=settings.retention_days), log, lacking=lacking)
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(turns.run(), name="turns"), group.create_task(ticks.run(), name="ticks")]
            voices = [group.create_task(platform.run(accept), name=name) for name, platform in late.platforms.items()]
            # Beside everything else: the SDK takes over a second to import, and nobody waits for it before they must.
            models = group.create_task(judge.open(), name="models")
            work.append(models)
            runner = web.AppRunner(http, access_log=None, handle_signals=False, shutdown_timeout=2)
            try:
                address = await _serve(runner, settings) if serve else ""
                health.ready = True
                yield Running(address, ticks, voices, models, engine.reason if settings.runner != "off" else "")
            finally:
                health.ready = False
                await _cancel(voices)
                await turns.drain(DRAIN_SECONDS)
                await _cancel(work)
                await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Running:
    """The running product: its address (empty when nothing is served), its clockwork, and its platforms' tasks.

    `models` is done once the models' SDK is loaded. `why_nothing_runs` is why code is read and not run, empty when it
    is run or was not to be.
    """

    address: str
    ticks: Ticks
    voices: list[asyncio.Task[None]]
    models: asyncio.Task[None]
    why_nothing_runs: str


async def run_until_told(
    settings: Settings, build: Build, log: FilteringBoundLogger, ready: Callable[[Running], None]
) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in hand; `ready` is told once it answers."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        with loading():
            house = await stack.enter_async_context(running(settings, build, log, serve=True))
        house.models.add_done_callback(lambda _: keep())
        ready(house)
        log.info("started", address=house.address, pid=os.getpid())
        await stop.wait()
        log.info("stopping")
    log.info("stopped")


def _turns(
    core: Core,
    platforms: Mapping[str, Platform],
    turnstile: Turnstile,
    *,
    interviewer: Interviewer,
    workbench: Workbench,
    questions: bank.Bank,
    purse: Purse,
    authoring: Authoring,
    metrics: Metrics,
    rests: tuple[float, ...],
    accept: Accept,
    admitted: Callable[[], AbstractAsyncContextManager[None]],
) -> Turns:
    known = kinds.kinds()
    homes = frozenset(name for name, platform in platforms.items() if isinstance(platform, Homely))
    offers = Offers(core, questions, known, platforms)
    daily = DailyPractice(core, known, platforms, offers)
    team_questions = TeamQuestions(core, questions, known, platforms)
    closing = Closing(core.database, interviewer, purse, daily.after_card, homes)
    files = Files(core.database, platforms, interviewer)
    judging = Judging(
        database=core.database,
        platforms=platforms,
        interviewer=interviewer,
        workbench=workbench,
        files=files,
        closing=closing,
        purse=purse,
        log=core.log,
    )
    rooms = Rooms(
        Conduct(
            database=core.database,
            bank=questions,
            platforms=platforms,
            judging=judging,
            closing=closing,
            workbench=workbench,
            files=files,
            settings=core.settings,
        ),
        judging,
        Afterwards(core.database, closing),
        Lookback(core, known, interviewer.judge_name),
        daily,
        offers,
        Progress(core, platforms),
        Plans(core),
        authoring,
        Board(core, platforms),
        Notices(core, platforms),
        Exports(core, platforms),
        Team(core, known, platforms, team_questions),
        team_questions,
        UsualPlace(core, platforms),
    )
    coach = Coach(core, questions, known, rooms, homes=homes)

    async def lost(speech: Speech, *, closed: bool) -> None:
        await offers.lost(speech, closed=closed)
        await team_questions.lost(speech, closed=closed)

    return Turns(
        core.database,
        turnstile,
        owner=f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}",
        step=metrics.stepping(coach.step),
        post=metrics.posting(Poster(platforms, core.now, lost, partial(made, core.database), accept).post),
        buried=coach.given_up,
        lease_seconds=core.settings.lease_seconds,
        log=core.log,
        rests=rests,
        admitted=admitted,
    )


def access_of(settings: Settings) -> Access | None:
    """How models are reached; None when neither a key nor a server was named, and the local judge judges."""
    if settings.anthropic_api_key is None and not settings.anthropic_base_url:
        return None
    models = dict.fromkeys(model for model in (settings.model, settings.small_model) if model)
    return Access(
        api_key=settings.anthropic_api_key.get_secret_value() if settings.anthropic_api_key else "",
        base_url=settings.anthropic_base_url,
        models=tuple(models),
        dialect=settings.dialect,
    )


def runner_address(settings: Settings) -> Address | None:
    """Where the engine `http` is, if it was told."""
    if not settings.runner_url:
        return None
    token = settings.runner_token.get_secret_value() if settings.runner_token else ""
    return Address(settings.runner_url, settings.runner_dialect, token)


async def _serve(runner: web.AppRunner, settings: Settings) -> str:
    await runner.setup()
    site = web.TCPSite(runner, settings.http_host, settings.http_port)
    await site.start()
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
