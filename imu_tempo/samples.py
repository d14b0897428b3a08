"""The samples of one recording, joined from blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.frames import sample_period

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples in order, holes and all: ``t_s (n,)``, ``acc_mps2 (n, 3)``, ``gyr_radps (n, 3)`` or None."""

    t_s: Array
    acc_mps2: Array
    gyr_radps: Array | None

    @classmethod
    def of(cls, blocks: Sequence[SampleBlock]) -> Samples:
        """Join blocks; the gyro counts only if every block has it."""
        if len(blocks) == 1:
            return cls(blocks[0].t_s, blocks[0].acc_mps2, blocks[0].gyr_radps)
        gyr = [b.gyr_radps for b in blocks if b.gyr_radps is not None]
        return cls(
            np.concatenate([b.t_s for b in blocks]),
            np.concatenate([b.acc_mps2 for b in blocks]),
            np.concatenate(gyr) if len(gyr) == len(blocks) else None,
        )

    def before(self, until_s: float) -> Samples:
        """Return the samples earlier than ``until_s``."""
        n = int(np.searchsorted(self.t_s, until_s))
        return Samples(
            self.t_s[:n], self.acc_mps2[:n], None if self.gyr_radps is None else self.gyr_radps[:n]
        )

    @property
    def rate_hz(self) -> float:
        """Sample rate by the median step."""
        return 1.0 / sample_period(self.t_s)
