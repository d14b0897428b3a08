"""What a reader hands to the engine: sample blocks, the sensor behind them, and what the file knew."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from firmware_bridge.samples import SampleBlock, SensorInfo

if TYPE_CHECKING:
    import pandas as pd

Fact: TypeAlias = "float | int | str"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Samples that passed their checks, ready for analysis.

    Attributes
    ----------
    name
        Where they came from: a path, or ``"DataFrame"``.
    info
        The sensor, as far as it is known.
    blocks
        Sample blocks in time order, each without a gap inside; never empty.
    meta
        What the recording knows of the session: ``exercise``, ``load_kg``, ``athlete``, ``tempo``,
        ``simulated``, and ``ignored_columns`` for a table with columns nobody asked for.
    quality
        Facts about the data that a user should see beside every number made from it: ``lost_samples``,
        ``gaps``, ``nan_rows``, ``truncated``, ``rest_acc_mps2`` ...
    """

    name: str
    info: SensorInfo
    blocks: list[SampleBlock]
    meta: dict[str, str | float] = field(default_factory=dict)
    quality: dict[str, Fact] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """First to last sample, in seconds."""
        return float(self.blocks[-1].t_s[-1] - self.blocks[0].t_s[0])

    @property
    def samples(self) -> int:
        """Number of samples in all blocks."""
        return sum(len(block) for block in self.blocks)


SourceLike: TypeAlias = "str | PathLike[str] | pd.DataFrame | Source"
"""What every analysis accepts: a path to a recording or table, a canonical DataFrame, or a loaded source."""
