"""How sure a rep's times and mean speeds are: from the solved path's standard deviations at its edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from imu_tempo.definitions import Definitions
from imu_tempo.reps.measure import edge_sd_s, edge_travel_sd_s, mean_speed_sd
from imu_tempo.reps.verdict import Phase, Rep
from imu_tempo.schema import NAN, RepRow
from imu_tempo.signal.smooth import Path

Ends = tuple[float, float]
"""Standard deviations of a phase's departure and arrival, s."""


def with_spreads(
    rows: Sequence[RepRow], reps: Sequence[Rep], path: Path, definitions: Definitions
) -> list[RepRow]:
    """Return the rows of one set with the standard deviation of every duration and mean speed.

    The errors of two edges are taken as independent. Those of a touch-and-go turnaround are not, and there
    the pause is surer than told.
    """
    ends = [[_ends(phase, path, definitions) for phase in _in_order(rep)] for rep in reps]
    following = zip_longest(ends, ends[1:])
    return [
        _with_spread(row, rep, own, after, path)
        for row, rep, (own, after) in zip(rows, reps, following, strict=True)
    ]


def _with_spread(row: RepRow, rep: Rep, own: list[Ends], after: list[Ends] | None, path: Path) -> RepRow:
    first, last = own[0], own[-1]
    inner = math.hypot(first[1], last[0]) if rep.ecc else NAN
    outer = math.hypot(last[1], after[0][0]) if after else NAN
    bottom, top = (inner, outer) if rep.lowers_first else (outer, inner)
    ecc, con = (first, last) if rep.lowers_first else (last, first)
    return replace(
        row,
        ecc_sd_s=math.hypot(*ecc) if rep.ecc else NAN,
        con_sd_s=math.hypot(*con),
        bottom_sd_s=bottom if math.isfinite(row.bottom_s) else NAN,
        top_sd_s=top if math.isfinite(row.top_s) else NAN,
        tut_sd_s=math.hypot(first[0], last[1]),
        mcv_sd_mps=mean_speed_sd(path, rep.con),
        mev_sd_mps=mean_speed_sd(path, rep.ecc) if rep.ecc else NAN,
    )


def _in_order(rep: Rep) -> list[Phase]:
    """Return the phases as they were done."""
    if rep.ecc is None:
        return [rep.con]
    return [rep.ecc, rep.con] if rep.lowers_first else [rep.con, rep.ecc]


def _ends(phase: Phase, path: Path, definitions: Definitions) -> Ends:
    if definitions.travel_margin > 0.0:
        return edge_travel_sd_s(path, phase)
    return edge_sd_s(path, path.v_mps, phase.start), edge_sd_s(path, path.v_mps, phase.end)
