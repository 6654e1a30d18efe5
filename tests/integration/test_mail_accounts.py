"""A forgotten password, a confirmed and another address, by the links that really arrive; and what strangers learn."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from studium.hub.accounts import add_api_token, set_password, set_sign_up
from studium.hub.database import Database
from studium.hub.mail import MailServer
from studium.protocol.mail import MailSecurity
from studium.protocol.session import SignUpPolicy
from support import mail
from support.hub import PASSWORD, Browser, RunningHub, SocketDriver, person, running_hub

NEW = "another long password"
RESET, CONFIRM = "/reset-password", "/confirm-email"
EXPIRE = "UPDATE account_links SET expires_at = now()"


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def server() -> AsyncIterator[mail.MailServer]:
    async with mail.mail_server() as running:
        yield running


@pytest.fixture
async def hub(database: Database, driver: SocketDriver, server: mail.MailServer) -> AsyncIterator[RunningHub]:
    settings = MailServer("localhost", server.port, MailSecurity.NONE, "studium@example.org", "Studium")
    async with running_hub(database, driver, mail=settings) as running:
        yield running


@pytest.fixture
async def without(database: Database, driver: SocketDriver) -> AsyncIterator[RunningHub]:
    """A hub without a mail server."""
    async with running_hub(database, driver) as running:
        yield running


def code(answer: tuple[int, Any]) -> str:
    return str(answer[1]["error"]["code"])


async def forgotten(browser: Browser, server: mail.MailServer, address: str = "ada@example.org", count: int = 1) -> str:
    """The token of the link that arrives."""
    assert (await browser.post("/api/password-resets", email_address=address))[0] == 202
    received = await server.wait(count)
    address, _, token = received[-1].link(RESET).partition("#")
    assert address == f"{browser.url}{RESET}"
    return token


async def confirmed(database: Database, address: str = "ada@example.org") -> bool:
    return bool(
        await database.fetchval("SELECT confirmed_at IS NOT NULL FROM accounts WHERE email_address = $1", address)
    )


async def until_signed_out(browser: Browser) -> None:
    async with asyncio.timeout(60):
        while (await browser.get("/api/session"))[1]["account"] is not None:
            await asyncio.sleep(0.02)


# --- a forgotten password -------------------------------------------------------------------------------------------


async def test_a_forgotten_password(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "Ada@Example.org")
    script = await add_api_token(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as elsewhere, hub.browser() as ada:
        assert (await elsewhere.get("/api/session"))[1]["account"] is not None
        token = await forgotten(ada, server, " ADA@example.org")
        assert server.received[0].to == "Ada@example.org"
        assert code(await ada.post("/api/password-resets/use", token=token, password="short")) == "invalid_value"
        status, info = await ada.post("/api/password-resets/use", token=token, password=NEW)
        assert (status, info["account"]["email_address"]) == (200, "Ada@Example.org")
        assert (await ada.get("/api/session"))[1]["account"] is not None
        await until_signed_out(elsewhere)
        headers = {"Authorization": f"Bearer {script}", "Cookie": ""}
        async with asyncio.timeout(60):
            while (await elsewhere.get("/api/session", headers=headers))[0] != 401:
                await asyncio.sleep(0.02)
        assert await confirmed(hub.database, "Ada@Example.org")
        assert code(await ada.post("/api/password-resets/use", token=token, password=NEW)) == "not_permitted"
    async with hub.browser() as again:
        assert (await again.post("/api/session", email_address="ada@example.org", password=PASSWORD))[0] == 401
        assert (await again.post("/api/session", email_address="ada@example.org", password=NEW))[0] == 200
    stored = await hub.database.fetch("SELECT * FROM account_links")
    assert stored == []


async def test_the_same_answer_whether_or_not_there_is_an_account(hub: RunningHub, server: mail.MailServer) -> None:
    """Nothing that depends on the account is done before the answer, so the time cannot tell either."""
    await person(hub.database, "ada@example.org")
    await person(hub.database, "gone@example.org")
    await hub.database.execute("UPDATE accounts SET disabled = true WHERE email_address = 'gone@example.org'")
    known: list[float] = []
    unknown: list[float] = []
    async with hub.browser() as eve:
        answers = []
        for address in ("nobody@example.org", "gone@example.org", "ada@example.org"):
            async with eve.client.post(f"{hub.url}/api/password-resets", json={"email_address": address}) as answer:
                headers = {name: value for name, value in answer.headers.items() if name != "Date"}
                answers.append((answer.status, headers, await answer.text()))
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 202
        await server.wait(1)  # asked last, answered last: the others had none
        assert [one.to for one in server.received] == ["ada@example.org"]
        for n in range(2):
            for address, times in ((f"n{n}@example.org", unknown), ("ada@example.org", known)):
                began = time.perf_counter()
                assert (await eve.post("/api/password-resets", email_address=address))[0] == 202
                times.append(time.perf_counter() - began)
        # One account is slowed down, and one that is none just as much.
        again = [
            [await eve.post("/api/password-resets", email_address=address) for _ in range(4)]
            for address in ("ada@example.org", "nobody@example.org")
        ]
        assert code(again[0][-1]) == code(again[1][-1]) == "rate_limited"
        assert (await eve.post("/api/password-resets", email_address="not an address"))[0] == 400
    assert min(known) < min(unknown) + 0.05


async def test_the_answer_waits_for_nothing_that_knows_accounts(hub: RunningHub, server: mail.MailServer) -> None:
    """Nobody can read the accounts meanwhile, and still both are answered."""
    await person(hub.database, "ada@example.org")
    async with hub.browser() as eve:
        async with hub.database.transaction() as connection:
            await connection.execute("LOCK TABLE accounts, account_links, outgoing_mail IN ACCESS EXCLUSIVE MODE")
            async with asyncio.timeout(60):
                answers = [
                    await eve.post("/api/password-resets", email_address=f"{n}@example.org") for n in ("ada", "no")
                ]
            assert answers == [(202, {}), (202, {})]
        assert [one.to for one in await server.wait(1)] == ["ada@example.org"]


async def test_a_forgotten_password_is_limited_by_client(hub: RunningHub) -> None:
    async with hub.browser() as eve:
        answers = [await eve.post("/api/password-resets", email_address=f"p{n}@example.org") for n in range(31)]
    assert [status for status, _ in answers] == [202] * 30 + [429]


async def test_links_end(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser() as ada:
        older = await forgotten(ada, server)
        newer = await forgotten(ada, server, count=2)
        assert code(await ada.post("/api/password-resets/use", token=older, password=NEW)) == "not_permitted"
        await set_password(hub.database, "ada@example.org", "a password by the administrator")
        assert code(await ada.post("/api/password-resets/use", token=newer, password=NEW)) == "not_permitted"
        late = await forgotten(ada, server, count=3)
        ends = await hub.database.fetchval("SELECT extract(epoch FROM expires_at - now())::float8 FROM account_links")
        assert 3500 < ends <= 3600
        await hub.database.execute(EXPIRE)
        assert code(await ada.post("/api/password-resets/use", token=late, password=NEW)) == "not_permitted"
        assert code(await ada.post("/api/password-resets/use", token="x" * 5000, password=NEW)) == "not_permitted"
        assert code(await ada.post("/api/email/confirm", token=newer)) == "not_permitted"


async def test_a_disabled_account_gets_in_by_no_link(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser() as ada:
        token = await forgotten(ada, server)
        await hub.database.execute("UPDATE accounts SET disabled = true")
        assert code(await ada.post("/api/password-resets/use", token=token, password=NEW)) == "not_permitted"


async def test_of_two_who_use_one_link_one_wins(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser() as ada, hub.browser() as eve:
        token = await forgotten(ada, server)
        answers = await asyncio.gather(
            *(each.post("/api/password-resets/use", token=token, password=NEW) for each in (ada, eve))
        )
    assert sorted(status for status, _ in answers) == [200, 403]


async def test_without_mail_the_page_says_so_and_the_administrator_makes_a_link(without: RunningHub) -> None:
    await person(without.database, "root@example.org", administrator=True)
    await person(without.database, "ada@example.org")
    async with without.browser("root@example.org") as root, without.browser("ada@example.org") as ada:
        assert (await ada.get("/api/session"))[1]["site"]["mail"] is False
        answers = [await ada.post("/api/password-resets", email_address=f"{who}@example.org") for who in ("ada", "no")]
        assert answers[0] == answers[1]
        assert (answers[0][0], code(answers[0])) == (503, "unavailable")
        asked = {"email_address": "ADA@example.org"}
        assert code(await ada.post("/api/password-links", **asked)) == "not_permitted"
        assert code(await root.post("/api/password-links", email_address="no@example.org")) == "not_found"
        status, made = await root.post("/api/password-links", **asked)
        assert status == 201
        address, _, token = made["link"].partition("#")
        assert address == f"{without.url}{RESET}"
        assert (await ada.post("/api/password-resets/use", token=token, password=NEW))[0] == 200
        assert not await confirmed(without.database)  # it did not come by mail


# --- a confirmed address --------------------------------------------------------------------------------------------

BOB = {"name": "Bob", "email_address": "bob@example.org", "password": PASSWORD}


async def test_a_new_account_is_asked_to_confirm_its_address(hub: RunningHub, server: mail.MailServer) -> None:
    await set_sign_up(hub.database, SignUpPolicy.OPEN)
    async with hub.browser() as bob, hub.browser() as phone:
        assert (await bob.post("/api/accounts", **BOB))[0] == 201
        (received,) = await server.wait(1)
        query = {"accounts": {"account_id": "{account_id}", "confirmed_at": None}}
        assert (await bob.post("/api/query", query=query))[1]["result"]["accounts"]["confirmed_at"] is None
        assert (await bob.post("/api/email/resend"))[0] == 202
        again = (await server.wait(2))[1]
        older, newer = (one.link(CONFIRM).partition("#")[2] for one in (received, again))
        assert code(await phone.post("/api/email/confirm", token=older)) == "not_permitted"
        assert await phone.post("/api/email/confirm", token=newer) == (
            200,
            {"email_address": "bob@example.org", "changed": False},
        )
        assert (await bob.post("/api/query", query=query))[1]["result"]["accounts"]["confirmed_at"] is not None
        assert (await phone.get("/api/session"))[1]["account"] is None  # a confirmed address lets nobody in
        assert code(await phone.post("/api/email/confirm", token=newer)) == "not_permitted"
        assert (await bob.post("/api/email/resend"))[0] == 202  # there is nothing to confirm any more
        await hub.database.fetchval("SELECT 1")
    assert await hub.database.fetchval("SELECT count(*) FROM outgoing_mail") == 2


async def test_an_account_is_made_although_no_message_can_be_sent(hub: RunningHub, server: mail.MailServer) -> None:
    await set_sign_up(hub.database, SignUpPolicy.OPEN)
    async with hub.browser() as bob:
        odd = {**BOB, "email_address": "bob(x)@example.org"}
        assert (await bob.post("/api/accounts", **odd))[0] == 201
    assert await hub.database.fetchval("SELECT count(*) FROM outgoing_mail") == 0


async def test_sending_again_is_limited(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        answers = [(await ada.post("/api/email/resend"))[0] for _ in range(6)]
    assert answers == [202] * 5 + [429]


# --- another address ------------------------------------------------------------------------------------------------


async def test_another_address_takes_effect_when_its_link_is_opened(hub: RunningHub, server: mail.MailServer) -> None:
    project = await person(hub.database, "ada@example.org")
    change = {"email_address": "Ada@new.example", "current_password": PASSWORD}
    async with hub.browser("ada@example.org") as ada:
        assert code(await ada.post("/api/email", **{**change, "current_password": "wrong one"})) == "not_permitted"
        assert await ada.post("/api/email", **change) == (200, {"email_address": "Ada@new.example", "pending": True})
        await server.wait(2)
        (told,), (asked,) = server.to("ada@example.org"), server.to("Ada@new.example")
        assert "Ada@new.example" in told.text
        assert "#" not in told.text
        assert (await ada.get("/api/session"))[1]["account"]["email_address"] == "ada@example.org"
        token = asked.link(CONFIRM).partition("#")[2]
        status, answer = await ada.post("/api/email/confirm", token=token)
        assert (status, answer) == (200, {"email_address": "Ada@new.example", "changed": True})
        async with asyncio.timeout(60):
            while (await ada.get("/api/session"))[1]["account"]["email_address"] != "Ada@new.example":
                await asyncio.sleep(0.02)
    assert await confirmed(hub.database, "Ada@new.example")
    copies = "SELECT email_address FROM collaborators WHERE project_id = $1"
    assert await hub.database.fetchval(copies, project) == "Ada@new.example"
    async with hub.browser() as again:
        assert (await again.post("/api/session", email_address="ada@example.org", password=PASSWORD))[0] == 401
        assert (await again.post("/api/session", email_address="ada@new.example", password=PASSWORD))[0] == 200


async def test_an_address_that_mail_does_not_reach_can_be_left(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada(x)@example.org")
    async with hub.browser("ada(x)@example.org") as ada:
        change = {"email_address": "ada@example.org", "current_password": PASSWORD}
        assert (await ada.post("/api/email", **change))[1]["pending"] is True
        token = (await server.wait(1))[0].link(CONFIRM).partition("#")[2]
        assert (await ada.post("/api/email/confirm", token=token))[0] == 200


async def test_an_address_that_is_taken_is_not_told(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    await person(hub.database, "Eve@example.org")
    async with hub.browser("ada@example.org") as ada:
        free = await ada.post("/api/email", email_address="free@example.org", current_password=PASSWORD)
        taken = await ada.post("/api/email", email_address="eve@example.org", current_password=PASSWORD)
    assert (free[0], free[1]["pending"]) == (taken[0], taken[1]["pending"]) == (200, True)
    await server.wait(4)
    (word,) = server.to("Eve@example.org")
    assert "belongs to an account already" in word.text
    assert "#" not in word.text
    # Asking for another ended the link of before.
    assert await hub.database.fetchval("SELECT count(*) FROM account_links") == 0


async def test_an_address_that_was_taken_meanwhile(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        await ada.post("/api/email", email_address="new@example.org", current_password=PASSWORD)
        await server.wait(2)
        await person(hub.database, "new@example.org")
        token = server.to("new@example.org")[0].link(CONFIRM).partition("#")[2]
        assert code(await ada.post("/api/email/confirm", token=token)) == "conflict"


async def test_a_new_password_ends_a_change_of_address_that_waits(hub: RunningHub, server: mail.MailServer) -> None:
    """Whoever stole a password cannot take the account along once its owner has a new one."""
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as thief, hub.browser() as ada:
        await thief.post("/api/email", email_address="thief@example.org", current_password=PASSWORD)
        await server.wait(2)
        token = server.to("thief@example.org")[0].link(CONFIRM).partition("#")[2]
        await ada.post("/api/password-resets", email_address="ada@example.org")
        await server.wait(3)
        own = server.received[-1].link(RESET).partition("#")[2]
        assert (await ada.post("/api/password-resets/use", token=own, password=NEW))[0] == 200
        assert code(await thief.post("/api/email/confirm", token=token)) == "not_permitted"


async def test_a_changed_address_ends_links_to_the_old_one(hub: RunningHub, server: mail.MailServer) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        old = await forgotten(ada, server)
        await ada.post("/api/email", email_address="new@example.org", current_password=PASSWORD)
        await server.wait(3)
        token = server.to("new@example.org")[0].link(CONFIRM).partition("#")[2]
        assert (await ada.post("/api/email/confirm", token=token))[0] == 200
        assert code(await ada.post("/api/password-resets/use", token=old, password=NEW)) == "not_permitted"


async def test_without_mail_another_address_takes_effect_at_once(without: RunningHub) -> None:
    await person(without.database, "ada@example.org")
    await person(without.database, "eve@example.org")
    change = {"email_address": "new@example.org", "current_password": PASSWORD}
    async with without.browser("ada@example.org") as ada:
        assert code(await ada.post("/api/email", **{**change, "email_address": "EVE@example.org"})) == "conflict"
        assert code(await ada.post("/api/email", **{**change, "email_address": "a\nb@example.org"})) == "invalid_value"
        assert await ada.post("/api/email", **change) == (200, {"email_address": "new@example.org", "pending": False})
        codes = [code(await ada.post("/api/email", **{**change, "current_password": f"guess {n}"})) for n in range(5)]
        assert (codes[0], codes[-1]) == ("not_permitted", "rate_limited")
    assert not await confirmed(without.database, "new@example.org")


async def test_a_token_changes_no_address(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    script = await add_api_token(hub.database, "ada@example.org")
    async with hub.browser() as nobody:
        nobody.client.headers["Authorization"] = f"Bearer {script}"
        change = {"email_address": "new@example.org", "current_password": PASSWORD}
        assert code(await nobody.post("/api/email", **change)) == "invalid_request"
        assert code(await nobody.post("/api/email/resend")) == "invalid_request"
