"""The link benchmark, made short."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks import link
from tests.system_parts import needs


def test_every_notification_that_was_sent_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "FAST_AIR_S", 3.0)
    rate, lost = asyncio.run(link._notification_rows())
    assert rate[2] == "3,000"
    assert lost[1] == f"0 of {round(3.0 * link.RATE_HZ)}"


@needs("dbus-daemon")
def test_client_is_measured_apart_from_sensor_and_bluez(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "STARTS", 1)
    rows = {row[0]: row for row in link._over_bluez(1.0)}
    assert rows["samples in that time"][1].endswith("received, 0 lost")
    assert rows["scan to first sample: longest"][3] == "ok"
    assert rows["client at 400 Hz x 6 axes"][2] == "5%"
