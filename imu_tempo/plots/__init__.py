"""One function a figure: a table in, a Matplotlib Axes out; colours and shapes live in ``style``."""

from imu_tempo.plots.agreement import accuracy_overview, agreement_scatter, bland_altman, error_by_phase
from imu_tempo.plots.bars import tempo_bars, tut_bars, velocity_loss
from imu_tempo.plots.dose import dose_calendar
from imu_tempo.plots.load_velocity import load_velocity_profile
from imu_tempo.plots.motion import bar_path_vertical, rep_overlay, velocity_time
from imu_tempo.plots.trend import session_trend, trend_figure

__all__ = [
    "accuracy_overview",
    "agreement_scatter",
    "bar_path_vertical",
    "bland_altman",
    "dose_calendar",
    "error_by_phase",
    "load_velocity_profile",
    "rep_overlay",
    "session_trend",
    "tempo_bars",
    "trend_figure",
    "tut_bars",
    "velocity_loss",
    "velocity_time",
]
