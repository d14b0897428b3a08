"""The four tables of an analysis: reps, sets, rejected movements, samples."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.spreads import OF_A_SPEED, OF_A_SUM, OF_A_TIME, sd_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """One rep. Phase columns are NaN where a phase is missing; intervals are half-open."""

    set_no: int = column("", "set, from 1")
    rep_no: int = column("", "rep within its set, from 1")
    ecc_start_s: float = column("s", "start of the lowering on the session clock", default=NAN)
    ecc_end_s: float = column("s", "end of the lowering", default=NAN)
    con_start_s: float = column("s", "start of the lifting", default=NAN)
    con_end_s: float = column("s", "end of the lifting", default=NAN)
    ecc_s: float = column("s", "eccentric (lowering) duration", default=NAN)
    bottom_s: float = column("s", "pause between the lowering and the lifting that follows", default=NAN)
    con_s: float = column("s", "concentric (lifting) duration", default=NAN)
    top_s: float = column("s", "pause between the lifting and the lowering that follows", default=NAN)
    tut_s: float = column("s", "time under tension: first to last edge of the rep, inner pause included")
    rom_m: float = column("m", "height travelled in the concentric", default=NAN)
    mcv_mps: float = column("m/s", "mean concentric velocity: ROM over concentric duration", default=NAN)
    mpv_mps: float = column("m/s", "mean propulsive velocity: mean while acceleration >= -9.81", default=NAN)
    pcv_mps: float = column("m/s", "peak concentric velocity, low-passed", default=NAN)
    mev_mps: float = column("m/s", "mean eccentric velocity (speed, positive)", default=NAN)
    pev_mps: float = column("m/s", "peak eccentric velocity (speed, positive), low-passed", default=NAN)
    mcv_sd_mps: float = column("m/s", sd_of("mcv_mps", OF_A_SPEED), default=NAN)
    confidence: float = column("", "0 (do not use) to 1 (clean)", default=1.0)
    quality: str = column("", "space-separated flags of what is wrong; empty when nothing is", default="")
    exercise: str = column("", "exercise profile", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    athlete: str = column("", "athlete id, empty where not given", default="")
    ecc_sd_s: float = column("s", sd_of("ecc_s", OF_A_TIME), default=NAN)
    closure_m: float = column("m", "height by which the rep fails to return to the set's level", default=NAN)
    bottom_sd_s: float = column("s", sd_of("bottom_s", OF_A_TIME), default=NAN)
    con_sd_s: float = column("s", sd_of("con_s", OF_A_TIME), default=NAN)
    top_sd_s: float = column("s", sd_of("top_s", OF_A_TIME), default=NAN)
    tut_sd_s: float = column("s", sd_of("tut_s", OF_A_TIME), default=NAN)
    mev_sd_mps: float = column("m/s", sd_of("mev_mps", OF_A_SPEED), default=NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One set, summed up from its reps."""

    set_no: int = column("", "set, from 1")
    exercise: str = column("", "exercise profile", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    athlete: str = column("", "athlete id, empty where not given", default="")
    start_s: float = column("s", "first edge of the first rep")
    end_s: float = column("s", "last edge of the last rep")
    reps: int = column("", "reps, partials included")
    partials: int = column("", "reps whose quality says partial", default=0)
    tut_s: float = column("s", "start-to-end time under tension: end_s - start_s")
    tut_moving_s: float = column("s", "time under tension while the bar moves")
    tut_ecc_s: float = column("s", "eccentric time under tension: the headline figure")
    tut_con_s: float = column("s", "concentric time under tension")
    tut_pause_s: float = column("s", "pauses at bottom and top between the set's edges")
    tut_prescribed_s: float = column("s", "reps times the digits of the prescription", default=NAN)
    tut_ecc_sd_s: float = column("s", sd_of("tut_ecc_s", OF_A_SUM), default=NAN)
    mcv_mean_mps: float = column("m/s", "mean of the reps' MCV", default=NAN)
    mcv_best_mps: float = column("m/s", "fastest rep's MCV", default=NAN)
    mcv_last_mps: float = column("m/s", "last rep's MCV", default=NAN)
    vl_pct: float = column("%", "velocity loss, fastest rep (or first, as defined) to last", default=NAN)
    vl_first_pct: float = column("%", "velocity loss, first to last rep", default=NAN)
    vl_last2_pct: float = column("%", "velocity loss, fastest rep to the mean of the last two", default=NAN)
    vl_valid: bool = column("", "false where the concentric was paced or assisted", default=True)
    effort_index: float = column("m/s %", "first rep's MCV x vl_pct", default=NAN)
    tempo: str = column("", "measured tempo, medians: ecc-bottom-con-top in seconds", default="")
    tempo_target: str = column("", "prescribed tempo, empty where none", default="")
    compliance_pct: float = column("%", "scored phases inside tolerance", default=NAN)
    ecc_error_s: float = column("s", "mean signed error of the lowering against its target", default=NAN)
    mcv_slope_mps: float = column("m/s per rep", "Theil-Sen slope of MCV over reps", default=NAN)
    ecc_slope_s: float = column("s per rep", "Theil-Sen slope of eccentric duration over reps", default=NAN)
    pause_slope_s: float = column("s per rep", "Theil-Sen slope of both pauses over reps", default=NAN)
    rom_loss_pct: float = column("%", "ROM loss, mean of first two to mean of last two reps", default=NAN)
    quality: str = column("", "space-separated flags, gathered from the reps", default="")
    tut_sd_s: float = column("s", sd_of("tut_s", OF_A_TIME), default=NAN)
    tut_moving_sd_s: float = column("s", sd_of("tut_moving_s", OF_A_SUM), default=NAN)
    tut_con_sd_s: float = column("s", sd_of("tut_con_s", OF_A_SUM), default=NAN)
    tut_pause_sd_s: float = column("s", sd_of("tut_pause_s", OF_A_SUM), default=NAN)
    tut_prescribed_sd_s: float = column(
        "s", "0 where every phase is timed, NaN where it is a minimum", default=NAN
    )
    assisted: int = column("", "reps whose lifting was assisted", default=0)
    load_pct_1rm: float = column("%", "load over the one-rep maximum, NaN where not given", default=NAN)
    ecc_failure_rep: int = column(
        "", "rep from which the prescribed lowering was not held; 0: held", default=0
    )
    stop_rep: int = column("", "rep that crossed the stop rule; 0: none did, or no rule", default=0)
    stop_reason: str = column("", "which rule it crossed and how, in words", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """One movement that was looked at and is not a rep."""

    start_s: float = column("s", "start of the movement")
    end_s: float = column("s", "end of the movement")
    reason: str = column("", "one word from the list in imu_tempo.reps: unrack, rerack, handling ...")
    detail: str = column("", "one sentence with the numbers that decided", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One instant of the solved motion, on an even clock. Built as arrays, never row by row."""

    t_s: float = column("s", "session clock")
    acc_up_mps2: float = column("m/s^2", "vertical acceleration without gravity, up positive")
    vel_up_mps: float = column("m/s", "vertical velocity, up positive; NaN outside solved windows")
    pos_up_m: float = column("m", "height above the set's turnaround; NaN outside solved windows")
    phase: str = column("", "ecc, bottom, con, top or rest")
    sigma_v_mps: float = column("m/s", sd_of("vel_up_mps", OF_A_SPEED))
