"""How results look in a notebook: tables in HTML with units, coloured flags and tempo bars."""

from imu_tempo.display.agreement import agreement_html
from imu_tempo.display.analysis import analysis_html

__all__ = ["agreement_html", "analysis_html"]
