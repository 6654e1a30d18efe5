"""Make a fresh checkout ready: the virtual environment, the locked packages, the page, and for tests a browser.

`make serve` and `make test` run this first, with nothing installed yet, so it uses the standard library alone. Each
step leaves a stamp in `.make/` that holds a hash of all it was made from; a step whose stamp still fits is passed over
without a word, so that a second `make serve` costs a fraction of a second.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".make"
LOG = STATE / "set-up.log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WEB = ROOT / "web"
CLIENTS = ROOT / "tests" / "clients"
STATIC = ROOT / "src" / "studium" / "static"
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENT = STATE / "environment"
ENVIRONMENT_LOCK = REQUIREMENTS / "environment.txt"
PEERS = STATE / "peers"
PEERS_LOCK = REQUIREMENTS / "peers.txt"
ENVIRONMENT_BUILD = ROOT / "src" / "studium" / "compute" / "environment_build.py"
LOG_TAIL_LINES = 25
HEADLESS = "chromium-headless-shell"
"""Debian's Chromium without windows: the package, and the program."""
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class SetUpFailed(Exception):
    """A step failed; the text says what and what to do next."""


def digest(inputs: Iterable[Path | str]) -> str:
    """A hash over the names and contents of files, and over plain strings."""
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            total.update(str(item.relative_to(ROOT)).encode() + b"\0" + item.read_bytes() + b"\0")
        else:
            total.update(item.encode() + b"\0")
    return total.hexdigest()


def page_sources() -> Iterator[Path]:
    """Every file the page is built from, in a stable order."""
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(f for f in folders if f not in {"node_modules", "dist", "coverage"})
        for name in sorted(files):
            yield Path(folder) / name


def environment() -> dict[str, str]:
    """The environment for package managers: make's own variables out, and a home even where there is none."""
    result = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV"}}
    home = result.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        result["HOME"] = str(STATE / "home")
        (STATE / "home").mkdir(parents=True, exist_ok=True)
    result["PATH"] = f"{VENV / 'bin'}{os.pathsep}{result.get('PATH', os.defpath)}"
    result["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    if SYSTEM_CERTIFICATES.exists():
        # Node.js brings authorities of its own; behind a proxy that checks traffic, the system's are the right ones.
        result.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    return result


def run(command: list[str], folder: Path = ROOT, log: Path | None = None) -> None:
    """Run a command, its output to the log; a failure shows the log's last lines."""
    log = log or LOG
    with log.open("ab") as stream:
        stream.write(f"\n$ {' '.join(command)}\n".encode())
        stream.flush()
        try:
            code = subprocess.run(
                command,
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                check=False,
            ).returncode
        except FileNotFoundError:
            raise SetUpFailed(f"The program {command[0]} is not here. Install it, then run this again.") from None
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
        raise SetUpFailed(f"{tail}\n\n`{' '.join(command[:4])} …` failed (the whole output is in {log}).")


def node_version(node: str) -> tuple[int, ...]:
    """The version of a Node.js, `()` where it does not run."""
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    match = re.match(r"v(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else ()


def node_fits(version: tuple[int, ...]) -> bool:
    """Whether the page's build runs on this version: 20.19 or later of 20, 22.12 or later."""
    return (20, 19) <= version < (21,) or version >= (22, 12)


def found_node() -> tuple[str | None, str | None]:
    """The system's own Node.js and npm."""
    path = os.pathsep.join(p for p in os.get_exec_path() if Path(p) != VENV / "bin")
    return shutil.which("node", path=path), shutil.which("npm", path=path)


def system_node() -> bool:
    """Whether the system's own Node.js and npm will do."""
    node, npm = found_node()
    return bool(node and npm and node_fits(node_version(node)))


def install_python() -> None:
    """The virtual environment with the locked packages and Studium itself."""
    if not usable_venv():
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    install("serve")
    # The same files serve an installed Studium: an editable install is a pointer to src/, and the command.
    run([str(PYTHON), "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def usable_venv() -> bool:
    """Whether `.venv` is there, was made at this very place, and its Python still runs."""
    probe = "import sys, pip; print(sys.prefix); sys.exit(sys.version_info < (3, 11))"
    try:
        found = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.returncode == 0 and found.stdout.strip() == str(VENV)


def install(lock: str) -> None:
    """Install one lock file, each package checked against its hash."""
    wanted = str(REQUIREMENTS / f"{lock}.txt")
    run([str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-input", "--requirement", wanted])


def install_node() -> None:
    """Node.js into the virtual environment, where the system has none that fits."""
    if not system_node():
        install("node")


def install_npm(folder: Path) -> None:
    """A folder's npm packages, exactly as locked."""
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder)


def build_page() -> None:
    """Build the page into the Python package."""
    run(["npm", "run", "--silent", "build"], WEB)
    (STATIC / ".gitkeep").touch()
    if not (STATIC / "index.html").exists():
        raise SetUpFailed(f"The page was built, but {STATIC / 'index.html'} is not there.")


def build_environment() -> None:
    """The Python environment that projects compute in, apart from the server's own; with a log of its own, since it
    is built while the other steps run."""
    log = STATE / "environment.log"
    log.write_text("")
    run([sys.executable, str(ENVIRONMENT_BUILD), str(ENVIRONMENT_LOCK), str(ENVIRONMENT)], log=log)


def build_peers() -> None:
    """What notebooks are measured beside, in an environment of its own: JupyterLab has no business in ours."""
    run([sys.executable, str(ENVIRONMENT_BUILD), str(PEERS_LOCK), str(PEERS)])


def missing_programs() -> list[str]:
    """Debian's packages that the tests want and this machine lacks: a browser, curl for the examples of the
    documentation, and, where projects can have network rules, nft."""
    missing = []
    if not find_browser() or (may_install() and not shutil.which(HEADLESS)):
        missing.append(HEADLESS)
    if not shutil.which("curl"):
        missing.append("curl")
    if os.geteuid() == 0 and not (shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")):
        missing.append("nftables")
    return missing


def install_programs() -> None:
    """What the tests want beside Python and Node.js: the system's, else Debian's by apt-get where that is allowed."""
    missing = missing_programs()
    if not missing:
        return
    if not may_install():
        raise SetUpFailed(f"The tests need more: run `sudo apt-get install {' '.join(missing)}`, then this again.")
    run(["apt-get", "update"])
    try:
        run(["apt-get", "install", "--yes", "--no-install-recommends", *missing])
    except SetUpFailed:
        if missing != [HEADLESS] or not find_browser():
            raise
    if not find_browser():
        raise SetUpFailed(f"apt-get installed {HEADLESS}, but it is not on the PATH; install a Chromium by hand.")


def may_install() -> bool:
    """Whether this process may install Debian's packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def find_browser() -> str | None:
    """A Chromium or Chrome on this machine, at best one that has no windows: the tests take a quarter less with it."""
    given = os.environ.get("STUDIUM_TEST_CHROMIUM")
    names = [given] if given else [HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((found for name in names if (found := shutil.which(name))), None)


@dataclass(frozen=True)
class Step:
    """One line of progress: what it is called, what it depends on, what must exist after it, and the work."""

    name: str
    title: str
    inputs: Callable[[], Iterable[Path | str]]
    product: Path
    work: Callable[[], None]
    beside: bool = False
    """Starts with the first step, and is waited for when it is its turn."""

    def stamp(self) -> Path:
        return STATE / f"{self.name}.stamp"

    def fresh(self, key: str) -> bool:
        """Whether the last run of this step was with the same inputs and its product is still there."""
        return self.product.exists() and self.stamp().exists() and self.stamp().read_text() == key


def python_inputs() -> Iterable[Path | str]:
    return [REQUIREMENTS / "serve.txt", ROOT / "pyproject.toml", str(ROOT)]


STEPS = {
    "python": Step("python", "Python packages", python_inputs, PYTHON, install_python),
    "dev": Step(
        "dev", "Tools for tests", lambda: [*python_inputs(), REQUIREMENTS / "dev.txt"], PYTHON, lambda: install("dev")
    ),
    "bench": Step(
        "bench",
        "The peer of the benchmarks",
        lambda: [*python_inputs(), REQUIREMENTS / "bench.txt"],
        PYTHON,
        lambda: install("bench"),
    ),
    # Looked at again when the system's Node.js or npm has come or gone.
    "node": Step(
        "node", "Node.js", lambda: [REQUIREMENTS / "node.txt", str(ROOT), str(found_node())], PYTHON, install_node
    ),
    "packages": Step(
        "packages",
        "The page's packages",
        lambda: [WEB / "package.json", WEB / "package-lock.json"],
        WEB / "node_modules",
        lambda: install_npm(WEB),
    ),
    "clients": Step(
        "clients",
        "Stock clients for the tests",
        lambda: [CLIENTS / "package.json", CLIENTS / "package-lock.json"],
        CLIENTS / "node_modules",
        lambda: install_npm(CLIENTS),
    ),
    "page": Step("page", "The page", page_sources, STATIC / "index.html", build_page),
    "environment": Step(
        "environment",
        "Python for projects",
        lambda: [ENVIRONMENT_LOCK, ENVIRONMENT_BUILD, str(ROOT)],
        ENVIRONMENT / "bin" / "python",
        build_environment,
        beside=True,
    ),
    "peers": Step(
        "peers",
        "The peers of notebooks",
        lambda: [PEERS_LOCK, ENVIRONMENT_BUILD, str(ROOT)],
        PEERS / "bin" / "python",
        build_peers,
    ),
    "programs": Step("programs", "Programs for the tests", missing_programs, Path("/"), install_programs),
}
GOALS = {
    "serve": ["python", "node", "packages", "page", "environment"],
    "test": ["python", "dev", "node", "packages", "page", "clients", "programs", "environment"],
    "check": ["python", "dev", "node", "packages"],
    "lock": ["python", "dev"],
    "bench": ["bench", "peers"],
}


@contextmanager
def progress(label: str) -> Iterator[None]:
    """`1/4 Python packages …`, with seconds counted on a terminal, and how long it took at the end."""
    started, done = time.monotonic(), threading.Event()
    live = sys.stderr.isatty()

    def tick() -> None:
        while not done.wait(1.0):
            print(f"\r{label} … {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    print(f"{label} …", end="" if live else "\n", file=sys.stderr, flush=True)
    if live:
        ticker.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        done.set()
        if live:
            ticker.join()
        start = "\r" if live else ""
        print(f"{start}{label} … {outcome} in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def bring_up(goal: str) -> None:
    """Do the steps of a goal that are not done yet."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running in this checkout; waiting for it …", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        names = GOALS[goal]
        if all(done(name) for name in names):
            return
        LOG.write_text("")
        with ThreadPoolExecutor() as aside:
            begun = {name: aside.submit(do, STEPS[name]) for name in names if STEPS[name].beside and not done(name)}
            for number, name in enumerate(names, 1):
                if name not in begun and done(name):
                    continue
                with progress(f"{number}/{len(names)} {STEPS[name].title}"):
                    begun[name].result() if name in begun else do(STEPS[name])


def done(name: str) -> bool:
    """Whether nothing of this step is to do."""
    return STEPS[name].fresh(digest(STEPS[name].inputs()))


def do(step: Step) -> None:
    """Do a step and leave its stamp."""
    step.stamp().unlink(missing_ok=True)
    step.work()
    # Hashed now, not before: a build may write into its own sources' folder.
    step.stamp().write_text(digest(step.inputs()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("goal", choices=GOALS)
    try:
        bring_up(parser.parse_args().goal)
    except SetUpFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; `make` goes on from here the next time.", file=sys.stderr)
        return 1
    except OSError as failure:
        print(f"\nThe set-up stopped: {failure}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
