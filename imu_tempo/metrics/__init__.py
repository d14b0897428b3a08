"""Numbers of a set, from its reps: tempo, time under tension, velocity loss and fatigue."""

from imu_tempo.metrics.context import SetContext
from imu_tempo.metrics.presets import Preset, tempo_preset, tempo_presets
from imu_tempo.metrics.scoring import Compliance, Tolerance, compliance
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.stop import RirLine, StopRule, find_stop
from imu_tempo.metrics.tempo import PhaseTarget, Prescription, measured_tempo, parse_tempo
from imu_tempo.metrics.velocity import velocity_loss_pct, velocity_loss_valid

__all__ = [
    "Compliance",
    "PhaseTarget",
    "Prescription",
    "Preset",
    "RirLine",
    "SetContext",
    "StopRule",
    "Tolerance",
    "compliance",
    "find_stop",
    "measured_tempo",
    "parse_tempo",
    "summarise",
    "tempo_preset",
    "tempo_presets",
    "velocity_loss_pct",
    "velocity_loss_valid",
]
