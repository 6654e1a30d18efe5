"""Downloads an address: ``python -I fetch.py``, with ``{"url", "seconds"}`` as the first line of standard input, so
that an address with a secret in it is in no list of processes.

Runs in the inner ring, whose rules for the network are what keeps it from internal addresses. To standard output goes
one line of JSON, ``{"size", "disposition", "url"}`` (the size is null when nobody knows it; the address is the last of
those that led to one another) or ``{"error"}`` (a sentence), and then the bytes. Status 0: all bytes came.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import urllib.error
import urllib.request
from typing import Any

CHUNK_BYTES = 256 * 1024
AGENT = "Studium"


def opener() -> urllib.request.OpenerDirector:
    """For http and https, and nothing else that the library knows."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        director.add_handler(handler)
    director.addheaders = [("User-Agent", AGENT), ("Accept-Encoding", "identity")]
    return director


def reason(error: Exception) -> str:
    """What went wrong, for a person."""
    if isinstance(error, urllib.error.HTTPError):
        return f"The server answers {error.code} {error.reason}"
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(inner, socket.gaierror):
        return "There is no such server, or the project has no network"
    if isinstance(inner, ssl.SSLError):
        return f"The server's certificate is not trusted ({inner.reason})"
    if isinstance(inner, TimeoutError):
        return "The server does not answer"
    if isinstance(inner, OSError) and inner.strerror:
        return f"The server cannot be reached from the project: {inner.strerror.lower()}"
    return f"The server cannot be understood: {inner}"


def say(header: dict[str, Any]) -> None:
    """Write the first line."""
    os.write(1, json.dumps(header).encode() + b"\n")


def main() -> int:
    """Download, and say how it went; the exit status."""
    asked = json.loads(sys.stdin.readline())
    try:
        answer = opener().open(asked["url"], timeout=asked["seconds"])
        size = answer.headers.get("Content-Length")
        known = int(size) if size is not None and size.isascii() and size.isdigit() else None
        say({"size": known, "disposition": answer.headers.get("Content-Disposition"), "url": answer.geturl()})
    except (OSError, http.client.HTTPException, ValueError) as error:
        say({"error": reason(error)})
        return 1
    try:
        while data := answer.read1(CHUNK_BYTES):
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
    except (OSError, http.client.HTTPException) as error:
        print(reason(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
