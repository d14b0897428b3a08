"""Print the accuracy on sets drawn at random: ``python -m benchmarks.drawn [--sets N] [--first SEED]``.

A second witness beside the project's simulator, and simpler: bare kinematics of six shapes of stroke, a
sensor that tilts and turns, noise and offsets. It shares no code with the simulator. Exercise, tempo, shapes,
range of motion, rate, sensor and surroundings of each set come from its seed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from scipy.stats import beta

from benchmarks.tables import markdown_table, text_table
from imu_tempo import analyze
from imu_tempo.engine import replay

Array = NDArray[np.float64]

GRAVITY_MPS2 = 9.80665
FINE_HZ = 1000.0
EDGE_MPS = 0.02
"""Speed at which a phase departs and arrives, as in the default definitions."""
SLOWEST_MPS = 0.055
"""Mean speed of the slowest lowering drawn: 8 s for 0.44 m."""
GENTLE_S = 0.008
"""No body starts within a millisecond: the path is smoothed by a bell of this width."""
MEASURES = {
    "MCV, mm/s": ("mcv_mps", 1e3),
    "ROM, mm": ("rom_m", 1e3),
    "MEV, mm/s": ("mev_mps", 1e3),
    "ecc, ms": ("ecc_s", 1e3),
    "con, ms": ("con_s", 1e3),
}


def _steady(u: Array) -> Array:
    """Progress at constant speed between short ramps."""
    ramp = 0.15
    rising, falling = (1 - np.cos(np.pi * u / ramp)) / 2, (1 - np.cos(np.pi * (1 - u) / ramp)) / 2
    speed = np.where(u < ramp, rising, np.where(u > 1 - ramp, falling, 1.0))
    progress: Array = np.cumsum(speed) / speed.sum()
    return progress


SHAPES: dict[str, Callable[[Array], Array]] = {
    "minimum jerk": lambda u: 10 * u**3 - 15 * u**4 + 6 * u**5,
    "cosine": lambda u: (1 - np.cos(np.pi * u)) / 2,
    "cycloid": lambda u: u - np.sin(2 * np.pi * u) / (2 * np.pi),
    "steady": _steady,
    "early": lambda u: beta.cdf(u, 2.2, 3.5),
    "late": lambda u: beta.cdf(u, 3.5, 2.2),
}

LIFTS: dict[str, tuple[str, float, float, tuple[float, ...]]] = {
    "squat": ("ecc", 0.45, 0.75, (0, 5, 20)),
    "bench_press": ("ecc", 0.25, 0.5, (0, 5, 20)),
    "deadlift": ("con", 0.4, 0.65, (0, 5, 20)),
    "overhead_press": ("con", 0.4, 0.65, (0, 5, 20)),
    "romanian_deadlift": ("ecc", 0.35, 0.6, (0, 5, 20)),
    "bent_over_row": ("con", 0.3, 0.5, (0, 5, 20)),
    "hip_thrust": ("con", 0.2, 0.4, (0, 5, 20)),
    "biceps_curl": ("con", 0.35, 0.6, (60, 90, 120)),
    "push_up": ("ecc", 0.2, 0.4, (0, 5, 20)),
    "pull_up": ("con", 0.35, 0.6, (0, 5, 20)),
    "hamstring_curl": ("con", 0.3, 0.5, (60, 90, 120)),
    "shoulder_press": ("con", 0.4, 0.6, (0, 5, 20)),
    "step_down": ("ecc", 0.18, 0.3, (0, 5, 20)),
}
"""First phase, range of motion from and to (m), and by how much a lift may roll the sensor (deg)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSet:
    """What was drawn for one set; durations in s, jittered by 6 % from rep to rep."""

    seed: int
    exercise: str
    starts_with: str
    reps: int
    rom_m: float
    ecc_s: float
    ecc_shape: str
    con_s: float
    con_shape: str
    bottom_s: float
    top_s: float
    rate_hz: int
    acc_noise_mps2: float
    acc_offset_mps2: float
    gyr_noise_radps: float
    gyr_offset_radps: float
    roll_deg: float
    wobble_deg: float
    sideways_m: float
    lead_s: float
    tail_s: float
    walks_out: bool
    has_gyro: bool

    @property
    def group(self) -> str:
        """The group of the accuracy table it belongs to."""
        if not self.has_gyro:
            return "accelerometer only"
        return "six axes, 100 Hz or more" if self.rate_hz >= 100 else "six axes, 50 Hz"


def draw(seed: int) -> DrawnSet:
    """Return the set of a seed."""
    rng = np.random.default_rng([seed, 7])
    exercise = str(rng.choice(list(LIFTS)))
    starts_with, rom_from, rom_to, rolls = LIFTS[exercise]
    shapes = list(SHAPES)
    rom_m = float(rng.uniform(rom_from, rom_to))
    ecc_s = float(rng.choice([0.8, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]))
    return DrawnSet(
        seed=seed,
        exercise=exercise,
        starts_with=starts_with,
        reps=int(rng.integers(1, 11)),
        rom_m=rom_m,
        ecc_s=min(ecc_s, rom_m / SLOWEST_MPS),
        ecc_shape=str(rng.choice(shapes)),
        con_s=float(rng.uniform(0.6, 2.2)),
        con_shape=str(rng.choice(shapes)),
        bottom_s=float(rng.choice([0, 0.1, 0.3, 0.6, 1, 2])),
        top_s=float(rng.choice([0, 0.2, 0.5, 1, 2])),
        rate_hz=int(rng.choice([50, 100, 200])),
        acc_noise_mps2=float(rng.choice([0.01, 0.02, 0.05])),
        acc_offset_mps2=float(rng.choice([0.03, 0.06, 0.1])),
        gyr_noise_radps=float(rng.choice([0.001, 0.003])),
        gyr_offset_radps=float(rng.choice([0.005, 0.02, 0.07])),
        roll_deg=float(rng.choice(rolls)),
        wobble_deg=float(rng.choice([0.3, 1, 2])),
        sideways_m=float(rng.choice([0, 0.03, 0.1])),
        lead_s=float(rng.uniform(1, 6)),
        tail_s=float(rng.uniform(1, 5)),
        walks_out=bool(rng.random() < 0.3 and starts_with == "ecc"),
        has_gyro=bool(rng.random() < 0.8),
    )


@dataclass(slots=True)
class _Path:
    """Height of the bar, laid piece by piece at ``FINE_HZ``."""

    pieces: list[Array] = field(default_factory=list)
    height_m: float = 0.0
    now_s: float = 0.0

    def hold(self, seconds: float) -> None:
        self._lay(np.full(round(seconds * FINE_HZ), self.height_m))

    def move(self, rise_m: float, seconds: float, shape: str) -> tuple[float, float]:
        start_s, n = self.now_s, round(seconds * FINE_HZ)
        self._lay(self.height_m + rise_m * SHAPES[shape](np.arange(1, n + 1) / n))
        self.height_m += rise_m
        return start_s, self.now_s

    def walk(self) -> None:
        for _ in range(3):
            self.move(0.02, 0.25, "cosine")
            self.move(-0.02, 0.25, "cosine")

    def _lay(self, heights: Array) -> None:
        self.pieces.append(heights)
        self.now_s += len(heights) / FINE_HZ


Span = tuple[float, float]


def record(drawn: DrawnSet) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the sensor measured, as a canonical table, and the true reps."""
    rng = np.random.default_rng(drawn.seed)
    path, spans = _act(drawn, rng)
    height = gaussian_filter1d(np.concatenate(path.pieces), GENTLE_S * FINE_HZ)
    velocity = np.gradient(height, 1 / FINE_HZ)
    truth = pd.DataFrame([_true_rep(height, velocity, ecc, con) for ecc, con in spans])
    return _measure(drawn, height, velocity, rng), truth


def _act(drawn: DrawnSet, rng: np.random.Generator) -> tuple[_Path, list[tuple[Span, Span]]]:
    def about(seconds: float) -> float:
        return seconds * (1 + 0.06 * float(np.clip(rng.standard_normal(), -3, 3)))

    path, spans = _Path(), []
    path.hold(drawn.lead_s)
    if drawn.walks_out:
        path.move(0.04, 0.5, "minimum jerk")
        path.hold(0.3)
        path.walk()
        path.hold(1.5)
    for _ in range(drawn.reps):
        rise = drawn.rom_m * (1 + 0.02 * float(rng.standard_normal()))
        if drawn.starts_with == "ecc":
            ecc = path.move(-rise, about(drawn.ecc_s), drawn.ecc_shape)
            path.hold(about(drawn.bottom_s))
            con = path.move(rise, about(drawn.con_s), drawn.con_shape)
            path.hold(about(drawn.top_s))
        else:
            con = path.move(rise, about(drawn.con_s), drawn.con_shape)
            path.hold(about(drawn.top_s))
            ecc = path.move(-rise, about(drawn.ecc_s), drawn.ecc_shape)
            path.hold(about(drawn.bottom_s))
        spans.append((ecc, con))
    if drawn.walks_out:
        path.hold(1.0)
        path.walk()
        path.move(-0.04, 0.5, "minimum jerk")
    path.hold(drawn.tail_s)
    return path, spans


def _true_rep(height: Array, velocity: Array, ecc: Span, con: Span) -> dict[str, float]:
    row: dict[str, float] = {}
    for name, span, sign in (("ecc", ecc, -1.0), ("con", con, 1.0)):
        first, last = int((span[0] - 0.05) * FINE_HZ), int((span[1] + 0.05) * FINE_HZ)
        moving = first + np.flatnonzero(sign * velocity[first:last] > EDGE_MPS)
        start, end = int(moving[0]), int(moving[-1]) + 1
        travel = abs(float(height[end] - height[start]))
        row |= {f"{name}_start_s": start / FINE_HZ, f"{name}_end_s": end / FINE_HZ}
        row |= {f"{name}_s": (end - start) / FINE_HZ, f"{name}_m": travel}
    return row | {
        "rom_m": row["con_m"],
        "mcv_mps": row["con_m"] / row["con_s"],
        "mev_mps": row["ecc_m"] / row["ecc_s"],
    }


def _measure(drawn: DrawnSet, height: Array, velocity: Array, rng: np.random.Generator) -> pd.DataFrame:
    t_s = np.arange(len(height)) / FINE_HZ
    lifting = (t_s > drawn.lead_s) & (t_s < t_s[-1] - drawn.tail_s)
    sideways = gaussian_filter1d(drawn.sideways_m * np.sin(2 * np.pi * 0.4 * t_s) * lifting, 0.1 * FINE_HZ)
    force = np.zeros((len(t_s), 3))
    force[:, 0] = np.gradient(np.gradient(sideways, 1 / FINE_HZ), 1 / FINE_HZ)
    force[:, 2] = np.gradient(velocity, 1 / FINE_HZ) + GRAVITY_MPS2
    slow = gaussian_filter1d(rng.standard_normal(len(t_s)), 0.4 * FINE_HZ)
    wobble = np.radians(drawn.wobble_deg) * slow / slow.std()
    roll = np.radians(drawn.roll_deg) * (height - height.min()) / np.ptp(height)
    mount = Rotation.random(random_state=drawn.seed)
    still = np.zeros(len(t_s))
    pose = mount * Rotation.from_rotvec(np.column_stack([roll + wobble, still, still]))
    rate = (pose[:-1].inv() * pose[1:]).as_rotvec() * FINE_HZ
    at = np.arange(
        2 * FINE_HZ / drawn.rate_hz, len(t_s) - 2 * FINE_HZ / drawn.rate_hz, FINE_HZ / drawn.rate_hz
    )
    index = at.astype(int)
    table = {"t_s": index / FINE_HZ}
    channels = [("acc", "mps2", pose.inv().apply(force), drawn.acc_noise_mps2, drawn.acc_offset_mps2)]
    if drawn.has_gyro:
        turning = np.vstack([rate, rate[-1:]])
        channels.append(("gyr", "radps", turning, drawn.gyr_noise_radps, drawn.gyr_offset_radps))
    window = np.ones(int(FINE_HZ / drawn.rate_hz)) * drawn.rate_hz / FINE_HZ  # the part's own average
    for name, unit, values, noise, offset in channels:
        for axis, column in zip("xyz", values.T, strict=True):
            read = np.convolve(column, window, "same")[index]
            read = read + noise * rng.standard_normal(len(index)) + offset * rng.standard_normal()
            table[f"{name}_{axis}_{unit}"] = read
    return pd.DataFrame(table)


@dataclass(slots=True)
class _Tally:
    reps: int = 0
    missed: int = 0
    ghosts: int = 0
    errors: list[list[float]] = field(default_factory=list)
    within: list[bool] = field(default_factory=list)


def tally(seeds: range, *, live: bool = False) -> dict[str, _Tally]:
    """Return counts and errors of each group over some seeds."""
    groups: dict[str, _Tally] = defaultdict(_Tally)
    for seed in seeds:
        drawn = draw(seed)
        table, truth = record(drawn)
        found = (replay if live else analyze)(table, exercise=drawn.exercise).reps
        group, used = groups[drawn.group], set()
        group.reps += len(truth)
        for rep in truth.itertuples():
            overlap = np.minimum(found.con_end_s, rep.con_end_s) - np.maximum(
                found.con_start_s, rep.con_start_s
            )
            best = int(overlap.argmax()) if len(found) else -1
            if best < 0 or best in used or overlap[best] < 0.5 * min(rep.con_s, found.con_s[best]):
                group.missed += 1
                continue
            used.add(best)
            group.errors.append([found[c][best] - getattr(rep, c) for c, _ in MEASURES.values()])
            group.within.append(abs(group.errors[-1][0]) < 2 * found.mcv_sd_mps[best])
        group.ghosts += len(found) - len(used)
    return groups


def report(seeds: range, *, live: bool = False, markdown: bool = False) -> Iterator[str]:
    """Yield what there is to print."""
    rows = []
    for name, group in sorted(tally(seeds, live=live).items(), reverse=True):
        errors = np.array(group.errors).reshape(-1, len(MEASURES)) * [scale for _, scale in MEASURES.values()]
        rms, middle = np.sqrt(np.nanmean(errors**2, axis=0)), np.nanmedian(np.abs(errors), axis=0)
        cells = [f"{r:.0f} ({m:.0f})" for r, m in zip(rms, middle, strict=True)]
        rows.append(
            [
                name,
                group.reps,
                group.missed,
                group.ghosts,
                *cells,
                f"{100 * float(np.mean(group.within)):.0f} %",
            ]
        )
    mode = "live" if live else "offline"
    yield f"Sets drawn from seeds {seeds.start} to {seeds.stop - 1}, {mode}: RMSE (median error)\n"
    draw_table = markdown_table if markdown else text_table
    yield draw_table(
        ["", "reps", "missed", "ghosts", *MEASURES, "MCV within 2 sd"], [[str(c) for c in r] for r in rows]
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--live", action="store_true", help="the live engine instead of the whole recording")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.sets)
    for line in report(seeds, live=options.live, markdown=options.markdown):
        print(line)


if __name__ == "__main__":
    main()
