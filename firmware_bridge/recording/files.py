"""Files that survive a crash: atomic replacement, folder sync, a lock, and errors in plain words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from firmware_bridge.errors import RecordingError

try:
    import fcntl
except ImportError:  # Windows has no flock; there a recording in use is not told from one left open
    fcntl = None  # type: ignore[assignment]

TEMPORARY_SUFFIX = ".partial"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def recording_error(error: OSError, path: Path, doing: str) -> RecordingError:
    """Put an operating-system error into one sentence: what failed, where, and what to do."""
    if error.errno in _FULL:
        message = f"cannot {doing} {path}: the disk is full; free some space, what was written before is safe"
    elif error.errno in _FORBIDDEN:
        message = f"cannot {doing} {path}: no permission; choose another folder or change its rights"
    elif error.errno == errno.ENOENT:
        message = f"cannot {doing} {path}: no such file or folder; check the name"
    else:
        message = f"cannot {doing} {path}: {error.strerror or error}"
    return RecordingError(message, path=str(path))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears whole or not at all, whatever happens meanwhile."""
    partial = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise recording_error(error, path, "write") from error


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file until it is closed; False if another process holds it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
