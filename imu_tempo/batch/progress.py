"""A bar for a run over many recordings; silent when nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(total: int, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function to tell how many recordings are done, and how many of them failed."""
    from imu_tempo.live.terminal import make_console

    console = make_console(stderr=True)
    if not shown or not console.is_terminal:
        yield lambda done, failed: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress("recordings", *columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)

        def tell(done: int, failed: int) -> None:
            progress.update(task, completed=done, description=f"{failed} failed" if failed else "")

        yield tell


def say(notice: str, *, shown: bool) -> None:
    """Say something on stderr, where that is a terminal."""
    from imu_tempo.live.terminal import make_console

    console = make_console(stderr=True)
    if shown and console.is_terminal:
        console.print(notice, markup=False)
