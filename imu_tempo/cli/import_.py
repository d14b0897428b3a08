"""Commands for other tools' files: import, formats."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.options import lifting_options, unit_check_option
from imu_tempo.cli.reading import reading_options
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.formats.readers import MotionFormat, ReadOptions, RepFormat, SampleFormat
    from imu_tempo.formats.readers.opening import Export
    from imu_tempo.live.lifting import Lifting

_TABLES = (".csv", ".parquet")
_UP = [sign + axis for axis in "xyz" for sign in ("+", "-")]


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER|TABLE",
    help="Folder for the recordings, or NAME.tempo for the only one; of reps and motion a .csv or .parquet"
    " file.",
)
@reading_options
@lifting_options
@unit_check_option
@click.option(
    "--keep-names", is_flag=True, help="Keep names and e-mail addresses, which are dropped otherwise."
)
@click.option(
    "--up", type=click.Choice(_UP), default="+z", show_default=True, help="Axis of a C3D that points up."
)
def import_(
    file: Path,
    out: Path,
    reading: ReadOptions | None,
    lifting: Lifting,
    check_units: bool,
    keep_names: bool,
    up: str,
) -> None:
    """Make recordings of ours out of another tool's FILE, folder or zip.

    A recording a device: the samples in SI units with the file's name and digest, as analyze, replay, report
    and history take them. Tables of reps of other products, and reference motion, become tables with our
    columns.
    """
    from imu_tempo.formats.foreign import foreign_export
    from imu_tempo.formats.readers import MotionFormat, ReadOptions, RepFormat, recognise

    if not file.exists():
        raise TempoError(f"{file} does not exist: check the path.")
    options = replace(reading or ReadOptions(), keep_names=keep_names, up=up)
    try:
        export = foreign_export(file, options)
        if export is None:
            _import_own(file, out, lifting, check_units=check_units)
            return
        chosen = recognise(export, options)
        if isinstance(chosen, RepFormat):
            _import_reps(export, chosen, options, out)
        elif isinstance(chosen, MotionFormat):
            _import_motion(export, chosen, options, out)
        else:
            _import_samples(export, chosen, options, out, lifting, check_units=check_units)
    except OSError as error:
        raise TempoError(f"{file} cannot be imported: {(error.strerror or str(error)).lower()}.") from error


def _import_own(file: Path, out: Path, lifting: Lifting, *, check_units: bool) -> None:
    """Make a recording of a table with our own column names."""
    from imu_tempo.formats import load
    from imu_tempo.formats.importing import import_source

    source = load(file, check_units=check_units)
    if file.is_dir():
        raise TempoError(f"{file} is a recording of ours already.")
    click.echo(import_source(source, out, _labels(lifting)).path)


def _labels(lifting: Lifting) -> dict[str, str | float | None]:
    return {name: getattr(lifting, name) for name in ("exercise", "load_kg", "athlete", "tempo")}


def _import_samples(
    export: Export,
    chosen: SampleFormat,
    options: ReadOptions,
    out: Path,
    lifting: Lifting,
    *,
    check_units: bool,
) -> None:
    from imu_tempo.formats.foreign import source_of
    from imu_tempo.formats.importing import import_source
    from imu_tempo.formats.readers.registry import devices_of

    readings = devices_of(export, chosen, options)
    if len(readings) > 1 and out.suffix == ".tempo":
        raise TempoError(
            f"{export.path} holds {len(readings)} devices: give a folder, or one of them with --device."
        )
    for reading in readings:
        source = source_of(chosen, reading, export.path, check_units=check_units)
        click.echo(import_source(source, out, _labels(lifting)).path)
        click.echo(f"  {source.quality['read_as']}", err=True)
        facts = {k: v for k, v in source.quality.items() if k in reading.facts or (k in _TOLD and v)}
        for name, fact in facts.items():
            click.echo(f"  {name.replace('_', ' ')}: {fact}", err=True)


_TOLD = ("gaps", "lost_samples", "nan_rows", "truncated", "acc_scale", "gyro")


def _import_reps(export: Export, chosen: RepFormat, options: ReadOptions, out: Path) -> None:
    from imu_tempo.formats.readers.rep_tables import reps_of

    found = reps_of(export, chosen, options)
    _write(found.reps, out)
    click.echo(f"  {chosen.title} ({chosen.status}): {found.taken}", err=True)
    for name, columns in (("left out", found.unmapped), ("dropped, as they tell who it was", found.dropped)):
        if columns:
            click.echo(f"  {name}: {', '.join(columns)}", err=True)
    click.echo(f"  not comparable: {chosen.note}", err=True)


def _import_motion(export: Export, chosen: MotionFormat, options: ReadOptions, out: Path) -> None:
    from imu_tempo.formats.readers.reference.formats import motion_table, motions_of

    motions = motions_of(export, chosen, options)
    _write(motion_table(motions), out)
    click.echo(f"  {chosen.title}: {len(motions)} trace(s); {motions[0].note}", err=True)


def _write(table: pd.DataFrame, out: Path) -> None:
    if out.suffix.lower() not in _TABLES:
        raise TempoError(
            f"{out} must end in {' or '.join(_TABLES)}: the file holds no samples to make a recording of."
        )
    if out.suffix.lower() == ".csv":
        table.to_csv(out, index=False)
    else:
        with out.open("wb") as file:
            table.to_parquet(file, index=False)
    click.echo(out)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every field.")
def formats(as_json: bool) -> None:
    """List the files of other tools that are read, and how they are recognised."""
    from imu_tempo.formats.readers import all_formats
    from imu_tempo.formats.readers.rep_tables import guessed_format

    listed = (*all_formats(), guessed_format())
    if as_json:
        names = ("key", "title", "recognised_by", "units", "status", "note")
        rows = [{"kind": _kind(f)} | {name: getattr(f, name) for name in names} for f in listed]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    indent = " " * (2 + max(len(f.key) for f in listed))
    kind = ""
    for each in listed:
        if _kind(each) != kind:
            kind = _kind(each)
            click.echo(f"{'' if each is listed[0] else chr(10)}{kind.upper()}")
        click.echo(f"{each.key:<{len(indent)}}{each.title} ({each.status})")
        for line in (f"by {each.recognised_by}", each.units, each.note):
            if line:
                click.echo(click.wrap_text(line, _WIDTH, indent, indent))


_WIDTH = 110


def _kind(each: object) -> str:
    from imu_tempo.formats.readers import MotionFormat, SampleFormat

    if isinstance(each, SampleFormat):
        return "samples"
    return "reference motion" if isinstance(each, MotionFormat) else "tables of reps"


COMMANDS = (import_, formats)
