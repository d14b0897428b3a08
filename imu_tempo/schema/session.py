"""The session table: what a session adds up to, by exercise and in all."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.spreads import OF_A_SUM, sd_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """Sums over the sets of one exercise, or of a whole session. NaN sets (no load given) are left out."""

    exercise: str = column("", "exercise profile; empty for the whole session")
    sets: int = column("", "sets")
    reps: int = column("", "reps, partials included")
    start_s: float = column("s", "first edge of the first rep", default=NAN)
    end_s: float = column("s", "last edge of the last rep", default=NAN)
    tut_s: float = column("s", "start-to-end time under tension of the sets, added up", default=NAN)
    tut_moving_s: float = column("s", "time under tension while the bar moves", default=NAN)
    tut_ecc_s: float = column("s", "eccentric time under tension", default=NAN)
    tut_con_s: float = column("s", "concentric time under tension", default=NAN)
    tut_pause_s: float = column("s", "pauses inside the sets", default=NAN)
    tut_prescribed_s: float = column(
        "s", "prescribed time under tension of the sets that had a tempo", default=NAN
    )
    tut_sd_s: float = column("s", sd_of("tut_s", OF_A_SUM), default=NAN)
    tut_moving_sd_s: float = column("s", sd_of("tut_moving_s", OF_A_SUM), default=NAN)
    tut_ecc_sd_s: float = column("s", sd_of("tut_ecc_s", OF_A_SUM), default=NAN)
    tut_con_sd_s: float = column("s", sd_of("tut_con_s", OF_A_SUM), default=NAN)
    tut_pause_sd_s: float = column("s", sd_of("tut_pause_s", OF_A_SUM), default=NAN)
    volume_kg: float = column("kg", "load times reps, added up", default=NAN)
    ecc_exposure_kgs: float = column("kg s", "eccentric time under tension times load, added up", default=NAN)
    ecc_work_j: float = column("J", "work absorbed", default=NAN)
    con_work_j: float = column("J", "work done", default=NAN)
    ecc_impulse_ns: float = column("N s", "eccentric impulse", default=NAN)
    compliance_pct: float = column(
        "%", "compliance of the sets that had a tempo, weighted by reps", default=NAN
    )
