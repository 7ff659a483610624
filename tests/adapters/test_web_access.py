"""Who gets at the playground: hosts, origins, headers, the password, and who a browser is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel

import aiohttp
import pytest

from adapters.web.access import is_loopback
from storage.addresses import Place
from storage.database import Database
from tests.adapters.playground import Page, Playground, playground

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "correct horse"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(migrated_sqlite_url)
    yield opened
    await opened.close()


def cookies(page: Page) -> dict[str, Morsel[str]]:
    return {cookie.key: cookie for cookie in page.http.cookie_jar}


async def refused(page: Page, **headers: str) -> int:
    """The status with which the WebSocket is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as why:
        await page.connect(1, **headers)
    return why.value.status


async def sign_in(ground: Playground, page: Page, password: str, origin: str = "") -> aiohttp.ClientResponse:
    return await page.http.post(
        f"{ground.address}/web/login",
        data={"password": password},
        headers={"Origin": origin or ground.address},
        allow_redirects=False,
    )


@pytest.mark.parametrize("path", ["/", "/web/app.js", "/web/base.css", "/web/icon.svg", "/web/nothing", "/web/login"])
async def test_every_answer_carries_strict_headers(database: Database, path: str) -> None:
    async with playground(database) as ground, aiohttp.ClientSession() as http:
        headers = (await http.get(ground.address + path, allow_redirects=False)).headers
    policy = headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


async def test_the_page_and_its_parts_are_served_and_remembered(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        async with page.http.get(f"{ground.address}/web/app.js") as answer:
            assert answer.content_type == "text/javascript"
            etag = answer.headers["ETag"]
        async with page.http.get(f"{ground.address}/web/app.js", headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304
        for name in ("index.html", "login.html", "..%2Fserver.py", "server.py"):
            async with page.http.get(f"{ground.address}/web/{name}") as answer:
                assert answer.status == 404
        async with page.http.get(ground.address) as answer:
            text = await answer.text()
    assert "<script src=" in text
    for inline in ("style=", "onclick", "onload", "javascript:", "<style"):
        assert inline not in text
    assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("<!doctype", "")


async def test_a_page_under_a_foreign_name_gets_nothing(database: Database) -> None:
    """Without a password a name that was bent to our address is refused; our own names are not."""
    async with playground(database) as ground, ground.page() as page:
        port = ground.address.rpartition(":")[2]
        for host, status in (
            (f"127.0.0.1:{port}", 200),
            (f"localhost:{port}", 200),
            (f"[::1]:{port}", 200),
            (f"rebound.example:{port}", 421),
            ("127.0.0.1.rebound.example", 421),
        ):
            async with page.http.get(ground.address, headers={"Host": host}) as answer:
                assert answer.status == status, host
                assert ("Set-Cookie" in answer.headers) == (status == 200)
        await page.enter()
        rebound = {"Host": f"rebound.example:{port}", "Origin": f"http://rebound.example:{port}"}
        assert await refused(page, **rebound) == 421


async def test_only_our_own_page_may_open_the_socket(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        assert await refused(page) == 401  # nobody yet
        await page.enter()
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "", "file://"):
            assert await refused(page, Origin=origin) == 403, origin


async def test_a_browser_is_one_person_and_its_secret_is_shown_to_nobody(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        cookie = cookies(page)["talkpro_person"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert not cookie["secure"]
        user = page.user
        await other.enter()
        await page.say("hello")
        row = await other.row(lambda row: row["author"] == user)
        assert cookie.value not in repr([page.seen, other.seen])
        assert row["name"] == f"Guest {user[:4].upper()}"
        await page.leave()
        page.seen.clear()
        await page.enter()
        assert page.user == user
        assert cookies(page)["talkpro_person"].value == cookie.value
        assert other.user != user


async def test_a_browser_can_be_nine_persons(database: Database) -> None:
    async with playground(database) as ground, ground.page() as page:
        users = []
        for number in (1, 2, 9, 10, 0):
            page.seen.clear()
            await page.enter(number)
            users.append(page.user)
            await page.leave()
        assert sorted(cookies(page)) == ["talkpro_person", "talkpro_person_2", "talkpro_person_9"]
    assert len(set(users[:3])) == 3
    assert users[3:] == [users[0]] * 2


async def test_behind_a_secure_proxy_cookies_are_secure(database: Database) -> None:
    async with playground(database) as ground, aiohttp.ClientSession() as http:
        answer = await http.get(ground.address, headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in answer.headers["Set-Cookie"]


async def test_with_a_password_nothing_is_to_be_had_without_it(database: Database) -> None:
    async with playground(database, web_password=PASSWORD) as ground, ground.page() as page:
        async with page.http.get(ground.address, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/web/login")
        async with page.http.get(f"{ground.address}/web/login") as answer:
            assert 'data-notice=""' in await answer.text()
        assert await refused(page) == 401
        answer = await sign_in(ground, page, "wrong horse")
        assert answer.status == 401
        assert 'data-notice="wrong"' in await answer.text()
        assert "Set-Cookie" not in answer.headers
        answer = await sign_in(ground, page, PASSWORD, origin="https://evil.example")
        assert answer.status == 403
        answer = await sign_in(ground, page, "x" * 5000)
        assert answer.status == 413
        answer = await sign_in(ground, page, PASSWORD)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        session = cookies(page)["talkpro_session"]
        assert session["httponly"]
        assert session["samesite"] == "Strict"
        await page.enter()
        await page.say("I am in")
        async with page.http.get(f"{ground.address}/web/login", allow_redirects=False) as answer:
            assert answer.status == 303
        (finding,) = await ground.platform.check()
        assert "with the password" in finding.detail
        profile = await ground.platform.profile(next(iter(ground.coach.taken.values())).person)
        assert not profile.admin
    assert PASSWORD not in repr(ground.logged.kept.calls)


async def test_with_a_password_any_host_name_may_be_ours(database: Database) -> None:
    async with playground(database, web_password=PASSWORD) as ground, aiohttp.ClientSession() as http:
        answer = await http.get(f"{ground.address}/web/login", headers={"Host": "practice.example"})
    assert answer.status == 200


async def test_a_sign_in_holds_over_a_restart_until_it_ends_or_the_password_changes(database: Database) -> None:
    clock = Clock()
    async with playground(database, web_password=PASSWORD, now=clock) as ground, ground.page() as page:
        await sign_in(ground, page, PASSWORD)
        session = cookies(page)["talkpro_session"].value
    statuses = []
    for password, later, cookie in (
        (PASSWORD, timedelta(days=29), session),
        (PASSWORD, timedelta(days=31), session),
        ("another", timedelta(), session),
        (PASSWORD, timedelta(), session[:-1] + "x"),
        (PASSWORD, timedelta(days=31), "9" + session),
        (PASSWORD, timedelta(), "nan." + session.rpartition(".")[2]),
    ):
        clock.now = NOON + later
        async with playground(database, web_password=password, now=clock) as ground, ground.page() as page:
            headers = {"Cookie": f"talkpro_session={cookie}"}
            async with page.http.get(ground.address, headers=headers, allow_redirects=False) as answer:
                statuses.append(answer.status)
    assert statuses == [200, 303, 303, 303, 303, 303]


async def test_wrong_passwords_have_to_wait(database: Database) -> None:
    clock = Clock()
    async with playground(database, web_password=PASSWORD, now=clock) as ground, ground.page() as page:
        for _ in range(5):
            assert (await sign_in(ground, page, "wrong")).status == 401
        answer = await sign_in(ground, page, PASSWORD)
        assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
        assert 'data-notice="wait"' in await answer.text()
        clock.now += timedelta(minutes=1)
        assert (await sign_in(ground, page, PASSWORD)).status == 303
    assert ground.logged.names == ["too many wrong passwords"]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_speech_reaches_only_whom_it_is_for(database: Database) -> None:
    """Whispers and private threads of one person are in no frame of another's."""
    async with playground(database) as ground, ground.page() as page, ground.page() as other:
        await page.enter()
        await other.enter()
        thread = await page.start()
        await page.say("my secret thought", thread=thread)
        await page.say("/interview help")
        await ground.platform.at(Place("web", "local", "practice")).say("For everybody")
        await other.row(lambda row: "For everybody" in row["html"])
        assert [row["html"] for row in other.rows().values()] == ["<p>For everybody</p>\n"]
