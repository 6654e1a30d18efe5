"""Notebooks exported by the real nbconvert: every format, side files, what is refused, and what is not there."""

import asyncio
import base64
import io
import json
import os
import shutil
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest

import studium
from clients.ydoc import Client
from studium.compute.project_python import ProjectPython
from studium.project.app import ProjectSettings
from studium.project.exports import exports
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.session import Role
from studium.sync.notebook.schema import find_cell
from support.environment import PROJECT_PYTHON
from support.project import RunningProject, running_project

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WITH_PICTURES_BESIDE = {"markdown", "latex", "asciidoc", "rst"}
TUTORIAL = Path(studium.__file__).parent / "tutorial" / "first-notebook.ipynb"


def code(cell_id: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "execution_count": 1,
        "metadata": {},
        "source": source,
        "outputs": outputs,
    }


def text(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def notebook(*cells: dict[str, Any]) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python", "file_extension": ".py"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def png(data: bytes = PNG) -> dict[str, Any]:
    bundle = {"image/png": base64.b64encode(data).decode(), "text/plain": "<Figure>"}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


STREAM = {"output_type": "stream", "name": "stdout", "text": "forty-two\n"}
WORK = notebook(
    text("one", "# Cubes\n\nA sum: $\\sum_k k^3$, and <b>bold</b>.\n\n![a picture](pictures/dot.png)"),
    code("two", "print('forty-two')", STREAM),
    code("three", "plot()", png()),
)


def with_python(settings: ProjectSettings) -> ProjectSettings:
    """As the driver starts it, but for the ring."""
    python = ProjectPython.of(PROJECT_PYTHON, settings.home)
    path = ":".join([*map(str, python.folders()), settings.environment["PATH"]])
    return replace(settings, python=python, environment={**settings.environment, **python.variables(), "PATH": path})


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path, with_python) as project:
        yield project


async def export(project: RunningProject, path: str, wanted: str, role: Role = Role.VIEWER) -> tuple[str, bytes]:
    """The name and the bytes of what comes."""
    url = project.url(f"exports/{path}?format={wanted}")
    async with project.client.get(url, headers=project.headers(role)) as answer:
        body = await answer.read()
        assert answer.status == 200, body.decode()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content_length == len(body)
        return unquote(answer.headers["Content-Disposition"].partition("UTF-8''")[2]), body


async def refused(project: RunningProject, path: str, wanted: str = "html") -> ErrorBody:
    async with project.client.get(project.url(f"exports/{path}?format={wanted}")) as answer:
        assert answer.status >= 400
        return await project.error(answer)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_notebook_becomes_one_html_file_with_its_pictures(project: RunningProject) -> None:
    folder = project.home / "a folder"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "dot.png").write_bytes(PNG)
    (folder / "Würfel 3.ipynb").write_text(WORK)
    name, html = await export(project, "a%20folder/W%C3%BCrfel%203.ipynb", "html")
    assert name == "Würfel 3.html"
    page = html.decode()
    assert "forty-two" in page
    assert "\\sum_k k^3" in page
    assert page.count(base64.b64encode(PNG).decode()) == 2  # the output, and the picture that the text links to
    assert sorted(path.name for path in folder.iterdir()) == ["Würfel 3.ipynb", "pictures"]  # nothing is left


async def test_pictures_beside_a_text_come_in_a_zip_file(project: RunningProject) -> None:
    (project.home / "work.ipynb").write_text(WORK)
    name, data = await export(project, "work.ipynb", "markdown")
    files = unpacked(data)
    assert name == "work.zip"
    assert set(files) == {"work.md", "work_files/work_2_0.png"}
    assert files["work_files/work_2_0.png"] == PNG
    assert b"](work_files/work_2_0.png)" in files["work.md"]
    name, data = await export(project, "work.ipynb", "latex")
    files = unpacked(data)
    assert set(files) == {"work.tex", "work_files/work_2_0.png"}
    assert b"\\section{Cubes}" in files["work.tex"]  # pandoc comes with the environment


@pytest.mark.parametrize(
    ("wanted", "name", "holds"),
    [
        ("html", "first-notebook.html", '<h1 id="A-first-notebook">A first notebook'),
        ("markdown", "first-notebook.md", "# A first notebook"),
        ("script", "first-notebook.py", "# # A first notebook"),
        ("latex", "first-notebook.tex", "\\section{A first notebook}"),
        ("slides", "first-notebook.slides.html", "Reveal"),
        ("asciidoc", "first-notebook.asciidoc", "== A first notebook"),
        ("rst", "first-notebook.rst", "A first notebook\n=="),
    ],
)
async def test_every_format(project: RunningProject, wanted: str, name: str, holds: str) -> None:
    shutil.copy(TUTORIAL, project.home)
    got, data = await export(project, TUTORIAL.name, wanted)
    if wanted in WITH_PICTURES_BESIDE:
        assert got == "first-notebook.zip"
        files = unpacked(data)
        assert any(file.endswith(".png") for file in files)
        got, data = name, files[name]
    assert got == name
    assert holds in data.decode()


async def test_what_is_typed_and_not_saved_yet_is_exported(project: RunningProject) -> None:
    (project.home / "live.ipynb").write_text(notebook(text("one", "old")))
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        ada = await Client(session, project.url("documents/live.ipynb")).connect()
        cell = find_cell(ada.doc, "one")
        assert cell is not None
        cell.source.insert(0, "brand new, ")
        await ada.flush()
        await ada.until_acknowledged()
        _, data = await export(project, "live.ipynb", "markdown")
        assert data.decode().strip() == "brand new, old"
        await ada.disconnect()


async def test_settings_and_modules_beside_a_notebook_change_nothing(project: RunningProject) -> None:
    (project.home / "work.ipynb").write_text(notebook(text("one", "hello")))
    trap = "raise SystemExit('the export ran what somebody wrote')\n"
    for name in ("jupyter_nbconvert_config.py", "jupyter_config.py", "json.py", "nbconvert.py"):
        (project.home / name).write_text(trap)
    (project.home / ".jupyter").mkdir()
    shutil.copy(project.home / "jupyter_nbconvert_config.py", project.home / ".jupyter")
    templates = project.home / ".local" / "share" / "jupyter" / "nbconvert" / "templates" / "lab"
    templates.mkdir(parents=True)
    (templates / "index.html.j2").write_text("forged")
    _, data = await export(project, "work.ipynb", "html")
    assert b"hello" in data
    assert b"forged" not in data


async def test_what_is_no_notebook_is_said(project: RunningProject) -> None:
    (project.home / "notes.md").write_text("# Notes")
    (project.home / "broken.ipynb").write_text('{"cells": [')
    (project.home / "list.ipynb").write_text("[1, 2]")
    (project.home / "folder.ipynb").mkdir()
    assert "notebooks end with .ipynb" in (await refused(project, "notes.md")).message
    assert (await refused(project, "absent.ipynb")).code is ErrorCode.NOT_FOUND
    assert (await refused(project, "folder.ipynb")).code is ErrorCode.INVALID_PATH
    for name in ("broken.ipynb", "list.ipynb"):
        error = await refused(project, name)
        assert error.code is ErrorCode.INVALID_VALUE
        assert error.message.startswith(f"“{name}” cannot be read as a notebook: "), error.message
    assert "can be exported as html, pdf, latex" in (await refused(project, "broken.ipynb", "exe")).message


async def test_without_latex_the_administrator_is_told_what_to_install(project: RunningProject) -> None:
    if shutil.which("xelatex"):
        pytest.skip("LaTeX is here")
    (project.home / "work.ipynb").write_text(WORK)
    error = await refused(project, "work.ipynb", "pdf")
    assert error.code is ErrorCode.UNAVAILABLE
    assert "needs the program xelatex" in error.message
    assert "apt-get install texlive-xetex" in error.message


async def test_a_latex_that_fails_says_its_last_lines(project: RunningProject, tmp_path: Path) -> None:
    """By a program in LaTeX's place: a failed run reads the same with and without the real one."""
    (project.home / "work.ipynb").write_text(notebook(text("one", "hello")))
    program = project.home / "xelatex"
    program.write_text("#!/bin/sh\necho '! LaTeX Error: File `tcolorbox.sty'\"'\"' not found.'\nexit 1\n")
    program.chmod(0o755)

    def beside(settings: ProjectSettings) -> ProjectSettings:
        settings = with_python(settings)
        path = f"{project.home}:{settings.environment['PATH']}"
        return replace(settings, environment={**settings.environment, "PATH": path})

    async with running_project(tmp_path / "other", beside) as other:
        shutil.copy(project.home / "work.ipynb", other.home)
        error = await refused(other, "work.ipynb", "pdf")
    assert error.code is ErrorCode.INVALID_VALUE
    assert "LaTeX lacks a package; ask the administrator to run: apt-get install texlive-xetex" in error.message
    assert "File `tcolorbox.sty' not found." in error.message


async def test_an_export_that_takes_too_long_is_ended(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(TUTORIAL, project.home)
    monkeypatch.setattr(exports, "CONVERT_SECONDS", 0.05)
    error = await refused(project, TUTORIAL.name)
    assert error.code is ErrorCode.TIMEOUT
    assert not programs_of(project)


async def test_a_notebook_beyond_the_limit_is_refused(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(TUTORIAL, project.home)
    monkeypatch.setattr(exports, "MAX_NOTEBOOK_BYTES", 100)
    assert (await refused(project, TUTORIAL.name)).code is ErrorCode.TOO_LARGE


async def test_more_than_a_few_at_once_wait_for_themselves(project: RunningProject) -> None:
    shutil.copy(TUTORIAL, project.home)

    async def one() -> int:
        async with project.client.get(project.url(f"exports/{TUTORIAL.name}?format=html")) as answer:
            await answer.read()
            return answer.status

    statuses = await asyncio.gather(*(one() for _ in range(exports.MAX_EXPORTS + 2)))
    assert sorted(statuses) == [200] * exports.MAX_EXPORTS + [429] * 2
    async with asyncio.timeout(60):  # whoever has the last byte may be quicker than the end of the program
        while await one() == 429:
            await asyncio.sleep(0.05)
    assert (await export(project, TUTORIAL.name, "script"))[0] == "first-notebook.py"


async def test_who_goes_away_leaves_no_program_behind(project: RunningProject) -> None:
    """The result is larger than what sockets and pipes hold, so it is still being sent when the connection ends."""
    big = [png(os.urandom(3_000_000)) for _ in range(4)]
    (project.home / "big.ipynb").write_text(notebook(code("one", "plot()", *big)))
    answer = await project.client.get(project.url("exports/big.ipynb?format=html"))
    assert answer.status == 200
    await answer.content.readexactly(1000)
    answer.close()
    async with asyncio.timeout(60):
        while programs_of(project):
            await asyncio.sleep(0.02)
    assert (await export(project, "big.ipynb", "html"))[1]


async def test_without_an_environment_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        shutil.copy(TUTORIAL, project.home)
        error = await refused(project, TUTORIAL.name)
    assert error.code is ErrorCode.UNAVAILABLE
    assert "studium environment install" in error.message


def programs_of(project: RunningProject) -> list[int]:
    """Processes that convert a notebook of this project."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(exports.PROGRAM) in words and any(os.fsencode(project.home) in word for word in words):
                found.append(int(place.name))
    return found
