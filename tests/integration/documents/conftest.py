"""Fixtures of the tests of documents."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client session of this test; its sockets are closed at the end."""
    async with aiohttp.ClientSession() as session:
        yield session
    await asyncio.sleep(0)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DocumentServer]:
    """Documents over an empty home."""
    (tmp_path / "home").mkdir()
    server = await DocumentServer(tmp_path / "home", tmp_path / "state").start()
    yield server
    await server.stop()  # does nothing when the test has stopped it
