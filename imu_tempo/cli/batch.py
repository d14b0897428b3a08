"""The command that analyses thousands of recordings: here, on all cores, or on a cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.options import edits_option, lifting_options, measuring_options, unit_check_option
from imu_tempo.cli.reading import reading_options
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client

    from imu_tempo.batch import BatchResult
    from imu_tempo.formats.readers import ReadOptions

_TOLD = 10
"""Failures that are told one by one; the rest are counted."""
_CONNECT_S = 10.0


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder of the dataset; what is in it from an earlier run is kept up to date.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes to work in.  [default: this one]"
)
@click.option("--scheduler", metavar="ADDRESS", help="Analyse on a Dask cluster, such as tcp://host:8786.")
@lifting_options
@measuring_options
@reading_options
@unit_check_option
@edits_option
def batch(
    folders: tuple[Path, ...],
    out: Path,
    workers: int | None,
    scheduler: str | None,
    lifting: Lifting,
    reading: ReadOptions | None,
    check_units: bool,
    edited: bool,
) -> int:
    """Analyse all recordings in folders into one dataset of Parquet tables.

    DIR is a recording, or a folder that holds recordings at any depth, or tables with the columns that
    'analyze' takes; with --format or --map all tables are those of another tool. Exercise, load, tempo and
    athlete are those of each recording unless they are given here.

    The dataset has a folder for each table (sessions, sets, reps, rejected, eccentric, fatigue, errors) with
    a Parquet part a session, and batch.json with the parameters. A run that was stopped goes on where it was;
    one over the same recordings analyses only what has changed. The history is left alone: nothing goes into
    it, and no one-rep max or body mass comes from it.
    """
    from imu_tempo.batch import analyze_many

    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers and --scheduler exclude each other: choose one.")
    with _executor(workers, scheduler) as executor:
        result = analyze_many(
            folders,
            executor,
            out=out,
            exercise=lifting.exercise,
            load_kg=lifting.load_kg,
            tempo=lifting.tempo,
            athlete=lifting.athlete,
            definitions=lifting.definitions,
            calibration=lifting.calibration,
            context=lifting.context,
            edits=edited,
            check_units=check_units,
            reading=reading,
        )
    _tell(result, out)
    return 1 if result.failed else 0


@contextmanager
def _executor(workers: int | None, scheduler: str | None) -> Iterator[Executor | None]:
    if scheduler is not None:
        with _cluster(scheduler) as executor:
            yield executor
    elif workers is not None:
        from imu_tempo.batch import ProcessPool

        pool = ProcessPool(workers)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
    else:
        yield None


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise TempoError(
            "--scheduler needs Dask, which is not installed: pip install 'imu-tempo[cluster]'."
        ) from error
    logging.disable(logging.CRITICAL)  # it logs tracebacks of what we say in a sentence
    try:
        with _connected(Client, scheduler) as client:
            yield client.get_executor()
    finally:
        logging.disable(logging.NOTSET)


def _connected(client: type[Client], scheduler: str) -> Client:
    try:
        return client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise TempoError(
            f"there is no Dask scheduler at {scheduler} ({error}): start one with 'dask scheduler', and"
            " workers with 'dask worker'."
        ) from error


def _tell(result: BatchResult, out: Path) -> None:
    counts = {
        "analysed": result.analysed,
        "unchanged": result.unchanged,
        "left out as copies": result.copies,
        "failed": result.failed,
        "removed": len(result.removed),
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    click.echo(f"{out}: {told}; {result.manifest['sessions']} sessions in all.")
    errors = result.errors if result.failed or result.copies else None
    if errors is not None:
        for source, message in zip(errors.source[:_TOLD], errors.message[:_TOLD], strict=True):
            where = "" if source in message else f"{source}: "
            click.echo(f"imu-tempo: {where}{message}", err=True)
        if len(errors) > _TOLD:
            click.echo(f"imu-tempo: and {len(errors) - _TOLD} more, in {out / 'errors'}.", err=True)


COMMANDS = (batch,)
