"""Makes what a thread puts out come to the cell that began it: run in an IPython kernel when it has just begun.

By itself the kernel gives the output of threads to the cell that ran last.
"""

import sys
import threading
from typing import Any


def outlets() -> list[tuple[Any, Any]]:
    """What publishes output, and for which message it does so here and now."""
    from IPython import get_ipython

    found: list[Any] = [sys.stdout, sys.stderr, getattr(get_ipython(), "display_pub", None)]
    return [(each, each.parent_header) for each in found if hasattr(each, "set_thread_parent")]


def begin_with_parents() -> None:
    """Let threads begin with the parents of whoever starts them."""
    class_: Any = threading.Thread
    start = class_.start

    def start_here(thread: threading.Thread) -> None:
        run, here = thread.run, outlets()

        def run_there() -> None:
            for outlet, header in here:
                outlet.set_thread_parent({"header": header})
            run()

        thread.run = run_there  # type: ignore[method-assign]
        start(thread)

    class_.start = start_here


begin_with_parents()
