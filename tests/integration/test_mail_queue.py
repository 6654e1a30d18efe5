"""The queue: sent once, by any hub, again after what can pass, and bounded."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from studium.hub.database import Database
from studium.hub.mail import MailServer
from studium.hub.mail.deliveries import UNFINISHED
from studium.hub.mail.mail import ACCOUNT_DAY, ADDRESS_HOUR, WAITING
from studium.protocol.errors import StudiumError
from studium.protocol.mail import MailSecurity
from support import mail
from support.hub import RunningHub, SocketDriver, running_hub
from support.postgres import TestPostgres

ROW = "SELECT state, tries, reason, body, html FROM outgoing_mail WHERE to_address = $1"
DUE = "UPDATE outgoing_mail SET due_at = now() WHERE state = 'waiting'"


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def server() -> AsyncIterator[mail.MailServer]:
    async with mail.mail_server() as running:
        yield running


def settings(server: mail.MailServer) -> MailServer:
    return MailServer("localhost", server.port, MailSecurity.NONE, "studium@example.org", "Studium")


@pytest.fixture
async def hub(database: Database, driver: SocketDriver, server: mail.MailServer) -> AsyncIterator[RunningHub]:
    async with running_hub(database, driver) as running:
        await running.hub.mail.set_server(settings(server))
        yield running


async def send(hub: RunningHub, to: str, **options: Any) -> None:
    async with hub.database.transaction() as connection:
        await hub.hub.mail.send(connection, to, "Hello", "Good morning.\n", **options)


async def until(hub: RunningHub, to: str, state: str, tries: int = 1) -> Any:
    """The row of the message to this address, once it is so."""
    async with asyncio.timeout(60):
        while True:
            row = await hub.database.fetchrow(ROW, to)
            if row is not None and row["state"] == state and row["tries"] >= tries:
                return row
            await asyncio.sleep(0.02)


async def until_refused(hub: RunningHub, to: str) -> Any:
    """The row of the message to this address, once a try of it went wrong and it waits for the next."""
    async with asyncio.timeout(60):
        while not (row := await until(hub, to, "waiting"))["reason"]:
            await asyncio.sleep(0.02)
    return row


async def test_a_message_goes_out_when_its_transaction_is_committed(hub: RunningHub, server: mail.MailServer) -> None:
    async def taken_back() -> None:
        async with hub.database.transaction() as connection:
            await hub.hub.mail.send(connection, "never@example.org", "Hello", "Never.\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await taken_back()
    await send(hub, "ada@example.org")
    (received,) = await server.wait(1)
    assert (received.to, received.text) == ("ada@example.org", "Good morning.\r\n")
    assert await hub.database.fetchval("SELECT count(*) FROM outgoing_mail") == 1


async def test_what_a_message_said_is_not_kept(hub: RunningHub, server: mail.MailServer) -> None:
    await send(hub, "ada@example.org", html="<p>secret</p>")
    row = await until(hub, "ada@example.org", "sent")
    assert (row["body"], row["html"]) == ("", None)
    server.answers["RCPT"] = "550 no such user"
    await send(hub, "gone@example.org", html="<p>secret</p>")
    row = await until(hub, "gone@example.org", "failed")
    assert (row["body"], row["html"]) == ("", None)
    assert "550 no such user" in row["reason"]


async def test_without_a_mail_server_nothing_is_taken(database: Database, driver: SocketDriver) -> None:
    async with running_hub(database, driver) as hub:
        assert not hub.hub.mail.configured()
        with pytest.raises(StudiumError, match="no mail server is set up") as refused:
            await send(hub, "ada@example.org")
        assert refused.value.code == "unavailable"


async def test_every_hub_hears_of_a_mail_server(hub: RunningHub, tmp_path: Path) -> None:
    async with running_hub(hub.database, SocketDriver(tmp_path)) as other:
        assert other.hub.mail.configured()
        await hub.hub.mail.set_server(None)
        async with asyncio.timeout(60):
            while other.hub.mail.configured():
                await asyncio.sleep(0.01)
        assert not hub.hub.mail.configured()


async def test_two_hubs_send_each_message_once(
    hub: RunningHub, server: mail.MailServer, postgres: TestPostgres, tmp_path: Path
) -> None:
    other_database = await Database(hub.database.dsn, connections=6).open(apply_migrations=False)
    try:
        async with running_hub(other_database, SocketDriver(tmp_path)) as other:
            server.held = asyncio.Event()
            await asyncio.gather(*(send((hub, other)[n % 2], f"p{n}@example.org") for n in range(40)))
            await server.wait(2)  # each hub has one under way
            server.held.set()
            await server.wait(40)
            while await hub.database.fetchval("SELECT count(*) FROM outgoing_mail WHERE state = 'waiting'"):
                await asyncio.sleep(0.02)
            assert sorted(one.to for one in server.received) == sorted(f"p{n}@example.org" for n in range(40))
            counts = [one.hub.mail.statistics()["sent"] for one in (hub, other)]
            assert sum(counts) == 40
            assert all(counts), counts
    finally:
        await other_database.close()


async def test_what_can_pass_is_tried_again(hub: RunningHub, server: mail.MailServer) -> None:
    server.answers["RCPT"] = "450 4.2.0 greylisted"
    await send(hub, "ada@example.org")
    row = await until_refused(hub, "ada@example.org")
    assert "450 4.2.0 greylisted" in row["reason"]
    wait = await hub.database.fetchval("SELECT extract(epoch FROM due_at - now())::float8 FROM outgoing_mail")
    assert 30 < wait < 70
    server.answers.clear()
    await hub.database.execute(DUE)
    await server.wait(1)
    assert (await until(hub, "ada@example.org", "sent", 2))["tries"] == 2


async def test_mending_the_settings_sends_what_waits(hub: RunningHub, server: mail.MailServer) -> None:
    async with mail.mail_server() as gone:
        nowhere = settings(gone)
    await hub.hub.mail.set_server(nowhere)
    await send(hub, "ada@example.org")
    await until_refused(hub, "ada@example.org")
    await hub.hub.mail.set_server(settings(server))
    await server.wait(1)


async def test_after_its_time_a_message_is_given_up(hub: RunningHub, server: mail.MailServer) -> None:
    server.answers["RCPT"] = "450 4.2.0 greylisted"
    await send(hub, "ada@example.org")
    await until_refused(hub, "ada@example.org")
    await hub.database.execute("UPDATE outgoing_mail SET give_up_at = now(), due_at = now()")
    row = await until(hub, "ada@example.org", "failed")
    assert "greylisted" in row["reason"]
    await hub.hub.mail.set_server(None)
    await hub.database.execute(
        "INSERT INTO outgoing_mail (to_address, address_key, subject, body, give_up_at)"
        " VALUES ('eve@example.org', 'eve@example.org', 's', 'b', now() + interval '0.3 seconds')"
    )
    assert "no mail server was set up" in (await until(hub, "eve@example.org", "failed", 0))["reason"]


async def test_killed_between_send_and_mark_one_copy_more_and_no_third(
    database: Database, driver: SocketDriver, server: mail.MailServer, tmp_path: Path
) -> None:
    """At least once, and at most twice: both copies have one ``Message-ID``."""
    async with running_hub(database, driver, mail=settings(server)) as hub:
        await send(hub, "ada@example.org")
        for times in (1, 2):
            server.held = asyncio.Event()
            if times == 2:
                await database.execute(DUE)
            await server.wait(times)  # the server has it and has not said so
            task = hub.hub.mail._deliveries._task
            assert task is not None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            server.held.set()
            row = await database.fetchrow(ROW, "ada@example.org")
            assert row is not None
            assert (row["state"], row["tries"]) == ("waiting", times)
            await hub.hub.mail._deliveries.start()  # another life
        await database.execute(DUE)
        row = await until(hub, "ada@example.org", "failed")
        assert row["reason"] == UNFINISHED
        ids = {str(one.message["Message-ID"]) for one in server.received}
        assert (len(server.received), len(ids)) == (2, 1)


async def test_a_message_that_another_hub_sends_is_left_alone(
    hub: RunningHub, server: mail.MailServer, tmp_path: Path
) -> None:
    server.held = asyncio.Event()
    await send(hub, "ada@example.org")
    await server.wait(1)
    async with running_hub(hub.database, SocketDriver(tmp_path)) as other:
        await send(other, "bob@example.org")
        await server.wait(2)
        server.held.set()
        await until(other, "bob@example.org", "sent")
        assert (await until(hub, "ada@example.org", "sent"))["tries"] == 1
    assert len(server.received) == 2


async def test_a_hub_that_stops_in_the_middle_still_marks_what_was_sent(
    database: Database, driver: SocketDriver, server: mail.MailServer
) -> None:
    server.held = asyncio.Event()
    async with running_hub(database, driver, mail=settings(server)) as hub:
        await send(hub, "ada@example.org")
        await server.wait(1)
        asyncio.get_running_loop().call_later(0.2, server.held.set)
    assert await database.fetchval("SELECT state FROM outgoing_mail") == "sent"


async def test_requests_do_not_wait_for_a_mail_server_that_hangs(hub: RunningHub, server: mail.MailServer) -> None:
    server.silent = "GREETING"
    async with asyncio.timeout(60):
        for n in range(20):
            await send(hub, f"p{n}@example.org")


async def test_one_address_gets_so_many_and_no_more(hub: RunningHub) -> None:
    async def one(n: int) -> str:
        try:
            await send(hub, ("Ada@example.org", "ada@EXAMPLE.org")[n % 2])
        except StudiumError as error:
            return error.code
        return "sent"

    answers = await asyncio.gather(*(one(n) for n in range(ADDRESS_HOUR + 5)))
    assert sorted(answers) == ["rate_limited"] * 5 + ["sent"] * ADDRESS_HOUR
    await send(hub, "bob@example.org")


async def test_one_account_and_the_whole_queue_are_bounded(hub: RunningHub) -> None:
    account_id = await hub.database.fetchval(
        "INSERT INTO accounts (email_address, email_key) VALUES ('a@example.org', 'a@example.org') RETURNING account_id"
    )
    many = (
        "INSERT INTO outgoing_mail (to_address, address_key, account_id, subject, body, due_at, give_up_at)"
        " SELECT 'x', 'x', $1, 's', 'b', now() + interval '1 hour', now() + interval '1 day'"
        " FROM generate_series(1, $2)"
    )
    await hub.database.execute(many, account_id, ACCOUNT_DAY)
    with pytest.raises(StudiumError, match="Your account has caused many messages"):
        await send(hub, "ada@example.org", account_id=account_id)
    await send(hub, "ada@example.org")
    await hub.database.execute(many, None, WAITING - ACCOUNT_DAY)
    with pytest.raises(StudiumError, match="wait to be sent"):
        await send(hub, "bob@example.org")


@pytest.mark.parametrize("to", ["ada", "ada@example.org\r\nBcc: eve@example.org", "ada,eve@example.org"])
async def test_what_is_no_address_is_refused_at_once(hub: RunningHub, to: str) -> None:
    with pytest.raises(StudiumError) as refused:
        await send(hub, to)
    assert refused.value.code == "invalid_value"


async def test_the_queue_goes_on_after_the_stream_of_changes_was_lost(hub: RunningHub, server: mail.MailServer) -> None:
    await hub.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_replication"
        " JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
    )
    await send(hub, "ada@example.org")
    await server.wait(1)
    await until(hub, "ada@example.org", "sent")
