"""What a document server does under load: each function measures one figure of one running server."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator

from document_servers import Server
from load import MARK_EVERY, LoadClient, edits, join, update_message

WARM_SECONDS, MEASURED_SECONDS = 0.7, 2.0
LATENCY_SECONDS = 10.0
OBSERVERS = 4
EDITS_A_WRITER = 30_000
INGEST_SECONDS_MAX = 20.0  # a slow peer is judged by what it has taken in by then
IDLE_ROOMS = 1000

Figures = dict[str, float]


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def _everybody(server: Server, document: str, clients: int) -> list[LoadClient]:
    first = await join(server, document)
    return [first, *await asyncio.gather(*[join(server, document) for _ in range(clients - 1)])]


@contextlib.contextmanager
def _cpu_percent(server: Server, figures: Figures) -> Iterator[None]:
    """Share of a core that the server uses within the block."""
    began, before = time.perf_counter(), server.cpu_seconds()
    yield
    figures["server_cpu_percent"] = (server.cpu_seconds() - before) / (time.perf_counter() - began) * 100


async def latency(server: Server, clients: int, typists: int, edits_a_second: float) -> Figures:
    """Milliseconds from sending an edit until each of some others has it, where people type one after the other."""
    everybody = await _everybody(server, "latency.txt", clients)
    writers, readers = everybody[:typists], everybody[typists:][:OBSERVERS]
    count = int(LATENCY_SECONDS * edits_a_second)
    queues = [iter(edits(count // typists + 1, seed)) for seed in range(typists)]
    sent: list[float] = []
    took: list[float] = []

    def watch(reader: LoadClient) -> None:
        def on_news(marks: int) -> None:
            now = time.perf_counter()
            took.extend((now - at) * 1000 for at in sent[reader.marks - marks : reader.marks])

        reader.on_news = on_news

    for reader in readers:
        watch(reader)
    await asyncio.sleep(WARM_SECONDS)
    figures: Figures = {}
    chance = random.Random(1)
    with _cpu_percent(server, figures):
        due = time.perf_counter()
        for number in range(count):
            due += chance.uniform(0.5, 1.5) / edits_a_second
            await asyncio.sleep(due - time.perf_counter())
            writer = writers[number % typists]
            frame = writer.framed(update_message(next(queues[number % typists])))
            sent.append(time.perf_counter())
            writer.transport.write(frame)
    async with asyncio.timeout(10):
        while len(took) < count * len(readers):
            await asyncio.sleep(0.01)
    _leave(everybody)
    return figures | {"p50_milliseconds": percentile(took, 0.5), "p99_milliseconds": percentile(took, 0.99)}


async def saturation(server: Server, clients: int, window: int, writers: list[list[bytes]]) -> Figures:
    """Edits a second that reach everybody, with at most ``window`` of them on their way."""
    everybody = await _everybody(server, "saturation.txt", clients)
    typists, readers = everybody[: len(writers)], everybody[len(writers) :]
    queues = [
        map(typist.framed, map(update_message, updates)) for typist, updates in zip(typists, writers, strict=True)
    ]
    sent = came = 0
    is_over = False

    def pump(marks: int) -> None:
        nonlocal sent, came, is_over
        came += marks
        while not is_over and sent * len(readers) - came < window * len(readers):
            which = sent % len(typists)
            data = next(queues[which], None)
            if data is None:
                is_over = True
                return
            typists[which].transport.write(data)
            sent += 1

    for reader in readers:
        reader.on_news = pump
    pump(0)
    await asyncio.sleep(WARM_SECONDS)
    figures: Figures = {}
    began, before = time.perf_counter(), came
    with _cpu_percent(server, figures):
        await asyncio.sleep(MEASURED_SECONDS)
    rate = (came - before) / len(readers) / (time.perf_counter() - began)
    assert not is_over, "the edits made beforehand were too few"
    _leave(everybody)
    per_cpu_second = rate * 100 / max(figures["server_cpu_percent"], 1)
    return figures | {"updates_a_second": rate, "updates_a_cpu_second": per_cpu_second}


async def ingest(server: Server, updates: list[bytes], durable: bool) -> Figures:
    """Edits a second from one person, until another has all and, ``durable``, all are acknowledged."""
    writer = await join(server, "trace.txt", studium=durable)
    reader = await join(server, "trace.txt")
    done = asyncio.Event()

    def look(_marks: int) -> None:
        if reader.has_end and (not durable or writer.acknowledged >= len(updates)):
            done.set()

    writer.on_news = reader.on_news = look
    data = b"".join(map(writer.framed, map(update_message, updates)))
    began = time.perf_counter()
    writer.transport.write(data)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), INGEST_SECONDS_MAX)
    took = time.perf_counter() - began
    count = len(updates) if done.is_set() else reader.marks * MARK_EVERY
    if durable:
        await asyncio.sleep(1.0)  # the file is saved, and people pause
    _leave([writer, reader])
    return {"updates_a_second": count / took}


async def open_milliseconds(server: Server) -> tuple[float, int]:
    """From connecting until the content of the trace has come; its bytes."""
    began = time.perf_counter()
    client = await join(server, "trace.txt")
    took = (time.perf_counter() - began) * 1000
    _leave([client])
    return took, client.content_bytes


async def opened_at_once(server: Server, document: str, clients: int) -> Figures:
    """So many open a document at the same moment: until the last of those who got it has it, and how many those are."""
    began = time.perf_counter()
    answers = await asyncio.gather(*[join(server, document) for _ in range(clients)], return_exceptions=True)
    opened = [client for client in answers if isinstance(client, LoadClient)]
    took = max(client.synced_at for client in opened) - began
    _leave(opened)
    return {"milliseconds": took * 1000, "opened": len(opened)}


async def idle_rooms(server: Server) -> Figures:
    """What open documents with one client each cost that do nothing."""
    await join(server, "warm.txt")
    before = server.memory_bytes()
    held = [await join(server, f"idle-{number}.txt") for number in range(IDLE_ROOMS)]
    await asyncio.sleep(1)
    figures: Figures = {"kilobytes": (server.memory_bytes() - before) / IDLE_ROOMS / 1000}
    with _cpu_percent(server, figures):
        await asyncio.sleep(5)
    figures["cpu_percent_a_thousand"] = figures.pop("server_cpu_percent") * 1000 / IDLE_ROOMS
    _leave(held)
    return figures


def _leave(clients: list[LoadClient]) -> None:
    for client in clients:
        client.transport.abort()
