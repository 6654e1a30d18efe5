"""The supervisor by itself, as a plain child: secrets, deaths, the end, and its log."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studium.compute import launcher, supervisor
from studium.compute.sandbox import GAVE_UP, LAUNCH_FAILED, SUPERVISOR, explain_end, read_tail


def start(tmp_path: Path, program: str) -> subprocess.Popen[bytes]:
    server = tmp_path / "server.py"
    server.write_text(program)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(SUPERVISOR), str(tmp_path / "log"), sys.executable, "-I", "-S", str(server)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_without_a_secret_it_ends(tmp_path: Path) -> None:
    with start(tmp_path, "print('never')") as process:
        _, errors = process.communicate(b"")
    assert process.returncode == supervisor.NO_SECRET
    assert b"was not started to the end" in errors
    assert not (tmp_path / "log").exists()


def test_it_gives_up_after_five_deaths_and_tells_why(tmp_path: Path) -> None:
    with start(tmp_path, "import sys; print(sys.stdin.readline().strip()); sys.exit('broken')") as process:
        _, errors = process.communicate(b"the secret\n")
    assert process.returncode == supervisor.GAVE_UP
    text = (tmp_path / "log").read_text()
    assert text.count("broken\n") == 5
    assert text.count("the secret\n") == 5
    assert text.count("ended with status 1.\n") == 5
    assert errors.decode().endswith("The project server ended with status 1.\n")


def test_a_server_that_ends_well_ends_the_project(tmp_path: Path) -> None:
    with start(tmp_path, "") as process:
        process.communicate(b"s\n")
    assert process.returncode == 0


def test_the_request_to_end_reaches_the_server_and_all_that_it_left(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
def end(number, frame):
    open({str(tmp_path / "saved")!r}, "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pid = os.fork()
if pid == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open({str(tmp_path / "deaf")!r}, "w").write(str(os.getpid()))
    os.mkfifo({str(tmp_path / "ready.new")!r})
    os.rename({str(tmp_path / "ready.new")!r}, {str(tmp_path / "ready")!r})
    while True:
        signal.pause()
while True:
    signal.pause()
"""
    with start(tmp_path, program) as process:
        assert process.stdin is not None
        process.stdin.write(b"s\n")
        process.stdin.flush()
        while not (tmp_path / "ready").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "saved").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "deaf").read_text()), 0)


def test_the_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_MAXIMUM_BYTES", 100)
    log = supervisor.Log(str(tmp_path / "log"))
    for number in range(50):
        log.write(b"line %02d\n" % number)
    assert (tmp_path / "log").stat().st_size <= 100
    assert (tmp_path / "log.1").stat().st_size <= 100
    assert log.tail.endswith(b"line 49\n")
    assert (tmp_path / "log").read_text().endswith("line 49\n")


def test_the_tail_of_a_log_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x" * 100 + "end")
    (tmp_path / "link").symlink_to("log")
    assert read_tail(tmp_path / "log", 4) == "xend"
    assert read_tail(tmp_path / "link") == ""
    assert read_tail(tmp_path / "nothing") == ""


def test_every_end_has_its_sentence() -> None:
    assert (supervisor.GAVE_UP, launcher.FAILED) == (GAVE_UP, LAUNCH_FAILED)
    assert explain_end(LAUNCH_FAILED, "bwrap: a\nCould not open /x.\n").endswith("did not start. Could not open /x.")
    assert explain_end(LAUNCH_FAILED, "") == "The project's sandbox did not start."
    assert "(signal 9)" in explain_end(-9, "")
    assert "(signal 9)" in explain_end(137, "")
    assert "status 3" in explain_end(3, "")
    assert explain_end(None, "").startswith("The project ended.")
