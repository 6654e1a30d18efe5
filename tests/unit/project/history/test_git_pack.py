"""Packs that git itself reads, checks and takes apart."""

import os
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from studium.project.history.git_pack import BLOB, MAX_CHAIN, PackWriter, delta
from support.git import git


def unpacked(folder: Path, contents: list[bytes]) -> list[bytes]:
    """These contents, each stored as a change of the one before, as git reads them."""
    git(folder, "init", "--quiet", "--bare", ".")
    with (folder / "pack").open("w+b") as file:
        writer = PackWriter(file)
        names: list[bytes] = []
        for number, content in enumerate(contents):
            names.append(writer.add(BLOB, content, (names[-1], contents[number - 1]) if names else None))
        name, index = writer.finish()
    base = folder / "objects" / "pack" / f"pack-{name}"
    (folder / "pack").rename(base.with_suffix(".pack"))
    base.with_suffix(".idx").write_bytes(index)
    git(folder, "verify-pack", f"{base}.idx")
    git(folder, "index-pack", "--strict", f"{base}.pack", "-o", str(folder / "again.idx"))
    assert (folder / "again.idx").read_bytes() == index
    return [git(folder, "cat-file", "blob", each.hex()).encode("utf-8", "surrogateescape") for each in names]


def test_git_reads_a_long_chain_of_changes_and_big_objects(tmp_path: Path) -> None:
    middle = bytes(range(256)) * 400
    contents = [b"", b"a", b"\0" * 70_000]
    contents += [b"head %d\n" % number + middle + b"\ntail" * number for number in range(MAX_CHAIN + 5)]
    # Copies of 64 KiB and of more than fit one instruction, and an insertion larger than what is compared.
    contents += [b"x" * 65_536, b"x" * 65_536 + b"y", b"z" * (2**24 + 5), b"z" * (2**24 + 5) + b"!", os.urandom(2**21)]
    contents += [contents[3], contents[0]]
    assert unpacked(tmp_path, contents) == contents


PIECES = st.lists(
    st.sampled_from([b"line\n", b"another\n", "é🙂\n".encode(), b"\x85\x1c\r", b"", b"x" * 300]), max_size=30
)


@settings(deadline=None)
@given(PIECES, PIECES)
@example([b"abc"], [b"abcabc"])
@example([b"abcabc"], [b"abc"])
def test_a_change_makes_the_new_of_the_old(old: list[bytes], new: list[bytes]) -> None:
    before, after = b"".join(old), b"".join(new)
    assert changed(before, delta(before, after)) == after
    assert changed(after, delta(after, before)) == before


def changed(old: bytes, change: bytes) -> bytes:
    """Git's ``patch_delta``."""
    position = 0

    def size() -> int:
        nonlocal position
        number = shift = 0
        while True:
            byte = change[position]
            position += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    assert size() == len(old)
    length = size()
    out = b""
    while position < len(change):
        command = change[position]
        position += 1
        if command & 128:
            numbers = [0] * 7
            for bit in range(7):
                if command >> bit & 1:
                    numbers[bit] = change[position]
                    position += 1
            start, count = int.from_bytes(numbers[:4], "little"), int.from_bytes(numbers[4:], "little") or 0x10000
            assert start + count <= len(old)
            out += old[start : start + count]
        else:
            assert command
            out += change[position : position + command]
            position += command
    assert len(out) == length
    return out


@settings(max_examples=6, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8))
def test_git_reads_what_was_written(contents: list[list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        joined = [b"".join(pieces) for pieces in contents]
        assert unpacked(Path(folder), joined) == joined


def test_a_change_of_a_few_letters_takes_a_few_bytes() -> None:
    text = b"".join(b"line %d of a long text\n" % number for number in range(5_000))
    edited = text.replace(b"line 7 of", b"line 7, of").replace(b"line 4999 of", b"the last line of")
    assert len(delta(text, edited)) < 100
