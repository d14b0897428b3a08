"""Every table's columns in one place: a row is a frozen dataclass, a column is a field with unit and meaning.

Validators, documentation and exports read these; :func:`table` turns rows into a tidy DataFrame whose
columns and dtypes are the same whether it has rows or not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")


class Column(NamedTuple):
    """One column of a table: its name, unit (``""`` for none), pandas dtype and meaning."""

    name: str
    unit: str
    dtype: str
    meaning: str


_DTYPES = {"int": "int64", "float": "float64", "str": "str", "bool": "bool"}


def _column(unit: str, meaning: str, **kwargs: Any) -> Any:
    return field(metadata={"unit": unit, "meaning": meaning}, **kwargs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """One rep. Phase columns are NaN where a phase is missing; intervals are half-open."""

    set_no: int = _column("", "set, from 1")
    rep_no: int = _column("", "rep within its set, from 1")
    ecc_start_s: float = _column("s", "start of the lowering on the session clock", default=NAN)
    ecc_end_s: float = _column("s", "end of the lowering", default=NAN)
    con_start_s: float = _column("s", "start of the lifting", default=NAN)
    con_end_s: float = _column("s", "end of the lifting", default=NAN)
    ecc_s: float = _column("s", "eccentric (lowering) duration", default=NAN)
    bottom_s: float = _column("s", "pause between the lowering and the lifting that follows", default=NAN)
    con_s: float = _column("s", "concentric (lifting) duration", default=NAN)
    top_s: float = _column("s", "pause between the lifting and the lowering that follows", default=NAN)
    tut_s: float = _column("s", "time under tension: first to last edge of the rep, inner pause included")
    rom_m: float = _column("m", "height travelled in the concentric", default=NAN)
    mcv_mps: float = _column("m/s", "mean concentric velocity: ROM over concentric duration", default=NAN)
    mpv_mps: float = _column("m/s", "mean propulsive velocity: mean while acceleration >= -9.81", default=NAN)
    pcv_mps: float = _column("m/s", "peak concentric velocity, low-passed", default=NAN)
    mev_mps: float = _column("m/s", "mean eccentric velocity (speed, positive)", default=NAN)
    pev_mps: float = _column("m/s", "peak eccentric velocity (speed, positive), low-passed", default=NAN)
    mcv_sd_mps: float = _column("m/s", "standard deviation of mcv_mps", default=NAN)
    confidence: float = _column("", "0 (do not use) to 1 (clean)", default=1.0)
    quality: str = _column("", "space-separated flags of what is wrong; empty when nothing is", default="")
    exercise: str = _column("", "exercise profile", default="")
    load_kg: float = _column("kg", "load on the bar, NaN where not given", default=NAN)
    athlete: str = _column("", "athlete id, empty where not given", default="")
    ecc_sd_s: float = _column("s", "standard deviation of ecc_s", default=NAN)
    closure_m: float = _column("m", "height by which the rep fails to return to the set's level", default=NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One set, summed up from its reps."""

    set_no: int = _column("", "set, from 1")
    exercise: str = _column("", "exercise profile", default="")
    load_kg: float = _column("kg", "load on the bar, NaN where not given", default=NAN)
    athlete: str = _column("", "athlete id, empty where not given", default="")
    start_s: float = _column("s", "first edge of the first rep")
    end_s: float = _column("s", "last edge of the last rep")
    reps: int = _column("", "reps, partials included")
    partials: int = _column("", "reps whose quality says partial", default=0)
    tut_s: float = _column("s", "start-to-end time under tension: end_s - start_s")
    tut_moving_s: float = _column("s", "time under tension while the bar moves")
    tut_ecc_s: float = _column("s", "eccentric time under tension: the headline figure")
    tut_con_s: float = _column("s", "concentric time under tension")
    tut_pause_s: float = _column("s", "pauses at bottom and top between the set's edges")
    tut_prescribed_s: float = _column("s", "reps times the digits of the prescription", default=NAN)
    tut_ecc_sd_s: float = _column("s", "standard deviation of tut_ecc_s", default=NAN)
    mcv_mean_mps: float = _column("m/s", "mean of the reps' MCV", default=NAN)
    mcv_best_mps: float = _column("m/s", "fastest rep's MCV", default=NAN)
    mcv_last_mps: float = _column("m/s", "last rep's MCV", default=NAN)
    vl_pct: float = _column("%", "velocity loss, fastest rep (or first, as defined) to last", default=NAN)
    vl_first_pct: float = _column("%", "velocity loss, first to last rep", default=NAN)
    vl_last2_pct: float = _column("%", "velocity loss, fastest rep to the mean of the last two", default=NAN)
    vl_valid: bool = _column("", "false where the concentric was paced or assisted", default=True)
    effort_index: float = _column("m/s %", "first rep's MCV x vl_pct", default=NAN)
    tempo: str = _column("", "measured tempo, medians: ecc-bottom-con-top in seconds", default="")
    tempo_target: str = _column("", "prescribed tempo, empty where none", default="")
    compliance_pct: float = _column("%", "scored phases inside tolerance", default=NAN)
    ecc_error_s: float = _column("s", "mean signed error of the lowering against its target", default=NAN)
    mcv_slope_mps: float = _column("m/s per rep", "Theil-Sen slope of MCV over reps", default=NAN)
    ecc_slope_s: float = _column("s per rep", "Theil-Sen slope of eccentric duration over reps", default=NAN)
    pause_slope_s: float = _column("s per rep", "Theil-Sen slope of both pauses over reps", default=NAN)
    rom_loss_pct: float = _column("%", "ROM loss, mean of first two to mean of last two reps", default=NAN)
    quality: str = _column("", "space-separated flags, gathered from the reps", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """One movement that was looked at and is not a rep."""

    start_s: float = _column("s", "start of the movement")
    end_s: float = _column("s", "end of the movement")
    reason: str = _column("", "one word from the list in imu_tempo.reps: unrack, rerack, handling ...")
    detail: str = _column("", "one sentence with the numbers that decided", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One instant of the solved motion, on an even clock. Built as arrays, never row by row."""

    t_s: float = _column("s", "session clock")
    acc_up_mps2: float = _column("m/s^2", "vertical acceleration without gravity, up positive")
    vel_up_mps: float = _column("m/s", "vertical velocity, up positive; NaN outside solved windows")
    pos_up_m: float = _column("m", "height above the set's turnaround; NaN outside solved windows")
    phase: str = _column("", "ecc, bottom, con, top or rest")
    sigma_v_mps: float = _column("m/s", "standard deviation of vel_up_mps")


Row = RepRow | SetRow | RejectedRow | SampleRow
R = TypeVar("R", RepRow, SetRow, RejectedRow, SampleRow)


def columns(row_type: type[Row]) -> tuple[Column, ...]:
    """Return the columns of a table, in order."""
    return tuple(
        Column(f.name, f.metadata["unit"], _DTYPES[str(f.type)], f.metadata["meaning"])
        for f in dataclasses.fields(row_type)
    )


def table(rows: Iterable[Row], row_type: type[Row]) -> pd.DataFrame:
    """Return rows as a DataFrame with the columns and dtypes of ``row_type``, also when there are none."""
    import pandas as pd

    data = list(rows)
    return pd.DataFrame(
        {c.name: pd.Series([getattr(r, c.name) for r in data], dtype=c.dtype) for c in columns(row_type)}
    )


def rows(frame: pd.DataFrame, row_type: type[R]) -> list[R]:
    """Return a DataFrame's rows as ``row_type``, the inverse of :func:`table`; other columns are left out."""
    names = [c.name for c in columns(row_type) if c.name in frame]
    return [row_type(**{str(k): v for k, v in row.items()}) for row in frame[names].to_dict("records")]
