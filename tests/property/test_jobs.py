"""Laws of jobs, for trees that nobody thought of: a copy equals its source, unpacking undoes packing, and a job that is
ended at any step leaves what was there before."""

import io
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from studium.project.files.archive import archive_blocks
from studium.project.files.home import Home
from studium.project.files.trash import Trash
from studium.project.jobs import compressing, copying, extracting
from studium.project.jobs.selection import Item
from studium.project.jobs.work import Cancelled, Work
from studium.protocol.jobs import ArchiveFormat, Clash
from support.jobs import tree

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..") and not name.startswith(".studium-")
)
LEAVES = st.one_of(st.binary(max_size=3000), st.sampled_from(["a", "../x", "a/b", "/etc/hostname"]))
TREES = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=4),
    lambda below: st.dictionaries(NAMES, LEAVES | below, max_size=4),
    max_leaves=12,
)


def make(folder: Path, content: "dict[str, object]") -> None:
    folder.mkdir()
    for name, what in content.items():
        if isinstance(what, bytes):
            (folder / name).write_bytes(what)
        elif isinstance(what, str):
            (folder / name).symlink_to(what)
        elif isinstance(what, dict):
            make(folder / name, what)


class Ended(Work):
    """A job that somebody ends at its ``steps``-th look."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def check(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise Cancelled


@given(content=TREES, steps=st.none() | st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_copy_equals_its_source_or_is_not_there(content: "dict[str, object]", steps: int | None) -> None:
    with TemporaryDirectory() as folder, closing(Home(Path(folder))) as home:
        make(Path(folder) / "src", content)
        (Path(folder) / "to").mkdir()
        before = tree(Path(folder))
        work = Work() if steps is None else Ended(steps)
        try:
            copying.copy(home, Trash(home), [Item("src", "to/src")], "to", Clash.FAIL, work)
        except Cancelled:
            assert tree(Path(folder)) == before
        else:
            assert tree(Path(folder) / "to" / "src") == tree(Path(folder) / "src")
            assert not list(Path(folder).glob(".studium*"))


@given(content=TREES, kind=st.sampled_from(ArchiveFormat), steps=st.none() | st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_packing_makes_all_or_nothing(content: "dict[str, object]", kind: ArchiveFormat, steps: int | None) -> None:
    with TemporaryDirectory() as folder, closing(Home(Path(folder))) as home:
        make(Path(folder) / "src", content)
        before = tree(Path(folder))
        work = Work() if steps is None else Ended(steps)
        try:
            compressing.compress(home, Trash(home), ["src"], "packed", kind, work)
        except Cancelled:
            assert tree(Path(folder)) == before
        else:
            assert set(tree(Path(folder))) == {*before, "packed"}
            assert (Path(folder) / "packed").read_bytes() == b"".join(archive_blocks(home, ["src"], kind))


@given(content=TREES, kind=st.sampled_from(ArchiveFormat))
@settings(max_examples=30, deadline=None)
def test_unpacking_undoes_packing(content: "dict[str, object]", kind: ArchiveFormat) -> None:
    with TemporaryDirectory() as folder, closing(Home(Path(folder))) as home:
        make(Path(folder) / "src", content)
        packed = Path(folder) / "packed"
        packed.write_bytes(b"".join(archive_blocks(home, ["src"], kind)))
        (Path(folder) / "out").mkdir()
        limits = {"bytes": 10**9, "files": 1000, "ratio": 1000, "free": 10**9, "name": "x", "tar": False}
        command = [sys.executable, "-I", "-X", "utf8", str(extracting.PROGRAM), msgspec.json.encode(limits).decode()]
        with packed.open("rb") as source:
            result = subprocess.run(command, cwd=Path(folder) / "out", stdin=source, capture_output=True, check=False)
        assert result.returncode == 0, result.stdout
        left_out = {"../x", "/etc/hostname"}  # links that lead out, or could
        source_tree = tree(Path(folder) / "src")
        found = tree(Path(folder) / "out" / "src")
        for name, what in source_tree.items():
            if isinstance(what, str) and what in left_out:
                continue
            assert found.pop(name) == what, name
        assert set(found) <= {name for name, what in source_tree.items() if what == "../x"}


@given(data=st.binary(max_size=3000))
@settings(max_examples=15, deadline=None)
def test_whatever_bytes_are_unpacked_end_with_a_sentence(data: bytes) -> None:
    for head in (b"", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"PK\3\4"):
        with TemporaryDirectory() as folder:
            (Path(folder) / "a").write_bytes(head + data)
            said = unpack_in(Path(folder))
            assert "message" in said or not said.get("error")


def unpack_in(folder: Path) -> "dict[str, object]":
    limits = {"bytes": 10**7, "files": 100, "ratio": 100, "free": 10**6, "name": "x", "tar": False}
    command = [sys.executable, "-I", "-X", "utf8", str(extracting.PROGRAM), msgspec.json.encode(limits).decode()]
    (folder / "out").mkdir()
    with (folder / "a").open("rb") as source:
        result = subprocess.run(command, cwd=folder / "out", stdin=source, capture_output=True, check=False)
    assert result.stderr == b"", result.stderr.decode()
    lines = io.BytesIO(result.stdout).readlines()
    return msgspec.json.decode(lines[-1], type=dict[str, object])
