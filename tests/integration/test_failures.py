"""What breaks under a running Studium while people work: database, processes, disk, rights. Nothing typed is lost.

The processes are real and are ended with SIGKILL, by their ids; disks are small file systems of this test's own.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from clients.ydoc import Client
from studium.protocol.documents import NotSaved, Saved
from studium.protocol.errors import ErrorCode
from support.serving import STUDIUM, Serving, free_port, postmaster, processes_below, project_server, running
from support.visitors import PASSWORD, Visitor, add_account, visitor

WITHOUT_NAMESPACES = (sys.executable, str(Path(__file__).parents[1] / "support" / "without_namespaces.py"))
ADA, GRACE = "ada@example.org", "grace@example.org"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("failures") / "data"


@pytest.fixture(scope="module")
def serving(data: Path) -> Iterator[Serving]:
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        yield serving


@pytest.fixture(scope="module")
def tokens(serving: Serving, data: Path) -> dict[str, str]:
    return {ADA: add_account(data, ADA, "--administrator"), GRACE: add_account(data, GRACE)}


@pytest.fixture
async def ada(serving: Serving, tokens: dict[str, str]) -> AsyncIterator[Visitor]:
    async with visitor(serving.url, ADA, tokens[ADA]) as ada:
        yield ada


@pytest.fixture
async def grace(serving: Serving, tokens: dict[str, str]) -> AsyncIterator[Visitor]:
    async with visitor(serving.url, GRACE, tokens[GRACE]) as grace:
        yield grace


async def reconnect(client: Client) -> None:
    """As a page does: again and again until the server is back."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await client.connect()
                if client.synced:
                    return
            await asyncio.sleep(0.1)


async def wait_saved(path: Path, text: str) -> None:
    """Wait until the file holds this."""
    async with asyncio.timeout(60):
        while not path.exists() or path.read_text() != text:
            await asyncio.sleep(0.05)


async def test_a_killed_database_comes_back_and_nobody_reloads(ada: Visitor, serving: Serving, data: Path) -> None:
    project_id = await ada.new_project()
    client = await ada.open(project_id, "main.py")
    async with ada.session.ws_connect(f"{ada.url}/api/tables") as tables:
        follow = {"projects": [{"project_id": project_id, "title": None}]}
        await tables.send_json({"id": 1, "query": follow, "changes": True})
        assert (await tables.receive_json(timeout=60))["result"]
        os.kill(postmaster(serving), signal.SIGKILL)
        await client.append("typed without a database\n")
        await client.until_acknowledged()
        seen = set()
        async with asyncio.timeout(30):
            while True:
                body = {"query": {"projects": {"project_id": project_id, "title": "After"}}}
                status, answer = await ada.call("POST", "/api/query", json=body)
                if status == 200:
                    break
                seen.add(answer["error"]["code"])
                assert "database is away" in answer["error"]["message"], answer
        assert seen <= {"unavailable"}
        change = await tables.receive_json(timeout=60)
        assert (change["action"], change["new"]["title"]) == ("update", "After")
    await wait_saved(data / "projects" / project_id / "home" / "main.py", "typed without a database\n")
    assert (await ada.call("GET", "/readyz"))[0] == 200
    assert client.close_code is None  # the document never noticed


async def test_a_killed_project_server_is_started_again(ada: Visitor, serving: Serving, data: Path) -> None:
    project_id = await ada.new_project()
    client = await ada.open(project_id, "main.py")
    await client.append("before\n")
    await client.until_acknowledged()
    os.kill(project_server(serving, project_id), signal.SIGKILL)
    await client.until(lambda: client.close_code is not None)
    assert client.close_code == 4503
    await client.append("between\n")
    await reconnect(client)
    await client.append("after\n")
    await client.until_acknowledged()
    await wait_saved(data / "projects" / project_id / "home" / "main.py", "before\nbetween\nafter\n")
    await ada.act(project_id, "stop", "stopped")


@pytest.mark.parametrize("everything", [False, True], ids=["the hub", "every process"])
async def test_after_a_kill_it_goes_on_where_it_was(tmp_path: Path, everything: bool) -> None:
    data, port = tmp_path / "data", free_port()
    arguments = ("serve", "--data", str(data), "--port", str(port), "--content-port", "0", "--no-browser")
    async with contextlib.AsyncExitStack() as stack:
        with running(*arguments) as first:
            token = add_account(data, ADA)
            ada = await stack.enter_async_context(visitor(first.url, ADA, token))
            project_id = await ada.new_project()
            client = await ada.open(project_id, "main.py")
            await client.append("acknowledged\n")
            await client.until_acknowledged()
            below = processes_below(first.process.pid)
            first.process.kill()
            for number in below if everything else ():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            await client.until(lambda: client.close_code is not None)
            await client.append("typed meanwhile\n")
        with running(*arguments):
            await reconnect(client)
            await client.append("typed later\n")
            await client.until_acknowledged()
            await wait_saved(
                data / "projects" / project_id / "home" / "main.py", "acknowledged\ntyped meanwhile\ntyped later\n"
            )
        await client.disconnect()


# Rights that end ---------------------------------------------------------------------------------------------------


async def test_a_disabled_account_is_cut_off_while_it_types(ada: Visitor, grace: Visitor, data: Path) -> None:
    project_id = await ada.new_project()
    await ada.share(project_id, grace, "collaborator")
    client = await grace.open(project_id, "main.py")
    await client.append("typed in time\n")
    await client.until_acknowledged()
    disabled = {"accounts": {"account_id": grace.account_id, "disabled": True}}
    try:
        async with grace.session.ws_connect(f"{grace.url}/api/tables") as tables:
            await ada.query(disabled)
            message = await tables.receive(10)
            assert (message.type, tables.close_code) == (aiohttp.WSMsgType.CLOSE, 4401)
        await client.until(lambda: client.close_code is not None)
        assert client.close_code in (4401, 4403)
        await wait_saved(data / "projects" / project_id / "home" / "main.py", "typed in time\n")
        for method, path in (("GET", f"/projects/{project_id}/files/main.py"), ("POST", "/api/query")):
            error = await grace.error(method, path, json={"query": {"projects": [{"title": None}]}})
            assert error.code is ErrorCode.NOT_SIGNED_IN, error
    finally:
        await ada.query({"accounts": {**disabled["accounts"], "disabled": False}})


async def test_a_session_that_is_signed_out_ends_in_all_its_tabs(ada: Visitor, serving: Serving) -> None:
    project_id = await ada.new_project()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": serving.url}) as session:
        browser = Visitor(serving.url, ADA, ada.account_id, session)
        status, _ = await browser.call("POST", "/api/session", json={"email_address": ADA, "password": PASSWORD})
        assert status == 200
        client = await browser.open(project_id, "main.py")
        async with session.ws_connect(f"{serving.url}/api/tables") as tables:
            async with session.delete(f"{serving.url}/api/session") as answer:
                assert answer.status == 200
            await tables.receive(10)
            assert tables.close_code == 4401
        await client.until(lambda: client.close_code is not None)
        assert client.close_code == 4401
        await client.disconnect()


# No room, no rights ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own in ``folder``."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder.mkdir(parents=True, exist_ok=True)
    status = folder.stat()
    options = f"size={size},mode={status.st_mode & 0o777:o},uid={status.st_uid},gid={status.st_gid}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        pytest.skip("this system does not let tests mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on the disk of ``folder``."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:  # the last write stores what fits
            file.write(b"x" * 65536)
    return ballast


@pytest.mark.parametrize("place", ["home", "all of the project"])
async def test_a_full_disk_of_a_project(ada: Visitor, data: Path, place: str) -> None:
    project_id = await ada.new_project()
    await ada.act(project_id, "stop", "stopped")
    folder = data / "projects" / project_id
    home = folder / "home"
    if place != "home":
        subprocess.run(["rm", "-r", *folder.iterdir()], check=True)
    with small_disk(home if place == "home" else folder, "4m") as disk:
        await ada.act(project_id, "start", "running")
        client = await ada.open(project_id, "main.py")
        await client.append("before\n")
        await client.save_now()
        await client.control(Saved)
        ballast = fill(disk)
        after = len(client.controls)
        await client.append("x" * 100_000 + "\n")
        told = await client.control(NotSaved, after)
        assert told.error.code is ErrorCode.DISK_FULL
        assert "disk is full" in told.error.message
        error = await ada.error("PUT", f"/projects/{project_id}/files/new.txt", data=b"y" * 70_000)
        assert error.code is ErrorCode.DISK_FULL
        assert "Delete what you do not need, then try again." in error.message
        assert (home / "main.py").read_text() == "before\n"
        ballast.unlink()
        await client.until_acknowledged()
        await wait_saved(home / "main.py", "before\n" + "x" * 100_000 + "\n")
        assert not list(home.glob(".studium-*"))
        await client.disconnect()
        await ada.act(project_id, "stop", "stopped")


async def test_a_full_disk_of_everything(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "400m") as disk:
        data = disk / "data"
        with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
            token = add_account(data, ADA)
            async with visitor(serving.url, ADA, token) as ada:
                project_id = await ada.new_project()
                client = await ada.open(project_id, "main.py")
                ballast = fill(disk)
                await client.append("x" * 200_000)
                assert (await client.control(NotSaved)).error.code is ErrorCode.DISK_FULL
                error = await first_refusal(ada, project_id)
                assert error["code"] in ("disk_full", "unavailable")
                assert "full" in error["message"] or "away" in error["message"], error
                assert (await ada.call("GET", "/"))[0] == 200
                ballast.unlink()
                await client.until_acknowledged()
                await wait_saved(data / "projects" / project_id / "home" / "main.py", "x" * 200_000)
                async with asyncio.timeout(30):
                    while (await describe(ada, project_id, 0))[0] != 200:
                        await asyncio.sleep(0.1)
                await client.disconnect()


async def describe(somebody: Visitor, project_id: str, number: int) -> tuple[int, Any]:
    """Write a description that takes room in the database."""
    text = "".join(f"{number} {word} " for word in range(500))[:4900]
    query = {"projects": {"project_id": project_id, "description": text}}
    return await somebody.call("POST", "/api/query", json={"query": query})


async def first_refusal(somebody: Visitor, project_id: str) -> Any:
    """Write into the database until it cannot; its error."""
    for number in range(3000):
        status, answer = await describe(somebody, project_id, number)
        if status != 200:
            return answer["error"]
    raise AssertionError("the database found room on a full disk")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter, as data folders are where nothing can be mounted."""
    with tempfile.TemporaryDirectory(prefix="studium-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


async def test_without_user_namespaces_strangers_stay_out(open_folder: Path) -> None:
    data = open_folder / "data"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser", wrapper=WITHOUT_NAMESPACES) as serving:
        assert "Projects are not kept apart from each other on this machine" in serving.printed
        token = add_account(data, ADA, "--administrator")
        async with visitor(serving.url, ADA, token) as ada:
            _, info = await ada.call("GET", "/api/session")
            assert "invite only people whom you trust" in info["site"]["notice"]
            assert "studium doctor" in info["site"]["notice"]
            error = await ada.refused({"site_settings": {"name": "sign_up", "value": "open"}})
            assert (error.code, error.data["field"]) == (ErrorCode.NOT_PERMITTED, "sign_up")
            assert "Choose people with an invitation link, or mend what studium doctor names" in error.message
            await ada.query({"site_settings": {"name": "sign_up", "value": "invitation"}})
            project_id = (await ada.query({"projects": {"title": "Plain"}}))["projects"]["project_id"]
            state = await ada.act(project_id, "start", "running")
            if state["status"] == "failed":  # this Python is in a folder that only root may enter
                assert "The user of the project may not run" in state["message"]
                assert "Run Studium as an ordinary user" in state["message"]
                return
            client = await ada.open(project_id, "main.py")
            await client.append("print(6 * 7)\n")
            await client.until_acknowledged()
            await wait_saved(data / "projects" / project_id / "home" / "main.py", "print(6 * 7)\n")
            assert await ada.run(project_id, "python3 main.py") == "42\n"


def test_doctor_says_what_to_change_where_there_are_no_user_namespaces(tmp_path: Path) -> None:
    doctor = [*WITHOUT_NAMESPACES, *STUDIUM, "doctor", "--data", str(tmp_path), "--port", "0"]
    found = subprocess.run(doctor, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "✗ user namespaces" in found.stdout
    assert "Isolation is none: projects are plain processes; invite only people whom you trust." in found.stdout
    after = found.stdout.partition("✗ user namespaces")[2].splitlines()
    assert "→" in after[1], found.stdout
    assert ("→ apt install bubblewrap" in found.stdout) is (shutil.which("bwrap") is None)


def test_root_that_may_not_mount_is_told_what_to_do(tmp_path: Path) -> None:
    """As root of a container without that right."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        pytest.skip("giving up a right of root needs root and setpriv")
    command = [setpriv, "--bounding-set=-sys_admin", *STUDIUM, "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Run Studium as an ordinary user, allow it" in done.stderr
