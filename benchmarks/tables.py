"""The tables plane with 100,000 live feeds, 1,000 changes a second and 100,000 projects: prints JSON.

One hub with its PostgreSQL is the server; the pages are processes of ``table_load.py``. Beside it, in the same run,
stands what PostgreSQL alone does: its own NOTIFY from a trigger, heard by one listener, and the same select asked of it
directly.
"""

import argparse
import array
import asyncio
import itertools
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
import uvloop
from run import STUDIUM, Server
from tables_site import Site, account_id, feeds_of_page, project_id, token

from studium.cli.data_directory import DataDirectory
from studium.hub.database import Connection, Database

WRITERS = 8
QUERIES = 400
TICK_SECONDS = 0.005
SETTLE_SECONDS = 3.0
PROCESSES = 2

Figures = dict[str, Any]


def percentiles(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and the worst, in what ``values`` are in."""
    if not values:
        return {}
    values = sorted(values)
    at = [values[min(len(values) - 1, int(len(values) * share))] for share in (0.5, 0.99)]
    return {"p50": round(at[0], 2), "p99": round(at[1], 2), "max": round(values[-1], 2)}


class Process:
    """Memory and processor time of one process, from the kernel."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    @property
    def rss_mb(self) -> float:
        """Resident memory."""
        found = re.search(r"^VmRSS:\s+(\d+) kB", (self._folder / "status").read_text(), re.MULTILINE)
        assert found
        return round(int(found[1]) / 1024, 1)

    @property
    def seconds(self) -> float:
        """Processor time."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Pages:
    """Processes that follow what pages follow."""

    def __init__(self, address: str, site: Site) -> None:
        self._address = address.removeprefix("http://")
        self._site = site
        self._processes: list[subprocess.Popen[str]] = []

    async def open(self, first: int, last: int) -> float:
        """Open the connections from ``first`` to ``last`` - 1; the seconds that it took."""
        began = time.perf_counter()
        edges = [first + (last - first) * index // PROCESSES for index in range(PROCESSES + 1)]
        script = str(Path(__file__).with_name("table_load.py"))
        started = [
            subprocess.Popen(
                [sys.executable, script, self._address, str(self._site.accounts), str(start), str(end)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for start, end in itertools.pairwise(edges)
        ]
        self._processes += started
        for process in started:
            assert process.stdout is not None
            if not await asyncio.to_thread(process.stdout.readline):
                raise RuntimeError("The pages could not be opened.")
        return time.perf_counter() - began

    async def arrived(self, folder: Path) -> list[tuple[int, int]]:
        """What arrived since: microseconds when it was sent to the database, and when it came."""
        found: list[tuple[int, int]] = []
        for index, process in enumerate(self._processes):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{folder / str(index)}\n")
            process.stdin.flush()
            await asyncio.to_thread(process.stdout.readline)
            pairs = array.array("Q", (folder / str(index)).read_bytes())
            found += zip(pairs[::2], pairs[1::2], strict=True)
        return found

    def close(self) -> None:
        """End all."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)


Write = Callable[[Connection, int, str], Awaitable[Any]]


async def write_steadily(dsn: str, rate: float, seconds: float, write: Write) -> dict[int, int]:
    """``write(connection, number, mark)`` so many times a second, each a transaction of its own; for each mark, the
    microsecond at which it was known to be committed."""
    committed: dict[int, int] = {}
    pool = await asyncpg.create_pool(dsn, min_size=WRITERS, max_size=WRITERS)
    queue: asyncio.Queue[int | None] = asyncio.Queue()

    async def work() -> None:
        async with pool.acquire() as connection:
            while (number := await queue.get()) is not None:
                now = time.perf_counter_ns() // 1000
                while now in committed:
                    now += 1
                committed[now] = 0
                await write(connection, number, f"at={now}")
                committed[now] = time.perf_counter_ns() // 1000

    tasks = [asyncio.create_task(work()) for _ in range(WRITERS)]
    began, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        due = int(passed * rate)
        for number in range(sent, due):
            queue.put_nowait(number)
        sent = max(sent, due)
        await asyncio.sleep(TICK_SECONDS)
    for _ in tasks:
        queue.put_nowait(None)
    await asyncio.gather(*tasks)
    await pool.close()
    return committed


async def changes(dsn: str, site: Site, pages: Pages, hub: Process, rate: float, seconds: float) -> Figures:
    """Of ten changes, six are of a project's state, two of somebody's settings, two of somebody in a project; each row
    changes seldom, so that most changes are events of their own. ``events_missing``: how many feeds never heard of the
    last change of a row that they hold."""
    expected = 0
    last: dict[tuple[str, int], tuple[int, int]] = {}  # of each row: the mark of its last change, and its feeds

    def expect(table: str, row: int, mark: str, feeds: int) -> None:
        nonlocal expected
        expected += feeds
        last[table, row] = (int(mark.removeprefix("at=")), feeds)

    async def write(connection: Connection, number: int, mark: str) -> None:
        person = number * 7 % site.connected
        owned = number // site.connected % 6 * site.accounts
        project = person + owned
        match number % 10:
            case 0 | 1:
                expect("accounts", person, mark, site.feeds_on_account(person))
                await connection.execute(
                    "UPDATE accounts SET settings = jsonb_build_object('bench', $2::text) WHERE account_id = $1",
                    account_id(person),
                    mark,
                )
            case 2 | 3:
                expect("collaborators", project, mark, site.feeds_on_people(project))
                await connection.execute(
                    "UPDATE collaborators SET email_address = $3 WHERE project_id = $1 AND account_id = $2",
                    project_id(project),
                    account_id(person),
                    mark,
                )
            case _:
                expect("projects", project, mark, site.feeds_on_project(project))
                await connection.execute(
                    "UPDATE projects SET state = jsonb_build_object('status', 'stopped', 'message', $2::text)"
                    " WHERE project_id = $1",
                    project_id(project),
                    mark,
                )

    with tempfile.TemporaryDirectory() as folder:
        await pages.arrived(Path(folder))
        before, began = hub.seconds, time.perf_counter()
        committed = await write_steadily(dsn, rate, seconds, write)
        took = time.perf_counter() - began
        busy = (hub.seconds - before) / took
        await asyncio.sleep(SETTLE_SECONDS)
        arrived = await pages.arrived(Path(folder))
    heard = Counter(sent for sent, _ in arrived)
    return {
        "changes_a_second": round(len(committed) / took),
        "events": len(arrived),
        "events_merged": expected - len(arrived),
        "events_missing": sum(feeds - heard[mark] for mark, feeds in last.values()),
        "milliseconds_from_before_the_write": percentiles([(came - sent) / 1000 for sent, came in arrived]),
        "milliseconds_from_the_commit": percentiles([(came - committed[sent]) / 1000 for sent, came in arrived]),
        "hub_share_of_a_core": round(busy, 2),
    }


async def notify_alone(dsn: str, rate: float, seconds: float) -> Figures:
    """The peer: a trigger that notifies of each changed row, and one connection that listens; no feeds, no rights."""
    listener: asyncpg.Connection = await asyncpg.connect(dsn)
    await listener.execute(
        """
        CREATE TABLE notified AS SELECT * FROM projects;
        ALTER TABLE notified ADD PRIMARY KEY (project_id);
        CREATE FUNCTION notify_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('notified', row_to_json(NEW)::text);
            RETURN NULL;
        END $$;
        CREATE TRIGGER notified AFTER UPDATE ON notified FOR EACH ROW EXECUTE FUNCTION notify_of_change();
        """
    )
    arrived: list[tuple[int, int]] = []

    def heard(_connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        message = json.loads(payload)["state"]["message"]
        arrived.append((int(message.removeprefix("at=")), time.perf_counter_ns() // 1000))

    async def write(connection: Connection, number: int, mark: str) -> None:
        await connection.execute(
            "UPDATE notified SET state = jsonb_build_object('status', 'stopped', 'message', $2::text)"
            " WHERE project_id = $1",
            project_id(number % 10_000),
            mark,
        )

    await listener.add_listener("notified", heard)
    began = time.perf_counter()
    committed = await write_steadily(dsn, rate, seconds, write)
    took = time.perf_counter() - began
    await asyncio.sleep(SETTLE_SECONDS)
    await listener.execute("DROP TABLE notified; DROP FUNCTION notify_of_change")
    await listener.close()
    return {
        "changes_a_second": round(len(committed) / took),
        "events_missing": len(committed) - len(arrived),
        "milliseconds_from_before_the_write": percentiles([(came - sent) / 1000 for sent, came in arrived]),
    }


async def _timed(ask: Callable[[], Awaitable[int]], rows: int) -> dict[str, float]:
    took = []
    for _ in range(QUERIES):
        began = time.perf_counter()
        assert await ask() == rows
        took.append((time.perf_counter() - began) * 1000)
    return percentiles(took)


async def queries(url: str, dsn: str, site: Site) -> Figures:
    """One after another: 20 projects of one account, and the first 50 of 10,000."""
    query = feeds_of_page(site, 0)[0]
    figures: Figures = {}
    connection: asyncpg.Connection = await asyncpg.connect(dsn)
    for name, person, options, rows in (
        ("my_20_projects", site.accounts - 1, [], 20),
        ("first_50_of_10000_projects", site.busy, [{"limit": 50}, {"order_by": "-last_edited_at"}], 50),
    ):
        body = {"query": query, "options": options}
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token(person)}"}) as session:

            async def post(session: aiohttp.ClientSession = session, body: Any = body) -> int:
                async with session.post(f"{url}/api/query", json=body) as answer:
                    return len(msgspec.json.decode(await answer.read())["result"]["projects"])

            figures[name] = {"post_milliseconds": await _timed(post, rows)}
            async with session.ws_connect(f"{url}/api/tables") as socket:

                async def ask(socket: aiohttp.ClientWebSocketResponse = socket, body: Any = body) -> int:
                    await socket.send_json({"id": 1, **body})
                    return len(msgspec.json.decode(await socket.receive_str())["result"]["projects"])

                figures[name]["websocket_milliseconds"] = await _timed(ask, rows)
        columns = ", ".join(query["projects"][0])
        statement = (
            f"SELECT {columns} FROM projects t WHERE EXISTS (SELECT FROM collaborators m"
            " WHERE m.project_id = t.project_id AND m.account_id = $1)"
            f" ORDER BY last_edited_at DESC, project_id LIMIT {rows}"
        )

        async def fetch(statement: str = statement, person: int = person) -> int:
            return len(await connection.fetch(statement, account_id(person)))

        figures[name]["postgresql_alone_milliseconds"] = await _timed(fetch, rows)
    await connection.close()
    return figures


async def measure(server: Server, data: Path, asked: argparse.Namespace) -> Figures:
    """All figures."""
    dsn = DataDirectory(data).running().database
    hub = Process(server.process.pid)
    database = await Database(dsn, connections=2).open(apply_migrations=False)
    site = Site(asked.accounts)
    await site.fill(database)
    await database.close()
    figures: Figures = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()},
        "site": {"accounts": site.accounts, "projects": site.projects},
        "load_average_before": os.getloadavg()[0],
        "hub_idle_rss_mb": hub.rss_mb,
        "queries": await queries(server.address, dsn, site),
        "notify_alone": await notify_alone(dsn, asked.rate, min(2, asked.seconds)),
    }
    pages = Pages(server.address, site)
    try:
        opened = 0
        for connections in asked.connections:
            took = await pages.open(opened, connections)
            opened = connections
            now = Site(site.accounts, connections)
            feeds = connections * len(feeds_of_page(site, 0))
            part: Figures = {"opened_in_seconds": round(took, 1), "hub_rss_mb": hub.rss_mb}
            print(json.dumps(part), file=sys.stderr, flush=True)
            part["changes"] = await changes(dsn, now, pages, hub, asked.rate, asked.seconds)
            part["hub_rss_after_changes_mb"] = hub.rss_mb
            part["queries"] = await queries(server.address, dsn, site)
            figures[f"{connections}_connections_{feeds}_feeds"] = part
            print(json.dumps(part), file=sys.stderr, flush=True)
    finally:
        pages.close()
    figures["load_average_after"] = os.getloadavg()[0]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--connections", type=int, nargs="+", default=[500, 10_000])
    parser.add_argument("--rate", type=float, default=1000, help="changes a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long they go on")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        data = Path(folder) / "data"
        server = Server([*STUDIUM, "serve", "--data", str(data), "--port", "0", "--no-browser"])
        try:
            print(json.dumps(uvloop.run(measure(server, data, asked)), indent=2))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
