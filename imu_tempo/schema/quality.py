"""What each word of a quality column says."""

from __future__ import annotations

QUALITY_WORDS: dict[str, str] = {
    "partial": "partial: shorter than the set's other reps",
    "gap": "samples lost inside a phase",
    "clipped": "the sensor hit the end of its range",
    "impact": "an impact inside a phase was masked",
    "closure": "the bar did not return to the set's level",
    "uncertain": "velocity is uncertain",
    "sigma": "velocity is uncertain",
    "disagree": "two ways of measuring disagree",
    "low_confidence": "too uncertain to use for velocity and tempo",
    "no_ecc": "no lowering was seen",
    "no_con": "no lifting was seen",
    "drift": "velocity is uncertain, or the bar did not return to the set's level",
    "edge": "an edge of the recording cuts the rep",
    "overload": "more than the one-rep maximum",
    "overload_unassisted": "more than the one-rep maximum, and nobody is said to have helped",
    "edited": "changed by hand",
    "confirmed": "confirmed by hand",
    "assisted": "somebody helped with the lifting",
    "to_failure": "no further rep was possible",
}
