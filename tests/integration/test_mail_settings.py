"""The mail server as administrators set it: its password goes in, and comes out nowhere."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from studium.hub.database import Database
from studium.hub.database.changes import RowChange
from studium.hub.mail import MailServer
from studium.protocol.mail import MailSecurity
from support import mail
from support.hub import Browser, RunningHub, SocketDriver, person, running_hub

SECRET = "a-very-hidden-password"


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def server() -> AsyncIterator[mail.MailServer]:
    async with mail.mail_server(mail.MailServer(users={"studium": SECRET})) as running:
        yield running


@pytest.fixture
async def hub(database: Database, driver: SocketDriver) -> AsyncIterator[RunningHub]:
    await person(database, "root@example.org", administrator=True)
    await person(database, "ada@example.org")
    async with running_hub(database, driver) as running:
        yield running


async def put(browser: Browser, **fields: Any) -> tuple[int, Any]:
    async with browser.client.put(f"{browser.url}/api/mail", json=fields) as answer:
        return answer.status, await answer.json()


def fields(server: mail.MailServer, **changes: Any) -> dict[str, Any]:
    return {
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "user": "studium",
        "password": SECRET,
        "sender_address": "studium@example.org",
        "sender_name": "Studium",
        **changes,
    }


async def test_set_tried_and_removed(hub: RunningHub, server: mail.MailServer) -> None:
    async with hub.browser("root@example.org") as root:
        assert (await root.get("/api/mail"))[1]["configured"] is False
        assert (await root.post("/api/mail/test"))[1]["error"]["code"] == "unavailable"
        status, stored = await put(root, **fields(server))
        assert (status, stored["configured"], stored["fixed"], stored["has_password"]) == (200, True, False, True)
        assert (await root.get("/api/session"))[1]["site"]["mail"] is True
        assert await root.post("/api/mail/test") == (200, {"to": "root@example.org", "reply": "2.0.0 queued as 1"})
        assert server.received[0].to == "root@example.org"
        server.answers["TEXT"] = "554 5.7.1 not from you"
        status, answer = await root.post("/api/mail/test")
        assert status == 503
        assert "554 5.7.1 not from you" in answer["error"]["message"]
        async with root.client.delete(f"{root.url}/api/mail") as removed:
            assert (await removed.json())["configured"] is False
        assert (await root.get("/api/session"))[1]["site"]["mail"] is False


async def test_the_password_is_told_to_nobody(
    hub: RunningHub, server: mail.MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    heard: list[RowChange] = []
    for table in ("mail_server", "outgoing_mail"):
        hub.hub.changes.listen(table, heard.append)
    server.answers["AUTH"] = f"535 5.7.8 wrong: {SECRET}"
    async with hub.browser("root@example.org") as root:
        answers = [
            await put(root, **fields(server)),
            await root.get("/api/mail"),
            await root.post("/api/mail/test"),
            await put(root, **fields(server, host="")),
        ]
        async with hub.database.transaction() as connection:
            await hub.hub.mail.send(connection, "ada@example.org", "Hello", f"link: {SECRET}\n")
        query = {"outgoing_mail": [{"to_address": None, "subject": None, "reason": None, "state": None}]}
        async with asyncio.timeout(60):
            while True:
                rows = (await root.post("/api/query", query=query))[1]["result"]["outgoing_mail"]
                if rows[0]["reason"] and {change.table for change in heard} == {"mail_server", "outgoing_mail"}:
                    break
                await asyncio.sleep(0.02)
        answers += [rows]
        for field in ("body", "html"):
            refused = await root.post("/api/query", query={"outgoing_mail": [{field: None}]})
            assert refused[1]["error"]["code"] == "no_such_field"
        refused = await root.post("/api/query", query={"mail_server": [{"password": None}]})
        assert refused[1]["error"]["code"] == "no_such_table"
    assert SECRET not in str(answers)
    assert SECRET not in str(heard)
    assert SECRET not in caplog.text
    assert "535 5.7.8 wrong: …" in str(answers)


async def test_the_password_stays_with_its_server(hub: RunningHub, server: mail.MailServer) -> None:
    async with hub.browser("root@example.org") as root:
        await put(root, **fields(server))
        kept = fields(server, password=None, sender_name="Another")
        assert (await put(root, **kept))[1]["sender_name"] == "Another"
        assert (await root.post("/api/mail/test"))[0] == 200
        for change in ({"host": "127.0.0.1"}, {"port": 25}, {"security": "tls"}, {"user": "eve"}):
            status, answer = await put(root, **{**kept, **change})
            assert (status, answer["error"]["data"]["field"]) == (400, "password")
        status, stored = await put(root, **{**kept, "user": ""})
        assert (status, stored["has_password"]) == (200, False)


async def test_only_administrators(hub: RunningHub, server: mail.MailServer) -> None:
    async with hub.browser("ada@example.org") as ada, hub.browser() as nobody:
        for browser, status in ((ada, 403), (nobody, 401)):
            assert (await browser.get("/api/mail"))[0] == status
            assert (await put(browser, **fields(server)))[0] == status
            assert (await browser.post("/api/mail/test"))[0] == status
            async with browser.client.delete(f"{browser.url}/api/mail") as answer:
                assert answer.status == status


async def test_a_password_does_not_travel_in_the_clear(hub: RunningHub, server: mail.MailServer) -> None:
    async with hub.browser("root@example.org") as root:
        status, answer = await put(root, **fields(server, host="mail.example.org"))
        assert (status, answer["error"]["data"]["field"]) == (400, "security")


async def test_tests_are_limited(hub: RunningHub, server: mail.MailServer) -> None:
    async with hub.browser("root@example.org") as root:
        await put(root, **fields(server))
        assert [(await root.post("/api/mail/test"))[0] for _ in range(6)] == [200] * 5 + [429]


async def test_what_the_settings_say_cannot_be_changed_in_the_page(
    database: Database, driver: SocketDriver, server: mail.MailServer
) -> None:
    await person(database, "root@example.org", administrator=True)
    fixed = MailServer("localhost", server.port, MailSecurity.NONE, "s@example.org", user="studium", password=SECRET)
    async with running_hub(database, driver, mail=fixed) as hub, hub.browser("root@example.org") as root:
        shown = (await root.get("/api/mail"))[1]
        assert (shown["fixed"], shown["host"], shown["has_password"]) == (True, "localhost", True)
        status, answer = await put(root, **fields(server))
        assert (status, answer["error"]["code"]) == (409, "conflict")
        assert (await root.post("/api/mail/test"))[0] == 200
