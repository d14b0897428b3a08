"""Rep tempo, eccentric time under tension and fatigue from a bar-mounted IMU, live and replayable."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imu_tempo.batch import analyze_many
    from imu_tempo.engine import replay
    from imu_tempo.offline import analyze
    from imu_tempo.result import AnalysisResult

__version__ = "0.1.0"
__all__ = ["AnalysisResult", "__version__", "analyze", "analyze_many", "replay"]

# Names are imported when first used: `imu-tempo --help` must not wait for SciPy and pandas.
_HOMES = {
    "analyze": "imu_tempo.offline",
    "analyze_many": "imu_tempo.batch",
    "replay": "imu_tempo.engine",
    "AnalysisResult": "imu_tempo.result",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'imu_tempo' has no attribute '{name}'")
