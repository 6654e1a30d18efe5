"""Set-up, sign-up, sign-in and their limits, as a person and as somebody with bad intent would try them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from studium.compute.driver import IsolationLevel
from studium.hub.accounts import add_api_token, create_account, new_set_up_token, set_password, set_sign_up
from studium.hub.database import Database
from studium.protocol.errors import StudiumError
from studium.protocol.session import SignUpPolicy
from support.hub import PASSWORD, RunningHub, SocketDriver, person, running_hub

ADA = {"name": "Ada King Lovelace", "email_address": "Ada@Example.org", "password": PASSWORD}


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def hub(database: Database, driver: SocketDriver) -> AsyncIterator[RunningHub]:
    async with running_hub(database, driver) as running:
        yield running


def code(answer: Any) -> str:
    return str(answer["error"]["code"])


async def test_the_set_up_link_makes_the_first_account_and_its_tutorial(hub: RunningHub) -> None:
    token = await new_set_up_token(hub.database)
    async with hub.browser() as ada:
        _, info = await ada.get("/api/session")
        assert info["site"]["needs_set_up"] is True
        assert info["account"] is None
        status, answer = await ada.post("/api/set-up", token=token, **ADA)
        assert status == 201
        account = answer["session"]["account"]
        assert (account["first_name"], account["last_name"]) == ("Ada", "King Lovelace")
        assert account["administrator"] is True
        _, info = await ada.get("/api/session")
        assert info["site"]["needs_set_up"] is False
        assert info["account"]["email_address"] == "Ada@Example.org"
        tutorial = answer["tutorial_project_id"]
        assert str(await hub.database.fetchval("SELECT project_id FROM projects")) == tutorial
        cookie = next(iter(ada.client.cookie_jar))
        assert (cookie.key, cookie["httponly"], cookie["samesite"], cookie["path"]) == (
            "studium_session",
            True,
            "Lax",
            "/",
        )
        stored = await hub.database.fetchval("SELECT token_hash FROM sessions")
        assert cookie.value.encode() not in stored
    async with hub.browser() as again:
        status, answer = await again.post("/api/set-up", token=token, **{**ADA, "email_address": "eve@example.org"})
        assert (status, code(answer)) == (403, "not_permitted")
    assert await new_set_up_token(hub.database) is None


async def test_of_two_who_use_one_set_up_link_one_wins(hub: RunningHub) -> None:
    token = await new_set_up_token(hub.database)
    async with hub.browser() as one, hub.browser() as two:
        answers = await asyncio.gather(
            one.post("/api/set-up", token=token, **ADA),
            two.post("/api/set-up", token=token, **{**ADA, "email_address": "eve@example.org"}),
        )
    assert sorted(status for status, _ in answers) == [201, 403]
    assert await hub.database.fetchval("SELECT count(*) FROM accounts") == 1


async def test_an_older_set_up_link_ends_with_a_newer(hub: RunningHub) -> None:
    older, newer = await new_set_up_token(hub.database), await new_set_up_token(hub.database)
    async with hub.browser() as ada:
        assert (await ada.post("/api/set-up", token=older, **ADA))[0] == 403
        assert (await ada.post("/api/set-up", token=newer, **ADA))[0] == 201


async def test_an_unknown_address_and_a_wrong_password_look_the_same(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    addresses = ("ada@example.org", "nobody@example.org", "not an address", "x" * 300)
    async with hub.browser() as eve:
        answers = [await eve.post("/api/session", email_address=each, password="wrong password") for each in addresses]
        _, numbers = await eve.text("/metrics")
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0][0], code(answers[0][1])) == (401, "wrong_credentials")
    assert "studium_sign_in_made 4.0" in numbers  # each was hashed, so each took as long


async def test_addresses_are_one_however_they_are_written(hub: RunningHub) -> None:
    await person(hub.database, "Ada@Example.org")
    async with hub.browser() as ada:
        status, _ = await ada.post("/api/session", email_address="  ADA@ｅxample.org ", password=PASSWORD)
        assert status == 200
    with pytest.raises(StudiumError, match="already") as taken:
        await create_account(hub.database, "aDA@example.ORG", "Eve", PASSWORD)
    assert taken.value.code == "conflict"


BAD_INPUT = [
    ("name", "x" * 10_000, "invalid_value"),
    ("name", "x" * 1_000_000, "too_large"),
    ("name", " \t ", "invalid_value"),
    ("name", "a\x00b", "invalid_value"),
    ("email_address", "ada", "invalid_value"),
    ("email_address", "a@b@c", "invalid_value"),
    ("email_address", "ada@exam\u200bple.org", "invalid_value"),
    ("email_address", "x" * 10_000 + "@example.org", "invalid_value"),
    ("password", "short", "invalid_value"),
    ("password", "x" * 1025, "invalid_value"),
    ("extra", "field", "invalid_request"),
    ("name", 5, "invalid_request"),
]


async def test_bad_input_gets_a_sentence_and_makes_nothing(hub: RunningHub) -> None:
    await set_sign_up(hub.database, SignUpPolicy.OPEN)
    async with hub.browser() as ada:
        for field, value, expected in BAD_INPUT:
            status, answer = await ada.post("/api/accounts", **{**ADA, field: value})
            assert (field, code(answer)) == (field, expected)
            assert 400 <= status < 500
            assert len(answer["error"]["message"]) < 500
    assert await hub.database.fetchval("SELECT count(*) FROM accounts") == 0


async def test_sign_up_is_closed_at_first_then_as_the_administrator_says(hub: RunningHub) -> None:
    await person(hub.database, "root@example.org", administrator=True)
    async with hub.browser("root@example.org") as root, hub.browser() as ada, hub.browser() as eve:
        assert code((await ada.post("/api/accounts", **ADA))[1]) == "sign_up_closed"
        await set_sign_up(hub.database, SignUpPolicy.INVITATION)
        assert code((await ada.post("/api/accounts", **ADA))[1]) == "sign_up_closed"
        assert (await eve.post("/api/invitations"))[0] == 401
        status, invitation = await root.post("/api/invitations", email_address="ada@example.org")
        assert status == 201
        address, _, token = invitation["link"].partition("#")
        assert address == f"{hub.url}/sign-up"
        other = {**ADA, "email_address": "eve@example.org", "invitation": token}
        assert code((await eve.post("/api/accounts", **other))[1]) == "not_permitted"
        status, answer = await ada.post("/api/accounts", **ADA, invitation=token)
        assert status == 201
        assert answer["session"]["account"]["administrator"] is False
        assert code((await eve.post("/api/accounts", **ADA, invitation=token))[1]) == "not_permitted"
        assert code((await ada.post("/api/invitations"))[1]) == "not_permitted"
        await set_sign_up(hub.database, SignUpPolicy.OPEN)
        _, info = await eve.get("/api/session")
        assert info["site"]["sign_up"] == "open"
        assert code((await eve.post("/api/accounts", **ADA))[1]) == "conflict"


async def test_without_isolation_strangers_are_not_let_in(database: Database, driver: SocketDriver) -> None:
    driver.level = IsolationLevel.NONE
    await set_sign_up(database, SignUpPolicy.OPEN)
    async with running_hub(database, driver) as hub, hub.browser() as eve:
        _, info = await eve.get("/api/session")
        assert info["site"]["sign_up"] == "invitation"
        assert "studium doctor" in info["site"]["notice"]
        assert code((await eve.post("/api/accounts", **ADA))[1]) == "sign_up_closed"


async def test_guessing_is_slowed_down(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser() as eve:
        for _ in range(10):
            assert (await eve.post("/api/session", email_address="ada@example.org", password="wrong guess"))[0] == 401
        async with eve.client.post(
            f"{hub.url}/api/session", json={"email_address": "ADA@example.org", "password": PASSWORD}
        ) as answer:
            assert answer.status == 429
            body = await answer.json()
            assert body["error"]["data"]["retry_after"] >= 1
            assert int(answer.headers["Retry-After"]) >= 1


async def test_a_new_session_with_every_sign_in_and_none_after_sign_out(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        first = next(iter(ada.client.cookie_jar)).value
        await ada.post("/api/session", email_address="ada@example.org", password=PASSWORD)
        second = next(iter(ada.client.cookie_jar)).value
        assert first != second
        async with ada.client.delete(f"{hub.url}/api/session") as answer:
            assert (await answer.json())["account"] is None
    for old in (first, second):
        async with aiohttp.ClientSession(cookies={"studium_session": old}) as thief:
            stolen = await thief.get(f"{hub.url}/api/session")
            assert (await stolen.json())["account"] is None


async def test_a_new_password_ends_all_sessions_and_tokens(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    token = await add_api_token(hub.database, "ada@example.org", "script")
    bearer = {"Authorization": f"Bearer {token}"}
    async with hub.browser("ada@example.org") as ada, aiohttp.ClientSession(headers=bearer) as script:
        async with script.get(f"{hub.url}/api/session") as answer:
            assert (await answer.json())["account"]["email_address"] == "ada@example.org"
        heard = asyncio.Event()
        hub.hub.changes.listen("api_tokens", lambda change: heard.set() if change.action == "delete" else None)
        await set_password(hub.database, "ada@example.org", "another long password")
        await asyncio.wait_for(heard.wait(), 60)
        assert (await ada.get("/api/session"))[1]["account"] is None
        async with script.get(f"{hub.url}/api/session") as answer:
            assert answer.status == 401


async def test_a_new_password_of_ones_own_ends_all_but_the_session_that_asks(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    token = await add_api_token(hub.database, "ada@example.org")
    new = "another long password"
    async with hub.browser("ada@example.org") as ada, hub.browser("ada@example.org") as other, hub.browser() as eve:
        for fields, status, expected in (
            ({"current_password": "wrong password", "password": new}, 403, "not_permitted"),
            ({"current_password": PASSWORD, "password": "short"}, 400, "invalid_value"),
        ):
            answer = await ada.post("/api/password", **fields)
            assert (answer[0], code(answer[1])) == (status, expected)
        assert (await eve.post("/api/password", current_password=PASSWORD, password=new))[0] == 401
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as script:
            asked = {"current_password": PASSWORD, "password": new}
            async with script.post(f"{hub.url}/api/password", json=asked) as refused:
                assert refused.status == 403
            assert (await other.get("/api/session"))[1]["account"] is not None
            status, info = await ada.post("/api/password", current_password=PASSWORD, password=new)
            assert (status, info["account"]["email_address"]) == (200, "ada@example.org")
            assert (await ada.get("/api/session"))[1] == info
            async with asyncio.timeout(60):
                while (await other.get("/api/session"))[1]["account"] is not None:
                    await asyncio.sleep(0.02)  # until the hub has heard of it
                while True:
                    async with script.get(f"{hub.url}/api/session") as ended:
                        if ended.status == 401:
                            break
        assert (await eve.post("/api/session", email_address="ada@example.org", password=PASSWORD))[0] == 401
        assert (await eve.post("/api/session", email_address="ada@example.org", password=new))[0] == 200


async def test_of_two_new_passwords_at_once_one_is_taken(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        answers = await asyncio.gather(
            *(ada.post("/api/password", current_password=PASSWORD, password=f"long password {n}") for n in range(2))
        )
    assert sorted(status for status, _ in answers) in ([200, 403], [200, 409])


async def test_guessing_the_current_password_is_limited(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as thief:
        codes = [
            code((await thief.post("/api/password", current_password=f"guess {n}", password=PASSWORD))[1])
            for n in range(12)
        ]
    assert codes[0] == "not_permitted"
    assert codes[-1] == "rate_limited"


async def test_a_session_is_named_and_ended_by_its_row(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada, hub.browser("ada@example.org") as phone:
        own = (await ada.get("/api/session"))[1]["session_id"]
        lost = (await phone.get("/api/session"))[1]["session_id"]
        query = {"sessions": [{"account_id": "{account_id}", "session_id": None, "user_agent": None}]}
        _, answer = await ada.post("/api/query", query=query)
        assert {row["session_id"] for row in answer["result"]["sessions"]} == {own, lost}
        ended = {"sessions": {"session_id": lost}}
        assert (await ada.post("/api/query", query=ended, options=[{"delete": True}]))[0] == 200
        async with asyncio.timeout(60):
            while (await phone.get("/api/session"))[1]["account"] is not None:
                await asyncio.sleep(0.02)
        assert (await ada.get("/api/session"))[1]["session_id"] == own


async def test_another_site_cannot_act_with_our_cookie(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        cookie = next(iter(ada.client.cookie_jar)).value
    sent: list[dict[str, str]] = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{hub.url}.evil.example"},
        {"Origin": hub.url, "Sec-Fetch-Site": "cross-site"},
        {"Origin": hub.url, "Sec-Fetch-Site": "same-site"},
        {},
    ]
    async with aiohttp.ClientSession(cookies={"studium_session": cookie}) as evil:
        for headers in sent:
            answer = await evil.delete(f"{hub.url}/api/session", headers=headers)
            assert (answer.status, code(await answer.json())) == (403, "wrong_origin")
    assert await hub.database.fetchval("SELECT count(*) FROM sessions") == 1


async def test_under_tls_the_cookie_is_bound_to_it(hub: RunningHub) -> None:
    from studium.hub.app import HubSettings, create_hub

    tls = create_hub(HubSettings(hub.database, hub.driver, ("https://studium.example.org",)))
    assert tls.sessions.cookie_name == "__Host-studium_session"
    response = aiohttp.web.Response()
    tls.sessions.set_cookie(response, "x")
    assert response.cookies["__Host-studium_session"]["secure"] is True
    assert response.cookies["__Host-studium_session"]["domain"] == ""
