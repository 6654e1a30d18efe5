"""The hub as a whole: its page, its health, its numbers, and what every answer carries."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from yarl import URL

from studium.http.server import bind_tcp
from studium.hub.accounts import add_api_token
from studium.hub.database import Database
from studium.protocol.account import TokenScope
from studium.protocol.errors import StudiumError
from studium.protocol.ids import ProjectId
from support.hub import RunningHub, SocketDriver, person, running_hub


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[RunningHub]:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>Studium</title>")
    (static / "assets" / "app-1a2b.js").write_text("let packed = false;")
    (static / "assets" / "app-1a2b.js.gz").write_bytes(b"\x1f\x8b packed")
    (static / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    async with running_hub(database, SocketDriver(tmp_path), static=static) as running:
        yield running


async def test_every_address_of_the_page_is_the_page(hub: RunningHub) -> None:
    project = "/projects/00000000-0000-4000-8000-000000000000"
    paths = [
        "/",
        "/sign-in",
        "/set-up",
        "/settings",
        "/administration",
        "/keys",
        project,
        f"{project}/edit/a%2Fb/%C3%A9.md",
    ]
    async with aiohttp.ClientSession() as client:
        for path in paths:
            async with client.get(hub.url + path) as answer:
                assert answer.status == 200
                assert "<title>Studium</title>" in await answer.text()
                policy = answer.headers["Content-Security-Policy"]
                assert "script-src 'self';" in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "Server" not in answer.headers


async def test_assets_stay_for_ever_and_come_packed(hub: RunningHub) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        async with client.get(f"{hub.url}/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type in ("text/javascript", "application/javascript")
        async with client.get(f"{hub.url}/favicon.svg") as answer:
            assert answer.status == 200
        for path in ("/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
            url = URL(hub.url + path, encoded=True)
            async with client.get(url) as answer:
                assert answer.status == 404
                assert (await answer.json())["error"]["code"] == "not_found"


async def test_unknown_addresses_and_methods_are_errors_with_a_sentence(hub: RunningHub) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{hub.url}/nothing", headers={"Accept": "text/html"}) as answer:
            assert answer.status == 404
            assert "<title>Studium</title>" in await answer.text()
        async with client.get(f"{hub.url}/nothing") as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")
        async with client.get(f"{hub.url}/api/nothing", headers={"Accept": "text/html"}) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")
        async with client.put(f"{hub.url}/api/session") as answer:
            assert answer.status == 405
            assert "POST" in answer.headers["Allow"]
        async with client.post(f"{hub.url}/projects/x") as answer:
            assert answer.status == 404
        async with client.post(f"{hub.url}/api/session", data=b"{") as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (400, "invalid_request")


async def test_health_and_numbers(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with aiohttp.ClientSession() as client:
        for path in ("/healthz", "/readyz"):
            async with client.get(hub.url + path) as answer:
                assert (answer.status, await answer.json()) == (200, {"ok": True})
        async with client.get(f"{hub.url}/metrics") as answer:
            text = await answer.text()
            assert 'studium_requests_total{route="/healthz",status="200"} 1.0' in text
            assert "studium_proxy_sockets_open 0.0" in text
            assert "studium_changes_connected 1.0" in text
        # What came through a proxy on this machine is not from it, nor what came by another site's name.
        for header in ({"X-Forwarded-For": "203.0.113.9"}, {"Host": "rebound.example:8080"}, {"Host": ""}):
            async with client.get(f"{hub.url}/metrics", headers=header) as answer:
                assert answer.status in (400, 401)
    async with hub.browser("ada@example.org") as ada:
        status, _ = await ada.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert status == 403


async def test_the_frame_for_content_has_an_opaque_origin_and_no_network(hub: RunningHub) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{hub.url}/frame") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "sandbox allow-scripts" in policy
        assert "allow-same-origin" not in policy
        assert "connect-src 'none'" in policy
        assert f"frame-ancestors {hub.url}" in policy


async def test_a_port_in_use_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StudiumError, match=f"Port {port} is in use .* --port"):
            bind_tcp("127.0.0.1", port)


async def test_a_database_that_goes_away_is_said_and_comes_back(hub: RunningHub) -> None:
    project = await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada:
        for _ in range(3):
            await hub.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for _ in range(100):
                status, _ = await ada.get(f"/projects/{project}/files/a")
                if status == 200:
                    break
                assert status == 503
            assert status == 200
        await hub.hub.changes.wait_connected()
        status, _ = await ada.get("/readyz")
        assert status == 200


async def test_the_tables_plane_makes_a_project_and_starts_it(hub: RunningHub) -> None:
    await person(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada, ada.client.ws_connect(f"{hub.url}/api/tables") as feed:
        rows = [{"project_id": None, "title": None, "state": None}]
        await feed.send_json({"id": 1, "query": {"projects": rows}, "changes": True})
        assert [row["title"] for row in (await feed.receive_json())["result"]["projects"]] == ["Tutorial"]
        status, made = await ada.post("/api/query", query={"projects": {"title": "Algebra"}})
        assert status == 200
        project = made["result"]["projects"]["project_id"]
        assert (await feed.receive_json(timeout=60))["new"]["title"] == "Algebra"
        wish = {"project_id": project, "action_request": {"action": "start"}}
        assert (await ada.post("/api/query", query={"projects": wish}))[0] == 200
        while (await feed.receive_json(timeout=60))["new"]["state"]["status"] != "running":
            pass
        assert hub.driver.templates[ProjectId(UUID(project))] is None
        async with ada.client.delete(f"{hub.url}/api/session") as answer:
            assert answer.status == 200
        while (message := await feed.receive(timeout=60)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.data == 4401


async def test_a_loss_of_the_database_keeps_sockets_whose_rights_stand(hub: RunningHub) -> None:
    project = await person(hub.database, "ada@example.org")
    await person(hub.database, "bob@example.org")
    await hub.database.execute(
        "INSERT INTO collaborators (project_id, account_id, role) "
        "SELECT $1, account_id, 'viewer' FROM accounts WHERE email_key = 'bob@example.org'",
        project,
    )
    url = f"{hub.url}/projects/{project}/documents/a"
    token = await add_api_token(hub.database, "ada@example.org", scope=TokenScope.READ_ONLY)
    async with (
        hub.browser("ada@example.org") as ada,
        hub.browser("bob@example.org") as bob,
        ada.client.ws_connect(url) as hers,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as script,
        script.ws_connect(url) as reader,
        bob.client.ws_connect(url) as his,
    ):
        for socket_ in (hers, reader, his):
            await socket_.send_str("x")
            await socket_.receive_str()
        # Removed while the stream is away, as in a restart of the database.
        await hub.hub.changes.close()
        await hub.database.execute("DELETE FROM collaborators WHERE role = 'viewer'")
        await hub.hub.changes.open()
        for handler in list(hub.hub.changes._restored):
            handler()
        assert (await his.receive(timeout=60)).data == 4403
        for socket_ in (hers, reader):
            await socket_.send_str("still here")
            assert await socket_.receive_str() == "still here"
