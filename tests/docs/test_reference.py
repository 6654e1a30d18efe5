"""What can be set, typed, asked or called is in the reference, and the reference says nothing that is not so."""

import re
from collections.abc import Iterable
from pathlib import Path

import generate_reference
from aiohttp import web

from studium.compute.local import LocalDriver
from studium.hub.app import HubSettings, create_hub
from studium.hub.database import Database
from studium.project.single import SingleServer
from support.project import running_project

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES_OF_A_PROJECT = {"/projects/{project_id}", "/projects/{project_id}/edit/{path}"}


def test_generated_pages_are_what_the_code_says() -> None:
    stale = [name for name, text in generate_reference.generated().items() if (REFERENCE / name).read_text() != text]
    assert not stale, f"run `make docs`: {stale} are stale"


def documented() -> set[tuple[str, str]]:
    """Method and path of every route on the page."""
    rows = re.findall(r"^\| `(\S+) (\S+)` \|", (REFERENCE / "routes.md").read_text(), re.MULTILINE)
    return {(method, path) for method, path in rows}


def routes(app: web.Application) -> set[tuple[str, str]]:
    """Method and path of every route of an application; HEAD comes with GET."""
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        # aiohttp writes {name} for a part with a pattern, and keeps the pattern of some.
        path = re.sub(r"\{(\w+):[^}]*\}+", r"{\1}", route.resource.canonical)
        if route.method != "HEAD":
            found.add((route.method, path))
    return found


async def hub_routes(folder: Path) -> set[tuple[str, str]]:
    settings = HubSettings(Database("postgresql:///unused"), LocalDriver(folder), ("http://127.0.0.1:8080",))
    return routes(create_hub(settings).app)


def names_in_links(pages: Iterable[Path]) -> set[tuple[Path, str]]:
    """Every relative link of these pages that leads nowhere."""
    broken = set()
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.add((page.relative_to(ROOT), target))
    return broken


async def test_every_route_is_documented_and_every_documented_route_is_there(tmp_path: Path) -> None:
    there = await hub_routes(tmp_path)
    single = SingleServer(tmp_path, state_root=tmp_path / "state")
    await single.start()
    try:
        there |= set().union(*(routes(server._runner.app) for server in single._servers))
        async with running_project(tmp_path / "project") as project:
            there |= routes(project.server._runner.app)
    finally:
        await single.stop()
    there = {(m, re.sub(r"/projects/[0-9a-f-]{36}", "/projects/{project_id}", p)) for m, p in there}
    there = {(m, p) for m, p in there if p not in PAGES_OF_A_PROJECT}
    assert there - documented() == set(), "in the code, not in docs/reference/routes.md"
    assert documented() - there == set(), "in docs/reference/routes.md, not in the code"


def test_no_link_in_the_documentation_leads_nowhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert names_in_links(pages) == set()
