"""Where a document is: one look at the disk for all who ask at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import patch

import pytest

from studium.project.documents.places import Places
from studium.project.documents.store import Store
from studium.project.files.home import Home
from studium.protocol.errors import ErrorCode, StudiumError


@pytest.fixture
async def places(tmp_path: Path) -> AsyncIterator[Places]:
    (tmp_path / "home" / "notes").mkdir(parents=True)
    (tmp_path / "home" / "link.md").symlink_to("notes/real.md")
    home = Home(tmp_path / "home")
    yield Places(home, Store(tmp_path / "state"))
    home.close()


async def test_a_class_that_opens_a_document_looks_once(places: Places) -> None:
    with patch.object(Places, "canonical", autospec=True, side_effect=Places.canonical) as looked:
        found = await asyncio.gather(*(places.asked_for("link.md") for _ in range(50)))
        assert set(found) == {"notes/real.md"}
        assert looked.call_count == 1
        assert await places.asked_for("link.md") == "notes/real.md"  # later, anew: a link may lead elsewhere
        assert looked.call_count == 2


async def test_each_of_them_is_told_what_is_wrong(places: Places) -> None:
    answers = await asyncio.gather(*(places.asked_for("../out") for _ in range(3)), return_exceptions=True)
    assert [isinstance(answer, StudiumError) and answer.code for answer in answers] == [ErrorCode.INVALID_PATH] * 3


async def test_one_who_goes_away_takes_the_answer_from_nobody(places: Places) -> None:
    first, second = (asyncio.create_task(places.asked_for("link.md")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "notes/real.md"
