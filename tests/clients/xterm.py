"""Drives ``xterm.mjs``: xterm.js from npm, unchanged, in Node, as the judge of what a page shows."""

import asyncio
import json
import subprocess
from typing import Any

from clients.stock import FOLDER


async def picture(size: tuple[int, int], events: list[dict[str, Any]]) -> dict[str, Any]:
    """What xterm.js shows after these events: ``size``, ``screen`` and ``output``, the last two in base64."""
    process = await asyncio.create_subprocess_exec(
        "node", "xterm.mjs", cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps({"columns": size[0], "rows": size[1], "events": events}).encode())
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(said)
    return told


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What is not the same in two pictures, in words."""
    found = [
        f"{name}: {one[name]} {other[name]}"
        for name in one
        if name not in ("screen", "scrollback") and one[name] != other[name]
    ]
    if len(one["screen"]) != len(other["screen"]):
        return [*found, f"rows: {len(one['screen'])} {len(other['screen'])}"]
    for y, (mine, its) in enumerate(zip(one["screen"], other["screen"], strict=True)):
        found += [f"{x},{y}: {a!r} {b!r}" for x, (a, b) in enumerate(zip(mine, its, strict=True)) if a != b]
    if one["scrollback"] != other["scrollback"]:
        found.append(f"scroll-back: {one['scrollback'][-3:]} {other['scrollback'][-3:]}")
    return found
