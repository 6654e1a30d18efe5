"""The faults, each a function that injects it into a run at this moment and returns when it is lifted.

What is random comes from the run's ``chance``, so that the seed of a run gives it again.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from faults.proxy import Link
from faults.run import Run
from faults.torn import tear
from studium.project.documents.store import DATABASE
from support.serving import free_port, postmaster, running

Inject = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One kind. ``place`` is the project that it needs; ``through_proxy`` makes clients come through the proxy;
    ``speed`` is how fast the clock of the clients in Node goes; ``may_vanish``: clients may go for good meanwhile, and
    what was acknowledged to them must be there all the same; ``is_quick``: a run of it is part of every test."""

    name: str
    inject: Inject
    place: str = "plain"
    through_proxy: bool = False
    speed: float = 1.0
    may_vanish: bool = True
    repeats: bool = False
    has_programs: bool = True
    is_quick: bool = False


async def project_server_killed(run: Run) -> None:
    """SIGKILL of the server of the project, once to three times."""
    kills = 0
    for _ in range(run.chance.randint(1, 3)):
        with contextlib.suppress(AssertionError):  # the one before has not been started yet
            run.world.kill([run.world.server_of(run.project)])
            kills += 1
        await run.pause(0.05, 1.0)
    assert kills, "no project server was there to be killed"
    run.notes.append(f"killed {kills} times")


async def hub_killed(run: Run) -> None:
    """SIGKILL of the hub alone: projects and database are found again by the next."""
    await run.world.kill_hub()
    await run.pause(0, 0.5)
    await run.world.start()


async def everything_killed(run: Run) -> None:
    """SIGKILL of every process of Studium."""
    await run.world.kill_hub(everything=True)
    await run.check_log()
    await run.pause(0, 0.5)
    await run.world.start()


async def database_killed(run: Run) -> None:
    """SIGKILL of PostgreSQL, and with some luck a second time while it comes back."""
    for _ in range(run.chance.randint(1, 2)):
        assert run.world.serving is not None
        with contextlib.suppress(StopIteration):
            run.world.kill([postmaster(run.world.serving)])
        await run.pause(0.1, 1.5)


async def hub_restarted(run: Run) -> None:
    """SIGTERM to the hub, which lets its projects save and end, then a start."""
    await run.world.stop_hub()
    await run.check_log(and_file=True)
    await run.pause(0, 0.5)
    await run.world.start()


async def second_hub_killed(run: Run) -> None:
    """Clients came through a second hub; it is killed (or ended), and they go on through the first."""
    port = str(free_port())
    arguments = ("hub", "--data", str(run.world.data), "--port", port, "--content-port", "0")
    with contextlib.ExitStack() as stack:
        second = await asyncio.to_thread(stack.enter_context, running(*arguments))
        run.proxy.target = int(port)
        for link in list(run.proxy.links):
            link.cut()
        await run.wait_online()
        await run.pause(0.2, 1.0)
        second.process.send_signal(run.chance.choice([signal.SIGKILL, signal.SIGTERM]))
        run.proxy.target = run.world.port
        await asyncio.to_thread(second.process.wait, 30)
        await asyncio.to_thread(stack.close)


async def project_stopped(run: Run) -> None:
    """Stopped and started from the project's row, or restarted by one wish."""
    if run.chance.random() < 0.3:
        await run.world.act(run.project, "restart", "running")
        return
    await run.world.act(run.project, "stop", "stopped")
    await run.check_log(and_file=True)
    await run.pause(0, 1.0)
    await run.world.act(run.project, "start", "running")


async def disk_full(run: Run) -> None:
    """No room on the disk of the project (of its home, or of its log too) for a while; sometimes with a SIGKILL of its
    server in the middle."""
    assert run.project.disk is not None
    ballast = run.project.disk / "ballast"
    await asyncio.to_thread(fill, ballast)
    try:
        await run.pause(0.5, 3.0)
        if run.chance.random() < 0.3:
            await project_server_killed(run)
    finally:
        ballast.unlink()


def fill(ballast: Path) -> None:
    """Take all the room there is."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


async def log_torn(run: Run) -> None:
    """All killed, and the last page of the log torn: those who are still there give back what it lost."""
    await run.world.kill_hub(everything=True)
    await run.check_log()
    run.notes.append(tear(run.project.state / f"{DATABASE}-wal", run.chance))
    await run.world.start()


async def clock_set(run: Run) -> None:
    """The clock jumps by an hour, back and forth, while people type; sometimes the server is killed in between."""
    clock = run.world.clock
    assert clock is not None
    for _ in range(run.chance.randint(1, 3)):
        clock.set(run.chance.choice([-3600, 3600]))
        await run.pause(0.3, 1.5)
        if run.chance.random() < 0.3:
            await clock.kill()
            await run.check_log()
            await clock.start()
        else:
            clock.set(0)
        await run.pause(0.3, 1.0)


async def network_stalls(run: Run) -> None:
    """Nothing passes for what is up to a minute by the clock of the clients; then all of it comes at once."""
    run.proxy.flowing.clear()
    try:
        await run.pause(0.5, 6.0)
    finally:
        run.proxy.flowing.set()


async def network_cuts(run: Run) -> None:
    """Connections end in the middle of a frame, several times."""

    def cut_soon(link: Link) -> None:
        link.cut_after = run.chance.randint(0, 40)

    for _ in range(run.chance.randint(1, 6)):
        run.proxy.each(run.chance.choice([cut_soon, Link.cut]))
        await run.pause(0.05, 0.6)


async def half_open(run: Run) -> None:
    """Clients lose connections that the server goes on believing in, and come back beside their own ghosts."""
    for _ in range(run.chance.randint(1, 4)):
        run.proxy.each(Link.half_open)
        await run.pause(0.1, 0.8)


async def frames_repeated(run: Run) -> None:
    """Binary frames come twice, in both directions."""
    run.proxy.repeat = run.chance.choice([0.1, 0.5, 1.0])
    await run.pause(1.0, 2.5)
    run.proxy.repeat = 0.0
    run.notes.append(f"{run.proxy.repeated} frames repeated")
    for link in list(run.proxy.links):
        link.cut()  # acknowledgements are counts: after repeated frames they do not fit any more


async def several_at_once(run: Run) -> None:
    """Two to three of these, at the same time or one into the next."""
    ways: list[Inject] = [network_cuts, half_open, network_stalls, database_killed]
    first = run.chance.choice([project_server_killed, project_stopped, hub_killed, everything_killed, hub_restarted])
    await asyncio.gather(
        *(way(run) for way in run.chance.sample(ways[:3], run.chance.randint(1, 2))), _later(run, first)
    )
    if run.chance.random() < 0.5:
        await run.chance.choice([database_killed, project_server_killed])(run)


async def _later(run: Run, inject: Inject) -> None:
    await run.pause(0, 0.8)
    run.notes.append(inject.__name__)
    await inject(run)


FAULTS = [
    Fault("project server killed", project_server_killed, is_quick=True),
    Fault("hub killed", hub_killed),
    Fault("second hub killed", second_hub_killed, through_proxy=True),
    Fault("database killed", database_killed, is_quick=True),
    Fault("everything killed", everything_killed),
    Fault("hub restarted", hub_restarted, is_quick=True),
    Fault("project stopped and started", project_stopped),
    Fault("disk of the home full", disk_full, place="home", has_programs=False),
    Fault("disk of home and log full", disk_full, place="all", has_programs=False, is_quick=True),
    Fault("log torn", log_torn, may_vanish=False, is_quick=True),
    Fault("clock set by an hour", clock_set, place="clock", has_programs=False),
    Fault("network stalls", network_stalls, through_proxy=True, speed=10),
    Fault("network cuts", network_cuts, through_proxy=True, is_quick=True),
    Fault("half-open connections", half_open, through_proxy=True, is_quick=True),
    Fault("frames repeated", frames_repeated, through_proxy=True, repeats=True, may_vanish=False, is_quick=True),
    Fault("several at once", several_at_once, through_proxy=True, speed=5),
]
