"""The protocol score table: each set held against what the protocol asks."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolScoreRow:
    """One set against a protocol. Verdicts are empty where there is nothing to judge."""

    set_no: int = column("", "set, from 1")
    protocol: str = column("", "protocol")
    exercise: str = column("", "exercise profile of the set", default="")
    reps: int = column("", "reps done, partials included")
    reps_low: int = column("", "fewest reps asked for")
    reps_high: int = column("", "most reps asked for")
    reps_verdict: str = column("", "ok, few or many", default="")
    tempo_target: str = column("", "prescribed tempo")
    compliance_pct: float = column("%", "scored phases inside tolerance", default=NAN)
    ecc_compliance_pct: float = column("%", "lowerings inside tolerance", default=NAN)
    ecc_error_s: float = column("s", "mean signed error of the lowering", default=NAN)
    tempo_verdict: str = column("", "ok or off", default="")
    rest_s: float = column("s", "rest before the set, NaN for the first", default=NAN)
    rest_verdict: str = column("", "ok, short or long", default="")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    load_pct_1rm: float = column("%", "load of the one-rep max, NaN where either is unknown", default=NAN)
    load_verdict: str = column("", "ok, light or heavy", default="")
    stop_rep: int = column("", "rep that crossed the stop rule, 0 for none", default=0)
    stop_reason: str = column("", "which rule, in words", default="")
    reps_after_stop: int = column("", "reps done after that one", default=0)
    stop_verdict: str = column("", "ok or passed", default="")
    kept: int = column("", "things kept to: reps, tempo, rest, load, stop", default=0)
    judged: int = column("", "things that could be judged", default=0)
    sentence: str = column("", "what it says, in plain words", default="")
