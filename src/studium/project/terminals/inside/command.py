"""``open FILE…`` and ``studium …`` as typed in a terminal: asks the holder, prints the answer."""

import json
import os
import socket
import sys
import time

_FAILED = 1


def main() -> int:
    """Ask, print, and say by the exit code whether it was done."""
    folder, key = os.environ.get("STUDIUM_TERMINAL_FOLDER"), os.environ.get("STUDIUM_TERMINAL")
    if not folder or not key:
        print(f"{sys.argv[1]}: this works in a terminal of Studium only.", file=sys.stderr)
        return _FAILED
    request = {
        "key": key,
        "command": sys.argv[1],
        "arguments": sys.argv[2:],
        "directory": os.getcwd(),  # noqa: PTH109
        "now": time.strftime("%Y-%m-%d %H:%M"),
    }
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(f"{folder}/c")
            connection.sendall(json.dumps(request).encode() + b"\n")
            line = connection.makefile("rb").readline(1_000_000)
        answer = json.loads(line)
    except (OSError, ValueError):
        print(f"{sys.argv[1]}: the project does not answer. Try again in a moment.", file=sys.stderr)
        return _FAILED
    if answer["text"]:
        print(answer["text"], file=sys.stderr if answer["code"] else sys.stdout)
    return int(answer["code"])


if __name__ == "__main__":
    sys.exit(main())
