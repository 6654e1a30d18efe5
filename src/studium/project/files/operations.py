"""What people do to files: create, duplicate, rename, trash, restore (``POST /projects/{project_id}/operations``).

Every act is one system call that succeeds or changes nothing; two at once are decided by the kernel, never by a look
before the act.
"""

import errno
import os
import stat
from contextlib import suppress
from typing import assert_never

from studium.project.files.beneath import rename_noreplace
from studium.project.files.duplicate import duplicate
from studium.project.files.errors import file_error, file_errors
from studium.project.files.home import Home
from studium.project.files.names import in_trash, is_hidden, temporary_name
from studium.project.files.new_files import new_content
from studium.project.files.paths import clean_new_path, clean_path, invalid_path, shown
from studium.project.files.trash import Trash, make_folders
from studium.protocol import files as messages
from studium.protocol.errors import ErrorCode, StudiumError


class Operations:
    """Performs operations on a home. ``perform`` blocks: call it from a thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.trash = Trash(home)
        self._done = 0
        self._failed = 0

    def perform(self, operation: messages.Operation) -> messages.OperationAnswer:
        """Do it and say where the thing is now. Raises ``StudiumError``; nothing has changed then."""
        try:
            answer = self._perform(operation)
        except StudiumError:
            self._failed += 1
            raise
        self._done += 1
        return answer

    def place(self, operation: messages.Operation) -> str | None:
        """Where the file or folder is that an operation takes away; None when it takes none away, or only a link."""
        if not isinstance(operation, messages.Rename | messages.Trash):
            return None
        path = clean_path(operation.path)
        is_link = stat.S_ISLNK(self._home.stat(path, follow=False).st_mode)
        return None if is_link else self._home.place(path)

    def statistics(self) -> dict[str, float]:
        """Counts since the start."""
        return {"operations": self._done, "operations_failed": self._failed, **self.trash.statistics()}

    def _perform(self, operation: messages.Operation) -> messages.OperationAnswer:
        match operation:
            case messages.CreateFile(path=path, kernel=kernel):
                return self._create_file(new_path(path), new_content(path, kernel))
            case messages.CreateFolder(path=path):
                return self._create_folder(new_path(path))
            case messages.Duplicate(path=path):
                return messages.OperationAnswer(duplicate(self._home, clean_path(path)))
            case messages.Rename(path=path, to=to):
                return self._rename(clean_path(path), new_path(to))
            case messages.Trash(path=path):
                trash_id = self.trash.trash(clean_path(path))
                return messages.OperationAnswer(path=path, trash_id=trash_id)
            case messages.Restore(trash_id=trash_id):
                return messages.OperationAnswer(path=self.trash.restore(trash_id))
            case _:
                assert_never(operation)

    def _create_file(self, path: str, content: bytes) -> messages.OperationAnswer:
        """Written under another name first, so that nobody sees half of it."""
        parent_fd, name = self._home.open_parent(path)
        temporary = temporary_name()
        try:
            with file_errors(path):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                try:
                    with os.fdopen(os.open(temporary, flags, 0o666, dir_fd=parent_fd), "wb") as file:
                        file.write(content)
                    rename_noreplace(parent_fd, temporary, parent_fd, name)
                except BaseException:
                    with suppress(FileNotFoundError):
                        os.unlink(temporary, dir_fd=parent_fd)
                    raise
        finally:
            os.close(parent_fd)
        return messages.OperationAnswer(path=path)

    def _create_folder(self, path: str) -> messages.OperationAnswer:
        make_folders(self._home, path.rpartition("/")[0])
        parent_fd, name = self._home.open_parent(path)
        try:
            with file_errors(path):
                os.mkdir(name, 0o777, dir_fd=parent_fd)
        finally:
            os.close(parent_fd)
        return messages.OperationAnswer(path=path)

    def _rename(self, path: str, to: str) -> messages.OperationAnswer:
        if in_trash(path):
            raise invalid_path(path, f"{shown(path)} is in the trash. Restore it first.")
        if f"{to}/".startswith(f"{path}/") and path != to:
            raise invalid_path(to, f"{shown(path)} cannot be moved into itself.")
        from_fd, name = self._home.open_parent(path)
        try:
            to_fd, to_name = self._home.open_parent(to)
            try:
                os.stat(name, dir_fd=from_fd, follow_symlinks=False)
                rename_noreplace(from_fd, name, to_fd, to_name)
            except OSError as error:
                raise _rename_error(error, path, to) from error
            finally:
                os.close(to_fd)
        finally:
            os.close(from_fd)
        return messages.OperationAnswer(path=to)


def new_path(text: str) -> str:
    """Check the path of something to be made, which our own names are not for."""
    path = clean_new_path(text)
    folder, _, name = path.rpartition("/")
    if in_trash(path) or is_hidden(folder, name):
        raise invalid_path(text, f"The name {shown(path)} is kept for Studium itself. Choose another.")
    return path


def _rename_error(error: OSError, path: str, to: str) -> StudiumError:
    match error.errno:
        case errno.EEXIST | errno.ENOTEMPTY | errno.ENOSPC | errno.EDQUOT | errno.ENAMETOOLONG:
            return file_error(error, to)
        case errno.EXDEV:
            message = f"{shown(path)} and {shown(to)} are on different disks. Copy it, then delete the old one."
            return StudiumError(ErrorCode.NOT_PERMITTED, message, path=path, to=to)
        case errno.EINVAL:
            return invalid_path(to, f"{shown(path)} cannot be moved into itself.")
        case _:
            return file_error(error, path)
