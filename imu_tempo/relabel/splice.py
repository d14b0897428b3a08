"""A part of a recording taken from another analysis of it: one set was another exercise."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RejectedRow, RepRow, SampleRow, SetRow, columns


def splice(base: AnalysisResult, other: AnalysisResult, start_s: float, end_s: float) -> AnalysisResult:
    """Return ``base`` with the sets of ``other`` whose middle lies in a stretch, sets numbered anew.

    Rejected movements and samples of the stretch come from ``other`` as well.
    """
    sets = [(_in_stretch(r.sets, start_s, end_s), r) for r in (base, other)]
    kept, taken = ~sets[0][0], sets[1][0]
    chosen = pd.concat([base.sets[kept].assign(_from=0), other.sets[taken].assign(_from=1)])
    chosen = chosen.sort_values("start_s", ignore_index=True)
    parts = []
    for number, (source, old) in enumerate(zip(chosen["_from"], chosen["set_no"], strict=True), start=1):
        reps = (base, other)[source].reps
        parts.append(reps[reps.set_no == old].assign(set_no=number))
    return replace(
        base,
        sets=_typed(chosen.drop(columns="_from").assign(set_no=range(1, len(chosen) + 1)), SetRow),
        reps=_typed(pd.concat([base.reps.iloc[:0], *parts], ignore_index=True), RepRow),
        rejected=_mixed(base.rejected, other.rejected, "start_s", start_s, end_s, RejectedRow),
        samples=_mixed(base.samples, other.samples, "t_s", start_s, end_s, SampleRow),
    )


def _in_stretch(sets: pd.DataFrame, start_s: float, end_s: float) -> pd.Series[bool]:
    middle_s = (sets["start_s"] + sets["end_s"]) / 2
    return (middle_s >= start_s) & (middle_s < end_s)


def _mixed(
    base: pd.DataFrame, other: pd.DataFrame, by: str, start_s: float, end_s: float, row_type: type
) -> pd.DataFrame:
    outside = base[(base[by] < start_s) | (base[by] >= end_s)]
    inside = other[(other[by] >= start_s) & (other[by] < end_s)]
    return _typed(pd.concat([outside, inside]).sort_values(by, kind="stable", ignore_index=True), row_type)


def _typed(frame: pd.DataFrame, row_type: type) -> pd.DataFrame:
    return frame.astype({c.name: c.dtype for c in columns(row_type)})
