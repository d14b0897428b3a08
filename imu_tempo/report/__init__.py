"""The set report for people: a self-contained HTML page, and a picture to send."""

from imu_tempo.report.image import write_png
from imu_tempo.report.page import write_report

__all__ = ["write_png", "write_report"]
