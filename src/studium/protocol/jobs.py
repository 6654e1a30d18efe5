"""Jobs: acts on files that take a while. ``POST /projects/{project_id}/operations`` starts and ends one, ``/events``
tells of all of them.

A job belongs to the project, not to the page that asked for it: it goes on when the page closes, and everybody in the
project sees it. Nothing is half done for good: what a job that fails or is cancelled has made is either whole (and its
counts say how much) or gone.
"""

from enum import StrEnum

import msgspec

from studium.protocol.errors import ErrorBody
from studium.protocol.ids import AccountId


class Clash(StrEnum):
    """What a job does where a name is taken. ``fail``: nothing at all is done, and the ``conflict`` has (up to 100 of)
    the taken names in ``data.taken``, so that a page can ask and start again with another choice."""

    FAIL = "fail"
    REPLACE = "replace"
    KEEP_BOTH = "keep_both"
    SKIP = "skip"


class ArchiveFormat(StrEnum):
    """Kinds of archive that are made. More are extracted: see ``Extract``."""

    ZIP = "zip"
    TAR_GZ = "tar.gz"
    TAR = "tar"


class Copy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="copy"):
    """Copy files and folders, with all below them, into the folder ``to``. What was typed last is saved first."""

    paths: list[str]
    to: str
    clash: Clash = Clash.FAIL


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="move"):
    """Move files and folders into the folder ``to``; open documents go along."""

    paths: list[str]
    to: str
    clash: Clash = Clash.FAIL


class TrashMany(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="trash_many"):
    """Move files and folders to the trash. The finished job has their ``trash_ids``."""

    paths: list[str]


class Compress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="compress"):
    """Make an archive of files and folders at the new path ``to``, which is a ``conflict`` when it is taken."""

    paths: list[str]
    to: str
    format: ArchiveFormat = ArchiveFormat.ZIP


class Extract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="extract"):
    """Unpack the archive ``path`` (zip; tar, also compressed by gzip, bzip2, xz; a single compressed file) into the
    folder ``to``, which is made if need be; without one, into a new folder beside the archive, named after it."""

    path: str
    to: str | None = None
    clash: Clash = Clash.FAIL


class FetchUrl(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="fetch_url"):
    """Download ``url`` (http or https) by a program in the project's inner ring, into the folder ``to``, under ``name``
    or the name that the answer or the address gives it."""

    url: str
    to: str
    name: str | None = None
    clash: Clash = Clash.KEEP_BOTH


class CancelJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cancel_job"):
    """End a job that runs. One that has ended is left alone."""

    job_id: str


class EmptyTrash(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="empty_trash"):
    """Delete what is in the trash for good: what ``trash_ids`` names, or all of it."""

    trash_ids: list[str] | None = None


JobOperation = Copy | Move | TrashMany | Compress | Extract | FetchUrl | EmptyTrash
"""What starts a job. The answer to the request is ``JobAnswer``, at once, and an error when it cannot even begin."""


class JobAnswer(msgspec.Struct, frozen=True):
    """The job that was started."""

    job_id: str


class JobState(StrEnum):
    """Where a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One job. ``kind`` is the tag of the operation; ``what`` a name for people (“week1.ipynb” or “12 items”); ``to``
    the folder or file that it makes or fills. Totals are None as long as they are not known. A job that has ended stays
    for a minute. ``path`` is where the first thing is that a finished job made."""

    job_id: str
    kind: str
    what: str
    account_id: AccountId
    started_at: float
    state: JobState = JobState.RUNNING
    to: str = ""
    done_bytes: int = 0
    total_bytes: int | None = None
    done_files: int = 0
    total_files: int | None = None
    skipped_files: int = 0
    path: str | None = None
    trash_ids: list[str] = []
    error: ErrorBody | None = None


class FollowJobs(msgspec.Struct, frozen=True, tag="follow_jobs"):
    """To ``/events``: send ``Jobs`` now and whenever one begins, gets on (four times a second at most) or ends."""


class Jobs(msgspec.Struct, frozen=True, tag="jobs"):
    """From ``/events``: all jobs of the project that run or have just ended, oldest first."""

    jobs: list[Job]


class TrashedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something in the trash. ``path`` is where it was; ``deleted_at`` is Unix time; ``size_bytes`` is of a file."""

    trash_id: str
    path: str
    deleted_at: float
    is_folder: bool = False
    size_bytes: int = 0


class TrashListing(msgspec.Struct, frozen=True, omit_defaults=True):
    """``GET /projects/{project_id}/trash``: newest first; ``truncated`` when there is more than the limit."""

    items: list[TrashedItem]
    truncated: bool = False


class PrepareArchive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /projects/{project_id}/archives``: what is to be downloaded as one archive; ``[""]`` is the whole
    project. Whoever may read may ask. The archive is made while ``GET /projects/{project_id}/archives/{archive_id}``
    is answered, which works for five minutes."""

    paths: list[str]
    format: ArchiveFormat = ArchiveFormat.ZIP


class ArchiveReady(msgspec.Struct, frozen=True):
    """Where the download is: its id and the name of the file."""

    archive_id: str
    name: str


class CopyToProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/projects/{project_id}/copies``, answered by the hub as ``CopiedToProject``: copy files and folders of
    this project, which the asker may read, into the folder ``to`` of another, which they may write. Both must run."""

    paths: list[str]
    to_project_id: str
    to: str = ""
    clash: Clash = Clash.FAIL


class CopiedToProject(msgspec.Struct, frozen=True):
    """How much was copied."""

    files: int
    bytes: int
