"""A Studium that is killed while a mail server has just taken its message: nothing is lost, and one copy comes more."""

import asyncio
import json
import urllib.request
from pathlib import Path

import asyncpg

from studium.cli.data_directory import DataDirectory
from support.mail import mail_server
from support.serving import admin, running


def ask(url: str) -> int:
    body = json.dumps({"email_address": "ada@example.org"}).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/api/password-resets", body, headers)) as answer:
        return int(answer.status)


async def end_lease(data: Path) -> None:
    """What time does three minutes later."""
    connection = await asyncpg.connect(DataDirectory(data).running().database)
    try:
        await connection.execute("UPDATE outgoing_mail SET due_at = now() WHERE state = 'waiting'")
    finally:
        await connection.close()


async def state(data: Path) -> str:
    connection = await asyncpg.connect(DataDirectory(data).running().database)
    try:
        return str(await connection.fetchval("SELECT state FROM outgoing_mail"))
    finally:
        await connection.close()


async def test_killed_after_the_message_was_taken(tmp_path: Path) -> None:
    data, password = tmp_path / "data", tmp_path / "password"
    password.write_text("four short plain words")
    async with mail_server() as server:
        server.held = asyncio.Event()
        command = ["serve", "--data", str(data), "--port", "0", "--no-browser"]
        command += ["--mail", f"smtp+plain://127.0.0.1:{server.port}", "--mail-from", "Studium <studium@example.org>"]
        first = running(*command)
        serving = await asyncio.to_thread(first.__enter__)
        try:
            account = ("account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
            await asyncio.to_thread(admin, data, *account)
            assert await asyncio.to_thread(ask, serving.url) == 202
            await server.wait(1)
            serving.process.kill()
            await asyncio.to_thread(serving.process.wait)
        finally:
            await asyncio.to_thread(first.__exit__, None, None, None)
        server.held.set()
        second = running(*command)
        await asyncio.to_thread(second.__enter__)
        try:
            assert await state(data) == "waiting"
            await end_lease(data)
            one, other = await server.wait(2)
            assert one.message["Message-ID"] == other.message["Message-ID"]
            assert one.link("/reset-password") == other.link("/reset-password")
            async with asyncio.timeout(60):
                while await state(data) != "sent":
                    await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(second.__exit__, None, None, None)
        assert len(server.received) == 2
