"""One function a figure: tables in, a Matplotlib Axes out; colours and shapes live in ``style``.

Tables come first, everything else by keyword; ``ax`` is what to draw on, by default a new figure's axes
(``ax.figure`` saves them). No function touches its table or Matplotlib's global state.
"""

from imu_tempo.plots.agreement import accuracy_overview, agreement_scatter, bland_altman, error_by_phase
from imu_tempo.plots.bars import tut_bars, velocity_loss
from imu_tempo.plots.dose import dose_calendar
from imu_tempo.plots.fatigue import fatigue_panel
from imu_tempo.plots.load_velocity import load_velocity_profile
from imu_tempo.plots.motion import bar_path_vertical, velocity_time
from imu_tempo.plots.overlay import bar_path, rep_overlay
from imu_tempo.plots.quality import signal_quality
from imu_tempo.plots.tempo import tempo_bars
from imu_tempo.plots.trend import session_trend, trend_figure

__all__ = [
    "accuracy_overview",
    "agreement_scatter",
    "bar_path",
    "bar_path_vertical",
    "bland_altman",
    "dose_calendar",
    "error_by_phase",
    "fatigue_panel",
    "load_velocity_profile",
    "rep_overlay",
    "session_trend",
    "signal_quality",
    "tempo_bars",
    "trend_figure",
    "tut_bars",
    "velocity_loss",
    "velocity_time",
]
