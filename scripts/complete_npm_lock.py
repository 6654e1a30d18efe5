"""Name in the page's lock file the optional packages of other platforms that npm left out.

npm drops an optional package from the lock when it does not need it here and the registry does not offer it, and then
``npm ci`` refuses the lock as incomplete, everywhere. An entry with its platform, and no more, makes the lock whole: it
is passed over on any other platform. ``make lock`` runs this; ``--check`` only says whether something is missing.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "web" / "package-lock.json"
SYSTEMS = ("aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32")
PROCESSORS = ("arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64")
OF_ONE_SYSTEM = {"fsevents": "darwin"}


def platform(name: str) -> dict[str, Any]:
    """The platform that a package's name speaks of, in the fields of a lock entry."""
    words = re.split(r"[-/.@]", name)
    systems = [w for w in SYSTEMS if w in words] or [s for n, s in OF_ONE_SYSTEM.items() if n == name]
    processors = [w for w in PROCESSORS if w in words]
    if "gnueabihf" in words or "musleabihf" in words:
        processors = ["arm"]
    result: dict[str, Any] = {}
    if processors:
        result["cpu"] = processors
    if systems:
        result["os"] = systems
    if systems == ["linux"]:
        if "musl" in words or "musleabihf" in words:
            result["libc"] = ["musl"]
        elif "gnu" in words or "gnueabihf" in words:
            result["libc"] = ["glibc"]
    return result


def missing(packages: dict[str, Any]) -> dict[str, Any]:
    """Entries to add: optional packages that some entry asks for and none holds."""
    result: dict[str, Any] = {}
    for place, entry in packages.items():
        wanted = dict(entry.get("optionalDependencies", {}))
        peers = entry.get("peerDependenciesMeta", {})
        wanted = {name: version for name, version in wanted.items() if name not in peers}
        for name, version in wanted.items():
            folders = [f"{place}/node_modules/{name}", f"node_modules/{name}"]
            if any(folder in packages for folder in folders) or not re.fullmatch(r"[\^~]?\d+\.\d+\.\d+\S*", version):
                continue
            found = platform(name)
            if found:
                dev = {"dev": True} if entry.get("dev") else {}
                result[folders[1]] = {"version": version.lstrip("^~"), **dev, "optional": True, **found}
    return result


def main(*, check: bool) -> int:
    lock = json.loads(LOCK.read_text())
    absent = missing(lock["packages"])
    if check:
        if absent:
            print(f"web/package-lock.json lacks {len(absent)} optional packages: run `make lock`.", file=sys.stderr)
        return 1 if absent else 0
    if absent:
        packages = lock["packages"] | absent
        lock["packages"] = {name: packages[name] for name in sorted(packages)}
        LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
