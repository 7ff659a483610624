"""Checks every setting by using it, and says how to mend what does not work."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from agent import bank
from agent.interviewer import Interviewer
from agent.runner import open_engine
from bot.core import Core
from bot.logs import make_log
from bot.ports import Finding
from bot.settings import Settings
from bot.wiring import Build, NotMigrated, access_of, open_database, runner_address, utc_now
from bot.wording import command_line, sealing
from storage import keys
from storage.claim import FileTaken
from storage.database import Database
from storage.keys import KeyMissing


async def examine(settings: Settings, build: Build) -> list[Finding]:
    """Look at the database, Redis, the port, the question bank, and what each platform checks of itself."""
    findings = [await _database(settings), await _redis(settings), _port(settings), _password(settings.web_password)]
    findings.append(await _key(settings))
    findings.append(_bank())
    findings.append(await _runner(settings))
    findings.extend(await _models(settings))
    findings.extend(await _platforms(settings, build))
    return findings


async def _platforms(settings: Settings, build: Build) -> list[Finding]:
    try:
        database = await Database.open(settings.database, settings.sealer)
    except (SQLAlchemyError, OSError, ValueError):
        return []  # the database has a line of its own
    core = Core(settings, database, web.Application(), make_log("error"), utc_now, _nothing)
    try:
        return [finding for platform in build(core) for finding in await platform.check()]
    finally:
        await core.closing.aclose()
        await database.close()


async def _nothing() -> None:
    """Nothing runs here that could settle."""


async def _database(settings: Settings) -> Finding:
    subject = "DATABASE_URL"
    try:
        async with open_database(settings) as database:
            await database.check()
            return Finding(subject, ok=True, detail=database.dialect)
    except KeyMissing:
        return Finding(subject, ok=True, detail=command_line.DOCTOR_ANSWERS)  # the key has a line of its own
    except FileTaken as taken:
        return Finding(subject, ok=True, detail=command_line.doctor_database_in_use(taken.pid))
    except NotMigrated:
        return Finding(subject, ok=False, detail=command_line.DOCTOR_NOT_MIGRATED, mend="talkpro db upgrade")
    except (SQLAlchemyError, OSError, ValueError) as error:
        return Finding(subject, ok=False, detail=type(error).__name__, mend=command_line.DOCTOR_DATABASE)


async def _key(settings: Settings) -> Finding:
    subject = "TALKPRO_SECRET_KEY"
    database: Database | None = None
    try:
        database = await Database.open(settings.database, settings.sealer)
        await database.read(keys.check, database.sealer)
    except KeyMissing as error:
        said = sealing.key_missing(len(error.missing), given=error.given)
        return Finding(subject, ok=False, detail=said, mend=sealing.DOCTOR_MEND)
    except (SQLAlchemyError, OSError, ValueError):
        pass  # the database has a line of its own
    finally:
        if database is not None:
            await database.close()
    count = len(settings.sealer.fingerprints)
    return Finding(subject, ok=True, detail=sealing.works(count) if count else sealing.NOT_SET)


async def _redis(settings: Settings) -> Finding:
    subject = "REDIS_URL"
    if not settings.redis_url:
        return Finding(subject, ok=True, detail=command_line.DOCTOR_NO_REDIS)
    client: Redis | None = None
    try:
        client = Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1)
        async with asyncio.timeout(3):
            await client.ping()
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        return Finding(subject, ok=False, detail=type(error).__name__, mend=command_line.DOCTOR_REDIS)
    finally:
        if client is not None:
            await client.aclose()
    return Finding(subject, ok=True, detail=command_line.DOCTOR_ANSWERS)


async def _runner(settings: Settings) -> Finding:
    subject = "TALKPRO_RUNNER"
    async with open_engine(settings.runner, address=runner_address(settings)) as engine:
        if engine.is_off and settings.runner == "off":
            return Finding(subject, ok=True, detail=command_line.DOCTOR_RUNNER_OFF)
        if engine.is_off:
            return Finding(subject, ok=False, detail=engine.reason, mend=command_line.DOCTOR_RUNNER)
        return Finding(subject, ok=True, detail=command_line.doctor_runner(engine.name))


async def _models(settings: Settings) -> list[Finding]:
    subject = "ANTHROPIC_API_KEY"
    access = access_of(settings)
    if access is None:
        return [Finding(subject, ok=True, detail=command_line.DOCTOR_NO_MODEL)]
    interviewer = Interviewer(access)
    try:
        tried = await interviewer.tried()
    finally:
        await interviewer.close()
    return [
        Finding(subject, ok=True, detail=command_line.doctor_model(model))
        if reason is None
        else Finding(
            subject, ok=False, detail=command_line.doctor_model_fails(model, reason), mend=command_line.DOCTOR_MODEL
        )
        for model, reason in tried.items()
    ]


def _port(settings: Settings) -> Finding:
    subject = "TALKPRO_HTTP_PORT"
    address = f"{settings.http_host}:{settings.http_port}"
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.http_host, settings.http_port))
        except OSError:
            return Finding(
                subject, ok=False, detail=command_line.doctor_port_taken(address), mend=command_line.DOCTOR_PORT
            )
    return Finding(subject, ok=True, detail=address)


def _password(password: SecretStr | None) -> Finding:
    subject = "TALKPRO_WEB_PASSWORD"
    if password is not None and len(password.get_secret_value()) < 12:
        return Finding(subject, ok=False, detail=command_line.DOCTOR_SHORT_PASSWORD, mend=command_line.DOCTOR_PASSWORD)
    return Finding(subject, ok=True, detail=command_line.doctor_set(password is not None))


def _bank() -> Finding:
    try:
        questions = bank.load()
    except bank.BankError as error:
        return Finding("questions", ok=False, detail=str(error), mend="talkpro questions lint")
    return Finding("questions", ok=True, detail=command_line.doctor_questions(len(questions.questions)))
