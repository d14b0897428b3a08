"""The sentence of a methods section that says what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imu_tempo.metrics.agreement.study import Agreement


def methods_sentence(study: Agreement) -> str:
    """Return what was compared and how, for the methods section of a paper."""
    counts = study.counts.iloc[0]
    subjects = int(study.quantities["subjects"].max()) if len(study.quantities) else 0
    people = f" of {subjects} athletes" if subjects > 1 else ""
    repeated = bool(study.quantities["repeated"].any()) if len(study.quantities) else False
    how = (
        "with variance within and between athletes taken apart (Bland & Altman 2007)"
        if repeated
        else "with exact confidence intervals (Carkeet 2015)"
    )
    if study.by == "time":
        matched = "matched one to one by overlap in time (more than half of the shorter)"
        matched += ", after a constant clock offset was estimated" if study.clock_fitted else ""
    else:
        matched = "matched by set and rep number"
    bootstrap = " by bootstrap over athletes" if repeated else ""
    caveat = " Intervals of SEE, ICC and concordance take reps as independent." if repeated else ""
    return (
        f"Reps of device and reference were {matched}; {counts.matched} of {counts.reference_reps} reference"
        f" reps{people} were found, with {counts.ghosts} that the reference did not have. Agreement is given"
        f" as bias and 95 % limits of agreement (device minus reference) {how}, standard error of estimate,"
        " ICC(2,1) and ICC(3,1) (Shrout & Fleiss 1979; intervals after McGraw & Wong 1996), Lin's concordance"
        " correlation coefficient, and ordinary least products regression (Ludbrook 1997) with 95 %"
        f" intervals{bootstrap}.{caveat}"
    )
