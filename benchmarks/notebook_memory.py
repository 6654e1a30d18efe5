"""How much memory processes take at most while something happens."""

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

EVERY_SECONDS = 0.1


def memory_of(processes: Sequence[int]) -> int:
    """Bytes of these processes, shared pages counted in their share."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(match[1]) * 1024 if match else 0
    return total


@contextlib.contextmanager
def peak_of(groups: Mapping[str, Sequence[int]]) -> Iterator[dict[str, tuple[int, int]]]:
    """For each group the bytes at the start and the most until the end, which are whole when the block has ended."""
    begun = {name: memory_of(processes) for name, processes in groups.items()}
    most = dict(begun)
    found: dict[str, tuple[int, int]] = {}
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(EVERY_SECONDS):
            for name, processes in groups.items():
                most[name] = max(most[name], memory_of(processes))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
        found.update({name: (begun[name], most[name]) for name in groups})
