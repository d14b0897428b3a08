"""Tasks that live exactly as long as the block that owns them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


@asynccontextmanager
async def background() -> AsyncIterator[Spawn]:
    """Give a block the means to start tasks, and end them with the block.

    A plain ``TaskGroup`` waits for its tasks and wraps the block's own exception in a group; a link's helpers
    never end by themselves, and its user expects the error that was raised. A task that fails still cancels
    the block and comes out as an ``ExceptionGroup``: that is a defect, never a radio problem.
    """
    failure: BaseException | None = None
    async with asyncio.TaskGroup() as group:
        tasks: set[asyncio.Task[None]] = set()

        def spawn(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            task = group.create_task(coroutine)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            return task

        try:
            yield spawn
        except BaseException as error:
            failure = error
        for task in list(tasks):
            task.cancel()
    if failure is not None:
        raise failure
