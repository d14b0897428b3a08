"""The command that compares two tables of reps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from firmware_bridge.untrusted import DOCUMENT_BYTES, SESSION_BYTES, open_plain, parse_json, read_plain
from imu_tempo.errors import SourceError, TempoError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from rich.table import Table

    from imu_tempo.metrics.agreement import Agreement
    from imu_tempo.schema.agreement import AgreementRow

_FORMAT = "imu-tempo/agreement/1"
_LONGEST_HEAD = 4096
_DPI = 200


@click.command()
@click.argument("device", type=click.Path(path_type=Path))
@click.argument("reference", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "pairs",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Column of the reference under another name or unit, such as 'rom_m=ROM (mm) * 0.001'. Repeatable.",
)
@click.option(
    "--by",
    type=click.Choice(["time", "number"]),
    default="time",
    show_default=True,
    help="Match reps by their overlap in time, or by set and rep number.",
)
@click.option(
    "--clock",
    default="0",
    show_default=True,
    metavar="S|fit",
    help="Seconds to add to the reference's times, or 'fit' to estimate them.",
)
@click.option("--figures", type=click.Path(path_type=Path), metavar="FOLDER", help="Write the figures there.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="CSV to write the numbers to."
)
@click.option(
    "--pairs-out", type=click.Path(path_type=Path), metavar="FILE", help="CSV to write the pairs to."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object.")
def compare(
    device: Path,
    reference: Path,
    pairs: tuple[str, ...],
    by: Literal["time", "number"],
    clock: str,
    figures: Path | None,
    out: Path | None,
    pairs_out: Path | None,
    as_json: bool,
) -> None:
    """Compare the reps of DEVICE with those of REFERENCE: bias, limits of agreement, ICC, CCC and more.

    Either is a recording, a table of reps (CSV, Parquet) with columns such as mcv_mps, rom_m, ecc_s,
    con_start_s and con_end_s, another product's table of reps that 'imu-tempo formats' lists, or what
    'imu-tempo analyze --json' printed. Where both have a column session,
    reps are matched within it; a column athlete lets several reps of one athlete be allowed for.
    """
    from imu_tempo.metrics.agreement import compare as compare_tables
    from imu_tempo.metrics.agreement import mapped

    own, other = _reps(device), mapped(_reps(reference), dict(map(_mapping, pairs)))
    study = compare_tables(own, other, by=by, clock=_clock(clock))
    if out is not None:
        _write(study.quantities, out)
    if pairs_out is not None:
        _write(study.pairs, pairs_out)
    written = _draw(study, figures) if figures is not None else []
    if as_json:
        click.echo(json.dumps(_document(study), ensure_ascii=False, allow_nan=False))
        return
    _print(study)
    for path in written:
        click.echo(path)


def _mapping(text: str) -> tuple[str, str]:
    ours, found, theirs = text.partition("=")
    if not found or not ours.strip() or not theirs.strip():
        raise click.UsageError(f"{text!r} maps nothing: write OURS=THEIRS, such as 'rom_m=ROM (mm) * 0.001'.")
    return ours.strip(), theirs.strip()


def _clock(text: str) -> float | Literal["fit"]:
    if text == "fit":
        return "fit"
    try:
        return float(text)
    except ValueError as error:
        raise click.UsageError(f"--clock is {text!r}: expected seconds, or 'fit'.") from error


def _reps(path: Path) -> pd.DataFrame:
    """Return the reps of a recording, a table or an analysis."""
    import pandas as pd

    if not path.exists():
        raise SourceError(f"{path} does not exist: check the path.", source=str(path))
    if path.is_dir():
        return _analyzed(path)
    try:
        open_plain(path, SESSION_BYTES).close()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}.", source=str(path)
        ) from error
    ending = path.suffix.lower()
    known = _known(path) if ending not in (".parquet", ".pq") else None
    if known is not None:
        return known
    try:
        if ending in (".parquet", ".pq"):
            table = pd.read_parquet(path)
        elif ending == ".json":
            document = parse_json(read_plain(path, DOCUMENT_BYTES))
            table = pd.DataFrame(document["reps"] if isinstance(document, dict) else {})
        else:
            table = _csv(path)
    except (ValueError, KeyError, TypeError, OSError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceError(f"{path} cannot be read as a table of reps: {why}.", source=str(path)) from error
    return _analyzed(path) if "acc_x_mps2" in table else table


def _known(path: Path) -> pd.DataFrame | None:
    """Return the reps of another tool's file whose header is known; None of anything else."""
    from imu_tempo.formats.readers import RepFormat, SampleFormat, read_reps
    from imu_tempo.formats.readers.opening import open_export
    from imu_tempo.formats.readers.registry import matching

    try:
        found = matching(open_export(path))
    except (SourceError, OSError):
        return None
    if len(found) != 1:
        return None
    if isinstance(found[0], SampleFormat):
        return _analyzed(path)
    return read_reps(path).reps.dropna(axis="columns", how="all") if isinstance(found[0], RepFormat) else None


def _csv(path: Path) -> pd.DataFrame:
    """Read a CSV whatever its separator; where that is a semicolon, the decimal mark may be a comma."""
    import pandas as pd

    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline(_LONGEST_HEAD)
    separator = max(",;\t", key=head.count)
    decimal = "." if separator == "," else _decimal(path, separator)
    return pd.read_csv(path, sep=separator, decimal=decimal, encoding="utf-8-sig")


def _decimal(path: Path, separator: str) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        body = "".join(line for _, line in zip(range(20), file, strict=False)).split("\n", 1)[-1]
    cells = [cell for line in body.splitlines() for cell in line.split(separator)]
    commas = sum(cell.replace(",", "", 1).lstrip("-").isdigit() and "," in cell for cell in cells)
    return "," if commas > 0 else "."


def _analyzed(path: Path) -> pd.DataFrame:
    from imu_tempo.formats import load
    from imu_tempo.live.lifting import Lifting
    from imu_tempo.offline import analyze

    source = load(path)
    return analyze(source, **Lifting().completed(source).arguments()).reps


def _write(table: pd.DataFrame, path: Path) -> None:
    try:
        table.to_csv(path, index=False)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> TempoError:
    return TempoError(f"{path} cannot be written ({(error.strerror or str(error)).lower()}): choose another.")


def _draw(study: Agreement, folder: Path) -> list[Path]:
    """Write every figure that the pairs allow, as PNG."""
    from imu_tempo.metrics.agreement.quantities import BY_COLUMN
    from imu_tempo.plots import agreement as plots
    from imu_tempo.plots.style import figure_of

    figures: dict[str, Callable[[], Axes]] = {
        "accuracy_overview": partial(plots.accuracy_overview, study.quantities),
        "error_by_phase": partial(plots.error_by_phase, study.pairs),
    }
    for name in study.quantities["quantity"]:
        if BY_COLUMN[name].kind != "edge":
            figures[f"bland_altman_{name}"] = partial(plots.bland_altman, study.pairs, name)
            figures[f"scatter_{name}"] = partial(plots.agreement_scatter, study.pairs, name)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, draw in figures.items():
            written.append(folder / f"{name}.png")
            figure_of(draw()).savefig(written[-1], dpi=_DPI)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return written


def _document(study: Agreement) -> dict[str, object]:
    from imu_tempo.metrics.agreement import methods_sentence

    def plain(table: pd.DataFrame) -> object:
        return json.loads(table.to_json(orient="records", double_precision=10))

    return {
        "format": _FORMAT,
        "counts": plain(study.counts),
        "quantities": plain(study.quantities),
        "methods": methods_sentence(study),
    }


def _print(study: Agreement) -> None:
    from imu_tempo.live.terminal import make_console
    from imu_tempo.metrics.agreement import methods_sentence
    from imu_tempo.metrics.agreement.limits import SIGNIFICANT
    from imu_tempo.schema import rows
    from imu_tempo.schema.agreement import AgreementRow, CountRow

    console = make_console()
    for count in rows(study.counts, CountRow):
        name = f"{count.session}: " if count.session else ""
        own_clock = study.clock_fitted and math.isfinite(count.clock_s)
        clock = f", clock {count.clock_s:+.3f} s" if own_clock else ""
        click.echo(
            f"{name}{count.matched} of {count.reference_reps} reference reps matched, {count.missed} missed,"
            f" {count.ghosts} ghosts, F1 {count.f1:.3f}{clock}"
        )
        if count.clock_ambiguous and own_clock:
            click.echo(
                "  note: another clock offset fits nearly as well: give it with --clock if you know it."
            )
    measured = rows(study.quantities, AgreementRow)
    console.print()
    console.print(_table(measured))
    for row in measured:
        if row.trend_p < SIGNIFICANT:
            console.print(
                f"note: the difference in {row.title} changes with its size (slope {row.trend_slope:+.3f},"
                f" p = {row.trend_p:.3f}): see the limits that follow it in the table of numbers.",
                soft_wrap=True,
            )
    console.print()
    console.print(methods_sentence(study), soft_wrap=True)


def _table(measured: list[AgreementRow]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    table.add_column("device - reference", header_style="dim")
    for name in ("n", "bias", "95 % limits", "SEE", "ICC(2,1)", "CCC"):
        table.add_column(name, justify="right", header_style="dim", no_wrap=True)
    for row in measured:
        limits = f"{_milli(row.loa_low)} to {_milli(row.loa_high)}"
        numbers = [f"{v:.3f}" if math.isfinite(v) else "" for v in (row.icc2, row.ccc)]
        table.add_row(
            f"{row.title}, m{row.unit}",
            str(row.n),
            _milli(row.bias),
            limits,
            f"{1e3 * row.see:.0f}" if math.isfinite(row.see) else "",
            *numbers,
        )
    return table


def _milli(value: float) -> str:
    return f"{1e3 * value:+.0f}" if math.isfinite(value) else "?"


COMMANDS = (compare,)
