"""Run a command where nobody may make user namespaces, as in many containers: ``without_namespaces.py COMMAND …``.

The kernel refuses them to the command and to all that it starts; nothing else of the machine changes.
"""

import errno
import os
import sys

import pyseccomp

CLONE_NEWUSER = 0x10000000


def main() -> None:
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    user = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    for call in ("unshare", "clone"):
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), call, user)
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags are out of a filter's sight
    rules.load()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
