"""The documentation's figures, each drawn by code: a name and the function that draws it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pictures.bar import mounting
from pictures.layers import layers
from pictures.motion import phases, signs, slow_lowering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES: dict[str, Callable[[], Figure]] = {
    "mounting": mounting,
    "signs": signs,
    "phases": phases,
    "slow_lowering": slow_lowering,
    "layers": layers,
}
