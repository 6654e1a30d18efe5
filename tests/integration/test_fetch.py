"""A new file from an address: from a real web server, by the program that does it in the inner ring."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from studium.http.server import Server, bind_tcp
from studium.project.jobs import fetching
from studium.protocol.errors import ErrorCode
from studium.protocol.jobs import CancelJob, Clash, FetchUrl, Job, JobState
from studium.protocol.session import Role
from support.jobs import Page, page_of, tree
from support.project import RunningProject, running_project

DATA = os.urandom(3_000_000)


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


@pytest.fixture
async def page(project: RunningProject) -> AsyncIterator[Page]:
    async with page_of(project) as page:
        yield page


class Site:
    """A web server; ``gate`` lets its slow answer go on."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/data/some file.bin":
                return web.Response(body=DATA)
            case "/named":
                name = "attachment; filename=\"plain.txt\"; filename*=UTF-8''w%C3%BCrfel%2Fx.csv"
                return web.Response(body=b"1,2", headers={"Content-Disposition": name})
            case "/there":
                raise web.HTTPFound("/data/some%20file.bin")
            case "/file":
                return web.Response(status=302, headers={"Location": "file:///etc/hostname"})
            case "/loop":
                raise web.HTTPFound("/loop")
            case "/slow" | "/endless" | "/broken":
                return await self._slowly(request)
        raise web.HTTPNotFound

    async def _slowly(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if request.path == "/broken":
            response.content_length = 2_000_000
        await response.prepare(request)
        await response.write(b"x" * 1_000_000)
        await self.gate.wait()
        if request.path == "/broken":
            assert request.transport is not None
            request.transport.abort()
        while request.path == "/endless":
            await response.write(b"x" * 100_000)
        return response


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    sockets = bind_tcp("127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    server = Server(app, sockets)
    await server.start()
    yield site
    site.gate.set()
    await server.stop()


async def failed(page: Page, operation: FetchUrl, code: ErrorCode, words: str) -> Job:
    before = tree(page.project.home)
    job = await page.run(operation)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code is code
    assert words in job.error.message, job.error.message
    assert tree(page.project.home) == before
    return job


async def test_what_is_at_an_address_becomes_a_file(project: RunningProject, page: Page, site: Site) -> None:
    (project.home / "to").mkdir()
    job = await page.run(FetchUrl(f"{site.url}/data/some%20file.bin?secret=1", "to"))
    assert (job.state, job.path, job.what) == (JobState.DONE, "to/some file.bin", "some file.bin"), job.error
    assert (job.done_bytes, job.total_bytes, job.to) == (len(DATA), len(DATA), "to")
    assert (project.home / "to" / "some file.bin").read_bytes() == DATA
    job = await page.run(FetchUrl(f"{site.url}/there", "to"))
    assert job.path == "to/some file (copy).bin"
    job = await page.run(FetchUrl(f"{site.url}/named", ""))
    assert job.path == "x.csv"
    job = await page.run(FetchUrl(f"{site.url}/named", "", name=".my name"))
    assert job.path == ".my name"
    job = await page.run(FetchUrl(f"{site.url}/named", "", clash=Clash.FAIL))
    assert job.error is not None
    assert job.error.data["taken"] == ["x.csv"]


async def test_what_cannot_be_fetched(project: RunningProject, page: Page, site: Site) -> None:
    for url in ("ftp://x/y", "file:///etc/passwd", "https://", "x", "http://a b/", "http://u:p@h/x", "http://[x/"):
        assert (await page.refused(FetchUrl(url, ""))).code is ErrorCode.INVALID_VALUE, url
    assert (await page.refused(FetchUrl(site.url, "missing"))).code is ErrorCode.NOT_FOUND
    assert (await page.refused(FetchUrl(site.url, "", name="../x"))).code is ErrorCode.INVALID_PATH
    assert (await page.refused(FetchUrl(site.url, ""), Role.VIEWER)).code is ErrorCode.NOT_PERMITTED
    unavailable = ErrorCode.UNAVAILABLE
    await failed(page, FetchUrl(f"{site.url}/missing", ""), unavailable, "answers 404 Not Found")
    await failed(page, FetchUrl(f"{site.url}/file", ""), unavailable, "302")
    await failed(page, FetchUrl(f"{site.url}/loop", ""), unavailable, "")
    await failed(page, FetchUrl("http://127.0.0.1:1/x", ""), unavailable, "cannot be reached")
    await failed(page, FetchUrl("http://nowhere.invalid/x", ""), unavailable, "no such server")
    await failed(page, FetchUrl(site.url.replace("http", "https"), ""), unavailable, "certificate")


async def test_what_breaks_off_leaves_nothing(project: RunningProject, page: Page, site: Site) -> None:
    job_id = await page.start(FetchUrl(f"{site.url}/broken", ""))
    assert isinstance(job_id, str)
    await page.until(job_id, lambda job: job.done_bytes == 1_000_000)
    site.gate.set()
    job = await page.ended(job_id)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "broke off after 1000000 of 2000000 bytes" in job.error.message
    assert tree(project.home) == {}


async def test_a_download_is_ended(project: RunningProject, page: Page, site: Site) -> None:
    job_id = await page.start(FetchUrl(f"{site.url}/slow", ""))
    assert isinstance(job_id, str)
    job = await page.until(job_id, lambda job: job.done_bytes == 1_000_000)
    assert job.total_bytes is None
    await page.start(CancelJob(job_id))
    assert (await page.ended(job_id)).state is JobState.CANCELLED
    assert tree(project.home) == {}


async def test_limits(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.gate.set()
    async with (
        running_project(tmp_path, lambda settings: replace(settings, max_upload_bytes=2_000_000)) as project,
        page_of(project) as page,
    ):
        url = f"{site.url}/data/some%20file.bin"
        await failed(page, FetchUrl(url, ""), ErrorCode.TOO_LARGE, "larger than 2 MB")
        await failed(page, FetchUrl(f"{site.url}/endless", ""), ErrorCode.TOO_LARGE, "larger than 2 MB")
        site.gate.clear()
        monkeypatch.setattr(fetching, "MAX_SECONDS", 0.5)
        await failed(page, FetchUrl(f"{site.url}/slow", ""), ErrorCode.TIMEOUT, "took longer than")
