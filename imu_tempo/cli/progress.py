"""A sign of life for whatever takes more than a second; silent when nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show a spinner on stderr while the block runs, where stderr is a terminal."""
    from imu_tempo.live.terminal import make_console

    console = make_console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
