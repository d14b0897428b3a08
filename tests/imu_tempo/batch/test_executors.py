"""The same numbers wherever they are reckoned: threads, processes, a Dask cluster; and whoever dies there."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from imu_tempo import analyze_many
from imu_tempo.batch import Dataset, ProcessPool, Step
from imu_tempo.errors import TempoError
from tests.imu_tempo.batch.dying import FATAL, die, fails, fatal, process_id
from tests.imu_tempo.batch.made_recordings_many import LOADS_KG, contents, copied


@pytest.fixture(scope="module")
def here(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the dataset is when everything is done in this process."""
    out = tmp_path_factory.mktemp("here")
    analyze_many(recordings, out=out)
    return contents(out)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    with ProcessPool(2) as processes:
        yield processes


def test_threads_give_the_same_to_the_bit(recordings: Path, here: dict[str, bytes], tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        analyze_many(recordings, threads, out=tmp_path / "out")
    assert contents(tmp_path / "out") == here


def test_a_pool_hands_on_what_the_work_raises(pool: ProcessPool) -> None:
    with pytest.raises(ValueError, match="as asked"):
        pool.submit(fails).result()


def test_a_pool_that_is_closed_takes_nothing() -> None:
    pool = ProcessPool(1)
    waiting = [pool.submit(process_id) for _ in range(20)]
    pool.shutdown(cancel_futures=True)
    assert all(future.done() for future in waiting)
    assert any(future.cancelled() for future in waiting)
    with pytest.raises(RuntimeError):
        pool.submit(process_id)


def test_a_recording_that_kills_its_process_is_a_row_of_errors(
    own: Path, pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "1.tempo").rename(own / FATAL)
    monkeypatch.setattr("imu_tempo.batch.dispatch.work", fatal)
    many = analyze_many(own, pool)
    assert (many.analysed, many.failed) == (len(LOADS_KG) - 1, 1)
    (row,) = many.errors.to_dict("records")
    assert (row["kind"], row["source"]) == ("worker", str(own / FATAL))
    assert "died" in row["message"]
    assert pool.submit(process_id).result() != os.getpid()


def test_a_broken_executor_ends_the_run_with_a_sentence_and_what_is_done_is_kept(
    recordings: Path, tmp_path: Path
) -> None:
    class BrokenAfterTwo(Executor):
        calls = 0

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.calls += 1
            if self.calls > 2:
                return ProcessPoolExecutor(1).submit(die)
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    out = tmp_path / "out"
    with pytest.raises(TempoError, match=r"works no more .* run it again"):
        analyze_many(recordings, BrokenAfterTwo(), out=out)
    assert len(Dataset(out).sessions) == 2
    assert Dataset(out).manifest["complete"] is False
    assert analyze_many(recordings, out=out).unchanged == 2


CUT_OFF = """
import os, signal, sys
from imu_tempo import analyze_many

def cut_off(step):
    if step.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

analyze_many(sys.argv[1], out=sys.argv[2], on_step=cut_off)
"""


def test_a_run_that_is_killed_goes_on(recordings: Path, here: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = subprocess.run([sys.executable, "-c", CUT_OFF, recordings, out], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert Dataset(out).manifest["complete"] is False
    again = analyze_many(recordings, out=out)
    assert (again.analysed, again.unchanged) == (2, 2)
    assert contents(out) == here


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler on loopback with two workers, each a process; nobody brings a dead one back."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed (extra: cluster)")
    import dask

    # a death is what these tests are about: its log is noise
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    quiet = {
        "distributed.logging.distributed": "critical",
        "distributed.admin.system-monitor.gil.enabled": False,
    }
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
        ) as made,
    ):
        yield made


@pytest.mark.timeout(60)
def test_a_cluster_gives_the_same_to_the_bit_though_a_worker_dies_in_the_middle(
    own: Path, tmp_path: Path, cluster: Any
) -> None:
    from distributed import Client

    for number in range(8):  # enough for both workers to have some left
        twin = copied(own / f"{number % 4}.tempo", own / f"twin-{number}.tempo")
        manifest = twin / "manifest.json"
        manifest.write_text(manifest.read_text().replace("2026-03-0", f"2026-0{number // 4 + 4}-0"))
    analyze_many(own, out=tmp_path / "here")

    with Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
        killed: list[int] = []

        def kill_in_the_middle(step: Step) -> None:
            if step.what == "analysed" and not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(step.done)

        many = analyze_many(own, client.get_executor(), out=tmp_path / "out", on_step=kill_in_the_middle)
    assert killed
    assert killed[0] < many.analysed == 12
    assert many.failed == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "here")
