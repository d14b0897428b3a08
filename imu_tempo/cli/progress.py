"""A sign of life for whatever takes more than a second; silent when nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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


@contextmanager
def stepping(what: str) -> Iterator[Callable[[int, int, Path], None]]:
    """Give a function to tell each step to (number from 1, how many, file); shown as a bar on a terminal."""
    from imu_tempo.live.terminal import make_console

    console = make_console(stderr=True)
    if not console.is_terminal:
        yield lambda number, of, path: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def step(number: int, of: int, path: Path) -> None:
            progress.update(task, completed=number - 1, total=of, description=f"{what}: {path.name}")

        yield step
