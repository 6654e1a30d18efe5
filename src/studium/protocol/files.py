"""Messages of a project's files: ``/projects/{project_id}/files``, ``/operations``, ``/events`` and ``/run``.

Paths are relative to the project's home, with ``/`` between names, NFC not enforced, never ``.`` or ``..``; the empty
path is the home.
"""

from enum import StrEnum

import msgspec

from studium.protocol.errors import ErrorBody
from studium.protocol.ids import AccountId
from studium.protocol.jobs import FollowJobs, Jobs
from studium.protocol.kernels import KernelSpec, KernelSpecs, ListSpecs


class EntryKind(StrEnum):
    """What a directory entry is. A link is shown as what it leads to, with ``link`` set; ``other`` is neither."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name in a directory. ``modified_at`` is Unix time in seconds."""

    name: str
    kind: EntryKind
    size_bytes: int = 0
    modified_at: float = 0.0
    link: bool = False


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe"):
    """To ``/events``: send this directory and, until ``Unsubscribe``, what changes in it."""

    path: str


class Unsubscribe(msgspec.Struct, frozen=True, tag="unsubscribe"):
    """To ``/events``: send no more of this directory."""

    path: str


class Directory(msgspec.Struct, frozen=True, omit_defaults=True, tag="directory"):
    """From ``/events``: all that is in a directory, in no order. ``truncated``: there is more than the limit."""

    path: str
    entries: list[Entry]
    truncated: bool = False


class DirectoryChanged(msgspec.Struct, frozen=True, tag="directory_changed"):
    """From ``/events``: entries that are new or changed, and names that are gone."""

    path: str
    entries: list[Entry]
    removed: list[str]


class DirectoryFailed(msgspec.Struct, frozen=True, tag="directory_failed"):
    """From ``/events``: the directory cannot be shown (any more); the subscription has ended."""

    path: str
    error: ErrorBody


class FollowPeople(msgspec.Struct, frozen=True, tag="follow_people"):
    """To ``/events``: send ``People`` now and whenever it changes."""


class Person(msgspec.Struct, frozen=True):
    """Somebody who has a document open. ``colour`` is 0–11, ``avatar`` the hash of their picture, if there is one."""

    path: str
    account_id: AccountId
    name: str
    colour: int
    avatar: str | None = None


class People(msgspec.Struct, frozen=True, tag="people"):
    """From ``/events``: who has which documents open, each once a document, who came last at the end."""

    people: list[Person]


EventsToServer = Subscribe | Unsubscribe | FollowPeople | ListSpecs | FollowJobs
"""``ListSpecs`` asks for the kernels that a new notebook can have; the answer is ``KernelSpecs``."""
EventsToClient = Directory | DirectoryChanged | DirectoryFailed | People | KernelSpecs | Jobs
"""``Jobs`` only to whoever asked by ``FollowJobs``."""


class CreateFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="create_file"):
    """To ``POST /operations``: make a file; an existing one is a ``conflict``. One whose name ends with ``.ipynb`` is a
    notebook with one empty cell, for ``kernel``, or for Python where none is named; every other file is empty."""

    path: str
    kernel: KernelSpec | None = None


class CreateFolder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="create_folder"):
    """To ``POST /operations``: make a folder, and those above it."""

    path: str


class Duplicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="duplicate"):
    """To ``POST /operations``: copy a file, with what was typed last, beside itself under a free name."""

    path: str


class Rename(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="rename"):
    """To ``POST /operations``: rename or move; an existing target is a ``conflict``, never overwritten."""

    path: str
    to: str


class Trash(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="trash"):
    """To ``POST /operations``: move to the trash. The answer's ``trash_id`` restores it."""

    path: str


class Restore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="restore"):
    """To ``POST /operations``: bring back what ``Trash`` removed, beside a new file of that name if there is one."""

    trash_id: str


Operation = CreateFile | CreateFolder | Duplicate | Rename | Trash | Restore


class OperationAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done: ``path`` is where the thing is now."""

    path: str
    trash_id: str | None = None


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /run``: run a shell command in the project's inner ring, in the folder ``path``."""

    command: str
    path: str = ""
    timeout_seconds: float = 60.0


class RunAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """``exit_code`` is negative for a signal; ``reason`` says what ended a command that did not end by itself
    (time, memory). Output past the limit is cut and ``truncated`` is set."""

    exit_code: int
    stdout: str
    stderr: str
    truncated: bool = False
    reason: str | None = None
