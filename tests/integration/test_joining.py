"""Invitations to projects: links that end, are counted and taken back, and addresses that wait for an account."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from studium.hub.accounts import create_account, set_sign_up
from studium.hub.database import Database
from studium.hub.joining import INVITATIONS_OF_PROJECT, delete_expired
from studium.hub.mail import MailServer
from studium.protocol.ids import ProjectId
from studium.protocol.mail import MailSecurity
from studium.protocol.session import SignUpPolicy
from support import mail
from support.hub import PASSWORD, Browser, SocketDriver, person, running_hub


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


@pytest.fixture
def driver(tmp_path: Any) -> SocketDriver:
    return SocketDriver(tmp_path)


async def invite(browser: Browser, project: ProjectId, **fields: Any) -> str:
    """The token of a new invitation."""
    status, answer = await browser.post(
        "/api/project-invitations", project_id=str(project), **{"role": "viewer", **fields}
    )
    assert status == 201, answer
    link: str = answer["link"]
    assert link.startswith(browser.url + "/join#studium_link_")
    return link.partition("#")[2]


async def role(database: Database, project: ProjectId, email: str) -> str | None:
    found: str | None = await database.fetchval(
        "SELECT role FROM collaborators WHERE project_id = $1 AND email_address = $2", project, email
    )
    return found


async def test_a_link_says_what_it_is_for_and_lets_people_in(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await person(database, "bob@example.org")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        token = await invite(ada, project, role="collaborator")
        async with hub.browser() as nobody:
            status, found = await nobody.post("/api/project-invitations/find", token=token)
            assert (status, found["title"], found["role"]) == (200, "Tutorial", "collaborator")
            assert found["invited_by"] == "Ada Lovelace"
            assert (await nobody.post("/api/join", token=token))[0] == 401
        async with hub.browser("bob@example.org") as bob:
            for _ in range(2):
                assert await bob.post("/api/join", token=token) == (200, {"project_id": str(project)})
            assert await role(database, project, "bob@example.org") == "collaborator"
            assert await database.fetchval("SELECT uses FROM project_invitations") == 1
            assert await database.fetchval("SELECT count(*) FROM collaborators WHERE added_by IS NOT NULL") == 3


async def test_a_link_raises_a_role_and_never_lowers_one(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await person(database, "bob@example.org")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        viewer, editor = await invite(ada, project), await invite(ada, project, role="collaborator")
        async with hub.browser("bob@example.org") as bob:
            for token, expected in ((viewer, "viewer"), (editor, "collaborator"), (viewer, "collaborator")):
                assert (await bob.post("/api/join", token=token))[0] == 200
                assert await role(database, project, "bob@example.org") == expected
        assert (await ada.post("/api/join", token=viewer))[0] == 200
        assert await role(database, project, "ada@example.org") == "owner"


async def test_a_link_is_counted_among_many_who_use_it_at_once(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    for index in range(6):
        await person(database, f"p{index}@example.org")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        token = await invite(ada, project, most_uses=3)

        async def join(index: int) -> int:
            async with hub.browser(f"p{index}@example.org") as browser:
                return (await browser.post("/api/join", token=token))[0]

        assert sorted(await asyncio.gather(*(join(index) for index in range(6)))) == [200] * 3 + [404] * 3
        assert await database.fetchval("SELECT count(*) FROM collaborators WHERE role = 'viewer'") == 3
        assert await database.fetchval("SELECT count(*) FROM project_invitations") == 0


async def test_links_that_do_not_work_are_all_alike(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await person(database, "bob@example.org")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        gone, ended = await invite(ada, project), await invite(ada, project)
        row = await database.fetchval("SELECT invitation_id FROM project_invitations ORDER BY created_at LIMIT 1")
        query = {"project_invitations": {"project_id": str(project), "invitation_id": str(row)}}
        assert (await ada.post("/api/query", query=query, options=[{"delete": True}]))[0] == 200
        await database.execute("UPDATE project_invitations SET expires_at = now() - interval '1 second'")
        deleted = await invite(ada, project)
        kept = await invite(ada, project)
        async with hub.browser("bob@example.org") as bob:
            await database.execute("UPDATE projects SET deleted_at = now() WHERE project_id = $1", project)
            answers = [await bob.post("/api/join", token=token) for token in (gone, ended, deleted, "studium_link_x")]
            answers.append(await bob.post("/api/project-invitations/find", token=ended))
            assert {(status, str(answer)) for status, answer in answers} == {(404, str(answers[0][1]))}
            await database.execute("UPDATE projects SET deleted_at = NULL")
            await delete_expired(database)
            assert await database.fetchval("SELECT count(*) FROM project_invitations") == 2
            assert (await bob.post("/api/join", token=kept))[0] == 200


async def test_who_may_invite_and_how_often(database: Database, driver: SocketDriver, project: ProjectId) -> None:
    for name in ("bob", "cem"):
        await person(database, f"{name}@example.org")
    await database.execute(
        "INSERT INTO collaborators (project_id, account_id, role)"
        " SELECT $1, account_id, 'viewer' FROM accounts WHERE email_address = 'bob@example.org'",
        project,
    )
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        asked = {"project_id": str(project), "role": "viewer"}
        for name in ("bob", "cem"):
            async with hub.browser(f"{name}@example.org") as other:
                assert (await other.post("/api/project-invitations", **asked))[0] == 403
        for wrong, status in (
            ({"role": "owner"}, 400),
            ({"days": 0}, 400),
            ({"most_uses": 0}, 400),
            ({"email_address": "no address"}, 400),
            ({"email_address": "bob@example.org"}, 409),
            ({"project_id": str(UUID(int=0))}, 403),
        ):
            answer = await ada.post("/api/project-invitations", **{**asked, **wrong})
            assert answer[0] == status, (wrong, answer)
        await database.execute(
            "INSERT INTO project_invitations (project_id, token_hash, role)"
            " SELECT $1, int4send(n), 'viewer' FROM generate_series(1, $2::int) n",
            project,
            INVITATIONS_OF_PROJECT,
        )
        status, answer = await ada.post("/api/project-invitations", **asked)
        assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_an_address_waits_until_an_administrator_lets_it_in(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await person(database, "root@example.org", administrator=True)
    await set_sign_up(database, SignUpPolicy.INVITATION)
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        first = await invite(ada, project, email_address="Bob@Example.org")
        second = await invite(ada, project, email_address="bob@example.org", role="collaborator")
        assert (await ada.post("/api/project-invitations/find", token=first))[0] == 404
        assert (await ada.post("/api/project-invitations/find", token=second))[0] == 200
        await invite(ada, project, email_address="cem@example.org")
        async with hub.browser("root@example.org") as root, hub.browser() as bob:
            _, invitation = await root.post("/api/invitations", email_address="bob@example.org")
            sign_up = {"name": "Bob Kahn", "email_address": "bob@example.org", "password": PASSWORD}
            token = invitation["link"].partition("#")[2]
            assert (await bob.post("/api/accounts", **sign_up, invitation=token))[0] == 201
        assert await role(database, project, "bob@example.org") == "collaborator"
        await create_account(database, "cem@example.org", "Cem Kahn", PASSWORD)
        assert await role(database, project, "cem@example.org") == "viewer"
        assert await database.fetchval("SELECT count(*) FROM project_invitations") == 0


async def test_an_address_that_anybody_may_claim_opens_nothing(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await set_sign_up(database, SignUpPolicy.OPEN)
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada, hub.browser() as mallory:
        token = await invite(ada, project, email_address="bob@example.org")
        sign_up = {"name": "Bob Kahn", "email_address": "bob@example.org", "password": PASSWORD}
        assert (await mallory.post("/api/accounts", **sign_up))[0] == 201
        assert await role(database, project, "bob@example.org") is None
        assert (await mallory.post("/api/join", token=token))[0] == 200
        assert await role(database, project, "bob@example.org") == "viewer"


async def test_with_mail_the_link_arrives_and_a_confirmed_address_comes_in(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await set_sign_up(database, SignUpPolicy.OPEN)
    async with mail.mail_server() as server:
        settings = MailServer("localhost", server.port, MailSecurity.NONE, "studium@example.org", "Studium")
        async with running_hub(database, driver, mail=settings) as hub, hub.browser("ada@example.org") as ada:
            await database.execute("UPDATE projects SET title = $1", "Rings\u2028 & <b>fields</b>")
            asked = {"project_id": str(project), "role": "collaborator", "email_address": "bob@example.org"}
            status, answer = await ada.post("/api/project-invitations", **asked)
            assert (status, answer["mailed"]) == (201, True)
            (received,) = await server.wait(1)
            assert received.link("/join") == answer["link"]
            assert "Ada Lovelace wants to work with you" in received.text
            async with hub.browser() as bob:
                sign_up = {"name": "Bob Kahn", "email_address": "bob@example.org", "password": PASSWORD}
                assert (await bob.post("/api/accounts", **sign_up))[0] == 201
                assert await role(database, project, "bob@example.org") is None
                token = (await server.wait(2))[-1].link("/confirm-email").partition("#")[2]
                assert (await bob.post("/api/email/confirm", token=token))[0] == 200
            assert await role(database, project, "bob@example.org") == "collaborator"
            assert await database.fetchval("SELECT count(*) FROM project_invitations") == 0
