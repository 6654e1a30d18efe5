"""Become a program of PostgreSQL: what runs between the fork of the hub and the exec of ``postgres`` or ``initdb``.

Run as a script of its own, ``python -I -S launch.py JSON``, so that it is single-threaded (``unshare`` needs that) and
imports nothing but the standard library. PostgreSQL refuses to run as root, wants its user in ``/etc/passwd``, and must
reach its files although they may lie below folders that only root can enter. So, as root:

1. open the folders that it needs, and make a mount namespace of our own that tells the host nothing;
2. put a small tmpfs on a staging folder, and bind the opened folders there, where anyone can walk to them;
3. bind a passwd file over ``/etc/passwd`` that names root and the database's user; the host's file is not touched;
4. become that user for good, ask to be told when the parent dies, exec.

As an ordinary user only the last step is left, unless that user has no name (as in some containers): then the same is
done in a user namespace.
"""

import ctypes
import json
import os
import pwd
import signal
import sys
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MS_NOSUID = 0x2
MS_NODEV = 0x4
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38

NO_MOUNTS = (
    "{what}. As root, Studium runs its database in a private view of the folders, and this machine or container does "
    "not allow to make one. Run Studium as an ordinary user, allow it (docker run --cap-add SYS_ADMIN "
    "--security-opt apparmor=unconfined ...), or give a database with --database."
)
STAGES = ("/mnt", "/media", "/srv", "/opt", "/tmp")  # noqa: S108 - covered by a mount of our own, never written to

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    _check(result, f"mount of {target}")


def _stage(folders: dict[str, str], passwd: str) -> str:
    """Bind each folder under a staging folder by its name; return the staging folder."""
    opened = {name: os.open(path, os.O_PATH | os.O_DIRECTORY) for name, path in folders.items()}
    stage = next(path for path in STAGES if os.path.isdir(path) and not os.path.islink(path))  # noqa: PTH112, PTH114
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("studium", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    for name, descriptor in opened.items():
        target = f"{stage}/{name}"
        os.mkdir(target)  # noqa: PTH102
        _mount(f"/proc/self/fd/{descriptor}", target, None, MS_BIND)
        os.close(descriptor)
    names = f"{stage}/passwd"
    with open(names, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(passwd)
    os.chmod(names, 0o644)  # noqa: PTH101
    _mount(names, "/etc/passwd", None, MS_BIND)
    return stage


def _passwd(uid: int, gid: int, user: str) -> str:
    lines = ["root:x:0:0:root:/:/bin/sh"] if uid != 0 else []
    return "\n".join([*lines, f"{user}:x:{uid}:{gid}:PostgreSQL of Studium:/:/bin/false", ""])


def _prepare(order: dict[str, Any]) -> str | None:
    """Make the namespaces that are needed and drop to the user; return the staging folder, if there is one."""
    uid, gid = int(order["uid"]), int(order["gid"])
    if os.geteuid() == 0:
        _check(_libc.unshare(CLONE_NEWNS), "unshare of mounts")
        stage = _stage(order["folders"], _passwd(uid, gid, order["user"]))
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        return stage
    try:
        pwd.getpwuid(uid)
    except KeyError:
        _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare of users and mounts")
        for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as target:  # noqa: PTH123
                target.write(text)
        return _stage(order["folders"], _passwd(uid, gid, order["user"]))
    return None


def main() -> None:
    """``argv[1]`` is ``{"uid", "gid", "user", "folders": {name: path}, "program": [...], "parent": pid}``; ``{name}``
    in the program's words becomes the place of that folder."""
    order = json.loads(sys.argv[1])
    try:
        stage = _prepare(order)
    except PermissionError as error:
        sys.exit(NO_MOUNTS.format(what=error.strerror))
    places = {name: f"{stage}/{name}" if stage else path for name, path in order["folders"].items()}
    # After the change of user, which clears it. SIGINT is PostgreSQL's fast, clean shutdown.
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0), "prctl")
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    if os.getppid() != order["parent"]:
        sys.exit("The parent has ended.")
    os.umask(0o077)
    os.chdir("/")
    program = [word.format(**places) for word in order["program"]]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    os.execve(program[0], program, environment)  # noqa: S606


if __name__ == "__main__":
    main()
