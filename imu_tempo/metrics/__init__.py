"""Numbers of a set, from its reps: tempo, time under tension, velocity loss and fatigue."""

from imu_tempo.metrics.scoring import Compliance, Tolerance, compliance
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.tempo import PhaseTarget, Prescription, measured_tempo, parse_tempo
from imu_tempo.metrics.velocity import velocity_loss_pct, velocity_loss_valid

__all__ = [
    "Compliance",
    "PhaseTarget",
    "Prescription",
    "Tolerance",
    "compliance",
    "measured_tempo",
    "parse_tempo",
    "summarise",
    "velocity_loss_pct",
    "velocity_loss_valid",
]
