"""What is wrong with a machine, and what to do: facts are gathered, then judged."""

from imu_tempo.doctor.checks import Finding, Verdict, examine
from imu_tempo.doctor.facts import ClockFacts, FolderFacts, MachineFacts, Part, RadioSwitch
from imu_tempo.doctor.gather import gather

__all__ = [
    "ClockFacts",
    "Finding",
    "FolderFacts",
    "MachineFacts",
    "Part",
    "RadioSwitch",
    "Verdict",
    "examine",
    "gather",
]
