"""The history of a document as a git repository: a zip file that unpacks to a folder with the file, one commit a burst.
A named version is a commit too, and has its name as a tag.

It is made whole in a file without a name before a byte of it is sent: whatever goes wrong is a sentence and no broken
download, and neither its texts nor what came of them are in memory together.
"""

import itertools
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from studium.project.files.errors import out_of_space
from studium.project.files.paths import shown
from studium.project.history.bursts import bursts_of, cut_after
from studium.project.history.git_pack import BLOB, COMMIT, TREE, PackWriter, staging_of, tree_of
from studium.project.history.log import LoggedHistory
from studium.project.history.reader import Reader
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import Burst, NamedVersion
from studium.protocol.ids import AccountId

MAX_BURSTS = 10_000
MAX_TEXT_BYTES = 1024**3
"""Commits, and the length of all their texts together, which takes some ten seconds to go through."""

MAX_PACK_BYTES = 256 * 1024**2
"""What git stores of that: some hundred times less, for a text that was written and not pasted over and over."""

_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = false\n\tlogallrefupdates = true\n"
_UNSAFE = re.compile(r'[<>:"/\\|?*~]')  # in the names of files, somewhere
_UNTAGGED = re.compile(r"[\s~^:?*\[\\/]+|\.\.+|@\{|^@$")
_MAX_NAME_BYTES = 200
_MAX_PERSON = 100
_ZIP_TIMES = 315_532_800, 4_354_819_198  # the years 1980 to 2107 are all that a zip file can say


class Export(NamedTuple):
    """A zip file, at its start, and what to call it."""

    name: str
    file: BinaryIO
    size: int


def export_git(
    reader: Reader, path: str, history: LoggedHistory, names: Mapping[AccountId, str], folder: Path
) -> Export:
    """Make it, with files without a name in ``folder``. ``names`` are those of people."""
    name = safe_name(path.rpartition("/")[2])
    try:
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (who asked closes it)
        try:
            with tempfile.TemporaryFile(dir=folder) as pack, ZipFile(file, "w", ZIP_DEFLATED) as archive:
                _write(reader, path, history, names, name, pack, archive)
            size = file.seek(0, 2)
            file.seek(0)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise out_of_space(error, "The history was not exported") from error
    return Export(f"{name}-history.zip", file, size)


def _write(
    reader: Reader,
    path: str,
    history: LoggedHistory,
    names: Mapping[AccountId, str],
    name: str,
    pack: BinaryIO,
    archive: ZipFile,
) -> None:
    writer = PackWriter(pack)
    named_versions = reader.log.named_versions(history.number)[::-1]
    bursts = _bursts(reader, path, history, named_versions)
    tags: dict[str, bytes] = {}
    total = 0
    commit = blob = content = b""
    for burst, text in zip(bursts, reader.texts(history, bursts), strict=True):
        before, content = content, text.encode()
        total += len(content)
        if total > MAX_TEXT_BYTES or writer.size > MAX_PACK_BYTES:
            raise _too_large(path, "text in the history")
        blob = writer.add(BLOB, content, (blob, before) if blob else None)
        tree = writer.add(TREE, tree_of(name, blob))
        counts = reader.log.authors(history.number, burst.first, burst.last)
        named = [each.name for each in named_versions if each.version == burst.last]
        commit = writer.add(COMMIT, _commit(name, burst, counts, names, named, tree, commit))
        for title in named:
            tags[_free_tag(title, tags)] = commit
        reader.pace.breathe()
    pack_name, index = writer.finish()
    folder = f"{name}-history"
    at = time.gmtime(min(max(bursts[-1].ended_at, _ZIP_TIMES[0]), _ZIP_TIMES[1]))[:6]
    for inside, data in (
        (name, content),
        (".git/HEAD", b"ref: refs/heads/main\n"),
        (".git/config", _CONFIG),
        (".git/refs/heads/main", commit.hex().encode() + b"\n"),
        (".git/packed-refs", "".join(f"{goal.hex()} refs/tags/{tag}\n" for tag, goal in tags.items()).encode()),
        (".git/index", staging_of(name, blob)),
        (f".git/objects/pack/pack-{pack_name}.idx", index),
    ):
        archive.writestr(_entry(f"{folder}/{inside}", at, ZIP_DEFLATED), data)
    pack.seek(0)
    with archive.open(_entry(f"{folder}/.git/objects/pack/pack-{pack_name}.pack", at, ZIP_STORED), "w") as entry:
        shutil.copyfileobj(pack, entry, 256 * 1024)


def _entry(name: str, at: tuple[int, ...], compression: int) -> ZipInfo:
    info = ZipInfo(name, (at[0], at[1], at[2], at[3], at[4], at[5]))
    info.compress_type = compression
    info.external_attr = 0o100644 << 16
    return info


def _bursts(reader: Reader, path: str, history: LoggedHistory, named: list[NamedVersion]) -> list[Burst]:
    """All of them, the oldest first, and cut after the named versions, which come likewise."""
    with closing(reader.log.rows(history.number, None)) as rows:
        bursts = list(islice(bursts_of(rows), MAX_BURSTS + 1))
    if not bursts:
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            f"Nothing has been written in {shown(path)} yet, so there is no history to export.",
            path=path,
        )
    if len(bursts) > MAX_BURSTS:
        raise _too_large(path, "history")
    ends = [(each.version, each.version_at) for each in named]
    return [part for burst in reversed(bursts) for part in cut_after(burst, ends)]


def _too_large(path: str, what: str) -> StudiumError:
    return StudiumError(
        ErrorCode.TOO_LARGE,
        f"There is too much {what} of {shown(path)} for one download. A script can read its versions one by one.",
        path=path,
    )


def _commit(
    name: str,
    burst: Burst,
    counts: list[tuple[AccountId | None, int]],
    names: Mapping[AccountId, str],
    named: list[str],
    tree: bytes,
    parent: bytes,
) -> bytes:
    """The content of a commit. Its author is who wrote most; others who took part are named as git hosts read it."""
    people = [(*person(account_id, names), count) for account_id, count in counts]
    who, address, _ = people[0]
    stamp = f"{who} <{address}> {max(0, int(burst.ended_at))} +0000"
    done = ", ".join(f"{count} {'edit' if count == 1 else 'edits'} by {each}" for each, _, count in people)
    versions = f"Version {burst.first}" if burst.first == burst.last else f"Versions {burst.first} to {burst.last}"
    lines = [
        f"tree {tree.hex()}",
        *([f"parent {parent.hex()}"] if parent else []),
        f"author {stamp}",
        f"committer {stamp}",
        "",
        f"Edit {name}: {done}",
        "",
        f"{versions} in Studium.",
        *(f"Named “{title}”." for title in named),
    ]
    others = [f"Co-authored-by: {each} <{mail}>" for each, mail, _ in people[1:]]
    return "\n".join([*lines, *([""] if others else []), *others, ""]).encode()


def person(account_id: AccountId | None, names: Mapping[AccountId, str]) -> tuple[str, str]:
    """Name and address of an author. The server of a project knows no addresses, so these reach nobody."""
    if account_id is None:
        return "disk", "disk@studium.invalid"
    name = "".join(_printable(names.get(account_id, ""), "<>")).strip(" .,:;\"'\\")[:_MAX_PERSON].strip()
    return name or f"Collaborator {str(account_id)[:8]}", f"{account_id}@studium.invalid"


def tag_name(name: str) -> str:
    """What git takes as the name of a tag, as near to the name of a version as that can be."""
    tag = _UNTAGGED.sub("-", "".join(_printable(name))).strip("-.")
    while len(tag.encode()) > _MAX_NAME_BYTES:
        tag = tag[:-1]
    is_taken = tag in ("", "HEAD", "main") or tag.lower().endswith(".lock")  # git has these for itself
    return f"version-{tag}-" if is_taken else tag


def _free_tag(name: str, taken: Mapping[str, bytes]) -> str:
    tag = tag_name(name)
    numbered = (f"{tag}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([tag], numbered) if each not in taken)


def safe_name(name: str) -> str:
    """A name that every system can unpack and git takes. One for git itself (``.gitignore``) loses its dot: it is the
    document here, and must do nothing."""
    name = _UNSAFE.sub("_", "".join(_printable(name)))
    if name.lower().startswith(".git"):
        name = name[1:]
    while len(name.encode()) > _MAX_NAME_BYTES:
        name = name[:-1]
    return name.rstrip(". ") or "document"


def _printable(text: str, without: str = "") -> Iterator[str]:
    return (character if character.isprintable() else "_" for character in text if character not in without)
