"""What every compute driver keeps to (``studium.compute.driver``). A new driver adds itself to ``DRIVERS``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from studium.compute.driver import Driver, IsolationLevel, ProjectFailed, ProjectSpec
from support.sandboxes import SECRET, SERVER, ask, local_driver, new_spec, no_step

MakeDriver = Callable[..., Driver]

DRIVERS: dict[str, Callable[..., Driver]] = {"local": local_driver}


@pytest.fixture(params=DRIVERS)
async def make_driver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MakeDriver]:
    """Makes drivers over the same data, as hubs that follow each other do."""
    made: list[Driver] = []

    def make(**options: Any) -> Driver:
        made.append(DRIVERS[request.param](tmp_path / "data", **options))
        return made[-1]

    yield make
    last = make()
    for project_id in await last.running():
        await last.stop(project_id, grace_seconds=1.0)
    for driver in made:
        await driver.close()


@pytest.fixture
def driver(make_driver: MakeDriver) -> Driver:
    return make_driver()


@pytest.fixture
def spec() -> ProjectSpec:
    return new_spec()


async def server(driver: Driver, spec: ProjectSpec) -> dict[str, Any]:
    """What the running project's server says of itself."""
    endpoint = (await driver.running())[spec.project_id]
    answer: dict[str, Any] = await ask(endpoint, "/healthz")
    return answer


async def test_a_report_says_what_mends_what_is_missing(driver: Driver) -> None:
    report = await driver.probe()
    assert report.level in IsolationLevel
    assert report.findings
    for finding in report.findings:
        assert finding.detail.endswith((".", ")")), finding
        assert finding.ok or finding.remedy or "not known" in finding.detail, finding
    assert await driver.probe() is report


async def test_a_started_project_answers_in_its_own_place(driver: Driver, spec: ProjectSpec) -> None:
    steps: list[str] = []
    endpoint = await driver.start(spec, steps.append)
    assert steps == ["preparing the sandbox", "starting the sandbox", "starting the project server"]
    assert await driver.running() == {spec.project_id: endpoint}
    said = await server(driver, spec)
    assert said["secret"] == SECRET
    assert said["environment"]["STUDIUM_PROJECT_ID"] == str(spec.project_id)
    assert SECRET not in str(said["environment"])


async def test_starting_a_running_project_answers_with_what_it_has(driver: Driver, spec: ProjectSpec) -> None:
    first = await driver.start(spec, no_step)
    before = await ask(first, "/run", {"command": ["sh", "-c", "echo once >> ~/starts; cat ~/starts"], "ring": "inner"})
    steps: list[str] = []
    assert await driver.start(spec, steps.append) == first
    assert steps == []
    assert before["output"] == "once\n"


async def test_two_starts_at_once_start_it_once(make_driver: MakeDriver, spec: ProjectSpec, tmp_path: Path) -> None:
    one, other = make_driver(), make_driver()
    steps: list[str] = []
    endpoints = await asyncio.gather(*(each.start(spec, steps.append) for each in (one, one, other, other)))
    assert len(set(endpoints)) == 1
    assert steps.count("starting the sandbox") == 1


async def test_projects_run_side_by_side(driver: Driver) -> None:
    specs = [new_spec() for _ in range(3)]
    endpoints = await asyncio.gather(*(driver.start(spec, no_step) for spec in specs))
    assert await driver.running() == {spec.project_id: found for spec, found in zip(specs, endpoints, strict=True)}


async def test_a_new_home_is_a_copy_of_the_template(driver: Driver, spec: ProjectSpec, tmp_path: Path) -> None:
    template = tmp_path / "template"
    (template / "chapter").mkdir(parents=True)
    (template / "chapter" / "one.md").write_text("Begin here.")
    (template / "link").symlink_to("chapter/one.md")
    await driver.prepare(spec, template)
    endpoint = await driver.start(spec, no_step)
    change = "cat link && echo changed > chapter/one.md && touch chapter/two.md"
    answer = await ask(endpoint, "/run", {"command": ["sh", "-c", change], "ring": "inner"})
    assert answer == {"code": 0, "output": "Begin here."}
    await driver.prepare(spec, template)
    answer = await ask(endpoint, "/run", {"command": ["cat", "link"], "ring": "inner"})
    assert answer["output"] == "changed\n"


async def test_a_new_home_is_a_copy_of_another_projects(make_driver: MakeDriver, spec: ProjectSpec) -> None:
    driver, copy = make_driver(), new_spec()
    endpoint = await driver.start(spec, no_step)
    make = "mkdir a && echo one > a/one && ln -s /etc/hostname out && ln -s a/one in && mkfifo pipe"
    await ask(endpoint, "/run", {"command": ["sh", "-c", make], "ring": "inner"})
    await driver.prepare(copy, spec.project_id)
    endpoint = await driver.start(copy, no_step)
    look = "cat in && readlink out && ls && echo more >> a/one && stat -c %U . a a/one | sort -u | wc -l"
    answer = await ask(endpoint, "/run", {"command": ["sh", "-c", look], "ring": "inner"})
    assert answer == {"code": 0, "output": "one\n/etc/hostname\na\nin\nout\n1\n"}
    original = (await driver.running())[spec.project_id]
    answer = await ask(original, "/run", {"command": ["cat", "a/one"], "ring": "inner"})
    assert answer["output"] == "one\n"


async def test_a_copy_of_a_project_that_never_ran_is_empty(driver: Driver, spec: ProjectSpec) -> None:
    await driver.prepare(spec, new_spec().project_id)
    endpoint = await driver.start(spec, no_step)
    assert (await ask(endpoint, "/run", {"command": ["ls", "-A"], "ring": "inner"}))["output"] == ""


async def test_a_removed_project_leaves_nothing(driver: Driver, spec: ProjectSpec, tmp_path: Path) -> None:
    endpoint = await driver.start(spec, no_step)
    await ask(endpoint, "/run", {"command": ["sh", "-c", "mkdir -m 0 shut && echo kept > note"], "ring": "inner"})
    assert list(tmp_path.rglob(f"*{spec.project_id}*"))
    await driver.remove(spec.project_id)
    assert await driver.running() == {}
    assert list(tmp_path.rglob(f"*{spec.project_id}*")) == []
    await driver.remove(spec.project_id)


async def test_stop_lets_the_server_save_and_keeps_the_files(driver: Driver, spec: ProjectSpec) -> None:
    endpoint = await driver.start(spec, no_step)
    await ask(endpoint, "/run", {"command": ["sh", "-c", "echo kept > note"], "ring": "inner"})
    await driver.stop(spec.project_id)
    assert await driver.running() == {}
    await driver.stop(spec.project_id)
    endpoint = await driver.start(spec, no_step)
    home = await ask(endpoint, "/run", {"command": ["cat", "note"], "ring": "inner"})
    state = await ask(endpoint, "/run", {"command": ["sh", "-c", "cat $STUDIUM_PROJECT_STATE/saved"], "ring": "outer"})
    assert (home["output"], state["output"]) == ("kept\n", "yes")


async def test_stop_ends_a_server_that_does_not_listen(
    make_driver: MakeDriver, spec: ProjectSpec, tmp_path: Path
) -> None:
    deaf = tmp_path / "deaf" / "server.py"
    deaf.parent.mkdir()
    heard = "asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)"
    assert heard in SERVER.read_text()
    deaf.write_text(SERVER.read_text().replace(heard, "signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    driver = make_driver(server_module=str(deaf))
    endpoint = await driver.start(spec, no_step)
    await driver.stop(spec.project_id, grace_seconds=0.3)
    assert await driver.running() == {}
    with pytest.raises(OSError):  # noqa: PT011 - aiohttp's error, whichever: nobody answers
        await ask(endpoint, "/healthz")


async def test_a_project_outlives_its_hub_and_the_next_one_stops_it(make_driver: MakeDriver, spec: ProjectSpec) -> None:
    first = make_driver()
    endpoint = await first.start(spec, no_step)
    await first.close()
    second = make_driver()
    assert await second.running() == {spec.project_id: endpoint}
    waiting = asyncio.create_task(second.wait_ended(spec.project_id))
    await second.stop(spec.project_id)
    assert (await waiting).message == "The project was stopped."
    assert await make_driver().running() == {}


async def test_a_dead_server_is_started_again(driver: Driver, spec: ProjectSpec) -> None:
    endpoint = await driver.start(spec, no_step)
    pid = (await server(driver, spec))["pid"]
    with suppress(aiohttp_errors()):
        await ask(endpoint, "/run", {"command": ["kill", "-9", str(pid)], "ring": "outer"})
    assert await driver.start(spec, no_step) == endpoint  # waits until it answers again
    again = await server(driver, spec)
    assert again["pid"] != pid
    assert again["secret"] == SECRET


async def test_the_end_of_a_project_is_told_with_a_reason(driver: Driver, spec: ProjectSpec) -> None:
    endpoint = await driver.start(spec, no_step)
    waiting = asyncio.create_task(driver.wait_ended(spec.project_id))
    pid = (await server(driver, spec))["pid"]
    with suppress(aiohttp_errors()):
        await ask(endpoint, "/run", {"command": ["kill", str(pid)], "ring": "outer"})
    failed = await asyncio.wait_for(waiting, 60)
    assert failed.message == "The project server ended by itself."
    assert await driver.running() == {}


async def test_a_server_that_never_starts_fails_with_its_last_words(
    make_driver: MakeDriver, spec: ProjectSpec, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "server.py"
    broken.parent.mkdir()
    broken.write_text("raise SystemExit('The journal cannot be read.')\n")
    with pytest.raises(ProjectFailed) as failed:
        await make_driver(server_module=str(broken)).start(spec, no_step)
    assert "again and again" in failed.value.message
    assert "The journal cannot be read." in failed.value.log
    driver = make_driver()
    assert await driver.running() == {}
    await driver.start(spec, no_step)


async def test_a_server_that_never_answers_fails_in_time(
    make_driver: MakeDriver, spec: ProjectSpec, tmp_path: Path
) -> None:
    silent = tmp_path / "silent" / "server.py"
    silent.parent.mkdir()
    silent.write_text("import time\nprint('thinking', flush=True)\ntime.sleep(60)\n")
    driver = make_driver(server_module=str(silent), start_seconds=2.5)
    with pytest.raises(ProjectFailed, match="did not answer within") as failed:
        await driver.start(spec, no_step)
    assert "thinking" in failed.value.log
    assert await driver.running() == {}


async def test_a_start_that_is_cancelled_leaves_nothing(
    make_driver: MakeDriver, spec: ProjectSpec, tmp_path: Path
) -> None:
    silent = tmp_path / "silent" / "server.py"
    silent.parent.mkdir()
    silent.write_text("import time\ntime.sleep(60)\n")
    driver = make_driver(server_module=str(silent))
    reached = asyncio.Event()

    def step(phrase: str) -> None:
        if phrase == "starting the project server":
            reached.set()

    start = asyncio.create_task(driver.start(spec, step))
    await reached.wait()
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert await driver.running() == {}


def aiohttp_errors() -> type[Exception]:
    """What a client sees when the server dies while it answers."""
    import aiohttp

    return aiohttp.ClientError
