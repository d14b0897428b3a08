"""Files that survive a crash: atomic replacement, folder sync, a lock, and errors in plain words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from firmware_bridge.errors import RecordingError


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt = _module("fcntl"), _module("msvcrt")  # everywhere but Windows; Windows alone

TEMPORARY_SUFFIX = ".partial"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}

_LOCKED_BYTE = 2**31 - 2
"""Windows locks bytes, and keeps others from reading them: this one lies behind any journal's end, and within
the 32 bits that its C library counts in."""


class DiskFullError(RecordingError):
    """There is no room left on the disk (or in the user's share of it)."""


class LeftOutError(RecordingError):
    """The disk was too slow for too long: some of what was appended is not in the recording."""


def recording_error(error: OSError, path: Path, doing: str) -> RecordingError:
    """Put an operating-system error into one sentence: what failed, where, and what to do."""
    if error.errno in _FULL:
        message = f"cannot {doing} {path}: the disk is full; free some space, what was written before is safe"
        return DiskFullError(message, path=str(path))
    if error.errno in _FORBIDDEN:
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
        partial.unlink(missing_ok=True)  # it may be a link that somebody left, and lead anywhere
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
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
    try:
        if _fcntl is not None:
            _fcntl.flock(descriptor, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        elif _msvcrt is not None:
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)  # what is appended goes to the end all the same
            _msvcrt.locking(descriptor, _msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return True
