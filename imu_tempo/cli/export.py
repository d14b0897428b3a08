"""The command that writes tables for other programs: of one recording, or of the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from imu_tempo.cli.choosing import choice_options, opened
from imu_tempo.cli.keeping import Keeping, keeping_options
from imu_tempo.cli.options import unit_check_option
from imu_tempo.cli.reading import reading_options
from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.formats.exports import Decimal, Separator
    from imu_tempo.formats.readers import ReadOptions
    from imu_tempo.history import Choice

_ENDINGS = {
    "csv": ".csv",
    "excel": ".csv",
    "parquet": ".parquet",
    "json": ".json",
    "ndjson": ".ndjson",
    "tidy": ".csv",
}
_SEPARATORS: dict[str, Separator] = {"comma": ",", "semicolon": ";", "tab": "\t"}
_DECIMALS: dict[str, Decimal] = {"point": ".", "comma": ","}
_OF_A_FILE = ("reps", "sets", "rejected", "samples", "eccentric", "fatigue", "compliance")
_OF_THE_HISTORY = (
    "reps",
    "sets",
    "eccentric",
    "sessions",
    "one_rep_maxes",
    "soreness",
    "athletes",
    "body_masses",
    "trend",
)
_TABLES = tuple(dict.fromkeys([*_OF_A_FILE, *_OF_THE_HISTORY]))


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "-f",
    "--as",
    "kind",
    type=click.Choice(list(_ENDINGS)),
    default="csv",
    show_default=True,
    help="What to write. excel: CSV with a byte-order mark; ndjson: a line an event, or a row; tidy: a row a"
    " rep, for R.",
)
@click.option(
    "-t",
    "--table",
    "name",
    type=click.Choice(_TABLES),
    metavar="TABLE",
    default="reps",
    show_default=True,
    help=f"Of a FILE: {', '.join(_OF_A_FILE)}; of the history: {', '.join(_OF_THE_HISTORY)}. json holds"
    " several, and tidy has its own.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="File to write."
)
@click.option(
    "--separator",
    type=click.Choice(list(_SEPARATORS)),
    help="Between the cells, of excel.  [default: comma, or semicolon]",
)
@click.option(
    "--decimal",
    type=click.Choice(list(_DECIMALS)),
    default="point",
    show_default=True,
    help="Decimal mark, of excel.",
)
@click.option(
    "--dictionary",
    "told",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="CSV to write units and meanings of the columns to.",
)
@choice_options
@reading_options
@unit_check_option
@keeping_options
def export(
    file: Path | None,
    kind: str,
    name: str,
    out: Path | None,
    separator: str | None,
    decimal: str,
    told: Path | None,
    choice: Choice,
    reading: ReadOptions | None,
    check_units: bool,
    keeping: Keeping,
) -> None:
    """Write tables for other programs, of the recording FILE or, without one, of the history.

    With FILE, --athlete and --exercise say what was lifted, as in 'analyze'; FILE may be another tool's.
    """
    from imu_tempo.formats import exports

    if reading is not None:
        _check_reading(file, reading)
    if told is not None and kind in ("json", "ndjson"):
        raise TempoError(f"--dictionary is for tables: {kind} has the same names, choose another format.")
    source: _Exported
    if file is None:
        source = _Past(choice, keeping)
    else:
        source = _Analysis(file, choice, reading, keeping, check_units=check_units)
    stem = source.stem if kind in ("json", "ndjson") else f"{source.stem}_{name if kind != 'tidy' else kind}"
    target = out or Path(f"{stem}{_ENDINGS[kind]}")
    if kind == "json":
        exports.write_json(source.whole(), target)
    elif kind == "ndjson":
        exports.write_json_lines(source.lines(), target)
    else:
        table = exports.tidy_reps(source.table("reps"), source.table("sets"))
        if kind != "tidy":
            table = source.table(name)
        sep = _SEPARATORS[separator or ("semicolon" if decimal == "comma" else "comma")]
        _write(table, kind, target, sep, _DECIMALS[decimal], source.about())
        if told is not None:
            exports.write_csv(exports.dictionary(table), told)
            click.echo(told)
    click.echo(target)


def _check_reading(file: Path | None, reading: ReadOptions) -> None:
    if reading.format in _ENDINGS:
        raise click.UsageError(f"--format is that of another tool's FILE: say --as {reading.format}.")
    if file is None:
        raise click.UsageError("--format, --device, --map and --unit are for another tool's FILE: give one.")


def _write(
    table: pd.DataFrame, kind: str, target: Path, sep: Separator, decimal: Decimal, about: dict[str, object]
) -> None:
    from imu_tempo.formats import exports

    if kind == "csv":
        exports.write_csv(table, target)
    elif kind == "tidy":
        exports.write_tidy(table, target)
    elif kind == "excel":
        exports.write_excel_csv(table, target, separator=sep, decimal=decimal)
    else:
        exports.write_parquet(table, target, about=about)


class _Exported(Protocol):
    """Where the tables come from."""

    stem: str

    def table(self, name: str) -> pd.DataFrame:
        """Return a table."""

    def whole(self) -> dict[str, object]:
        """Return everything as one JSON object."""

    def lines(self) -> Iterable[Mapping[str, object]]:
        """Return what happened as JSON objects, in order."""

    def about(self) -> dict[str, object]:
        """Return facts for a file's metadata."""


class _Analysis:
    """One recording, analysed with its edits."""

    def __init__(
        self, file: Path, choice: Choice, reading: ReadOptions | None, keeping: Keeping, *, check_units: bool
    ) -> None:
        from imu_tempo.formats import load
        from imu_tempo.live.lifting import Lifting
        from imu_tempo.offline import analyze, edits_for

        if choice.since or choice.until:
            raise TempoError("--since and --until choose from the history: leave out FILE, or them.")
        said = Lifting(exercise=choice.exercise, athlete=choice.athlete)
        self._source = load(file, check_units=check_units, options=reading)
        edits = edits_for(self._source, True).without_labels(*said.said)
        labelled = said.with_labels(edits.labels).completed(self._source)
        self._lifting = keeping.recalled(labelled, self._source, edits)
        whole = keeping.recalled(said.completed(self._source), self._source, edits)
        self._result = analyze(self._source, **whole.arguments(), edits=edits)
        self.stem = file.name.removesuffix(".tempo").removesuffix(".csv").removesuffix(".parquet")

    def table(self, name: str) -> pd.DataFrame:
        if name not in _OF_A_FILE:
            raise TempoError(f"A recording has no table '{name}': expected {', '.join(_OF_A_FILE)}.")
        table: pd.DataFrame = getattr(self._result, name)
        return table

    def whole(self) -> dict[str, object]:
        from imu_tempo.formats.analysis_json import analysis_object

        return analysis_object(self._result)

    def lines(self) -> Iterable[Mapping[str, object]]:
        """Return what the live engine says of the recording; edits are not in it."""
        from imu_tempo.engine import Engine
        from imu_tempo.events import to_json

        engine = Engine(**self._lifting.arguments(), info=self._source.info)
        for block in self._source.blocks:
            yield from map(to_json, engine.push(block))
        yield from map(to_json, engine.finish())

    def about(self) -> dict[str, object]:
        result = self._result
        facts = {key: str(value) for key, value in result.quality.items()}
        return {"source": Path(result.source).name, "exercise": result.exercise, "quality": facts}


class _Past:
    """The part of the history that was chosen."""

    stem = "history"

    def __init__(self, choice: Choice, keeping: Keeping) -> None:
        from imu_tempo.history.trend import trend_of

        if not keeping.wanted:
            raise click.UsageError("Without FILE the history is exported: leave out --no-history.")
        with opened(keeping.folder) as history:
            self._tables = {
                "sessions": history.sessions(choice),
                "sets": history.sets(choice),
                "reps": history.reps(choice),
                "eccentric": history.eccentric(choice),
                "one_rep_maxes": history.one_rep_maxes(choice),
                "soreness": history.soreness(choice),
                "athletes": history.athletes(),
                "body_masses": history.body_masses(choice),
                "trend": trend_of(history, choice),
            }

    def table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            raise TempoError(f"The history has no table '{name}': expected {', '.join(self._tables)}.")
        return self._tables[name]

    def whole(self) -> dict[str, object]:
        from imu_tempo.formats.exports import history_object

        return history_object(self._tables)

    def lines(self) -> Iterable[Mapping[str, object]]:
        """Return each row of each table, tagged by the table."""
        from imu_tempo.formats.analysis_json import records

        return ({"table": n, **row} for n, table in self._tables.items() for row in records(table))

    def about(self) -> dict[str, object]:
        return {"source": "history"}


COMMANDS = (export,)
