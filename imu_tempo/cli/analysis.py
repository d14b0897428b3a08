"""Commands that turn a recording into numbers: analyze, replay, report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.keeping import Keeping, keeping_options
from imu_tempo.cli.options import edits_option, lifting_options, measuring_options, unit_check_option
from imu_tempo.cli.protocol_option import print_scored, protocol_option, scored, telling
from imu_tempo.cli.reading import reading_options
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from imu_tempo.formats import Source
    from imu_tempo.formats.readers import ReadOptions
    from imu_tempo.relabel import Edits
    from imu_tempo.result import AnalysisResult

_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@lifting_options
@measuring_options
@protocol_option
@reading_options
@unit_check_option
@edits_option
@keeping_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object a file.")
def analyze(
    files: tuple[Path, ...],
    lifting: Lifting,
    reading: ReadOptions | None,
    check_units: bool,
    edited: bool,
    keeping: Keeping,
    as_json: bool,
) -> int:
    """Find sets and reps in recordings: tempo, eccentric time under tension, velocity and fatigue.

    FILE is a recording folder, or a CSV or Parquet file with the columns t_s, acc_x_mps2, acc_y_mps2,
    acc_z_mps2 and, where there is a gyro, gyr_x_radps, gyr_y_radps, gyr_z_radps; or a file, folder or zip of
    another tool ('imu-tempo formats' lists them). The results of a recording folder go into the history, in
    the place of earlier ones.
    """
    failed = 0
    for file in files:
        try:
            source = _loaded(file, reading, check_units=check_units)
            result = _analyzed(source, lifting, keeping, edited=edited)
        except TempoError as error:
            if len(files) == 1:
                raise
            click.echo(f"imu-tempo: {' '.join(str(error).split())}", err=True)
            failed += 1
            continue
        if as_json:
            _print_json(result, lifting)
        else:
            _print_result(result)
            print_scored(lifting, result)
        if edited:
            keeping.keep(file, lifting, result, check_units=check_units)
    return 1 if failed else 0


@click.command()
@_FILE
@lifting_options
@measuring_options
@protocol_option
@reading_options
@unit_check_option
@edits_option
@keeping_options
@click.option("--realtime", is_flag=True, help="At the pace of the lifting, not at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: each event, a line each.")
def replay(
    file: Path,
    lifting: Lifting,
    reading: ReadOptions | None,
    check_units: bool,
    edited: bool,
    keeping: Keeping,
    realtime: bool,
    as_json: bool,
) -> None:
    """Run a recording through the live engine, as if it happened now."""
    from imu_tempo.engine import Engine
    from imu_tempo.events import to_json
    from imu_tempo.live.replaying import engine_events
    from imu_tempo.live.terminal import SessionView, make_console, tell_known

    source = _loaded(file, reading, check_units=check_units)
    log = _edits(source, lifting, edited=edited)
    lifting = keeping.recalled(lifting.with_labels(log.labels).completed(source), source, log)
    engine = Engine(**lifting.arguments(), info=source.info)
    events = engine_events(source, engine, pace=1.0 if realtime else None)
    if as_json:
        for event in events:
            click.echo(json.dumps(to_json(event)))
        return
    console = make_console()
    tell_known(console, lifting)
    with SessionView(console, lifting.heading(), loss=lifting.all_out) as view:
        hear = telling(lifting, console, view.show)
        for event in events:
            hear(event)
    print_scored(lifting, engine.result(source.name))
    if log:
        click.echo("\nWith the edits of imu-tempo relabel:")
        _print_result(log.apply(engine.result(source.name)))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@lifting_options
@measuring_options
@protocol_option
@reading_options
@unit_check_option
@edits_option
@keeping_options
@click.option(
    "-o",
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write: .html, .pdf or .png; may be given several times.  [default: FILE.html]",
)
@click.option(
    "--png", type=click.Path(path_type=Path), metavar="FILE", help="Write a picture as well; as another -o."
)
@click.option("--title", metavar="TEXT", help="Heading of the report.  [default: exercise and load]")
def report(
    files: tuple[Path, ...],
    lifting: Lifting,
    reading: ReadOptions | None,
    check_units: bool,
    edited: bool,
    keeping: Keeping,
    outs: tuple[Path, ...],
    png: Path | None,
    title: str | None,
) -> None:
    """Write the report of a recording, or of several as one session: a page, a PDF or a picture.

    The ending of the name says which. Several sets give a picture each, and one of the session.
    """
    from imu_tempo.cli.progress import busy
    from imu_tempo.live.outputs import write_outputs

    wanted = outs or (Path(f"{_stem(files[0])}.html"),)
    with busy("analysing"):
        sources = [_loaded(file, reading, check_units=check_units) for file in files]
        results = [_analyzed(source, lifting, keeping, edited=edited) for source in sources]
        written = write_outputs(results, *wanted, png=png, title=title, protocol=lifting.protocol)
    for path in written:
        click.echo(path)


def _stem(file: Path) -> str:
    """Return a file's name without what says how it is stored."""
    name = file.name
    for ending in (".gz", ".csv", ".parquet", ".tempo"):
        name = name.removesuffix(ending)
    return name or "report"


def _loaded(file: Path, reading: ReadOptions | None, *, check_units: bool) -> Source:
    from imu_tempo.formats import load

    return load(file, check_units=check_units, options=reading)


def _analyzed(source: Source, lifting: Lifting, keeping: Keeping, *, edited: bool) -> AnalysisResult:
    from imu_tempo.offline import analyze as analyze_source

    log = _edits(source, lifting, edited=edited)
    whole = keeping.recalled(lifting.completed(source), source, log)
    return analyze_source(source, **whole.arguments(), edits=log)


def _edits(source: Source, lifting: Lifting, *, edited: bool) -> Edits:
    """Return the edits kept beside a source, but for the labels that the command line gives itself."""
    from imu_tempo.offline import edits_for

    return edits_for(source, edited).without_labels(*lifting.said)


def _print_json(result: AnalysisResult, lifting: Lifting) -> None:
    from imu_tempo.formats.analysis_json import analysis_object

    indent = 2 if sys.stdout.isatty() else None
    told = analysis_object(result)
    score = scored(lifting, result)
    if score is not None:
        from imu_tempo.protocols.score_json import score_object

        told["protocol"] = score_object(score)
    click.echo(json.dumps(told, indent=indent, ensure_ascii=False, allow_nan=False))


def _print_result(result: AnalysisResult) -> None:
    from imu_tempo.live.tables import print_analysis
    from imu_tempo.live.terminal import make_console

    print_analysis(make_console(), result)


COMMANDS = (analyze, replay, report)
