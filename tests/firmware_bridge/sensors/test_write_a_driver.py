"""The page on writing a driver says what is so: its driver is installed from it, and lives up to it."""

from __future__ import annotations

import re
import struct
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError, LinkError
from firmware_bridge.sensors import (
    Advertisement,
    Request,
    StreamSettings,
    driver,
    driver_for,
    drivers,
    offer_of,
)
from firmware_bridge.sensors.base import ENTRY_POINT_GROUP
from tests.firmware_bridge.sensors.contract import Array, Bench, FakeSensor, Loss, Sent, started

PAGE = Path(__file__).resolve().parents[3] / "docs" / "write-a-driver.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST_PAGE = 130  # lines; it promises one page


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Install the page's driver as its entry point says; give the page's test."""
    (_, code), (kind, project), (_, test) = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert kind == "toml"
    (tmp_path / "barstick.py").write_text(code, encoding="utf-8")
    info = tmp_path / "barstick-1.0.dist-info"
    info.mkdir()
    points = tomllib.loads(project)["project"]["entry-points"][ENTRY_POINT_GROUP]
    lines = [f"[{ENTRY_POINT_GROUP}]", *(f"{key} = {value}" for key, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: barstick\nVersion: 1.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    invalidate_caches()
    drivers.cache_clear()
    yield test
    drivers.cache_clear()
    sys.modules.pop("barstick", None)


class BarStick(FakeSensor):
    """The sensor that the page describes."""

    key = "barstick"
    loss = Loss.INDEX
    gyr_range_dps = 2000
    gyr_lsb_dps = 2000 / 32768
    refuses = False
    origin: int | None = None

    def read(self, uuid: str) -> bytes | None:
        return None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        if data[0] == 1:
            rate, self.acc_range_g = struct.unpack("<HB", data[1:])
            self.rate_hz, self.acc_lsb_g, self.origin = float(rate), self.acc_range_g / 32768, None
        self.streaming = data[0] == 1 and not self.refuses
        return [(uuid, bytes([0x80 | data[0], int(self.refuses)]))]

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        data = import_module("barstick").DATA
        self.origin = first if self.origin is None else self.origin
        rows = np.rint(np.hstack([acc_g / self.acc_lsb_g, gyr_dps / self.gyr_lsb_dps])).astype("<i2")
        sent = []
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            us = round((first + start) / self.rate_hz * 1e6)
            header = struct.pack("<II", first + start - self.origin, us)
            sent.append(Sent(data, header + part.tobytes(), first + start + len(part)))
        return sent


def test_it_fits_on_a_page():
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= LONGEST_PAGE


def test_its_test_passes(installed: str):
    names: dict[str, object] = {}
    exec(compile(installed, str(PAGE), "exec"), names)
    tests = [found for name, found in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        assert callable(test)
        test()


@pytest.mark.usefixtures("installed")
def test_its_driver_is_found_by_its_entry_point_and_by_its_advertisement():
    service = import_module("barstick").SERVICE
    assert "barstick" in drivers()
    assert driver_for(Advertisement(None, "00:11:22:33:44:55", -50, (service,))) is driver("barstick")
    assert offer_of(driver("barstick")) is not None


@pytest.mark.usefixtures("installed")
def test_its_driver_streams_counts_losses_and_goes_on_after_a_reconnect():
    bench = started(BarStick(StreamSettings(rate_hz=180, acc_range_g=8)))
    bench.send(400, size=10)
    bench.assert_true(0, 400)
    bench.measure(30, size=10)
    bench.send(100, size=10)
    assert (bench.stream.stats.received, bench.stream.stats.lost) == (500, 30)
    bench.disconnect(away_s=2.0)
    bench.connect()
    bench.send(100, size=10)
    assert bench.stream.stats.streams == 2
    assert bench.stream.info.rate_hz == 200.0
    assert bench.stream.info.acc_range_mps2 == pytest.approx(16 * 9.80665)
    bench.stop()
    assert not bench.fake.streaming


@pytest.mark.usefixtures("installed")
def test_its_driver_tells_a_refusal_and_bad_bytes_as_the_page_says():
    refusing = BarStick()
    refusing.refuses = True
    with pytest.raises(LinkError, match="refused to start; switch it off and on"):
        Bench(refusing).connect()
    bench = started(BarStick())
    (packet,) = bench.measure(1, size=1)
    for length in range(len(packet.payload)):
        cut = type(packet)(0, packet.characteristic, packet.payload[:length])
        with pytest.raises(DecodeError):
            bench.session.decode(cut)
    assert isinstance(next(bench.session.stop()), Request)
