"""What people and scripts send that cannot work, to a real ``studium serve``: each gets a sentence, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from studium.protocol.documents import Hello
from studium.protocol.errors import ErrorBody, ErrorCode
from support.serving import Serving, admin, running
from support.visitors import PASSWORD, Visitor, add_account, assert_closed, visitor

UPLOAD_LIMIT = 1 << 20
ADA, VERA = "ada@example.org", "vera@example.org"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad-input") / "data"


@pytest.fixture(scope="module")
def serving(data: Path) -> Iterator[Serving]:
    arguments = ("serve", "--data", str(data), "--port", "0", "--no-browser", "--max-upload", str(UPLOAD_LIMIT))
    with running(*arguments) as serving:
        yield serving


@pytest.fixture(scope="module")
def tokens(serving: Serving, data: Path) -> dict[str, str]:
    """Tokens of Ada, an administrator, and Vera."""
    return {ADA: add_account(data, ADA, "--administrator"), VERA: add_account(data, VERA)}


@pytest.fixture
async def ada(serving: Serving, tokens: dict[str, str]) -> AsyncIterator[Visitor]:
    async with visitor(serving.url, ADA, tokens[ADA]) as ada:
        yield ada


@pytest.fixture
async def vera(serving: Serving, tokens: dict[str, str]) -> AsyncIterator[Visitor]:
    async with visitor(serving.url, VERA, tokens[VERA]) as vera:
        yield vera


@pytest.fixture(scope="module")
def project(serving: Serving, tokens: dict[str, str]) -> str:
    """A running project of Ada, with links that lead out of it."""

    async def make() -> str:
        async with visitor(serving.url, ADA, tokens[ADA]) as ada:
            project_id = await ada.new_project("Paths")
            await ada.run(project_id, "ln -s /etc out; ln -s /etc/passwd passwd; mkdir a; echo text > notes.txt")
            return project_id

    return asyncio.run(make())


def home(data: Path, project_id: str) -> Path:
    return data / "projects" / project_id / "home"


# Accounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field", "words"),
    [
        ({"email_address": "{taken}"}, ErrorCode.CONFLICT, "email_address", "use another address"),
        ({"email_address": "{TAKEN}"}, ErrorCode.CONFLICT, "email_address", "use another address"),
        ({"email_address": "ada"}, ErrorCode.INVALID_VALUE, "email_address", "Write it like ada@example.org"),
        ({"email_address": "a\0b@example.org"}, ErrorCode.INVALID_VALUE, "email_address", "Write it like"),
        ({"email_address": "a" * 300 + "@example.org"}, ErrorCode.INVALID_VALUE, "email_address", "254 characters"),
        ({"name": "A" * 10_000}, ErrorCode.INVALID_VALUE, "name", "10000 characters; 200 are allowed"),
        ({"name": " \t "}, ErrorCode.INVALID_VALUE, "name", "Write how others should see you"),
        ({"name": "Ada\0\x1b[31m"}, ErrorCode.INVALID_VALUE, "name", "Type it anew"),
        ({"password": "ab"}, ErrorCode.INVALID_VALUE, "password", "fewer than 8 characters"),
        ({"password": "ab" * 1000}, ErrorCode.INVALID_VALUE, "password", "Choose a shorter one"),
    ],
)
async def test_an_account_that_cannot_be_made_is_told_the_field(
    ada: Visitor, changes: dict[str, str], code: ErrorCode, field: str, words: str
) -> None:
    await ada.query({"site_settings": {"name": "sign_up", "value": "open"}})
    good = {"name": "Grace Hopper", "email_address": "grace@example.org", "password": PASSWORD}
    changes = {name: text.format(taken=ada.email, TAKEN=ada.email.upper()) for name, text in changes.items()}
    async with aiohttp.ClientSession(headers={"Origin": ada.url}) as session:
        stranger = Visitor(ada.url, "", "", session)
        error = await stranger.error("POST", "/api/accounts", json={**good, **changes})
    assert (error.code, error.data["field"]) == (code, field)
    assert words in error.message
    assert len(error.message) < 400


async def test_two_who_take_one_address_at_once_get_one_account(ada: Visitor) -> None:
    await ada.query({"site_settings": {"name": "sign_up", "value": "open"}})

    async def sign_up(session: aiohttp.ClientSession) -> int:
        body = {"name": "Grace Hopper", "email_address": "twins@example.org", "password": PASSWORD}
        async with session.post(f"{ada.url}/api/accounts", json=body) as answer:
            return answer.status

    async with aiohttp.ClientSession(headers={"Origin": ada.url}) as session:
        assert sorted(await asyncio.gather(*(sign_up(session) for _ in range(4)))) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("T" * 10_000, "must not be longer than 200 characters; it has 10000"),
        ("", "must not be empty"),
        ("  \n ", "must not be empty"),
        ("bell\x07", "must not contain control characters"),
        ("two\nlines", "control characters or line breaks"),
        ("NUL\0", "NUL"),
        (7, "must be text"),
        (None, ""),
    ],
)
async def test_a_title_that_cannot_be_is_refused_and_the_old_one_stays(ada: Visitor, title: Any, words: str) -> None:
    made = (await ada.query({"projects": {"title": "Linear algebra"}}))["projects"]["project_id"]
    if title is None:  # a null asks; a new project without a title is told so
        error = await ada.refused({"projects": {"description": "no title"}})
        assert "needs a title" in error.message
        return
    for row in ({"title": title}, {"project_id": made, "title": title}):
        error = await ada.refused({"projects": row})
        assert (error.code, error.data["field"]) == (ErrorCode.INVALID_VALUE, "title")
        assert words in error.message
        assert "title" in error.message
    rows = (await ada.query({"projects": [{"project_id": None, "title": None}]}))["projects"]
    assert {row["title"] for row in rows} <= {"Linear algebra", "Tutorial", "Paths"}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'{"query": 7}', b"[" * 50_000, b"x" * 3_000_000])
async def test_what_is_no_request_is_a_sentence(ada: Visitor, body: bytes) -> None:
    for path in ("/api/query", "/api/session"):
        error = await ada.error("POST", path, data=body, headers={"Content-Type": "application/json"})
        assert error.code in (ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_QUERY, ErrorCode.TOO_LARGE), error
        assert 10 < len(error.message) < 500


# Paths -------------------------------------------------------------------------------------------------------------

BAD_PATHS = {
    "dots": "../lock",
    "dots inside": "a/../../lock",
    "dot": "a/./b",
    "NUL": "a\0b",
    "absolute": "/etc/passwd",
    "empty name": "a//b",
    "300 bytes": "n" * 300,
    "300 bytes in UTF-8": "ü" * 150,
    "5000 bytes": "/".join(["folder"] * 800),
}
RAW_PATHS = ("../lock", "%2e%2e/lock", "..%2flock", "a/%2E%2E/%2E%2E/lock", "a%00b", "%2Fetc%2Fpasswd", "%ff%fe")


def check_path_error(error: ErrorBody) -> None:
    assert error.code in (ErrorCode.INVALID_PATH, ErrorCode.NOT_FOUND, ErrorCode.NOT_PERMITTED), error
    assert len(error.message) < 500
    assert error.message.isprintable(), repr(error.message)


async def close_of(ada: Visitor, raw: str) -> tuple[int | None, str]:
    """With which close a document of this raw address ends, by a client that speaks no ``studium.v1``."""
    async with ada.session.ws_connect(URL(ada.url + raw, encoded=True)) as socket:
        message = await socket.receive(10)
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return socket.close_code, str(message.extra)


@pytest.mark.parametrize("raw", RAW_PATHS)
async def test_an_address_that_leads_out_is_refused(ada: Visitor, project: str, raw: str) -> None:
    for method in ("GET", "PUT"):
        check_path_error(await ada.error(method, f"/projects/{project}/files/{raw}", data=b"x"))
    code, reason = await close_of(ada, f"/projects/{project}/documents/{raw}")
    assert code in (4400, 4404), (code, reason)
    assert reason


@pytest.mark.parametrize("kind", BAD_PATHS)
async def test_a_path_that_cannot_be_is_refused_everywhere(ada: Visitor, project: str, data: Path, kind: str) -> None:
    path = BAD_PATHS[kind]
    before = sorted(home(data, project).rglob("*"))
    encoded = "/".join(quote(name, safe="") for name in path.split("/"))
    for method in ("GET", "PUT"):
        check_path_error(await ada.error(method, f"/projects/{project}/files/{encoded}", data=b"x"))
    for operation in (
        {"type": "create_file", "path": path},
        {"type": "create_folder", "path": path},
        {"type": "trash", "path": path},
        {"type": "rename", "path": path, "to": "fine.txt"},
        {"type": "rename", "path": "notes.txt", "to": path},
    ):
        check_path_error(await ada.error("POST", f"/projects/{project}/operations", json=operation))
    command = {"command": "pwd", "path": path}
    check_path_error(await ada.error("POST", f"/projects/{project}/run", json=command))
    async with ada.session.ws_connect(f"{ada.url}/projects/{project}/events") as events:
        await events.send_json({"type": "subscribe", "path": path})
        answer = await events.receive_json(timeout=60)
        assert answer["type"] == "directory_failed"
        assert answer["error"]["code"] in ("invalid_path", "not_found")
    code, reason = await close_of(ada, f"/projects/{project}/documents/{encoded}")
    assert code in (4400, 4404), (code, reason)
    assert sorted(home(data, project).rglob("*")) == before


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07", "\u2028"])
async def test_a_name_with_a_line_break_cannot_be_made(ada: Visitor, project: str, data: Path, name: str) -> None:
    encoded = quote(name, safe="")
    errors = [
        await ada.error("PUT", f"/projects/{project}/files/{encoded}", data=b"x"),
        await ada.error("POST", f"/projects/{project}/operations", json={"type": "create_file", "path": name}),
        await ada.error(
            "POST", f"/projects/{project}/operations", json={"type": "rename", "path": "notes.txt", "to": name}
        ),
    ]
    for error in errors:
        assert error.code is ErrorCode.INVALID_PATH
        assert "line break or a control character" in error.message
        assert error.message.isprintable()
    client = await ada.client(project, name).connect()
    assert assert_closed(client).code is ErrorCode.INVALID_PATH
    assert not (home(data, project) / name).exists()


@pytest.mark.parametrize("name", [".trash", ".trash/files/x", ".studium-0123456789abcdef.tmp"])
async def test_our_own_names_cannot_be_made(ada: Visitor, project: str, data: Path, name: str) -> None:
    error = await ada.error("PUT", f"/projects/{project}/files/{name}", data=b"x")
    assert error.code is ErrorCode.INVALID_PATH
    assert "is kept for Studium itself. Choose another." in error.message
    client = await ada.client(project, name).connect()
    assert assert_closed(client).code is ErrorCode.INVALID_PATH
    assert not (home(data, project) / name).exists()


async def test_a_file_whose_name_has_a_line_break_can_be_read_renamed_and_deleted(ada: Visitor, project: str) -> None:
    await ada.run(project, "printf one > \"$(printf 'two\\nlines')\"")
    assert await ada.call("GET", f"/projects/{project}/files/two%0Alines") == (200, b"one")
    assert str((await ada.open(project, "two\nlines")).text) == "one"
    rename = {"type": "rename", "path": "two\nlines", "to": "one line"}
    assert (await ada.call("POST", f"/projects/{project}/operations", json=rename))[0] == 200
    assert await ada.run(project, "cat 'one line'; rm 'one line'") == "one"


@pytest.mark.parametrize("path", ["passwd", "out/passwd", "out/new.txt"])
async def test_a_link_that_leaves_the_project_is_not_followed(ada: Visitor, project: str, path: str) -> None:
    errors = [
        await ada.error("GET", f"/projects/{project}/files/{path}"),
        await ada.error("PUT", f"/projects/{project}/files/{path}", data=b"x"),
        await ada.error("POST", f"/projects/{project}/run", json={"command": "pwd", "path": "out"}),
    ]
    for error in errors:
        assert error.code is ErrorCode.NOT_PERMITTED, error
        assert "leads out of the project" in error.message
        assert "Copy what you need" in error.message
    client = await ada.client(project, path).connect()
    assert not client.synced
    assert assert_closed(client).code is ErrorCode.NOT_PERMITTED
    async with ada.session.ws_connect(f"{ada.url}/projects/{project}/events") as events:
        await events.send_json({"type": "subscribe", "path": "out"})
        answer = await events.receive_json(timeout=60)
        assert (answer["type"], answer["error"]["code"]) == ("directory_failed", "not_permitted")


# Files -------------------------------------------------------------------------------------------------------------


async def test_an_upload_past_the_limit_leaves_what_was(ada: Visitor, project: str, data: Path) -> None:
    async def body() -> AsyncIterator[bytes]:  # of no known length
        for _ in range(20):
            yield b"x" * 100_000

    file = home(data, project) / "limit.bin"
    path = f"/projects/{project}/files/limit.bin"
    assert (await ada.call("PUT", path, data=b"old"))[0] == 201
    errors = [await ada.error("PUT", path, data=b"x" * (UPLOAD_LIMIT + 1))]
    errors.append(await ada.error("PUT", path, data=body()))
    for error in errors:
        assert error.code is ErrorCode.TOO_LARGE
        assert "“limit.bin” is larger than 1.05 MB, the limit of one upload." in error.message
    assert file.read_bytes() == b"old"
    assert (await ada.call("PUT", path, data=b"x" * UPLOAD_LIMIT))[0] == 204
    assert not list(home(data, project).glob(".studium-*"))


async def test_an_upload_that_breaks_off_leaves_what_was(ada: Visitor, project: str, data: Path) -> None:
    path = f"/projects/{project}/files/broken.bin"
    assert (await ada.call("PUT", path, data=b"old"))[0] == 201
    host, _, port = ada.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = ada.session.headers["Authorization"]
    head = f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {token}\r\nContent-Length: 500000\r\n\r\n"
    writer.write(head.encode() + b"x" * 100_000)
    await writer.drain()
    writer.transport.abort()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    assert (await ada.call("GET", path)) == (200, b"old")
    assert not list(home(data, project).glob(".studium-*"))


async def test_large_and_binary_files_as_documents(ada: Visitor, project: str) -> None:
    await ada.run(
        project,
        "mkdir -p big; head -c 53000000 /dev/zero | tr '\\0' 'a' > big/50.txt;"
        "yes line | head -c 11600000 > big/11.txt; head -c 10000000 /dev/zero | tr '\\0' 'a' > big/line.txt;"
        "printf 'a\\0b' > big/nul.txt; printf 'caf\\351' > big/latin1.txt; mkfifo big/pipe",
    )
    for name, code, words in (
        ("big/50.txt", ErrorCode.TOO_LARGE, "50.txt has 51 MB; files above 10 MB can only be read here, in pages"),
        ("big/11.txt", ErrorCode.TOO_LARGE, "11.txt has 11 MB; files above 10 MB can only be read here, in pages"),
        ("big/nul.txt", ErrorCode.NOT_TEXT, "nul.txt is not a text file"),
        ("big/latin1.txt", ErrorCode.NOT_TEXT, "Download it instead"),
        ("big/pipe", ErrorCode.NOT_TEXT, "pipe is not a regular file"),
        ("big", ErrorCode.NOT_TEXT, "big is a folder"),
    ):
        client = await ada.client(project, name).connect()
        assert not client.synced
        error = assert_closed(client)
        assert (error.code, words in error.message) == (code, True), error
    status, body = await ada.call("GET", f"/projects/{project}/pages/big/11.txt?line=2300000")
    assert (status, body["page"], body["pages"]) == (200, 22, 22)
    assert body["text"].startswith("line\n")
    line = await ada.open(project, "big/line.txt")
    await line.append("!")
    await line.until_acknowledged()
    await line.save_now()
    await line.until(lambda: any("Saved" in type(control).__name__ for control in line.controls))
    assert await ada.run(project, "tail -c 2 big/line.txt; stat -c %s big/line.txt") == "a!10000001\n"
    await line.disconnect()
    await ada.run(project, "rm -r big")


# A viewer ----------------------------------------------------------------------------------------------------------


async def assert_only_reads(reader: Visitor, project: str) -> None:
    """Somebody sees ``main.py``, which holds ``a = 1``, and whatever else they try in the project is refused."""
    root = f"/projects/{project}"
    assert await reader.call("GET", f"{root}/files/main.py") == (200, b"a = 1\n")
    client = await reader.open(project, "main.py")
    hello = await client.control(Hello)
    assert hello.read_only
    assert hello.read_only_reason
    await client.append("evil = 1\n")
    await client.until(lambda: client.close_code is not None)
    error = assert_closed(client)
    assert error.code is ErrorCode.NOT_PERMITTED
    assert len(error.message) > 20
    for method, path, body, words in (
        ("PUT", f"{root}/files/main.py", b"b", "change files"),
        ("POST", f"{root}/operations", b'{"type": "trash", "path": "main.py"}', "change files"),
        ("POST", f"{root}/run", b'{"command": "rm main.py"}', "run programs"),
    ):
        error = await reader.error(method, path, data=body)
        assert error.code is ErrorCode.NOT_PERMITTED
        assert f"As a viewer of this project you cannot {words}. Ask its owner" in error.message


async def test_by_an_owners_token_that_may_only_read_nothing_is_changed(
    serving: Serving, ada: Visitor, project: str, data: Path
) -> None:
    await ada.call("PUT", f"/projects/{project}/files/main.py", data=b"a = 1\n")
    token = admin(data, "token", "add", ADA, "--name", "reader", "--read-only", "--days", "7")
    async with visitor(serving.url, ADA, token) as reader:
        await assert_only_reads(reader, project)
        for query in (
            {"projects": {"title": "Mine"}},
            {"projects": {"project_id": project, "title": "Mine"}},
            {"projects": {"project_id": project, "action_request": {"action": "stop"}}},
            {"site_settings": {"name": "site_name", "value": "Mine"}},
        ):
            assert (await reader.refused(query)).code is ErrorCode.NOT_PERMITTED
    assert (home(data, project) / "main.py").read_bytes() == b"a = 1\n"


async def test_a_viewer_reads_and_changes_nothing(ada: Visitor, vera: Visitor, project: str, data: Path) -> None:
    root = f"/projects/{project}"
    await ada.call("PUT", f"{root}/files/main.py", data=b"a = 1\n")
    await ada.share(project, vera, "viewer")
    await assert_only_reads(vera, project)
    for query in (
        {"projects": {"project_id": project, "title": "Mine"}},
        {"projects": {"project_id": project, "action_request": {"action": "stop"}}},
        {"collaborators": {"project_id": project, "account_id": vera.account_id, "role": "owner"}},
        {"collaborators": {"project_id": project, "account_id": ada.account_id, "role": "viewer"}},
    ):
        error = await vera.refused(query)
        assert error.code in (ErrorCode.NOT_PERMITTED, ErrorCode.SET_NOT_ALLOWED), error
        assert len(error.message) > 20
    assert (home(data, project) / "main.py").read_bytes() == b"a = 1\n"
    stranger_now = {"project_id": project, "account_id": vera.account_id}
    await ada.query({"collaborators": stranger_now}, {"delete": True})
    error = await vera.error("GET", f"{root}/files/main.py")
    assert error.code is ErrorCode.NOT_PERMITTED
