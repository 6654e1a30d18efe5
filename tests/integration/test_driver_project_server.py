"""The local driver with the project server itself, on the event loop that the hub uses."""

from pathlib import Path

import aiohttp
import uvloop

from studium.compute.local import LocalDriver
from support.sandboxes import new_spec, no_step


def test_a_project_server_starts_in_its_sandbox_and_refuses_strangers(tmp_path: Path) -> None:
    async def start_and_ask() -> tuple[int, int]:
        driver = LocalDriver(tmp_path / "data")
        spec = new_spec()
        try:
            endpoint = await driver.start(spec, no_step)
            connector = aiohttp.UnixConnector(str(endpoint.socket_path))
            async with aiohttp.ClientSession(connector=connector) as session:
                async with session.get("http://project/healthz") as health:
                    pass
                async with session.get(f"http://project/projects/{spec.project_id}/files/a") as stranger:
                    pass
            return health.status, stranger.status
        finally:
            await driver.stop(spec.project_id)
            await driver.close()

    assert uvloop.run(start_and_ask()) in [(200, 401), (200, 403)]
