"""Training protocols as data, and how well a session kept to one."""

from imu_tempo.protocols.library import protocol, protocols, protocols_folder
from imu_tempo.protocols.protocol import Protocol, ProtocolError, Span, StopLimits
from imu_tempo.protocols.reading import read_protocols
from imu_tempo.protocols.score import (
    Lifter,
    ProtocolScore,
    lifter_of,
    score_result,
    score_results,
    score_set,
    score_sets,
)

__all__ = [
    "Lifter",
    "Protocol",
    "ProtocolError",
    "ProtocolScore",
    "Span",
    "StopLimits",
    "lifter_of",
    "protocol",
    "protocols",
    "protocols_folder",
    "read_protocols",
    "score_result",
    "score_results",
    "score_set",
    "score_sets",
]
