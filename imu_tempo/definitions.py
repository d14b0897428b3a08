"""How quantities are defined: every choice that moves a number, in one place, recorded with each result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Switchable definitions.

    Attributes
    ----------
    edge_velocity_mps
        A phase departs and arrives where vertical speed crosses this, m/s. 0.02 is above postural sway and
        costs a 4 s minimum-jerk lowering 0.58 s; 0.05 would cost it 0.96 s.
    peak_bandwidth_hz
        Peak velocities are read after a zero-phase low-pass at this corner: bar whip and tremor add 12-20
        mm/s.
    set_rest_s
        Time at rest between two reps that makes them two sets.
    partial_ratio
        A rep travelling less than this part of the set's ROM is partial.
    """

    edge_velocity_mps: float = 0.02
    peak_bandwidth_hz: float = 10.0
    set_rest_s: float = 15.0
    partial_ratio: float = 0.75
