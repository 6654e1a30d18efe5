"""A run of each fault that is quick; ``soak.py`` has all, and many runs of them."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from faults.kinds import FAULTS, Fault
from faults.project import CannotRun
from faults.run import Run
from faults.typists import build_page_typists
from faults.world import World, new_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def page_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's clients, for Node."""
    return build_page_typists(tmp_path_factory.mktemp("page"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    """A Studium for all of these runs."""
    with TemporaryDirectory(prefix="studium-test-") as name:
        Path(name).chmod(0o711)  # projects run as users of their own
        async with new_world(Path(name), random.Random()) as world:
            yield world


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.is_quick], ids=lambda fault: fault.name)
async def test_ten_people_lose_nothing(world: World, page_script: Path, fault: Fault) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    try:
        project = await world.project(fault.place)
    except CannotRun as reason:
        pytest.skip(str(reason))
    outcome = await Run(world, project, fault, seed, page_script).go()
    assert not outcome.broken, f"seed {seed}, {outcome.notes}\n{outcome.broken}"
    assert outcome.acknowledged > 100, "the clients hardly typed"
