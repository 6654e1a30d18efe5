"""Messages of what the server reads of a file for a viewer: ``GET /projects/{project_id}/views/{path}``.

``as=archive`` lists what is in an archive; the answer is an ``ArchiveListing``.
"""

import msgspec

from studium.protocol.files import EntryKind


class ArchiveEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something in an archive. ``path`` is as the archive has it, bytes that are no UTF-8 escaped; ``size_bytes`` is
    null where the archive does not say; ``modified_at`` is Unix time; ``target`` is where a link leads."""

    path: str
    kind: EntryKind = EntryKind.FILE
    size_bytes: int | None = None
    modified_at: float | None = None
    target: str = ""
    encrypted: bool = False


class ArchiveListing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in an archive, in its own order. ``format`` is its kind, such as ``tar.gz``. ``partial`` says why not
    everything is listed."""

    format: str
    entries: list[ArchiveEntry]
    partial: str = ""
