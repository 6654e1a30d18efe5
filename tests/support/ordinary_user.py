"""A program that ``test_driver_without_root.py`` runs as an ordinary user: starts projects, prints what it saw as JSON.

Arguments: the data folder, and ``sandboxed`` or ``plain``.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from studium.compute.driver import ProjectFailed
from studium.compute.local import LocalDriver
from support.sandboxes import Project, local_driver, new_spec, no_step

LOOK = "echo written > note; id -u; env; ls -d / /state; grep Cap /proc/self/status"


async def main() -> None:
    data, kind = Path(sys.argv[1]), sys.argv[2]
    options: dict[str, Any] = {"bubblewrap": []} if kind == "plain" else {}
    driver = local_driver(data, **options)
    report = await driver.probe()
    spec = new_spec()
    try:
        project = Project(spec, await driver.start(spec, no_step))
    except ProjectFailed as failed:
        raise SystemExit(f"{failed.message}\n{failed.log}\n{report}") from None
    health = await project.ask("/healthz")
    code, inner = await project.run("sh", "-c", LOOK)
    left = await project.run("sh", "-c", "setsid sleep 1000 > /dev/null 2>&1 & echo $!")
    await driver.close()
    second: LocalDriver = local_driver(data, **options)
    found = list(await second.running())
    await second.stop(spec.project_id)
    home = data / "projects" / str(spec.project_id) / "home"
    answer = {
        "uid": os.getuid(),
        "level": report.level,
        "findings": {finding.subject: [finding.ok, finding.remedy] for finding in report.findings},
        "environment": health["environment"],
        "inner": [code, inner],
        "left": left,
        "found": found == [spec.project_id],
        "note": (home / "note").read_text(),
        "saved": (home.parent / "state" / "saved").read_text(),
        "running": len(await second.running()),
        "sleeping": [line for line in await command_lines() if "sleep 1000" in line],
    }
    await second.close()
    print(json.dumps(answer))


async def command_lines() -> list[str]:
    lines = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                lines.append((place / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return lines


asyncio.run(main())
