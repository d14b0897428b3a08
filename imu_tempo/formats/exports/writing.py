"""A file that appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from imu_tempo.errors import TempoError

PathOrName = str | PathLike[str]


@contextmanager
def whole(path: PathOrName) -> Iterator[Path]:
    """Give a place to write to; what is there afterwards takes the file's place at once.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    target = Path(path)
    half = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield half
        os.replace(half, target)  # noqa: PTH105 - a reader sees the old file or the new one, nothing between
    except OSError as error:
        _remove(half)
        raise TempoError(
            f"{target} cannot be written ({(error.strerror or str(error)).lower()}): choose another place"
            " with -o."
        ) from error
    except BaseException:
        _remove(half)
        raise


def _remove(half: Path) -> None:
    with suppress(OSError):  # where nothing can be written, there is nothing to remove
        half.unlink(missing_ok=True)
