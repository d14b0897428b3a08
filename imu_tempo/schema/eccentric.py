"""The eccentric table: what each rep's lowering asked of the lifter, beside what its lifting gave back."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.spreads import OF_A_WORK, sd_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EccentricRow:
    """Mechanics and control of one rep.

    Per-kilogram columns come from the motion alone and are always there; absolute ones need the moved mass.
    A number that is NaN has its reason in ``notes``.
    """

    set_no: int = column("", "set, from 1")
    rep_no: int = column("", "rep within its set, from 1")
    exercise: str = column("", "exercise profile", default="")
    athlete: str = column("", "athlete id, empty where not given", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    mass_kg: float = column("kg", "moved mass that forces are reckoned with, NaN where unknown", default=NAN)
    mass_basis: str = column(
        "", "bar, bar+body, body, or unknown: what mass_kg is made of", default="unknown"
    )
    assisted: bool = column("", "someone helped with the lifting, which is then not scored", default=False)

    ecc_rom_m: float = column("m", "height lowered between the edges of the lowering", default=NAN)
    ecc_work_j: float = column("J", "work absorbed while lowering (positive)", default=NAN)
    con_work_j: float = column("J", "work done on the moved mass while lifting", default=NAN)
    ecc_work_sd_j: float = column("J", sd_of("ecc_work_j", OF_A_WORK), default=NAN)
    con_work_sd_j: float = column("J", sd_of("con_work_j", OF_A_WORK), default=NAN)
    ecc_impulse_ns: float = column("N s", "force added up over the lowering", default=NAN)
    con_impulse_ns: float = column("N s", "force added up over the lifting", default=NAN)
    ecc_power_mean_w: float = column("W", "work absorbed over the lowering's duration", default=NAN)
    ecc_power_peak_w: float = column("W", "highest power absorbed, low-passed", default=NAN)
    con_power_mean_w: float = column("W", "work done over the lifting's duration", default=NAN)
    con_power_peak_w: float = column("W", "highest power given, low-passed", default=NAN)
    ecc_force_peak_n: float = column("N", "highest force while lowering, low-passed", default=NAN)
    ecc_work_j_per_kg: float = column("J/kg", "ecc_work_j of one kilogram", default=NAN)
    con_work_j_per_kg: float = column("J/kg", "con_work_j of one kilogram", default=NAN)
    ecc_impulse_ns_per_kg: float = column("N s/kg", "ecc_impulse_ns of one kilogram", default=NAN)
    con_impulse_ns_per_kg: float = column("N s/kg", "con_impulse_ns of one kilogram", default=NAN)
    ecc_power_mean_w_per_kg: float = column("W/kg", "ecc_power_mean_w of one kilogram", default=NAN)
    ecc_power_peak_w_per_kg: float = column("W/kg", "ecc_power_peak_w of one kilogram", default=NAN)
    con_power_mean_w_per_kg: float = column("W/kg", "con_power_mean_w of one kilogram", default=NAN)
    con_power_peak_w_per_kg: float = column("W/kg", "con_power_peak_w of one kilogram", default=NAN)
    ecc_force_peak_n_per_kg: float = column("N/kg", "ecc_force_peak_n of one kilogram", default=NAN)

    time_ratio: float = column("", "eccentric over concentric duration", default=NAN)
    work_ratio: float = column("", "work absorbed over work done", default=NAN)
    impulse_ratio: float = column("", "eccentric over concentric impulse", default=NAN)
    power_ratio: float = column("", "eccentric over concentric mean power", default=NAN)

    control_score: float = column("", "control of the lowering, 0 (dropped) to 100; exploratory", default=NAN)
    ecc_speed_cv: float = column("", "spread over mean of lowering speed, middle 90 % of travel", default=NAN)
    ecc_reversals: float = column("", "times the bar went up by 5 mm or more while lowering", default=NAN)
    ecc_ldlj: float = column("", "LDLJ-A smoothness of the lowering, nearer 0 is smoother", default=NAN)
    con_ldlj: float = column("", "LDLJ-A smoothness of the lifting, nearer 0 is smoother", default=NAN)
    ecc_drop_ratio: float = column("", "lowering speed near the bottom over that before", default=NAN)
    ecc_tremor_mps2: float = column(
        "m/s^2", "RMS of 8-12 Hz vertical acceleration while lowering", default=NAN
    )
    con_tremor_mps2: float = column(
        "m/s^2", "RMS of 8-12 Hz vertical acceleration while lifting", default=NAN
    )
    sticking_s: float = column(
        "s", "first peak to following minimum of lifting speed; 0: no sticking", default=NAN
    )
    sticking_depth_pct: float = column("%", "speed lost from that peak to that minimum", default=NAN)
    sticking_at_pct: float = column("%", "part of the travel done at that minimum", default=NAN)

    turnaround: str = column(
        "", "rebound, pause or floor, empty where the lowering meets no lifting", default=""
    )
    turnaround_s: float = column(
        "s", "pause between the lowering and the lifting that follows it", default=NAN
    )
    turnaround_acc_mps2: float = column(
        "m/s^2", "highest upward acceleration around the turnaround", default=NAN
    )
    recoil_kept_pct: float = column("%", "stretch benefit left after that pause; exploratory", default=NAN)

    ecc_target_s: float = column("s", "prescribed lowering time, NaN where none", default=NAN)
    ecc_error_s: float = column("s", "measured minus prescribed lowering time", default=NAN)
    ecc_held: bool = column(
        "", "false where the lowering was shorter than its tolerance allows", default=True
    )
    notes: str = column("", "why a number is missing or doubtful; sentences", default="")
