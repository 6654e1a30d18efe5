"""Uploads that are not complete, on the disk: their bytes in a hidden folder of the home, and beside them, where no
program of the project reaches, what each is to be.
"""

import errno
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from studium.project.files.errors import file_errors, out_of_space
from studium.project.files.home import Home
from studium.project.files.names import UPLOADS
from studium.project.files.staging import put, taken
from studium.project.files.trash import Trash, make_folders, open_own_folder
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.jobs import Clash

MAX_UPLOADS: Final = 1000
"""That have begun and not ended: a folder that is uploaded has a few at a time."""


class UploadRecord(msgspec.Struct, frozen=True):
    """What an upload is to be."""

    path: str
    size_bytes: int
    account_id: AccountId
    clash: Clash


class UploadStore:
    """``folder`` is where records are kept. Methods block and raise ``StudiumError``."""

    def __init__(self, home: Home, trash: Trash, folder: Path) -> None:
        self._home = home
        self._trash = trash
        self._folder = folder
        self._coming_and_going = threading.Lock()  # the folder goes with the last upload, and comes with the first

    def create(self, upload_id: str, record: UploadRecord) -> None:
        """Begin one. Raises ``conflict`` for a name that is taken, ``rate_limited`` beyond ``MAX_UPLOADS``."""
        if record.clash is Clash.FAIL and self._is_there(record.path):
            raise taken([record.path])
        make_folders(self._home, record.path.rpartition("/")[0])
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if sum(1 for _ in self._folder.iterdir()) >= MAX_UPLOADS:
                message = f"{MAX_UPLOADS} uploads of this project are not complete. Go on with them, or cancel some."
                raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_UPLOADS)
        except OSError as error:
            raise out_of_space(error, "The upload could not begin") from error
        with self._coming_and_going, file_errors(record.path):
            folder = self._open_folder()
            try:
                space = os.fstatvfs(folder)
                if record.size_bytes > space.f_bavail * space.f_frsize:
                    raise OSError(errno.ENOSPC, "full")
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                os.close(os.open(upload_id, flags, 0o666, dir_fd=folder))
            finally:
                os.close(folder)
        try:
            (self._folder / f"{upload_id}.json").write_bytes(msgspec.json.encode(record))
        except OSError as error:
            self.forget(upload_id)
            raise out_of_space(error, "The upload could not begin") from error

    def read(self, upload_id: str) -> UploadRecord | None:
        """What an upload is to be; None when it is not known."""
        if len(upload_id) != 32 or not upload_id.isalnum():
            return None
        try:
            return msgspec.json.decode((self._folder / f"{upload_id}.json").read_bytes(), type=UploadRecord)
        except (OSError, msgspec.MsgspecError):
            return None

    def _open_folder(self) -> int:
        home = self._home.open("", os.O_PATH | os.O_DIRECTORY)
        try:
            with file_errors(UPLOADS):
                return open_own_folder(UPLOADS, home)
        finally:
            os.close(home)

    def open(self, upload_id: str, flags: int) -> int:
        """The bytes that have come; a program of the project may have done anything to them."""
        folder = self._open_folder()
        try:
            fd = os.open(upload_id, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            raise _lost() from None
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise _lost()
        return fd

    def size(self, upload_id: str) -> int:
        """How many bytes have come."""
        fd = self.open(upload_id, os.O_RDONLY)
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)

    def place(self, upload_id: str, record: UploadRecord) -> None:
        """Give the file its name. Raises ``conflict``, and the upload stays then."""
        fd = self.open(upload_id, os.O_RDONLY)
        try:
            if os.fstat(fd).st_size != record.size_bytes:
                raise _lost()
            with file_errors(record.path):
                if record.clash is Clash.REPLACE and (mode := self._mode(record.path)) is not None:
                    os.fchmod(fd, mode)
                os.fsync(fd)
        finally:
            os.close(fd)
        make_folders(self._home, record.path.rpartition("/")[0])
        folder = self._open_folder()
        try:
            put(self._home, self._trash, folder, upload_id, record.path, record.clash)
        finally:
            os.close(folder)
        self.forget(upload_id)

    def forget(self, upload_id: str) -> None:
        """Remove the bytes and the record."""
        (self._folder / f"{upload_id}.json").unlink(missing_ok=True)
        with suppress(StudiumError, OSError):
            folder = self._home.open(UPLOADS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                with suppress(FileNotFoundError):
                    os.unlink(upload_id, dir_fd=folder)
            finally:
                os.close(folder)
            home = self._home.open("", os.O_PATH | os.O_DIRECTORY)
            try:
                with self._coming_and_going:
                    os.rmdir(UPLOADS, dir_fd=home)  # when this was the last
            finally:
                os.close(home)

    def _mode(self, path: str) -> int | None:
        """The permissions of the file that is to be replaced."""
        with suppress(StudiumError):
            status = self._home.stat(path, follow=False)
            if stat.S_ISREG(status.st_mode):
                return stat.S_IMODE(status.st_mode)
        return None

    def _is_there(self, path: str) -> bool:
        try:
            self._home.stat(path, follow=False)
        except StudiumError as error:
            if error.code is ErrorCode.NOT_FOUND:
                return False
            raise
        return True

    def remove_old(self, busy: set[str], before: float) -> None:
        """Remove uploads that nobody has gone on with, and bytes that no record is of."""
        records = {place.stem for place in self._folder.iterdir()} if self._folder.exists() else set()
        found: dict[str, float] = {}
        with suppress(StudiumError):
            folder = self._home.open(UPLOADS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                with os.scandir(folder) as entries:
                    found = {entry.name: entry.stat(follow_symlinks=False).st_mtime for entry in entries}
            finally:
                os.close(folder)
        for upload_id in records | set(found):
            if upload_id not in busy and found.get(upload_id, 0.0) < before:
                self.forget(upload_id)


def _lost() -> StudiumError:
    message = "What was uploaded so far is not there any more. Begin the upload again."
    return StudiumError(ErrorCode.NOT_FOUND, message)
