"""Past sessions: a database made from the recordings, and a journal of what no recording knows."""

from imu_tempo.history.choice import Choice
from imu_tempo.history.entries import AthleteSettings, OneRepMax, Said, SorenessAnswer
from imu_tempo.history.identity import RecordingFacts, recording_facts
from imu_tempo.history.store import History

__all__ = [
    "AthleteSettings",
    "Choice",
    "History",
    "OneRepMax",
    "RecordingFacts",
    "Said",
    "SorenessAnswer",
    "recording_facts",
]
