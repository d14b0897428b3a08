"""Recordings handed to whoever analyses them, and what comes back, in whatever order it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from queue import SimpleQueue

from imu_tempo.batch.work import Failed, Outcome, Task, work
from imu_tempo.errors import TempoError

_AT_ONCE = 256
"""Recordings that are out at a time: enough to keep a large cluster busy, and no more are in memory."""


def outcomes(tasks: Iterable[Task], executor: Executor | None) -> Iterator[tuple[Task, Outcome]]:
    """Yield each task with its outcome, as they are done; without an executor they are done here.

    Raises
    ------
    TempoError
        The executor is broken, or was closed.
    """
    if executor is None:
        yield from ((task, work(task)) for task in tasks)
        return
    out: dict[Future[Outcome], Task] = {}
    back: SimpleQueue[Future[Outcome]] = SimpleQueue()
    try:
        for task in tasks:
            future = _submitted(executor, task)
            out[future] = task
            future.add_done_callback(back.put)
            while len(out) >= _AT_ONCE or not back.empty():
                future = back.get()
                yield (task := out.pop(future)), _outcome(future, task)
        while out:
            future = back.get()
            yield (task := out.pop(future)), _outcome(future, task)
    finally:
        for future in out:
            future.cancel()


def _submitted(executor: Executor, task: Task) -> Future[Outcome]:
    try:
        return executor.submit(work, task)
    except (BrokenExecutor, RuntimeError) as error:
        raise _broken(error) from error


def _outcome(future: Future[Outcome], task: Task) -> Outcome:
    try:
        return future.result()
    except (BrokenExecutor, CancelledError) as error:
        raise _broken(error) from error
    except Exception as error:  # the worker, or the way there and back
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Failed(
            "worker", f"{task.path} was lost with its worker ({reason}): analyse it on a larger machine."
        )


def _broken(error: BaseException) -> TempoError:
    reason = "it was closed" if isinstance(error, CancelledError) else " ".join(str(error).split())
    return TempoError(
        f"the executor works no more ({reason}): what is done is kept, run it again with a new one to go on."
    )
