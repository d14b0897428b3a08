"""One function a figure: a table in, a Matplotlib Axes out; colours and shapes live in ``style``."""

from imu_tempo.plots.bars import tempo_bars, tut_bars, velocity_loss
from imu_tempo.plots.motion import bar_path_vertical, rep_overlay, velocity_time

__all__ = ["bar_path_vertical", "rep_overlay", "tempo_bars", "tut_bars", "velocity_loss", "velocity_time"]
