"""A set summed up: every column of :class:`imu_tempo.schema.SetRow` from the set's reps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from imu_tempo.errors import TempoError
from imu_tempo.metrics import fatigue, selection
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.scoring import Tolerance, compliance, ecc_failure_rep
from imu_tempo.metrics.stop import find_stop
from imu_tempo.metrics.tempo import Prescription, measured_tempo
from imu_tempo.metrics.tut import prescribed_tut_s, time_under_tension
from imu_tempo.metrics.velocity import Reference, velocity_loss_pct, velocity_loss_valid
from imu_tempo.schema import NAN, RepRow, SetRow

_OVERLOAD_PCT = 100.0
"""Above the concentric one-rep maximum a load can be lowered, but not lifted alone."""


def summarise(
    reps: Sequence[RepRow],
    tempo: Prescription | None = None,
    *,
    tolerance: Tolerance | None = None,
    velocity_loss_from: Reference = "fastest",
    context: SetContext = NO_CONTEXT,
) -> SetRow:
    """Sum up one set.

    Parameters
    ----------
    reps
        The set's reps, in any order. Which of them count for which number:
        :mod:`imu_tempo.metrics.selection`.
    tempo
        The prescribed tempo, if there was one.
    tolerance
        Of the tempo compliance; None takes the context's.
    velocity_loss_from
        Rep that ``vl_pct`` and the effort index are reckoned from.
    context
        What else is known: one-rep maximum, assistance, stop rule.

    Returns
    -------
    SetRow
        NaN in every number that the reps do not support, such as velocity loss of a single rep. ``quality``
        gathers the reps' flags, and says ``low_confidence`` where reps were left out of the velocity and
        tempo figures, ``overload`` where the load was above the one-rep maximum, and
        ``overload_unassisted`` where nobody is said to have helped with it.

    Raises
    ------
    TempoError
        If there is no rep, or the reps belong to more than one set.
    """
    rows = selection.existing(reps)
    numbers = {rep.set_no for rep in rows}
    if len(numbers) != 1:
        found = f"reps of sets {sorted(numbers)}" if numbers else "none"
        raise TempoError(f"A set summary needs the reps of one set, and got {found}.")
    usable, comparable = selection.usable(rows), selection.comparable(rows)
    tut = time_under_tension(rows)
    tolerance = tolerance or context.tolerance
    helped = [selection.is_assisted(rep) or context.is_assisted(tempo) for rep in rows]
    stop = find_stop(rows, context.stop, tempo, tolerance) if context.stop else None
    load_kg = next((rep.load_kg for rep in rows if math.isfinite(rep.load_kg)), NAN)
    mcv = [rep.mcv_mps for rep in comparable if math.isfinite(rep.mcv_mps)]
    if context.is_assisted(tempo):
        mcv, comparable = [], []
    vl_pct = velocity_loss_pct(mcv, velocity_loss_from)
    score = compliance(usable, tempo, tolerance) if tempo else None
    rep_no = [rep.rep_no for rep in usable]
    return SetRow(
        set_no=rows[0].set_no,
        exercise=next((rep.exercise for rep in rows if rep.exercise), ""),
        load_kg=load_kg,
        athlete=next((rep.athlete for rep in rows if rep.athlete), ""),
        start_s=tut.start_s,
        end_s=tut.end_s,
        reps=len(rows),
        partials=sum(map(selection.is_partial, rows)),
        tut_s=tut.total_s,
        tut_moving_s=tut.moving_s,
        tut_ecc_s=tut.ecc_s,
        tut_con_s=tut.con_s,
        tut_pause_s=tut.pause_s,
        tut_prescribed_s=prescribed_tut_s(tempo, len(rows)) if tempo else NAN,
        tut_ecc_sd_s=tut.ecc_sd_s,
        tut_sd_s=tut.total_sd_s,
        tut_moving_sd_s=tut.moving_sd_s,
        tut_con_sd_s=tut.con_sd_s,
        tut_pause_sd_s=tut.pause_sd_s,
        tut_prescribed_sd_s=0.0 if tempo and tempo.fully_timed else NAN,
        mcv_mean_mps=math.fsum(mcv) / len(mcv) if mcv else NAN,
        mcv_best_mps=max(mcv, default=NAN),
        mcv_last_mps=mcv[-1] if mcv else NAN,
        vl_pct=vl_pct,
        vl_first_pct=velocity_loss_pct(mcv, reference="first"),
        vl_last2_pct=velocity_loss_pct(mcv, end="last2"),
        vl_valid=velocity_loss_valid(tempo) and not all(helped),
        effort_index=fatigue.effort_index(mcv[0], vl_pct) if mcv else NAN,
        tempo=measured_tempo(usable),
        tempo_target=str(tempo) if tempo else "",
        compliance_pct=score.tally.percent if score else NAN,
        ecc_error_s=score.of("ecc").error_s if score else NAN,
        mcv_slope_mps=fatigue.slope_per_rep(
            [rep.rep_no for rep in comparable], [rep.mcv_mps for rep in comparable]
        ),
        ecc_slope_s=fatigue.slope_per_rep(rep_no, [rep.ecc_s for rep in usable]),
        pause_slope_s=fatigue.slope_per_rep(rep_no, [rep.bottom_s + rep.top_s for rep in usable]),
        rom_loss_pct=fatigue.rom_loss_pct([rep.rom_m for rep in usable]),
        assisted=sum(helped),
        load_pct_1rm=context.load_pct_1rm(load_kg),
        ecc_failure_rep=ecc_failure_rep(rows, tempo, tolerance) if tempo else 0,
        stop_rep=stop.rep_no if stop else 0,
        stop_reason=stop.detail if stop else "",
        quality=_gathered(
            rows,
            low_confidence=len(usable) < len(rows),
            overload=context.load_pct_1rm(load_kg) > _OVERLOAD_PCT,
            overload_unassisted=context.load_pct_1rm(load_kg) > _OVERLOAD_PCT and not all(helped),
        ),
    )


def _gathered(reps: Iterable[RepRow], **of_set: bool) -> str:
    """Return each flag once, in the order of appearance, and then those of the set as a whole."""
    words = [word for rep in reps for word in selection.flags(rep.quality)]
    return " ".join(dict.fromkeys([*words, *(name for name, on in of_set.items() if on)]))
