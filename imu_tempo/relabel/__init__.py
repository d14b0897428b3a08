"""What a person says of reps after the fact, kept beside the recording and put onto every analysis of it."""

from imu_tempo.relabel.apply import Missed, Outcome, apply_edits
from imu_tempo.relabel.edit import (
    Action,
    Edit,
    RepRef,
    add,
    assisted,
    confirm,
    delete,
    full,
    label,
    merge,
    not_to_failure,
    partial,
    split,
    to_failure,
    unassisted,
)
from imu_tempo.relabel.entries import Entry
from imu_tempo.relabel.log import Edits
from imu_tempo.relabel.splice import splice

__all__ = [
    "Action",
    "Edit",
    "Edits",
    "Entry",
    "Missed",
    "Outcome",
    "RepRef",
    "add",
    "apply_edits",
    "assisted",
    "confirm",
    "delete",
    "full",
    "label",
    "merge",
    "not_to_failure",
    "partial",
    "splice",
    "split",
    "to_failure",
    "unassisted",
]
