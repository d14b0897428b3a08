"""A load-velocity profile in words: the one-rep max it points to, how sure that is, and what is doubtful."""

from __future__ import annotations

import math
from collections.abc import Iterator

from imu_tempo.schema.load_velocity import LoadVelocityRow

_DOUBTS = {
    "one_load": "A profile needs two loads, each lifted as fast as possible.",
    "few_loads": "Few loads: four or more make the interval narrower.",
    "narrow_range": "The loads lie close together: a lighter and a heavier one would make this far surer.",
    "far_extrapolation": "The heaviest load is far from the one-rep max: go heavier to be surer.",
    "scattered": "The points lie off the line: one of them may be wrong, or not lifted as fast as possible.",
    "not_falling": "Velocity does not fall with load: were all lifts as fast as possible?",
    "e1rm_unbounded": "The points do not bound the one-rep max from above.",
    "paced_excluded": "Paced lifts were left out: they do not show what was possible.",
    "assisted_excluded": "Assisted lifts were left out.",
    "partial_excluded": "Partial lifts were left out.",
    "low_confidence_excluded": "Lifts that were measured poorly were left out.",
    "no_load_excluded": "Lifts without a load were left out.",
    "no_velocity_excluded": "Lifts without a velocity were left out.",
}


def profile_sentences(row: LoadVelocityRow) -> Iterator[str]:
    """Yield what a profile says, then each doubt as a sentence."""
    if math.isfinite(row.e1rm_kg):
        sure = (
            f"{row.e1rm_low_kg:.0f} to {row.e1rm_high_kg:.0f} kg with {row.confidence_pct:.0f} % confidence"
            if math.isfinite(row.e1rm_low_kg)
            else "how sure is not known"
        )
        yield f"Estimated one-rep max {row.e1rm_kg:.0f} kg ({sure}), at {row.mvt_mps:.2f} m/s."
    if math.isfinite(row.slope_mps_per_kg):
        spread = f", spread {row.see_mps:.3f} m/s, r2 {row.r2:.3f}" if math.isfinite(row.see_mps) else ""
        yield (
            f"{row.points} {'rep' if row.points == 1 else 'reps'} with {row.load_min_kg:g} to"
            f" {row.load_max_kg:g} kg ({row.method}){spread}."
        )
    for flag in row.warnings.split():
        yield _DOUBTS[flag]
