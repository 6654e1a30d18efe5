"""A folder opened for one person: the link, the cookie, and everything that is refused."""

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from studium.project.single import SingleServer
from studium.protocol.errors import ErrorAnswer, ErrorCode, StudiumError
from studium.protocol.files import Run, RunAnswer, Subscribe
from studium.protocol.session import Mode, SessionInfo


@pytest.fixture
async def single(tmp_path: Path) -> AsyncIterator[SingleServer]:
    (tmp_path / "my folder").mkdir()
    (tmp_path / "my folder" / "a.txt").write_text("hello")
    static = tmp_path / "static"
    static.mkdir()
    (static / "index.html").write_text("<!doctype html><title>the page</title>")
    server = SingleServer(tmp_path / "my folder", static=static, state_root=tmp_path / "xdg")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


def token(single: SingleServer) -> str:
    return single.link.partition("#")[2]


async def enter(single: SingleServer, browser: aiohttp.ClientSession) -> None:
    body = msgspec.json.encode({"token": token(single)})
    async with browser.post(f"{single.url}/api/link", data=body, headers={"Origin": single.url}) as answer:
        assert answer.status == 200, await answer.text()
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert token(single) not in cookie


async def session(single: SingleServer, browser: aiohttp.ClientSession) -> SessionInfo:
    async with browser.get(f"{single.url}/api/session") as answer:
        return msgspec.json.decode(await answer.read(), type=SessionInfo)


async def test_the_link_lets_in_and_nothing_else_does(single: SingleServer, browser: aiohttp.ClientSession) -> None:
    project = f"{single.url}/projects/{single.project_id}"
    stranger = await session(single, browser)
    assert (stranger.mode, stranger.account, stranger.project_id) == (Mode.SINGLE, None, None)
    assert "my folder" not in stranger.site.name
    for method, word in (("GET", "files/a.txt"), ("PUT", "files/b.txt"), ("POST", "operations"), ("POST", "run")):
        async with browser.request(method, f"{project}/{word}", headers={"Origin": single.url}) as answer:
            assert answer.status == 401, word
    async with browser.ws_connect(f"{project}/events", origin=single.url) as socket:
        await socket.receive()
        assert socket.close_code == 4401
    wrong = {"Authorization": "Bearer wrong", "Cookie": f"studium_single_{single.port}=wrong"}
    async with browser.get(f"{project}/files/a.txt", headers=wrong) as answer:
        assert answer.status == 401
    async with browser.post(f"{single.url}/api/link", data=b'{"token": "wrong"}') as answer:
        assert answer.status == 401
    await enter(single, browser)
    person = await session(single, browser)
    assert person.project_id == single.project_id
    assert person.account is not None
    assert person.site.content_origin == single.content_url
    async with browser.get(f"{project}/files/a.txt") as answer:
        assert await answer.text() == "hello"
    async with browser.ws_connect(f"{project}/events", origin=single.url) as socket:
        await socket.send_str(msgspec.json.encode(Subscribe("")).decode())
        assert "a.txt" in await socket.receive_str()
    async with browser.post(
        f"{project}/run", data=msgspec.json.encode(Run("pwd; env")), headers={"Origin": single.url}
    ) as answer:
        ran = msgspec.json.decode(await answer.read(), type=RunAnswer)
    assert ran.stdout.startswith(f"{single.directory}\n")
    assert token(single) not in ran.stdout
    async with browser.get(single.url) as answer:
        assert "the page" in await answer.text()
        assert single.content_url in answer.headers["Content-Security-Policy"]
    async with browser.delete(f"{single.url}/api/session", headers={"Origin": single.url}) as answer:
        assert answer.status == 200
    assert (await session(single, browser)).account is None


async def test_a_script_may_use_the_token(single: SingleServer) -> None:
    headers = {"Authorization": f"Bearer {token(single)}"}
    address = f"{single.url}/projects/{single.project_id}/files/new.txt"
    async with aiohttp.ClientSession(headers=headers) as script:
        async with script.put(address, data=b"x") as answer:
            assert answer.status == 201
        async with script.get(address) as answer:
            assert await answer.read() == b"x"


async def test_other_sites_are_refused(single: SingleServer, browser: aiohttp.ClientSession) -> None:
    await enter(single, browser)
    project = f"{single.url}/projects/{single.project_id}"
    port = single.port
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.1.evil:{port}",
    ):
        async with browser.get(f"{project}/files/a.txt", headers={"Host": host}) as answer:
            assert answer.status == 403, host
            assert "hello" not in await answer.text()
    for host in (f"localhost:{port}", f"LOCALHOST:{port}"):
        async with browser.get(f"{single.url}/healthz", headers={"Host": host}) as answer:
            assert answer.status == 200
    for origin in ("http://evil.example", "null", f"{single.url}0", f"https://127.0.0.1:{port}", single.content_url):
        async with browser.put(f"{project}/files/b.txt", data=b"x", headers={"Origin": origin}) as answer:
            assert answer.status == 403, origin
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await browser.ws_connect(f"{project}/events", origin=origin)
    for headers in ({}, {"Origin": single.url, "Sec-Fetch-Site": "same-site"}):
        async with browser.put(f"{project}/files/b.txt", data=b"x", headers=headers) as answer:
            assert answer.status == 403
    assert not (single.directory / "b.txt").exists()


async def test_the_content_origin_knows_nothing(single: SingleServer, browser: aiohttp.ClientSession) -> None:
    await enter(single, browser)
    async with browser.get(f"{single.content_url}/frame") as answer:
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
    for path in ("/", "/api/session", f"/projects/{single.project_id}/files/a.txt", "/metrics"):
        async with browser.get(single.content_url + path) as answer:
            assert answer.status == 404, path


async def test_a_second_server_names_the_first(single: SingleServer, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to("my folder")
    for way in (tmp_path / "my folder", tmp_path / "way"):
        with pytest.raises(StudiumError) as caught:
            SingleServer(way, state_root=tmp_path / "xdg")
        assert caught.value.code == ErrorCode.CONFLICT
        assert single.url in caught.value.message
    (tmp_path / "other").mkdir()
    other = SingleServer(tmp_path / "other", state_root=tmp_path / "xdg")
    assert other.project_id != single.project_id
    await other.stop()
    with pytest.raises(StudiumError) as taken:
        SingleServer(tmp_path / "other", port=single.port, state_root=tmp_path / "xdg")
    assert "--port" in taken.value.message
    again = SingleServer(tmp_path / "other", state_root=tmp_path / "xdg")
    assert again.project_id == other.project_id
    await again.start()
    await again.stop()


async def test_bad_folders_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wanted = {tmp_path / "missing": ErrorCode.NOT_FOUND, tmp_path / "file": ErrorCode.INVALID_PATH}
    for path, code in wanted.items():
        with pytest.raises(StudiumError) as caught:
            SingleServer(path, state_root=tmp_path / "xdg")
        assert caught.value.code == code
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.com"):
        with pytest.raises(StudiumError, match="this machine only"):
            SingleServer(tmp_path, host=host, state_root=tmp_path / "xdg")


async def test_nothing_secret_is_written(
    single: SingleServer, browser: aiohttp.ClientSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await enter(single, browser)
    async with browser.get(f"{single.url}/projects/{single.project_id}/files/missing") as answer:
        assert msgspec.json.decode(await answer.read(), type=ErrorAnswer).error.code == ErrorCode.NOT_FOUND
    assert token(single) not in caplog.text
    assert sorted(entry.name for entry in single.directory.iterdir()) == ["a.txt"]
    for entry in (tmp_path / "xdg").rglob("*"):
        if entry.is_file():
            assert token(single).encode() not in await asyncio.to_thread(entry.read_bytes)
    state = next((tmp_path / "xdg" / "studium" / "open").iterdir()) / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert token(single) not in " ".join(os.environ.values())
