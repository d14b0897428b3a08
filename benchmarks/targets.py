"""The accuracy to be reached, and whether it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.cases import Kind
from benchmarks.scoring import Pair, Tally, spread
from imu_tempo.schema import NAN

LENIENCY: dict[Kind, float] = {"good": 1.0, "accelerometer": 2.0, "cheap": 2.0, "50 Hz": 2.0, "slower": 2.0}
"""Factor on the targets: twice for accelerometers alone, cheap parts and low rates."""
SHORT_ECC_S, LONG_ECC_S = 4.0, 8.0
SHORT_ECC_TARGET_S, LONG_ECC_TARGET_S = 0.05, 0.10
LIVE_ECC_TARGET_S = 0.10
DELAY_TARGET_S = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """A root-mean-square error to stay below, offline and live (None: not asked for)."""

    title: str
    column: str
    offline: float
    live: float | None
    factor: float
    unit: str
    applies: Callable[[Pair], bool] = lambda _: True


def _short(pair: Pair) -> bool:
    return pair.truth.ecc_s <= SHORT_ECC_S


def _long(pair: Pair) -> bool:
    return pair.truth.ecc_s > SHORT_ECC_S


TARGETS = (
    Target("MCV", "mcv_mps", 0.015, 0.02, 1e3, "mm/s"),
    Target("PCV", "pcv_mps", 0.03, None, 1e3, "mm/s"),
    Target("ROM", "rom_m", 0.015, None, 1e3, "mm"),
    Target("MEV", "mev_mps", 0.01, None, 1e3, "mm/s"),
    Target("ecc to 4 s", "ecc_s", SHORT_ECC_TARGET_S, LIVE_ECC_TARGET_S, 1e3, "ms", _short),
    Target("ecc over 4 s", "ecc_s", LONG_ECC_TARGET_S, LIVE_ECC_TARGET_S, 1e3, "ms", _long),
    Target("bottom", "bottom_s", 0.08, None, 1e3, "ms"),
    Target("top", "top_s", 0.08, None, 1e3, "ms"),
)


class Judged(NamedTuple):
    """One target held against what was measured."""

    target: Target
    n: int
    rmse: float
    worst: float
    limit: float
    lacking: int

    @property
    def met(self) -> bool | None:
        """None where nothing is asked for, or nothing was there to measure."""
        if math.isnan(self.limit) or (self.n == 0 and self.lacking == 0):
            return None
        return self.rmse <= self.limit

    @property
    def verdict(self) -> str:
        """In words."""
        return {None: "-", True: "ok", False: "NOT MET"}[self.met]


def allowed_ecc_s(ecc_s: float) -> float:
    """Return the error allowed for a lowering: 0.05 s up to 4 s, rising to 0.10 s at 8 s."""
    share = (ecc_s - SHORT_ECC_S) / (LONG_ECC_S - SHORT_ECC_S)
    return SHORT_ECC_TARGET_S + (LONG_ECC_TARGET_S - SHORT_ECC_TARGET_S) * min(max(share, 0.0), 1.0)


def judge(tally: Tally, mode: str, kind: Kind) -> list[Judged]:
    """Hold every target against a tally."""
    return [_judged(target, [p for p in tally.pairs if target.applies(p)], mode, kind) for target in TARGETS]


def _judged(target: Target, pairs: list[Pair], mode: str, kind: Kind) -> Judged:
    limit = target.offline if mode == "offline" else target.live
    if limit is not None and mode == "offline" and target.applies is _long and pairs:
        limit = math.sqrt(math.fsum(allowed_ecc_s(p.truth.ecc_s) ** 2 for p in pairs) / len(pairs))
    found = spread(p.error(target.column) for p in pairs)
    lacking = sum(p.lacks(target.column) for p in pairs)
    return Judged(
        target,
        found.n,
        found.rmse,
        found.worst,
        NAN if limit is None else limit * LENIENCY[kind],
        lacking,
    )
