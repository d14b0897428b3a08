"""What each rep's lowering asked of the lifter: a row of the eccentric table a rep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypedDict

import numpy as np

from imu_tempo.exercises import Exercise
from imu_tempo.metrics.context import NO_CONTEXT, MovedMass, SetContext
from imu_tempo.metrics.control import control, ldlj_a
from imu_tempo.metrics.energy import energy
from imu_tempo.metrics.scoring import ecc_held
from imu_tempo.metrics.selection import existing, is_assisted
from imu_tempo.metrics.sticking import LEAST_RATE_HZ, NOT_MEASURED, sees_tremor, sticking, tremor_mps2
from imu_tempo.metrics.stretch import Columns, Span, Stretch
from imu_tempo.metrics.tempo import Prescription
from imu_tempo.schema import NAN, EccentricRow, RepRow
from imu_tempo.signal.constants import GRAVITY_MPS2

REBOUND_S = 0.3
"""A turnaround quicker than this is a rebound: touch-and-go, not a pause."""
RECOIL_HALF_LIFE_S = 0.85
"""Time in which half of what a stretch adds to the lift that follows is lost, s (Wilson, Elliott & Wood 1991,
doi:10.1249/00005768-199103000-00016: bench press at 95 % of maximum)."""
_AROUND_TURN_S = 0.3
"""The braking and the push that make a turnaround lie within this of it."""


def eccentric_rows(
    reps: Sequence[RepRow],
    samples: Columns,
    exercise: Exercise,
    *,
    rate_hz: float,
    prescription: Prescription | None = None,
    context: SetContext = NO_CONTEXT,
) -> list[EccentricRow]:
    """Return the eccentric table's rows of one set.

    Parameters
    ----------
    reps
        Reps of one set, in any order.
    samples
        Columns of the samples table that hold the set.
    exercise
        Its profile: a lift that ends on the floor has no rebound.
    rate_hz
        The sensor's rate, which decides whether tremor can be seen.
    prescription, context
        What was asked for, and what else is known.

    Returns
    -------
    list of EccentricRow
        One a rep, in order. Work is that on the moved mass, see :mod:`imu_tempo.metrics.energy`; where the
        mass is unknown the absolute figures are NaN and those of one kilogram stand.
    """
    rows = existing(reps)
    edges = [e for rep in rows for e in _edges(rep) if math.isfinite(e)]
    stretch = Stretch.of(samples, min(edges), max(edges)) if edges else None
    scene = _Scene(stretch, exercise, rate_hz, prescription, context)
    return [scene.row(rep, after) for rep, after in zip_longest(rows, rows[1:]) if rep is not None]


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What the reps of one set have in common."""

    stretch: Stretch | None
    exercise: Exercise
    rate_hz: float
    prescription: Prescription | None
    context: SetContext

    def row(self, rep: RepRow, after: RepRow | None) -> EccentricRow:
        ecc, con = self._span(rep.ecc_start_s, rep.ecc_end_s), self._span(rep.con_start_s, rep.con_end_s)
        mass = self.context.moved_mass(rep.load_kg)
        assisted = is_assisted(rep) or self.context.is_assisted(self.prescription)
        down, up = energy(ecc, lowering=True), energy(con, lowering=False)
        held, stuck = control(ecc), NOT_MEASURED if assisted else sticking(con)
        target_s = self._target_s
        return EccentricRow(
            set_no=rep.set_no,
            rep_no=rep.rep_no,
            exercise=rep.exercise,
            athlete=rep.athlete,
            load_kg=rep.load_kg,
            mass_kg=mass.kg,
            mass_basis=mass.basis,
            assisted=assisted,
            ecc_rom_m=-down.rise_m,
            ecc_work_sd_j=mass.kg * GRAVITY_MPS2 * rep.mev_sd_mps * rep.ecc_s,
            con_work_sd_j=mass.kg * GRAVITY_MPS2 * rep.mcv_sd_mps * rep.con_s,
            ecc_work_j=mass.kg * down.work_j,
            con_work_j=mass.kg * up.work_j,
            ecc_impulse_ns=mass.kg * down.impulse_ns,
            con_impulse_ns=mass.kg * up.impulse_ns,
            ecc_power_mean_w=mass.kg * down.power_mean_w,
            ecc_power_peak_w=mass.kg * down.power_peak_w,
            con_power_mean_w=mass.kg * up.power_mean_w,
            con_power_peak_w=mass.kg * up.power_peak_w,
            ecc_force_peak_n=mass.kg * down.force_peak_n,
            ecc_work_j_per_kg=down.work_j,
            con_work_j_per_kg=up.work_j,
            ecc_impulse_ns_per_kg=down.impulse_ns,
            con_impulse_ns_per_kg=up.impulse_ns,
            ecc_power_mean_w_per_kg=down.power_mean_w,
            ecc_power_peak_w_per_kg=down.power_peak_w,
            con_power_mean_w_per_kg=up.power_mean_w,
            con_power_peak_w_per_kg=up.power_peak_w,
            ecc_force_peak_n_per_kg=down.force_peak_n,
            time_ratio=_ratio(rep.ecc_s, rep.con_s),
            work_ratio=_ratio(down.work_j, up.work_j),
            impulse_ratio=_ratio(down.impulse_ns, up.impulse_ns),
            power_ratio=_ratio(down.power_mean_w, up.power_mean_w),
            control_score=held.score,
            ecc_speed_cv=held.speed_cv,
            ecc_reversals=held.reversals,
            ecc_ldlj=held.ldlj,
            con_ldlj=ldlj_a(con.stretch.shake_acc_mps2[con.part], con.stretch.step_s) if con else NAN,
            ecc_drop_ratio=held.drop_ratio,
            ecc_tremor_mps2=tremor_mps2(ecc, self.rate_hz),
            con_tremor_mps2=tremor_mps2(con, self.rate_hz),
            sticking_s=stuck.seconds,
            sticking_depth_pct=stuck.depth_pct,
            sticking_at_pct=stuck.at_pct,
            **self._turnaround(rep, after),
            ecc_target_s=target_s,
            ecc_error_s=rep.ecc_s - target_s,
            ecc_held=self.prescription is None or ecc_held(rep, self.prescription, self.context.tolerance),
            notes=" ".join(self._notes(rep, ecc, mass, assisted=assisted)),
        )

    @property
    def _target_s(self) -> float:
        seconds = self.prescription.ecc.seconds if self.prescription else None
        return NAN if seconds is None else seconds

    def _span(self, start_s: float, end_s: float) -> Span | None:
        known = self.stretch is not None and math.isfinite(start_s) and math.isfinite(end_s)
        return Span(self.stretch, start_s, end_s) if known and self.stretch else None

    def _turnaround(self, rep: RepRow, after: RepRow | None) -> _Turnaround:
        """Return what lies between a lowering and the lifting that follows it, in this rep or the next."""
        lifted = rep if rep.con_start_s >= rep.ecc_end_s else after
        if lifted is None or not (math.isfinite(rep.bottom_s) and math.isfinite(rep.ecc_end_s)):
            return {}
        name = "floor" if self.exercise.floor else "rebound" if rep.bottom_s <= REBOUND_S else "pause"
        acc_mps2 = NAN
        if self.stretch is not None:
            part = self.stretch.inside(rep.ecc_end_s - _AROUND_TURN_S, lifted.con_start_s + _AROUND_TURN_S)
            acc_mps2 = float(np.max(self.stretch.force_acc_mps2[part])) if part.stop > part.start else NAN
        kept_pct = NAN if self.exercise.floor else 100.0 * 0.5 ** (rep.bottom_s / RECOIL_HALF_LIFE_S)
        return {
            "turnaround": name,
            "turnaround_s": rep.bottom_s,
            "turnaround_acc_mps2": acc_mps2,
            "recoil_kept_pct": kept_pct,
        }

    def _notes(self, rep: RepRow, ecc: Span | None, mass: MovedMass, *, assisted: bool) -> list[str]:
        """Say why numbers are missing or what they assume."""
        said = {
            "The motion of this rep is not in the samples.": self.stretch is None,
            "No lowering was measured.": self.stretch is not None and ecc is None,
            "The moved mass is not known: work, impulse and power are told for one kilogram.": (
                mass.basis == "unknown"
            ),
            "The moved mass is taken to travel as the sensor on the body does.": (
                self.exercise.mount == "body" and mass.basis != "unknown"
            ),
            "Someone helped with the lifting: its work is not the lifter's alone, and it is not scored.": (
                assisted
            ),
            f"Tremor needs a sensor rate of {LEAST_RATE_HZ:g} Hz; this one ran at {self.rate_hz:.0f} Hz.": (
                not sees_tremor(self.rate_hz)
            ),
            "Part of the work absorbed was taken over by the floor.": self.exercise.floor and ecc is not None,
        }
        return [sentence for sentence, holds in said.items() if holds]


class _Turnaround(TypedDict, total=False):
    """The columns of a turnaround; none where the lowering meets no lifting."""

    turnaround: str
    turnaround_s: float
    turnaround_acc_mps2: float
    recoil_kept_pct: float


def _ratio(ecc: float, con: float) -> float:
    return ecc / con if con > 0.0 else NAN


def _edges(rep: RepRow) -> tuple[float, ...]:
    return rep.ecc_start_s, rep.ecc_end_s, rep.con_start_s, rep.con_end_s
