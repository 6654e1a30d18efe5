"""Waiting for processes without polling: by their descriptors (pidfd), which become readable when they end."""

import asyncio
import contextlib
import os
import signal

import msgspec

from studium.compute.records import ProcessIdentity, send_signal

SANDBOX_SECONDS = 10.0
MONITOR_SECONDS = 1.0
INFO_MAXIMUM_BYTES = 4096


async def _wait_readable(descriptor: int, seconds: float) -> bool:
    """Wait until there is something to read, or the process has ended. False when the time is over."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        async with asyncio.timeout(seconds):
            await ready.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
    return True


async def wait_child(pid: int, seconds: float) -> int:
    """Wait for a child of ours, kill it after ``seconds``, and reap it. Its exit code, negative for a signal."""
    descriptor = os.pidfd_open(pid)
    try:
        await _wait_readable(descriptor, seconds)
    finally:
        os.close(descriptor)
        os.kill(pid, signal.SIGKILL)  # it is not reaped yet, so the number is still its own
        _, status = os.waitpid(pid, 0)  # noqa: ASYNC222 - ends at once: it was killed
    return os.waitstatus_to_exitcode(status)


async def first_process(info: int) -> int | None:
    """Read from bubblewrap which process is the first of its sandbox; None when it ends without saying so."""
    text = b""
    while len(text) < INFO_MAXIMUM_BYTES and await _wait_readable(info, SANDBOX_SECONDS):
        try:
            part = os.read(info, INFO_MAXIMUM_BYTES)
        except BlockingIOError:
            continue
        if not part:
            break
        text += part
        with contextlib.suppress(msgspec.DecodeError):  # it comes in parts
            return int(msgspec.json.decode(text)["child-pid"])
    return None


async def reap(monitor: ProcessIdentity) -> int | None:
    """Wait a moment for the process that waits for the sandbox. Its exit code when it is our child, else None."""
    descriptor = monitor.open()
    if descriptor is not None:
        try:
            if not await _wait_readable(descriptor, MONITOR_SECONDS):
                send_signal(descriptor, signal.SIGKILL)
                await _wait_readable(descriptor, MONITOR_SECONDS)
        finally:
            os.close(descriptor)
    try:
        pid, status = os.waitpid(monitor.pid, os.WNOHANG)  # noqa: ASYNC222 - does not wait
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if pid else None
