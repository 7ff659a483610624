"""Installing the app by a browser, over the pages as they are served and the Web API of a Slack on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import SecretStr
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import update

from adapters.slack.install import INSTALL, Installer
from adapters.slack.installed import ABSENT_SECONDS, KEPT_SECONDS, Authorizer, Installed
from adapters.slack.manifest import CALLBACK
from adapters.slack.scopes import SCOPES
from bot.core import Core
from bot.settings import Settings
from bot.wording import slack_install as wording
from storage import installations
from storage.database import Database
from storage.tables import keepsakes
from tests.adapters.far import House
from tests.adapters.playground import Logged, nothing
from tests.adapters.slack_far import slack_far
from tests.fakes.slack import CLIENT_ID, CLIENT_SECRET, FakeSlack, Fault, fake_slack
from tests.kill.lives import free_port


@dataclass
class Site:
    """The pages, served, and the Slack behind them."""

    address: str
    slack: FakeSlack
    database: Database
    installed: Installed
    logged: Logged

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            yield Browser(self, http)


@dataclass
class Browser:
    """Somebody's browser."""

    site: Site
    http: aiohttp.ClientSession

    async def get(self, where: str) -> tuple[int, str]:
        async with self.http.get(where if "://" in where else self.site.address + where) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, unescape(await answer.text())

    async def begin(self) -> str:
        """Open the page; gives where its button leads."""
        status, text = await self.get(INSTALL)
        assert status == 200
        found = re.search(r'href="([^"]+authorize[^"]+)"', text)
        assert found
        return found[1]


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    pages, logged, installed = web.Application(), Logged(), Installed(database)
    address = f"http://127.0.0.1:{free_port()}"
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=1)
    async with fake_slack() as slack, aiohttp.ClientSession() as session:
        Installer(
            Core(Settings(_env_file=None), database, pages, logged.logger(), lambda: datetime.now(UTC), nothing),
            installed,
            lambda: AsyncWebClient(base_url=slack.api_url, session=session, retry_handlers=[]),
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            api_url=slack.api_url,
            public_url=address,
        ).mount(pages)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(address.rpartition(":")[2])).start()
        yield Site(address, slack, database, installed, logged)
        await runner.cleanup()


async def test_a_workspace_is_installed_by_its_button(site: Site) -> None:
    team = site.slack.world.team("hall", installed=False)
    site.slack.person(team, "anna")
    async with site.browser() as browser:
        assert await site.installed.of(team.id) is None
        status, text = await browser.get(site.slack.approve(team, await browser.begin()))
    assert status == 200
    assert wording.installed("hall") in text
    kept = await site.database.read(installations.get, f"slack:{team.id}")
    assert kept is not None
    assert (kept.token, kept.bot_user, kept.bot, kept.name) == (team.token, team.bot_user, team.bot_id, "hall")
    assert kept.scopes == tuple(SCOPES)
    assert site.slack.world.users[kept.installed_by].team == team.id
    assert await site.installed.of(team.id) == kept
    assert team.token not in repr(site.logged.kept.calls)


async def test_a_state_is_used_once_by_the_browser_that_began_and_soon(site: Site) -> None:
    team = site.slack.world.team("hall", installed=False)
    site.slack.person(team, "anna")
    async with site.browser() as browser, site.browser() as other:
        back = site.slack.approve(team, await browser.begin())
        assert await other.get(back) == await browser.get(back)  # the state is gone, whoever tried it first
        status, text = await browser.get(back)
        assert (status, wording.OLD_LINK in text) == (400, True)

        back = site.slack.approve(team, await browser.begin())
        await site.database.write(
            lambda conn: conn.execute(update(keepsakes).values(kept_at=keepsakes.c.kept_at - 601))
        )
        assert (await browser.get(back))[0] == 400
        assert (await browser.get(f"{CALLBACK}?code=x&state=guessed"))[0] == 400
        assert (await browser.get(CALLBACK))[0] == 400

        first, second = await browser.begin(), await browser.begin()
        assert (await browser.get(site.slack.approve(team, first)))[0] == 200  # two tabs of one browser
        assert (await browser.get(site.slack.approve(team, second)))[0] == 200
        pages = await asyncio.gather(*[browser.get(back)] * 5)
        assert {status for status, _ in pages} == {400}


async def test_of_two_callbacks_at_once_one_passes(site: Site) -> None:
    team = site.slack.world.team("hall", installed=False)
    site.slack.person(team, "anna")
    async with site.browser() as browser:
        back = site.slack.approve(team, await browser.begin())
        pages = await asyncio.gather(*[browser.get(back) for _ in range(4)])
    assert sorted(status for status, _ in pages) == [200, 400, 400, 400]


async def test_what_slack_refuses_is_said_and_nothing_is_kept(site: Site) -> None:
    team = site.slack.world.team("hall", installed=False)
    async with site.browser() as browser:
        for fault, error, words in (
            (Fault.REFUSED, "bad_client_secret", "bad_client_secret"),
            (Fault.RESET, "", "unreachable"),
            (Fault.BROKEN, "", "no answer"),
        ):
            back = site.slack.approve(team, await browser.begin())
            site.slack.faults.add("oauth.v2.access", fault, error=error)
            status, text = await browser.get(back)
            assert status >= 400
            assert words in text
        page = await browser.begin()
        state = re.search("state=([^&]+)", page)
        assert state
        assert wording.DECLINED in (await browser.get(f"{CALLBACK}?error=access_denied&state={state[1]}"))[1]
    assert await site.database.read(installations.workspaces) == []


@dataclass
class Counted:
    """A database that counts how often it is read."""

    database: Database
    reads: int = 0

    async def read(self, work: Any, *args: Any) -> Any:
        self.reads += 1
        return await self.database.read(work, *args)


async def test_an_installation_is_read_once_for_all_that_ask_and_forgotten_when_told(database: Database) -> None:
    time = [0.0]
    counted = Counted(database)
    installed = Installed(cast("Database", counted), clock=lambda: time[0])
    assert await asyncio.gather(*[installed.of("T1") for _ in range(50)]) == [None] * 50
    assert counted.reads == 1
    kept = installations.Installation("slack:T1", "hall", "xoxb-1", "B1", "U1", ("commands",), datetime.now(UTC))
    await database.write(installations.save, kept)
    time[0] += ABSENT_SECONDS + 1
    found = await asyncio.gather(*[installed.of("T1") for _ in range(50)])
    assert {one.token for one in found if one} == {"xoxb-1"}
    assert counted.reads == 2
    result = await Authorizer(installed)(
        context=AsyncBoltContext(), enterprise_id="E1", team_id="T1", user_id="U9", actor_team_id=None
    )
    assert result is not None
    assert (result.bot_token, result.bot_user_id, result.enterprise_id) == ("xoxb-1", "U1", "E1")
    assert counted.reads == 2
    installed.forget("T1")
    await installed.of("T1")
    time[0] += KEPT_SECONDS + 1
    await installed.of("T1")
    assert counted.reads == 4


async def test_once_installed_an_interview_can_be_held_there(migrated_sqlite_url: str, tmp_path: Path) -> None:
    """The pages as the product mounts them, and nothing set up but what the README says."""
    async with slack_far("http") as far:
        far.installed = False
        house = House(far, migrated_sqlite_url, tmp_path)
        address = f"http://127.0.0.1:{house.port}"
        far.settings = {"public_url": address, "secret_key": SecretStr(Fernet.generate_key().decode())}
        await house.start()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(f"{address}{INSTALL}") as page:
                found = re.search(r'href="([^"]+authorize[^"]+)"', await page.text())
            assert found
            async with http.get(far.slack.approve(far.team, unescape(found[1]))) as page:
                assert page.status == 200
        await house.start_interview("easy")
        assert await house.count("Think aloud") == 1
        await house.stop()


async def test_without_a_key_to_seal_tokens_nothing_can_be_installed(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with slack_far("http") as far:
        house = House(far, migrated_sqlite_url, tmp_path)
        far.settings = {"public_url": f"http://127.0.0.1:{house.port}"}
        await house.start()
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{house.port}{INSTALL}") as page:
            assert page.status == 404
        await house.stop()
