"""The set and session report for people: a self-contained HTML page, a PDF to print, a picture to send."""

from imu_tempo.report.image import write_png
from imu_tempo.report.page import write_html
from imu_tempo.report.pdf import write_pdf
from imu_tempo.report.save import FORMATS, check_format, write_report

__all__ = ["FORMATS", "check_format", "write_html", "write_pdf", "write_png", "write_report"]
