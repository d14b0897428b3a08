"""Print how the analysis does on real recordings: ``python -m benchmarks.real``.

- repmate: five-second windows of a sensor on a bench press bar or a curling arm. A perfect one holds exactly
  one rep, one without a lift none.
- broad: a sensor moved by hand, its optical position beside it: vertical velocity against the rate of the
  optical height.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from benchmarks.shared_data import missing, shared_data
from benchmarks.tables import text_table
from imu_tempo import analyze
from imu_tempo.engine import replay
from imu_tempo.errors import TempoError

REPS_OF_FORM = {"p_f": 1, "n_l": 0}
"""Form classes that say how many reps a window holds."""
FORM_WORDS = {
    "p_f": "perfect form",
    "n_l": "no lift",
    "p_m": "partial",
    "o_a": "off axis",
    "s_w": "swing",
    "l_i": "unstable",
}
RIGHT_TARGET = 0.95
VELOCITY_TARGETS_MPS = {"10_undisturbed_slow_translation_A": 0.03, "25_disturbed_tapping_B": 0.05}
_OPTICAL_WINDOW_S = 0.1
"""The optical height is differentiated by a cubic over this window: from sample to sample its jitter of
0.1 mm would be 30 mm/s."""
_CUBIC = 3


def main() -> None:
    """Print both."""
    for line in report():
        print(line)


def report() -> Iterator[str]:
    """Yield what there is to print."""
    for name, describe in (("repmate", _repmate), ("broad", _broad)):
        folder = shared_data(name)
        if folder is None:
            yield missing(name)
        else:
            yield from describe(folder)


# -- repmate


def _repmate(folder: Path) -> Iterator[str]:
    index = pd.read_csv(folder / "index.csv")
    counts: dict[tuple[str, str, str], list[int]] = {}
    wrong: list[str] = []
    for window in index.itertuples():
        exercise, form = str(window.exercise), str(window.form_class)
        for mode, reps in _counted(folder / str(window.file), exercise):
            counts.setdefault((form, exercise, mode), []).append(reps)
            if form in REPS_OF_FORM and reps != REPS_OF_FORM[form]:
                wrong.append(f"{window.file} {mode}: {_reps(reps)} instead of {REPS_OF_FORM[form]}")
    rows = []
    for (form, exercise, mode), found in counts.items():
        want = REPS_OF_FORM.get(form)
        histogram = ", ".join(f"{n} x {_reps(reps)}" for reps, n in sorted(Counter(found).items()))
        right = "" if want is None else f"{sum(r == want for r in found)}/{len(found)}"
        rows.append([FORM_WORDS[form], exercise, mode, histogram, right])
    yield "\nReal windows (repmate): reps found\n"
    yield text_table(["form", "exercise", "", "found", "right"], rows)
    for mode in ("offline", "live"):
        judged = [
            r == REPS_OF_FORM[f]
            for (f, _, m), found in counts.items()
            if f in REPS_OF_FORM and m == mode
            for r in found
        ]
        verdict = "ok" if sum(judged) >= RIGHT_TARGET * len(judged) else "NOT MET"
        yield f"{mode}: {sum(judged)} of {len(judged)} right (target {RIGHT_TARGET:.0%}): {verdict}"
    yield from wrong


def _counted(path: Path, exercise: str) -> Iterator[tuple[str, int]]:
    """Yield how many reps each pass finds; -1 where it refuses the window."""
    for mode, work in (("offline", analyze), ("live", replay)):
        try:
            yield mode, len(work(path, exercise).reps)
        except TempoError:
            yield mode, -1


def _reps(count: int) -> str:
    return "refused" if count < 0 else f"{count} rep{'' if count == 1 else 's'}"


# -- broad


def _broad(folder: Path) -> Iterator[str]:
    rows = []
    for path in sorted(folder.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        truth = pd.read_csv(path)
        limit = VELOCITY_TARGETS_MPS.get(name)
        for mode, work in (("offline", analyze), ("live", replay)):
            try:
                samples = work(truth, "auto").samples
            except Exception as error:  # shown in the table, as a crash is a result too
                rows.append([name, mode, f"failed: {type(error).__name__}", "", "", "", "NOT MET"])
                continue
            moving, everything, seen = _velocity_rmse(truth, samples)
            verdict = "-" if limit is None else "ok" if moving <= limit and seen == 1.0 else "NOT MET"
            wanted = "" if limit is None else f"{limit:.3f} m/s"
            rows.append(
                [name, mode, f"{moving:.3f} m/s", f"{everything:.3f} m/s", f"{seen:.0%}", wanted, verdict]
            )
    yield "\nVertical velocity against optics (broad)\n"
    yield text_table(["trial", "", "moving, RMSE", "all, RMSE", "solved", "target", "verdict"], rows)


def _velocity_rmse(truth: pd.DataFrame, samples: pd.DataFrame) -> tuple[float, float, float]:
    """Return the RMSE while moving and overall, and the part of the moving time that has a velocity."""
    t_s = truth["t_s"].to_numpy()
    optical = _rate(t_s, truth["opt_z_m"].to_numpy())
    inside = samples.dropna(subset="vel_up_mps")
    found = np.interp(t_s, inside["t_s"], inside["vel_up_mps"], left=np.nan, right=np.nan)
    error = found - optical
    moving = truth["moving"].to_numpy() == 1
    return _rms(error[moving]), _rms(error), float(np.isfinite(error[moving]).mean().round(2))


def _rate(t_s: NDArray[np.float64], height_m: NDArray[np.float64]) -> NDArray[np.float64]:
    step_s = float(np.median(np.diff(t_s)))
    window = 2 * round(_OPTICAL_WINDOW_S / step_s / 2) + 1
    known = np.isfinite(height_m)
    filled = np.interp(t_s, t_s[known], height_m[known])
    rate = savgol_filter(filled, window, _CUBIC, deriv=1, delta=step_s)
    return np.where(known, rate, np.nan)


def _rms(error: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.nanmean(error**2))) if np.isfinite(error).any() else float("nan")


if __name__ == "__main__":
    main()
