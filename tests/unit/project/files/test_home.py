"""Opening beneath the home: links, loops, and links that are swapped while we look."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from studium.project.files.home import Home
from studium.protocol.errors import ErrorCode, StudiumError

SECRET = "the secret outside"


@pytest.fixture(params=[True, False], ids=["openat2", "walk"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A home with a folder beside it that no path may reach, opened in both ways."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(SECRET)
    directory = tmp_path / "home"
    (directory / "folder").mkdir(parents=True)
    (directory / "folder" / "a.txt").write_text("inside")
    home = Home(directory, openat2=request.param)
    assert home.uses_openat2 is request.param
    yield home
    home.close()


def read(home: Home, path: str) -> str:
    """The text at ``path``."""
    with os.fdopen(home.open(path)) as file:
        return file.read()


def code(home: Home, path: str) -> ErrorCode:
    """The code of the error that opening ``path`` raises."""
    with pytest.raises(StudiumError) as caught:
        os.close(home.open(path))
    assert path.rpartition("/")[2] in caught.value.message
    return caught.value.code


def test_links_that_stay_inside_work(home: Home) -> None:
    directory = home.directory
    (directory / "relative").symlink_to("folder/a.txt")
    (directory / "folder" / "up").symlink_to("../folder/a.txt")
    (directory / "absolute").symlink_to(directory / "folder")
    (directory / "detour").symlink_to("../home/folder")
    for path in ("folder/a.txt", "relative", "folder/up", "absolute/a.txt", "detour/a.txt"):
        assert read(home, path) == "inside", path
    assert home.resolve("absolute/new.txt") == directory / "folder" / "new.txt"


@pytest.mark.parametrize("target", ["../outside", "{outside}", "folder/../../outside", "/proc/self/cwd/..", "/"])
def test_links_that_leave_are_refused(home: Home, target: str) -> None:
    (home.directory / "link").symlink_to(target.format(outside=home.directory.parent / "outside"))
    assert code(home, "link") == ErrorCode.NOT_PERMITTED
    assert code(home, "link/secret.txt") in (ErrorCode.NOT_PERMITTED, ErrorCode.NOT_FOUND)
    with pytest.raises(StudiumError) as caught:
        home.resolve("link/secret.txt")
    assert caught.value.code == ErrorCode.NOT_PERMITTED
    assert home.stat("link", follow=False).st_size > 0


def test_loops_missing_names_and_files_as_folders(home: Home) -> None:
    (home.directory / "one").symlink_to("two")
    (home.directory / "two").symlink_to("one")
    (home.directory / "self").symlink_to("self/self")
    assert code(home, "one") == code(home, "self") == ErrorCode.INVALID_PATH
    assert code(home, "one/a.txt") == ErrorCode.INVALID_PATH
    assert code(home, "missing") == code(home, "folder/a.txt/b") == ErrorCode.NOT_FOUND


def test_a_link_swapped_in_between_never_leads_out(home: Home) -> None:
    """A thread swaps a folder for a link to the outside as fast as it can; no read ever shows what is outside."""
    directory = home.directory
    (directory / "swap").mkdir()
    (directory / "swap" / "secret.txt").write_text("mine")
    (directory / "evil").symlink_to("../outside")
    (directory / "evil-absolute").symlink_to(directory.parent / "outside")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for evil in ("evil", "evil-absolute"):
                (directory / "swap").rename(directory / "parked")
                (directory / evil).rename(directory / "swap")
                (directory / "swap").rename(directory / evil)
                (directory / "parked").rename(directory / "swap")

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen, refusals = set(), set()
    try:
        for _ in range(4000):
            try:
                seen.add(read(home, "swap/secret.txt"))
            except StudiumError as error:
                refusals.add(error.code)
    finally:
        done.set()
        swapper.join()
    assert seen <= {"mine"}
    assert refusals <= {ErrorCode.NOT_FOUND, ErrorCode.NOT_PERMITTED, ErrorCode.INVALID_PATH, ErrorCode.CONFLICT}


def test_descriptors_are_not_leaked(home: Home) -> None:
    (home.directory / "out").symlink_to("../outside")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("folder/a.txt", "out/x", "missing/x", "folder/a.txt/x"):
        for _ in range(5):
            with suppress(StudiumError):
                os.close(home.open(path))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
