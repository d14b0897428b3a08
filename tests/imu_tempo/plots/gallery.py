"""Every figure in every case that people meet, for tests to draw and for eyes to look at.

``python tests/imu_tempo/plots/gallery.py FOLDER`` draws them as pictures: thumbnails of 3 x 2 inches,
and print size at 300 dpi.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
from made_sets import NAN, make_empty_result, make_reps, make_result
from matplotlib.axes import Axes

from imu_tempo import plots
from imu_tempo.metrics.agreement import compare
from imu_tempo.metrics.dose import eccentric_dose
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, table
from imu_tempo.schema.agreement import AgreementRow, PairRow
from imu_tempo.schema.dose import DoseDayRow, DoseSetRow
from imu_tempo.schema.history import TrendRow
from imu_tempo.schema.load_velocity import LoadPointRow

Draw = Callable[..., Axes]

THUMBNAIL_IN = (3.0, 2.0)
TEMPO = "3-1-X-1"


def _slowing(reps: int) -> list[tuple[float, float, float, float]]:
    """Phases of a set that tires: the lowering shortens, the lifting slows, the pauses grow."""
    return [(3.2 - 0.03 * i, 1.0 + 0.03 * i, 0.8 + 0.05 * i, 1.0 + 0.02 * i) for i in range(reps - 1)] + [
        (2.4, 1.2, 0.9 + 0.05 * reps, NAN)
    ]


def _without_phases() -> AnalysisResult:
    """Three reps: one without its lowering, one without its lifting, one with neither pause."""
    whole = make_reps(_slowing(3))
    no = dict.fromkeys(("ecc_start_s", "ecc_end_s", "ecc_s", "bottom_s", "mev_mps", "pev_mps"), NAN)
    none = dict.fromkeys(("con_start_s", "con_end_s", "con_s", "mcv_mps", "mpv_mps", "pcv_mps", "rom_m"), NAN)
    reps = [replace(whole[0], **no), replace(whole[1], **none), replace(whole[2], bottom_s=NAN, top_s=NAN)]
    result = make_result(TEMPO, reps=whole)
    return replace(result, reps=table(reps, RepRow))


def _deadlift() -> AnalysisResult:
    """Concentric first; the last lowering was not seen."""
    reps, t = [], 4.0
    for rep_no, con_s in enumerate((1.0, 1.1, 1.2, 1.5), start=1):
        lowered = rep_no < 4
        ecc = {"ecc_start_s": t + con_s + 0.4, "ecc_end_s": t + con_s + 2.4, "ecc_s": 2.0, "bottom_s": 1.0}
        reps.append(
            RepRow(
                set_no=1, rep_no=rep_no, con_start_s=t, con_end_s=t + con_s, con_s=con_s, tut_s=con_s + 2.4,
                top_s=0.4 if lowered else NAN, rom_m=0.6, mcv_mps=0.6 / con_s, mpv_mps=0.6 / con_s,
                pcv_mps=1.1 / con_s, exercise="deadlift", load_kg=140.0, **(ecc if lowered else {}),
            )
        )  # fmt: skip
        t += con_s + 3.4
    return make_result("2-1-X-0", reps=reps, exercise="deadlift")


@cache
def results() -> dict[str, AnalysisResult]:
    """Return an analysis of each kind."""
    return {
        "usual": make_result(TEMPO, reps=make_reps(_slowing(6))),
        "one_rep": make_result(TEMPO, reps=make_reps([(3.0, 1.0, 0.9, NAN)])),
        "twenty_reps": make_result("3-0-X-0", reps=make_reps(_slowing(20))),
        "two_sets": make_result("3-1-1-1", sets=2),
        "nan_phases": _without_phases(),
        "deadlift": _deadlift(),
        "empty": make_empty_result(),
    }


def raw(seconds: float = 40.0, *, bad: bool = True) -> pd.DataFrame:
    """Return what a sensor at 100 Hz and 16 g may say: with a gap, clipping and two impacts, or clean."""
    t_s = np.arange(0, seconds, 0.01)
    acc = np.random.default_rng(3).normal((0.0, 0.0, 9.81), 0.3, (t_s.size, 3))
    if bad:
        acc[900:904], acc[2500], acc[2510] = 16 * 9.80665, 80.0, 90.0
    x, y, z = acc.T
    frame = pd.DataFrame({"t_s": t_s, "acc_x_mps2": x, "acc_y_mps2": y, "acc_z_mps2": z})
    return frame.drop(range(1500, 1560)).reset_index(drop=True) if bad else frame


def _pairs(reps: int = 8, athletes: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    truth = table(
        make_reps([(2.5 + 0.2 * i % 2, 0.8, 0.7 + 0.03 * (i % 20), 1.2) for i in range(reps)]), RepRow
    )
    rng = np.random.default_rng(1)
    off = {
        c: truth[c] + rng.normal(0.01, 0.02, reps) for c in ("ecc_s", "bottom_s", "con_s", "top_s", "rom_m")
    }
    study = compare(truth.assign(**off, mcv_mps=truth.mcv_mps + rng.normal(0.01, 0.015, reps)), truth)
    return study.pairs, study.quantities


def _doses(weeks: int) -> pd.DataFrame:
    monday = date(2026, 3, 2)
    sets = [
        DoseSetRow(
            day=str(monday + timedelta(days=d)), exercise="squat", load_kg=80 + d, tut_ecc_s=60 + 3 * d
        )
        for d in range(0, 7 * weeks, 3)
    ]
    told = pd.DataFrame(
        [{"day": str(monday + timedelta(days=d)), "soreness": s} for d, s in ((1, 3), (2, 6))]
    )
    return eccentric_dose(table(sets, DoseSetRow), told)


def _weeks(weeks: int, athletes: int) -> pd.DataFrame:
    monday = date(2025, 11, 3)
    made = [
        TrendRow(
            athlete=f"A{who}", exercise="squat", week=str(monday + timedelta(weeks=n)), sets=3, load_kg=100.0,
            mcv_mps=0.5 + 0.01 * n + 0.05 * who, e1rm_kg=120.0 + n + 9 * who, tut_ecc_s=60.0 + n,
            e1rm_kind="tested" if n % 4 == 0 else "estimated", rom_m=0.6 + 0.01 * who,
            compliance_pct=70.0 + n,
        )
        for n in range(weeks)
        for who in range(athletes)
    ]  # fmt: skip
    return table(made, TrendRow)


def _loads(*points: tuple[float, float]) -> pd.DataFrame:
    return table([LoadPointRow(exercise="squat", load_kg=x, mcv_mps=y) for x, y in points], LoadPointRow)


def _by_result() -> dict[str, Callable[[AnalysisResult], Draw]]:
    return {
        "velocity_time": lambda r: partial(plots.velocity_time, r.samples, r.reps),
        "bar_path_vertical": lambda r: partial(plots.bar_path_vertical, r.samples, r.reps),
        "bar_path": lambda r: partial(plots.bar_path, r.samples, r.reps),
        "rep_overlay": lambda r: partial(plots.rep_overlay, r.samples, r.reps),
        "tempo_bars": lambda r: partial(plots.tempo_bars, r.reps, TEMPO),
        "velocity_loss": lambda r: partial(plots.velocity_loss, r.reps),
        "tut_bars": lambda r: partial(plots.tut_bars, r.sets),
        "fatigue_panel": lambda r: partial(plots.fatigue_panel, r.fatigue),
        "signal_quality": lambda r: partial(
            plots.signal_quality, r.samples, raw() if len(r.samples) else None
        ),
    }


def _others() -> dict[str, dict[str, Draw]]:
    pairs, quantities = _pairs()
    many, many_quantities = _pairs(200)
    none, no_quantities = table([], PairRow), table([], AgreementRow)
    five = _loads((40, 1.11), (60, 0.88), (80, 0.71), (90, 0.60), (100, 0.49))
    flat = _loads((20, 1.30), (30, 1.29), (40, 1.27), (50, 1.26))
    turned = partial(
        plots.rep_overlay, results()["usual"].samples, results()["usual"].reps, align="turnaround"
    )
    across = results()["usual"].samples.assign(pos_across_m=lambda s: 0.03 * np.sin(9 * s["pos_up_m"]))
    return {
        "rep_overlay": {"turnaround": turned},
        "bar_path": {"sideways": partial(plots.bar_path, across, results()["usual"].reps)},
        "signal_quality": {
            "clean": partial(plots.signal_quality, results()["usual"].samples, raw(bad=False)),
            "no_raw": partial(plots.signal_quality, results()["usual"].samples),
        },
        "load_velocity_profile": {
            "usual": partial(plots.load_velocity_profile, five),
            "two_points": partial(plots.load_velocity_profile, five, method="two-point"),
            "far": partial(plots.load_velocity_profile, flat),
            "one_load": partial(plots.load_velocity_profile, _loads((100, 0.5))),
            "empty": partial(plots.load_velocity_profile, _loads()),
        },
        "dose_calendar": {
            "usual": partial(plots.dose_calendar, _doses(6)),
            "one_week": partial(plots.dose_calendar, _doses(1), weeks=1),
            "empty": partial(plots.dose_calendar, table([], DoseDayRow)),
        },
        "session_trend": {
            "usual": partial(plots.session_trend, _weeks(20, 2)),
            "many": partial(plots.session_trend, _weeks(60, 8), "e1rm_kg"),
            "one_week": partial(plots.session_trend, _weeks(1, 1), "compliance_pct"),
            "empty": partial(plots.session_trend, table([], TrendRow)),
        },
        "bland_altman": {
            "usual": partial(plots.bland_altman, pairs),
            "many": partial(plots.bland_altman, many, "ecc_s"),
            "trend": partial(plots.bland_altman, many, trend=True),
            "empty": partial(plots.bland_altman, none),
        },
        "agreement_scatter": {
            "usual": partial(plots.agreement_scatter, pairs),
            "many": partial(plots.agreement_scatter, many),
            "empty": partial(plots.agreement_scatter, none),
        },
        "error_by_phase": {
            "usual": partial(plots.error_by_phase, pairs),
            "many": partial(plots.error_by_phase, many),
            "empty": partial(plots.error_by_phase, none),
        },
        "accuracy_overview": {
            "usual": partial(plots.accuracy_overview, quantities),
            "many": partial(plots.accuracy_overview, many_quantities),
            "empty": partial(plots.accuracy_overview, no_quantities),
        },
    }  # fmt: skip


@cache
def cases() -> dict[str, dict[str, Draw]]:
    """Return a drawing function for each case of each figure, by the figure's name."""
    found = {
        name: {case: of(result) for case, result in results().items()} for name, of in _by_result().items()
    }
    for name, more in _others().items():
        found.setdefault(name, {}).update(more)
    return found


def main(folder: Path) -> None:
    """Draw everything: ``NAME-CASE.png`` at the figure's own size, ``small-...`` as a thumbnail."""
    from matplotlib.figure import Figure

    from imu_tempo.plots.style import figure_of

    folder.mkdir(parents=True, exist_ok=True)
    for name, by_case in cases().items():
        for case, draw in by_case.items():
            figure = Figure(figsize=THUMBNAIL_IN, layout="constrained")
            draw(ax=figure.add_subplot())
            figure.savefig(folder / f"small-{name}-{case}.png", dpi=100)
            figure_of(draw()).savefig(folder / f"{name}-{case}.png", dpi=300)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
