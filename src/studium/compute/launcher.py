"""Becomes the outer ring of a project: makes its folders reachable, drops every privilege, and turns into bubblewrap.

Run as ``python -I -S launcher.py`` with its orders as JSON on file descriptor 3 (``Orders`` in ``start.py``); standard
input is left untouched for the supervisor. Uses the standard library only and imports little: it is on the way of
every start. Failures go to standard error as one sentence, with exit status 71.

As root it works in a mount namespace of its own, which ends with the project, so nothing is left to unmount.
"""

# pathlib would cost a third of the start, and replacing ourselves is the purpose.
# ruff: noqa: PTH102, PTH112, PTH123, S606

import ctypes
import json
import os
import struct
import sys
from typing import Any, NoReturn

CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
PR_SET_NO_NEW_PRIVS = 38
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446  # the same numbers on every architecture
LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1
FAILED = 71
_REACHABLE = "Run Studium as an ordinary user, or keep it and its data in folders that all users may enter."

_libc = ctypes.CDLL(None, use_errno=True)


def _fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr, flush=True)
    os._exit(FAILED)


def _check(result: int, what: str) -> None:
    if result != 0:
        _fail(f"Could not {what}: {os.strerror(ctypes.get_errno())}.")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    arguments = [value.encode() if value is not None else None for value in (source, target, kind)]
    result = _libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() if options else None)
    _check(result, f"mount {source} on {target}")


def _stage(folder: str, sources: list[str]) -> None:
    """Show every source as ``folder/NUMBER`` in a private mount namespace.

    Sources are opened before the small file system covers ``folder``, so they may lie below it.
    """
    _check(_libc.unshare(CLONE_NEWNS), "make a mount namespace")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    opened = []
    for source in sources:
        try:
            opened.append(os.open(source, os.O_PATH | os.O_CLOEXEC))
        except OSError as error:
            _fail(f"Could not open {source}: {error.strerror}.")
    _mount("studium", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k")
    for number, descriptor in enumerate(opened):
        place = f"{folder}/{number}"
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            os.mkdir(place, 0o755)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
        _mount(f"/proc/self/fd/{descriptor}", place, None, MS_BIND)
        os.close(descriptor)


def _scope_abstract_sockets() -> None:
    """Keep the project off abstract Unix sockets of the host, which belong to no file system (Landlock, Linux 6.12).

    The network is shared, and these sockets with it. An older kernel refuses, and they stay reachable.
    """
    rules = struct.pack("QQQ", 0, 0, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
    descriptor = _libc.syscall(LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if descriptor >= 0:
        _libc.syscall(LANDLOCK_RESTRICT_SELF, descriptor, 0)
        os.close(descriptor)


def main() -> NoReturn:
    """Do the orders; does not return."""
    with open(3, encoding="utf-8") as stream:
        orders: dict[str, Any] = json.load(stream)
    os.umask(0o022)
    for path in orders["join"]:
        try:
            with open(path, "w", encoding="ascii") as group:
                group.write(str(os.getpid()))
        except OSError as error:
            _fail(f"Could not join the control group {path}: {error.strerror}.")
    if orders["stage"]:
        _stage(orders["stage"], orders["sources"])
    if orders["seccomp"]:
        descriptor = os.open(orders["seccomp"], os.O_RDONLY)
        os.dup2(descriptor, 5, inheritable=True)
    if orders["uid"] is not None:
        os.setgroups([])
        os.setresgid(orders["uid"], orders["uid"], orders["uid"])
        os.setresuid(orders["uid"], orders["uid"], orders["uid"])
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up new privileges")
    _scope_abstract_sockets()
    try:
        os.chdir(orders["directory"])
    except OSError as error:
        _fail(f"The user of the project may not enter {orders['directory']} ({error.strerror}). {_REACHABLE}")
    try:
        os.execve(orders["arguments"][0], orders["arguments"], orders["environment"])
    except OSError as error:
        _fail(f"The user of the project may not run {orders['arguments'][0]} ({error.strerror}). {_REACHABLE}")


if __name__ == "__main__":
    main()
