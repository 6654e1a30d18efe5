"""Terminals under the limits of a project, in its sandbox."""

from pathlib import Path

import aiohttp

from studium.compute.driver import Limits
from studium.compute.local import LocalDriver
from studium.http.identity import HEADER, sign
from studium.protocol.session import Role
from studium.protocol.terminals import SetTerminal, StartTerminal, TerminalState
from support.environment import ENVIRONMENT
from support.project import identity
from support.sandboxes import needs_root, new_spec, no_step
from support.terminals import file_page, terminal

HOG = "python3 -c 'kept = []\nwhile True: kept.append(bytearray(b\"x\") * 10_000_000)'"


class Ring:
    """A project in its sandbox, without a hub."""

    def __init__(self, driver: LocalDriver, socket: Path) -> None:
        self.spec = new_spec(Limits(memory_bytes=256 * 1024**2))
        self.driver = driver
        self.client = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)))

    def url(self, word: str) -> str:
        return f"http://project/projects/{self.spec.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        return {HEADER: sign(identity(self.spec.project_id, role), self.spec.secret)}


@needs_root
async def test_out_of_memory_is_named_and_ends_no_other_terminal(tmp_path: Path) -> None:
    driver = LocalDriver(tmp_path / "data", environments=[ENVIRONMENT])
    ring = Ring(driver, tmp_path / "unused")
    try:
        endpoint = await driver.start(ring.spec, no_step)
        await ring.client.close()
        ring.client = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(endpoint.socket_path)))
        home = tmp_path / "data" / "projects" / str(ring.spec.project_id) / "home"
        for name in ("hog.term", "other.term"):
            (home / name).touch()
            (home / name).chmod(0o666)
        other = await terminal(ring, "other.term").connect()
        await other.line("kept=41")
        await other.until_shows("kept=41")
        file = await file_page(ring, "hog.term").connect()
        await file.send(SetTerminal("1", HOG, ""))
        await file.until(lambda: file.files[-1].terminals[0].command == HOG or file.failures)
        assert not file.failures
        hog = await terminal(ring, "hog.term").connect()
        await hog.send(StartTerminal())
        status = await hog.until_state(TerminalState.EXITED, 60)
        assert status.reason is not None
        assert "memory of 0.2 GB was used up" in status.reason
        await other.line("echo $((kept + 1))")
        await other.until_shows("\n42")
        for page in (hog, other, file):
            await page.disconnect()
    finally:
        await ring.client.close()
        await driver.stop(ring.spec.project_id)
        await driver.close()
