"""What the operating system says about a file, as an error for a person."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from studium.project.files.paths import invalid_path, shown
from studium.protocol.errors import ErrorCode, StudiumError


def file_error(error: OSError, path: str) -> StudiumError:
    """What the operating system said, in a sentence that names the path and the next step."""
    name = shown(path)
    match error.errno:
        case errno.ENOENT:
            return StudiumError(ErrorCode.NOT_FOUND, f"There is no file or folder {name}.", path=path)
        case errno.ENOTDIR:
            return StudiumError(ErrorCode.NOT_FOUND, f"Part of the path {name} is a file, not a folder.", path=path)
        case errno.EEXIST | errno.ENOTEMPTY:
            message = f"There is already something named {name}. Choose another name."
            return StudiumError(ErrorCode.CONFLICT, message, path=path)
        case errno.EXDEV:
            message = f"{name} is, or goes through, a link that leads out of the project. Copy what you need into it."
            return StudiumError(ErrorCode.NOT_PERMITTED, _sentence(message), path=path)
        case errno.ELOOP:
            return invalid_path(path, f"The links in {name} lead in a circle. Remove one of them.")
        case errno.ENAMETOOLONG:
            return invalid_path(path, f"The path {name} is too long for the file system. Use shorter names.")
        case errno.EACCES | errno.EPERM:
            message = f"The permissions of {name} do not allow this. Change them with chmod in a terminal."
            return StudiumError(ErrorCode.NOT_PERMITTED, message, path=path)
        case errno.EROFS:
            return StudiumError(ErrorCode.NOT_PERMITTED, f"The file system of {name} is read-only.", path=path)
        case errno.ENOSPC | errno.EDQUOT:
            message = f"The disk is full: {name} was not written. Delete what you do not need, then try again."
            return StudiumError(ErrorCode.DISK_FULL, message, path=path)
        case errno.EFBIG:
            return StudiumError(ErrorCode.TOO_LARGE, f"{_sentence(name)} is too large for the file system.", path=path)
        case errno.EISDIR:
            return invalid_path(path, f"{_sentence(name)} is a folder, not a file.")
        case errno.ETXTBSY | errno.EBUSY:
            return StudiumError(ErrorCode.CONFLICT, f"{_sentence(name)} is in use. Try again later.", path=path)
        case errno.EAGAIN:
            message = f"{_sentence(name)} is being moved at this moment. Try again."
            return StudiumError(ErrorCode.CONFLICT, message, path=path)
        case errno.EMFILE | errno.ENFILE:
            message = "Too many files are open in this project at once. Close some and try again."
            return StudiumError(ErrorCode.UNAVAILABLE, message, path=path)
        case _:
            reason = os.strerror(error.errno) if error.errno else str(error)
            message = f"The file system refused {name}: {reason.lower()}. Try again."
            return StudiumError(ErrorCode.INTERNAL, message, path=path)


def out_of_space(error: OSError, what: str) -> StudiumError:
    """What the operating system said while Studium wrote files of its own; ``what`` was not done."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StudiumError(ErrorCode.DISK_FULL, f"{what}, because the disk is full. Free some space and try again.")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StudiumError(ErrorCode.INTERNAL, f"{what}: {reason.lower()}. Try again.")


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """Turn each ``OSError`` of the block into the error for a person."""
    try:
        yield
    except OSError as error:
        raise file_error(error, path) from error


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
