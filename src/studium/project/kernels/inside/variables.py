"""Tells the variables of an IPython kernel: run in the kernel, in a namespace of its own, when it has just begun.

A comm of the target ``studium.variables`` is the question, and the message that closes it the answer. So it can be
asked through a subshell while a cell runs, and nothing is executed: ``_``, the history and figures that are being drawn
stay as they are.
"""

import reprlib
import sys
import types
from collections.abc import Callable
from typing import Any

TARGET = "studium.variables"
NAMES_MAXIMUM = 1000
SUMMARY_MAXIMUM = 200
LEFT_OUT = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = SUMMARY_MAXIMUM
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = _short.maxfrozenset = _short.maxdeque = 8
_short.maxlevel = 3


def variables(shell: Any) -> list[dict[str, Any]]:
    """The names that people's code has defined, in the order in which it did."""
    found = []
    for name, value in list(shell.user_ns.items()):
        if name.startswith("_") or isinstance(value, LEFT_OUT):
            continue
        if name in shell.user_ns_hidden and shell.user_ns_hidden[name] is value:
            continue
        found.append(
            {
                "name": name,
                "kind": type(value).__name__,
                "summary": safely(summary, value, ""),
                "shape": safely(shape, value, ""),
                "size_bytes": safely(size, value, None),
            }
        )
        if len(found) == NAMES_MAXIMUM:
            break
    return found


def safely(function: Callable[[Any], Any], value: object, otherwise: object) -> Any:
    try:
        return function(value)
    except Exception:
        return otherwise


def summary(value: Any) -> str:
    columns = getattr(value, "columns", None)
    if shape(value) and columns is not None:  # a table: writing it out may take long
        names = [str(name) for name in list(columns[:20])]
        text = ", ".join(names) + (", …" if len(columns) > len(names) else "")
    else:
        text = " ".join(_short.repr(value).split())
    return text if len(text) <= SUMMARY_MAXIMUM else text[: SUMMARY_MAXIMUM - 1] + "…"


def shape(value: Any) -> str:
    sides = getattr(value, "shape", None)
    if isinstance(sides, tuple) and all(isinstance(side, int) for side in sides):
        return " × ".join(map(str, sides))
    return ""


def size(value: Any) -> int:
    usage = getattr(value, "memory_usage", None)
    if callable(usage):
        used = usage()
        return int(used.sum() if hasattr(used, "sum") else used)
    taken = getattr(value, "nbytes", None)
    return int(taken) if isinstance(taken, int) else sys.getsizeof(value)


def register() -> None:
    """Answer from now on."""
    from IPython import get_ipython

    shell = get_ipython()

    def answer(comm: Any, _message: object) -> None:
        comm.close(data={"variables": variables(shell)})

    shell.kernel.comm_manager.register_target(TARGET, answer)


register()
