"""The coach's page: bars, sets and past sessions in a browser, while recordings go on by themselves."""

from imu_tempo.live.web.plan import NO_KEEPING, WebPlan
from imu_tempo.live.web.server import serve

__all__ = ["NO_KEEPING", "WebPlan", "serve"]
