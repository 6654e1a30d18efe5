"""Looks at the ring it runs in and says what it may do there, as JSON. Run with the paths to try as arguments.

Run by a Python inside the inner ring, with its text as ``-c``; standard library only.
"""

# This is a script for the smallest Python there is.
# ruff: noqa: PTH112, PTH118, PTH123, PTH208, SIM115

import ctypes
import errno
import fcntl
import json
import os
import platform
import pty
import socket
import struct
import subprocess
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {"x86_64": {"keyctl": 250, "clone": 56, "ptrace": 101}, "aarch64": {"keyctl": 219, "clone": 220, "ptrace": 117}}
COMMON_CALLS = {"clone3": 435, "io_uring_setup": 425, "open_tree": 428}
TIOCSTI = 0x5412


def outcome(result: int) -> str:
    return "allowed" if result >= 0 else errno.errorcode[ctypes.get_errno()]


def call(name: str, *arguments: int) -> str:
    number = {**CALLS[platform.machine()], **COMMON_CALLS}[name]
    return outcome(libc.syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments)))


def apart(act) -> str:  # type: ignore[no-untyped-def]
    """Do it in a child, as it may change the process that does it."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        me = os.getpid()
        said = act()
        if os.getpid() == me:  # a clone that worked comes by here, too
            os.write(send, said.encode())
        os._exit(0)
    os.close(send)
    said = os.read(receive, 100).decode()
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(receive)
    return said


def attempt(act) -> str:  # type: ignore[no-untyped-def]
    try:
        act()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "allowed"


def push_character(request: int) -> str:
    """TIOCSTI on a terminal that is ours, so that only the filter can refuse it."""
    pid, terminal = pty.fork()
    if pid == 0:
        result = libc.ioctl(0, ctypes.c_ulong(request), ctypes.c_char_p(b"x"))
        os._exit(0 if result == 0 else ctypes.get_errno())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return "allowed" if code == 0 else errno.errorcode[code]


def see(path: str) -> str:
    return attempt(lambda: os.listdir(path) if os.path.isdir(path) else os.close(os.open(path, os.O_RDONLY)))


def connect(address: tuple[str, int] | str, family: int = socket.AF_INET) -> str:
    with socket.socket(family) as client:
        client.settimeout(3)
        return attempt(lambda: client.connect(address))


def thread_works() -> bool:
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(1))
    thread.start()
    thread.join()
    return seen == [1]


paths, port, abstract = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
processes = [name for name in os.listdir("/proc") if name.isdigit()]
print(
    json.dumps(
        {
            "status": {name: status[name] for name in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")},
            "uid": os.getuid(),
            "processes": [open(f"/proc/{name}/cmdline").read().replace("\0", " ")[:200] for name in processes],
            "root": sorted(os.listdir("/")),
            "see": {path: see(path) for path in paths},
            "write": {
                folder: attempt(lambda folder=folder: open(os.path.join(folder, "probe-of-the-ring"), "w").close())
                for folder in ("/", "/usr", "/etc", sys.prefix, sys.base_prefix, "/tmp", os.environ["HOME"])
            },
            "calls": {
                "user namespace": apart(lambda: outcome(libc.unshare(0x10000000))),
                "user namespace by clone": apart(lambda: call("clone", 0x10000000 | 17, 0, 0, 0, 0)),
                "mount": outcome(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)),
                "umount": outcome(libc.umount2(b"/tmp", 0)),
                "chroot": outcome(libc.chroot(b"/tmp")),
                "keyctl": call("keyctl", 0, -3, 1),
                "clone3": call("clone3", 0, 0),
                "io_uring": call("io_uring_setup", 1, 0),
                "open_tree": call("open_tree", -100, 0, 0),
                "ptrace": apart(lambda: call("ptrace", 0, 0, 0, 0)),
                "TIOCSTI": push_character(TIOCSTI),
                "TIOCSTI with high bits": push_character((1 << 32) | TIOCSTI),
            },
            "loopback": connect(("127.0.0.1", port)),
            "abstract socket": connect("\0" + abstract, socket.AF_UNIX),
            "works": {
                "threads": thread_works(),
                "programs": subprocess.run(["sh", "-c", "exit 7"]).returncode == 7,
                "pipes and terminals": bool(struct.pack("HHHH", 0, 0, 0, 0)) and fcntl.fcntl(0, fcntl.F_GETFD) == 0,
                "name": subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip() == "user",
            },
            "environment": dict(os.environ),
        }
    )
)
