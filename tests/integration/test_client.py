"""The Python client against a real Studium with a real project: through cuts, restarts and errors."""

import asyncio
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from studium.client import Client, ErrorCode, Feed, StudiumError, requests
from support.balancer import balanced
from support.serving import Serving, admin, free_port, running

MINE: dict[str, Any] = {"projects": [{"project_id": None, "title": None, "last_edited_at": None}]}


@dataclass
class Place:
    """A Studium that runs, with one account, and how to get another token."""

    serving: Serving
    data: Path
    token: str

    @property
    def client(self) -> Client:
        return Client(self.serving.url, self.token)


def prepare(data: Path, password: Path) -> str:
    password.write_text("four short plain words")
    admin(data, "account", "add", "ada@example.org", "--name", "Ada Lovelace", "--password-file", str(password))
    return admin(data, "token", "add", "ada@example.org")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("client")
    with running("serve", "--data", str(folder / "data"), "--port", "0", "--no-browser") as serving:
        yield Place(serving, folder / "data", prepare(folder / "data", folder / "password"))


@pytest.fixture
async def client(place: Place) -> AsyncIterator[Client]:
    async with place.client as client:
        yield client


@pytest.fixture
async def project(client: Client) -> str:
    made: dict[str, str] = await client.query({"projects": {"title": "Scripted"}})
    return made["project_id"]


async def until(feed: Feed, holds: Callable[[], bool]) -> None:
    """Read events until something is so."""
    async with asyncio.timeout(60):
        while not holds():
            await anext(feed)


async def title(client: Client, project: str, wanted: str) -> None:
    await client.query({"projects": {"project_id": project, "title": wanted}})


# --- tables ---------------------------------------------------------------------------------------------------------


async def test_questions_and_changes(client: Client, project: str) -> None:
    one = await client.query({"projects": {"project_id": project, "title": None}})
    assert one == {"project_id": project, "title": "Scripted"}
    await title(client, project, "Renamed")
    rows = await client.query(MINE, options=[{"order_by": "title"}])
    assert "Renamed" in [row["title"] for row in rows]
    both = await client.query([{"accounts": {"account_id": "{account_id}", "first_name": None}}, MINE])
    assert both[0]["first_name"] == "Ada"
    assert both[1] == await client.query(MINE)


async def test_errors_have_a_code_and_a_sentence(place: Place, client: Client) -> None:
    with pytest.raises(StudiumError, match="no table 'no_such'") as caught:
        await client.query({"no_such": {"x": None}})
    assert caught.value.code is ErrorCode.NO_SUCH_TABLE
    assert caught.value.data["table"] == "no_such"
    with pytest.raises(StudiumError) as caught:
        await client.run(str(uuid4()), "true")
    assert caught.value.code is ErrorCode.NOT_PERMITTED
    with pytest.raises(StudiumError) as caught:
        await client.run("my project", "true")
    assert caught.value.code is ErrorCode.INVALID_VALUE
    with pytest.raises(StudiumError) as caught:
        await anext(client.feed({"projects": {"project_id": None}}))
    assert caught.value.code is ErrorCode.INVALID_QUERY
    with pytest.raises(StudiumError, match="“project_id”: None"):
        await anext(client.feed({"projects": [{"title": None}]}))


async def test_no_error_and_no_text_shows_the_token(place: Place) -> None:
    wrong = "studium_token_that_is_not_good"
    free = f"http://127.0.0.1:{free_port()}"
    for url, code in ((place.serving.url, ErrorCode.NOT_SIGNED_IN), (free, ErrorCode.UNAVAILABLE)):
        async with Client(url, wrong) as client:
            texts = [repr(client)]
            for act in (
                client.query(MINE, timeout_seconds=0.3),
                client.read(str(uuid4()), "a.md")
                if code is ErrorCode.NOT_SIGNED_IN
                else client.query(MINE, timeout_seconds=0),
                client.feed(MINE).__anext__()
                if code is ErrorCode.NOT_SIGNED_IN
                else client.query(MINE, timeout_seconds=0),
            ):
                with pytest.raises(StudiumError) as caught:
                    await act
                assert caught.value.code is code
                error: BaseException | None = caught.value
                while error is not None:
                    texts += [repr(error), *traceback.format_exception(error)]
                    error = error.__context__
            assert wrong not in "".join(texts)


async def test_a_feed_goes_on_through_cuts_and_a_restart(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    serve = ("serve", "--data", str(data), "--port", str(port), "--no-browser")
    async with balanced() as proxy:
        with running(*serve) as serving:
            token = prepare(data, tmp_path / "password")
            proxy.targets = [serving.url]
            async with Client(proxy.url, token) as client, Client(serving.url, token) as writer:
                made = (await writer.query({"projects": {"title": "first"}}))["project_id"]
                async with client.feed(MINE) as feed:
                    assert (await anext(feed)).action == "snapshot"
                    assert feed.rows == await writer.query(MINE)
                    await title(writer, made, "before the cut")
                    event = await anext(feed)
                    assert (event.action, event.row and event.row["title"]) == ("update", "before the cut")

                    proxy.targets = []
                    await proxy.cut()
                    await title(writer, made, "while away")
                    proxy.targets = [serving.url]
                    event = await anext(feed)  # the event that was missed, not all rows again
                    assert (event.action, event.row and event.row["title"]) == ("update", "while away")
                    assert feed.rows == await writer.query(MINE)

                    assert await asyncio.to_thread(serving.stop) == 0
                    with running(*serve) as again:
                        await title(writer, made, "after the restart")
                        await until(feed, lambda: "after the restart" in [row["title"] for row in feed.rows])
                        assert feed.rows == await writer.query(MINE)
                        await again_stop(again, feed, writer, made)
                    assert client._tables.connections >= 3


async def again_stop(serving: Serving, feed: Feed, writer: Client, made: str) -> None:
    """After the restart it is a feed as before."""
    new = (await writer.query({"projects": {"title": "new"}}))["project_id"]
    await until(feed, lambda: new in [row["project_id"] for row in feed.rows])
    await title(writer, made, "last")
    await until(feed, lambda: "last" in [row["title"] for row in feed.rows])
    assert feed.rows == await writer.query(MINE)


async def test_a_question_waits_for_a_studium_that_is_away(place: Place) -> None:
    async with balanced() as proxy, Client(proxy.url, place.token) as client:
        asked = asyncio.create_task(client.query(MINE))
        await asyncio.sleep(0.3)  # some attempts fail
        assert not asked.done()
        proxy.targets = [place.serving.url]
        assert await asyncio.wait_for(asked, 60)
        proxy.targets = []
        await proxy.cut()
        with pytest.raises(StudiumError) as caught:
            await client.query({"projects": {"title": "perhaps"}})
        assert caught.value.code is ErrorCode.UNAVAILABLE


async def test_a_token_that_ends_ends_its_feeds(place: Place, client: Client, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("four short plain words")
    name = f"{uuid4().hex}@example.org"
    admin(place.data, "account", "add", name, "--name", "Grace Hopper", "--password-file", str(password))
    async with Client(place.serving.url, admin(place.data, "token", "add", name)) as grace:
        feed = grace.feed(MINE)
        await anext(feed)
        await asyncio.to_thread(admin, place.data, "account", "password", name, "--password-file", str(password))
        with pytest.raises(StudiumError) as caught:
            async with asyncio.timeout(60):
                await anext(feed)
        assert caught.value.code is ErrorCode.NOT_SIGNED_IN


# --- projects -------------------------------------------------------------------------------------------------------


async def test_start_run_and_stop(client: Client, project: str) -> None:
    await client.start(project)
    await client.start(project)  # it runs already
    answer = await client.run(project, "echo out; echo err >&2; exit 3")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (3, "out\n", "err\n")
    cut = await client.run(project, "sleep 60", timeout_seconds=0.3)
    assert cut.reason is not None
    await client.stop(project)
    state = await client.query({"projects": {"project_id": project, "state": None}})
    assert state["state"]["status"] == "stopped"


async def test_a_silent_command_is_waited_for(client: Client, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SILENCE_SECONDS", 0.2)
    await client.start(project)
    assert (await client.run(project, "sleep 1; echo done", timeout_seconds=5)).stdout == "done\n"


async def test_files_there_and_back(client: Client, project: str, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(bytes(range(256)) * 40_000)
    await client.upload(project, source, "week 1/Größe %20.bin")
    with pytest.raises(StudiumError) as caught:
        await client.upload(project, b"other", "week 1/Größe %20.bin")
    assert caught.value.code is ErrorCode.CONFLICT
    copied = await client.download(project, "week 1/Größe %20.bin", tmp_path / "copy.bin")
    assert copied.read_bytes() == source.read_bytes()
    await client.upload(project, b"", "week 1/Größe %20.bin", overwrite=True)
    assert await client.read(project, "week 1/Größe %20.bin") == b""
    (tmp_path / "folder").mkdir()
    assert (await client.download(project, "week 1/Größe %20.bin", tmp_path / "folder")).name == "Größe %20.bin"
    for path in ("../out", "/etc/passwd", "", "a//b"):
        with pytest.raises(StudiumError) as caught:
            await client.read(project, path)
        assert caught.value.code is ErrorCode.INVALID_PATH
    with pytest.raises(StudiumError) as caught:
        await client.download(project, "missing.txt", tmp_path / "kept.txt")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert {path.name for path in tmp_path.iterdir()} == {"source.bin", "copy.bin", "folder"}


async def test_a_download_that_is_cut_goes_on_where_it_was(
    place: Place, client: Client, project: str, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 80_000
    await client.upload(project, content, "big.bin")
    async with balanced(place.serving.url) as proxy, Client(proxy.url, place.token) as far:
        proxy.cut_after = 6_000_000
        target = await far.download(project, "big.bin", tmp_path / "big.bin")
        assert target.read_bytes() == content
        assert proxy.connections[place.serving.url] == 2
        assert proxy.bytes_to_client < len(content) + 4_000_000  # what had come was not fetched again


async def test_a_file_that_changes_during_a_download_comes_whole(
    place: Place, client: Client, project: str, tmp_path: Path
) -> None:
    await client.upload(project, b"a" * 8_000_000, "changing.bin")
    async with balanced() as proxy, Client(proxy.url, place.token) as far:
        proxy.targets = [place.serving.url]
        proxy.cut_after = 2_000_000
        task = asyncio.create_task(far.download(project, "changing.bin", tmp_path / "changing.bin"))
        while proxy.cut_after is not None:
            await asyncio.sleep(0)
        proxy.targets = []
        await client.upload(project, b"b" * 5_000_000, "changing.bin", overwrite=True)
        proxy.targets = [place.serving.url]
        assert (await task).read_bytes() == b"b" * 5_000_000


# --- without asyncio ------------------------------------------------------------------------------------------------


async def test_the_synchronous_client_works_within_a_running_loop(place: Place, tmp_path: Path) -> None:
    with Client.connect_sync(place.serving.url, place.token) as studium:  # as in a cell of a notebook
        made = studium.query({"projects": {"title": "From a notebook"}})["project_id"]
        with studium.feed(MINE) as feed:
            first = feed.next()
            assert first is not None
            assert first.action == "snapshot"
            studium.query({"projects": {"project_id": made, "title": "Renamed"}})
            for event in feed:
                assert event.row is not None
                if event.row["title"] == "Renamed":
                    break
            assert feed.rows == studium.query(MINE)
            assert feed.next(timeout_seconds=0.05) is None
        studium.start(made)
        studium.upload(made, b"print(6 * 7)\n", "main.py")
        assert studium.run(made, "python3 main.py").stdout == "42\n"
        assert studium.read(made, "main.py") == b"print(6 * 7)\n"
        assert studium.download(made, "main.py", tmp_path).read_bytes() == b"print(6 * 7)\n"
        studium.stop(made)
    with pytest.raises(StudiumError, match="closed"):
        studium.query(MINE)


def test_it_needs_two_packages_alone() -> None:
    """A project has aiohttp and msgspec at hand, and neither the hub's nor the project server's libraries."""
    script = (
        "import sys, studium.client\n"
        "heavy = {'asyncpg', 'psycopg2', 'uvloop', 'pycrdt', 'argon2', 'click', 'prometheus_client', 'asyncinotify'}\n"
        "ours = {name for name in sys.modules if name.startswith('studium.')}\n"
        "print(sorted(heavy & set(sys.modules)), sorted({name.split('.')[1] for name in ours}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ['client', 'protocol']"
