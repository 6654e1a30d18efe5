"""System call filters of the two rings, as the BPF programs that bubblewrap loads.

Calls that reach deep into the kernel and that no scientific program needs are refused with EPERM. ``clone3`` is refused
with ENOSYS, because a filter cannot see its flags and every C library then falls back to ``clone``. ``ptrace`` stays
allowed (debuggers, profilers): the namespace of processes bounds what it can reach.

The inner ring is also refused everything that makes namespaces or mounts; the outer ring needs those to build it.
"""

import errno
import tempfile
from typing import Any

KERNEL_CALLS = (
    "acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module", "fanotify_init",
    "finit_module", "get_kernel_syms", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup",
    "ioperm", "iopl", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "nfsservctl", "open_by_handle_at",
    "perf_event_open", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "settimeofday", "stime",
    "swapoff", "swapon", "syslog", "_sysctl", "uselib", "userfaultfd", "vhangup", "vm86", "vm86old",
)  # fmt: skip
NAMESPACE_CALLS = (
    "chroot", "fsconfig", "fsmount", "fsopen", "fspick", "listmount", "mount", "mount_setattr", "move_mount",
    "open_tree", "open_tree_attr", "pivot_root", "setns", "statmount", "umount", "umount2", "unshare",
)  # fmt: skip
CLONE_NAMESPACES = (0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""Flags of ``clone`` that make a namespace: time, mount, cgroup, uts, ipc, user, pid, net."""
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
"""Terminal requests that put characters into another program's input."""


def available() -> str | None:
    """None when filters can be built, else a sentence that says why not."""
    try:
        import pyseccomp  # noqa: F401 - loading it is the test: it looks for the C library
    except (ImportError, RuntimeError, OSError) as error:
        return f"The library libseccomp could not be loaded ({error})."
    return None


def outer_filter() -> bytes:
    """The filter of the project server's ring. Blocking; raises when ``available`` says why."""
    return _export(_common())


def inner_filter() -> bytes:
    """The filter of everything that users run. Blocking; raises when ``available`` says why."""
    import pyseccomp as seccomp

    rules = _common()
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in NAMESPACE_CALLS:
        _add(rules, refuse, name)
    for flag in CLONE_NAMESPACES:
        _add(rules, refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    _add(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    return _export(rules)


def _common() -> Any:
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    if seccomp.system_arch() == seccomp.Arch.X86_64:
        rules.add_arch(seccomp.Arch.X86)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in KERNEL_CALLS:
        _add(rules, refuse, name)
    for request in (TIOCSTI, TIOCLINUX):  # the kernel looks at the lower 32 bits only, and so must the filter
        _add(rules, refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    return rules


def _add(rules: Any, action: int, name: str, *arguments: Any) -> None:
    """Add a rule; a call that this architecture or this libseccomp does not know is left out."""
    try:
        rules.add_rule(action, name, *arguments)
    except (OSError, ValueError, RuntimeError):
        if arguments:
            raise


def _export(rules: Any) -> bytes:
    with tempfile.TemporaryFile() as stream:
        rules.export_bpf(stream)
        stream.seek(0)
        return stream.read()
