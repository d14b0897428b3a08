"""What reference motion is, and the formats that hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.opening import Export, open_export
from imu_tempo.formats.readers.reading import ReadOptions, Status
from imu_tempo.formats.readers.reference import c3d, chronojump, encoder, wl_analysis
from imu_tempo.formats.readers.reference.motion import Motion

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MotionFormat:
    """A format of reference motion; the attributes are those of ``SampleFormat``."""

    key: str
    title: str
    recognised_by: str
    units: str
    status: Status
    note: str
    matches: Callable[[Export], bool]
    read: Callable[[Export, ReadOptions], list[Motion]]

    @property
    def holds(self) -> str:
        """What is in it."""
        return "reference motion"


MOTION_FORMATS = (
    MotionFormat(
        "wl_analysis",
        "WL Analysis (video)",
        'columns "Frame number", "Time (s)", "velocity (vertical, m/s)"',
        "s, m, m/s, up positive",
        "seen",
        "A camera in the sagittal plane. 'Weight (lbs)' was seen to hold kg: it is not taken.",
        wl_analysis.matches,
        wl_analysis.read,
    ),
    MotionFormat(
        "encoder",
        "string encoder (time, position, velocity)",
        "columns t_s with pos_m or vel_mps, or pos_up_m or vel_up_mps; rep_row where there are several",
        "s, m, m/s, up positive",
        "seen",
        "A string measures along itself: it must hang vertically below the bar.",
        encoder.matches,
        encoder.read,
    ),
    MotionFormat(
        "chronojump_raw",
        "Chronojump encoder (raw)",
        "nothing but whole numbers and runs such as 0*5",
        "displacement per 1 ms in mm, as its linear encoder counts",
        "documented",
        "1 mm a count is that of the linear encoder; rotary encoders need their own scale.",
        chronojump.matches,
        chronojump.read,
    ),
    MotionFormat(
        "c3d",
        "C3D (motion capture)",
        "the ending .c3d and its first two bytes",
        "POINT:UNITS mm or m, POINT:RATE; +Z is taken as up unless --up says another axis",
        "documented",
        "Needs the extra 'mocap' (ezc3d). Several markers: say which with --device.",
        c3d.matches,
        c3d.read,
    ),
)


def read_motion(path: str | Path, options: ReadOptions | None = None) -> list[Motion]:
    """Read reference motion: a motion a trace.

    Raises
    ------
    SourceError
        It holds none, or is damaged.
    """
    from imu_tempo.formats.readers.registry import recognise

    options = options or ReadOptions()
    export = open_export(Path(path))
    chosen = recognise(export, options)
    if not isinstance(chosen, MotionFormat):
        raise SourceError(f"{path} holds no reference motion ({chosen.title}).", source=str(path))
    return motions_of(export, chosen, options)


def motions_of(export: Export, chosen: MotionFormat, options: ReadOptions) -> list[Motion]:
    """Read the motions of an export whose format is known.

    Raises
    ------
    SourceError
        There are none, or not the one that was asked for.
    """
    motions = chosen.read(export, options)
    if options.device is not None and chosen.key != "c3d":
        motions = [m for m in motions if m.name == options.device]
    if not motions:
        raise SourceError(f"{export.path} holds no motion of {chosen.title}.", source=str(export.path))
    return motions


def motion_table(motions: list[Motion]) -> pd.DataFrame:
    """Return motions as one table: ``trace, t_s, pos_up_m, vel_up_mps``."""
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame({"trace": m.name, "t_s": m.t_s, "pos_up_m": m.pos_up_m, "vel_up_mps": m.vel_up_mps})
            for m in motions
        ],
        ignore_index=True,
    )
