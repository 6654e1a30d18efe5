"""Project traffic through a real hub: what crosses, what does not, and what happens when an end goes away."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from studium.http.identity import HEADER
from studium.hub.accounts import add_api_token
from studium.hub.database import Database
from studium.protocol.ids import ProjectId
from support.hub import RunningHub, SocketDriver, person, running_hub


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def hub(database: Database, driver: SocketDriver) -> AsyncIterator[RunningHub]:
    async with running_hub(database, driver) as running:
        yield running


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def raw(hub: RunningHub, request: str) -> bytes:
    """Send bytes as they are, and read all that comes back."""
    host, port = hub.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_request_arrives_as_it_was_sent_without_what_must_not_cross(
    hub: RunningHub, project: ProjectId
) -> None:
    path = f"/projects/{project}/files/a%2Fb%00%C3%A9/%25;x=1?q=%2F&r=a+b"
    token = await add_api_token(hub.database, "ada@example.org")
    answer = await raw(
        hub,
        f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nCookie: other=1\r\n"
        f"Authorization: Bearer {token}\r\n{HEADER}: forged\r\nx-studium-identity: forged\r\nRange: bytes=1-2\r\n"
        "X-Forwarded-For: 1.2.3.4\r\nX-Kept: yes\r\n\r\n",
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    seen = json.loads(body)
    assert seen["path"] == path
    names = {name.lower(): value for name, value in seen["headers"].items()}
    assert names["range"] == "bytes=1-2"
    assert names["x-kept"] == "yes"
    assert not {"cookie", "authorization", "x-hop", "x-forwarded-for", "origin"} & set(names)
    assert names["x-studium-identity"] != "forged"
    assert token not in body.decode()
    assert b"Set-Cookie" not in head
    assert b"X-Answer: yes" in head
    assert b"sandbox" in head
    assert b"script-src *" not in head


async def test_dots_are_refused(hub: RunningHub, project: ProjectId) -> None:
    token = await add_api_token(hub.database, "ada@example.org")
    for path in ("files/../../x", "files/%2e%2e/x", "files/a/./b", "files/.%2E"):
        answer = await raw(
            hub,
            f"GET /projects/{project}/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: Bearer {token}\r\n\r\n",
        )
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"invalid_path" in answer


async def test_nobody_and_strangers_are_refused_and_nothing_starts(hub: RunningHub, project: ProjectId) -> None:
    await person(hub.database, "eve@example.org")
    async with hub.browser() as nobody:
        status, answer = await nobody.get(f"/projects/{project}/files/a")
        assert (status, answer["error"]["code"]) == (401, "not_signed_in")
    async with hub.browser("eve@example.org") as eve:
        status, answer = await eve.get(f"/projects/{project}/files/a")
        assert (status, answer["error"]["code"]) == (403, "not_permitted")
        _, other = await eve.get("/projects/00000000-0000-4000-8000-000000000000/files/a")
        assert other == answer
        async with eve.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket:
            message = await socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 4403)
            assert "not in it" in (message.extra or "")
    assert hub.driver.starts == []


async def test_an_upload_streams_in_flat_memory(hub: RunningHub, project: ProjectId) -> None:
    size, chunk = 200 * 1024 * 1024, b"x" * 1024 * 1024

    async def body() -> AsyncIterator[bytes]:
        for _ in range(size // len(chunk)):
            yield chunk

    async with hub.browser("ada@example.org") as ada:
        url = f"{hub.url}/projects/{project}/files/big"
        async with ada.client.put(url, data=b"warm") as answer:
            assert answer.status == 200
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with ada.client.put(url, data=body(), headers={"Content-Length": str(size)}) as answer:
            seen = await answer.json()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert seen["size"] == size
    assert seen["headers"]["Content-Length"] == str(size)
    assert (after - before) * 1024 < 40 * 1024 * 1024


async def test_a_slow_reader_holds_the_project_back(hub: RunningHub, project: ProjectId) -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
                written += 65536
        except ConnectionError:
            gone.set()
        return response

    gone = asyncio.Event()
    hub.driver.answer = endless
    async with hub.browser("ada@example.org") as ada:
        answer = await ada.client.get(f"{hub.url}/projects/{project}/files/big", read_bufsize=65536)
        await answer.content.readexactly(65536)
        seen = -1
        while seen != written:  # until the buffers on the way are full
            seen = written
            await asyncio.sleep(0.2)
        assert written < 32 * 1024 * 1024
        answer.close()
        await asyncio.wait_for(gone.wait(), 60)


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(hub: RunningHub, project: ProjectId) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    hub.driver.answer = half
    async with hub.browser("ada@example.org") as ada:
        with pytest.raises(aiohttp.ClientPayloadError):
            async with ada.client.get(f"{hub.url}/projects/{project}/files/a") as answer:
                await answer.read()


async def test_head_and_status_pass_through(hub: RunningHub, project: ProjectId) -> None:
    async def not_modified(request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            return web.Response(headers={"Content-Length": "12345", "ETag": '"1"'})
        return web.Response(status=304, headers={"ETag": '"1"'})

    hub.driver.answer = not_modified
    async with hub.browser("ada@example.org") as ada:
        async with ada.client.head(f"{hub.url}/projects/{project}/files/a") as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, "12345")
        async with ada.client.get(f"{hub.url}/projects/{project}/files/a") as answer:
            assert (answer.status, answer.headers["ETag"], await answer.read()) == (304, '"1"', b"")


async def test_a_body_is_asked_for_only_when_the_project_wants_it(hub: RunningHub, project: ProjectId) -> None:
    token = await add_api_token(hub.database, "ada@example.org")
    head = (
        f"PUT /projects/{project}/files/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Connection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
    host, port = hub.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"hello")
    assert b'"size": 5' in await reader.read()
    writer.close()
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.replace(token, "wrong").encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()


async def test_frames_and_closes_pass_in_both_directions(hub: RunningHub, project: ProjectId) -> None:
    url = f"{hub.url}/projects/{project}/documents/a%2Fb"
    async with hub.browser("ada@example.org") as ada:
        async with ada.client.ws_connect(url, protocols=("studium.v1",), max_msg_size=0) as socket:
            assert socket.protocol == "studium.v1"
            await socket.send_str("hällo")
            assert await socket.receive_str() == "hällo"
            big = bytes(5 * 1024 * 1024)
            await socket.send_bytes(big)
            assert await socket.receive_bytes() == big
            await socket.close(code=4321, message=b"bye")
        assert await asyncio.wait_for(hub.driver.closes.get(), 60) == 4321
        async with ada.client.ws_connect(url) as socket:
            await socket.send_str("close 4409 It was renamed.")
            message = await socket.receive()
            assert (message.data, message.extra) == (4409, "It was renamed.")
        await asyncio.wait_for(hub.driver.closes.get(), 60)
        socket = await ada.client.ws_connect(url)
        socket._response.connection.transport.abort()  # type: ignore[union-attr]
        assert await asyncio.wait_for(hub.driver.closes.get(), 60) == 1001


async def test_a_project_that_dies_closes_its_sockets(hub: RunningHub, project: ProjectId) -> None:
    async def dies(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        assert request.transport is not None
        request.transport.abort()
        return socket

    hub.driver.answer = dies
    url = f"{hub.url}/projects/{project}/documents/a"
    async with hub.browser("ada@example.org") as ada, ada.client.ws_connect(url) as socket:
        await socket.send_str("die")
        assert (await socket.receive()).data == 4503


@pytest.mark.parametrize("loss", ["removed", "demoted", "disabled", "signed out", "token removed"])
async def test_losing_access_closes_sockets_at_once(hub: RunningHub, project: ProjectId, loss: str) -> None:
    token = await add_api_token(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as ada, aiohttp.ClientSession() as script:
        client = script if loss == "token removed" else ada.client
        headers = {"Authorization": f"Bearer {token}"} if loss == "token removed" else {}
        async with client.ws_connect(f"{hub.url}/projects/{project}/documents/a", headers=headers) as socket:
            await socket.send_str("here")
            assert await socket.receive_str() == "here"
            match loss:
                case "removed":
                    await hub.database.execute("DELETE FROM collaborators")
                case "demoted":
                    await hub.database.execute("UPDATE collaborators SET role = 'viewer'")
                case "disabled":
                    await hub.database.execute("UPDATE accounts SET disabled = true")
                case "signed out":
                    async with ada.client.delete(f"{hub.url}/api/session") as answer:
                        assert answer.status == 200
                case "token removed":
                    await hub.database.execute("DELETE FROM api_tokens")
            code = {"removed": 4403, "demoted": 4503}.get(loss, 4401)
            assert (await socket.receive(timeout=60)).data == code
        async with client.get(f"{hub.url}/projects/{project}/files/a", headers=headers) as answer:
            assert answer.status == {"removed": 403, "demoted": 200}.get(loss, 401)


@pytest.mark.parametrize("loss", ["removed", "demoted", "signed out"])
async def test_losing_access_cuts_an_upload_under_way(hub: RunningHub, project: ProjectId, loss: str) -> None:
    begun, broken = asyncio.Event(), asyncio.Event()

    async def receives(request: web.Request) -> web.StreamResponse:
        try:
            async for _ in request.content.iter_any():
                begun.set()
        except (OSError, aiohttp.ClientError):
            broken.set()
            raise
        return web.Response()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        await broken.wait()

    hub.driver.answer = receives
    async with hub.browser("ada@example.org") as ada:
        url = f"{hub.url}/projects/{project}/files/a"
        upload = asyncio.ensure_future(ada.client.put(url, data=body()))
        await asyncio.wait_for(begun.wait(), 60)
        assert hub.hub.sockets.statistics()["open"] == 1
        match loss:
            case "removed":
                await hub.database.execute("DELETE FROM collaborators")
            case "demoted":
                await hub.database.execute("UPDATE collaborators SET role = 'viewer'")
            case "signed out":
                await hub.database.execute("DELETE FROM sessions")
        await asyncio.wait_for(broken.wait(), 60)
        with pytest.raises(aiohttp.ClientError):
            await upload


async def endless(writer: asyncio.StreamWriter, head: bytes, line: bytes) -> None:
    writer.write(head)
    while not writer.is_closing():
        writer.write(line)
        await writer.drain()


HOSTILE: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "no HTTP": (b"\x00\x1b[31m hello\r\n\r\n", b""),
    "one huge header": (b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 2_000_000 + b"\r\n\r\n", b""),
    "headers without end": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1000),
    "continue without end": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "another protocol": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", b""),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nabcde", b""),
    "length and chunks": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b""),
    "a split header": (b"HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n", b""),
    "an escape in the reason": (b"HTTP/1.1 200 \x1b[31mOK\r\nContent-Length: 0\r\n\r\n", b""),
    "a chunk of no size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_project_server_hurts_only_its_own_traffic(
    hub: RunningHub, project: ProjectId, name: str, tmp_path: Path
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            head, line = HOSTILE[name]
            await (endless(writer, head, line) if line else hub_sent(writer, head))
        writer.close()

    async def hub_sent(writer: asyncio.StreamWriter, head: bytes) -> None:
        writer.write(head)
        await writer.drain()

    async with hub.browser("ada@example.org") as ada:
        url = f"{hub.url}/projects/{project}/files/a"
        async with ada.client.get(url) as good:
            assert good.status == 200
        endpoint = tmp_path / "hostile.sock"
        server = await asyncio.start_unix_server(answer, endpoint)
        await hub.database.execute("UPDATE project_runtime SET endpoint = $1", f"unix:{endpoint}")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with contextlib.suppress(aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
            async with asyncio.timeout(60), ada.client.get(url) as answered:
                assert answered.status in (200, 503)
                assert not {"Set-Cookie", "Location", "WWW-Authenticate"} & set(answered.headers)
                await answered.read()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert (after - before) * 1024 < 40 * 1024 * 1024
        async with ada.client.get(f"{hub.url}/api/session") as other:
            assert other.status == 200
        server.close()


async def test_a_socket_with_a_cookie_needs_our_origin(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada:
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in ada.client.cookie_jar)
    url = f"{hub.url}/projects/{project}/documents/a"
    async with aiohttp.ClientSession() as client:
        for origin in ("https://evil.example", "null", None, f"{hub.url}.evil.example", f"{hub.url}0"):
            headers = {"Cookie": cookies} | ({"Origin": origin} if origin else {})
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await client.ws_connect(url, headers=headers)
            assert refused.value.status == 403
    assert hub.driver.starts == []


async def test_a_page_that_does_not_read_its_socket_holds_the_project_back_and_can_be_cut_off(
    hub: RunningHub, project: ProjectId
) -> None:
    sent = 0
    gone = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            while True:
                await socket.send_bytes(b"x" * 65536)
                sent += 65536
        except ConnectionError:
            gone.set()
        return socket

    hub.driver.answer = endless
    async with hub.browser("ada@example.org") as ada:
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in ada.client.cookie_jar)
    host, port = hub.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=65536)
    writer.write(
        f"GET /projects/{project}/events HTTP/1.1\r\nHost: x\r\nOrigin: {hub.url}\r\nCookie: {cookies}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    seen = -1
    while seen != sent or not sent:
        seen = sent
        await asyncio.sleep(0.2)
    assert sent < 32 * 1024 * 1024
    await hub.database.execute("DELETE FROM collaborators")
    await asyncio.wait_for(gone.wait(), 30)
    assert hub.hub.sockets.statistics()["open"] == 0
    writer.close()
