"""The page on sensors lists what is installed, with its rates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware_bridge.sensors import driver, drivers, offer_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sensors.md"
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)
SHIPPED = [key for key, found in drivers().items() if type(found).__module__.startswith("firmware_bridge.")]


def rows() -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for key, row in ROW.findall(PAGE.read_text(encoding="utf-8")):
        listed.setdefault(key, []).append(row)
    return listed


def test_every_sensor_that_ships_is_listed_and_no_other():
    assert set(rows()) == set(SHIPPED)


@pytest.mark.parametrize("key", SHIPPED)
def test_its_highest_rate_is_what_the_driver_offers(key: str):
    offer = offer_of(driver(key))
    if offer is None or not offer.rates_hz:
        pytest.skip("any rate")
    rates = rows()[key][0].split("|")[1]
    assert max(map(float, re.findall(r"\d+", rates))) == max(offer.rates_hz)


def test_it_says_that_nothing_was_tried_on_hardware():
    assert "Nothing here has been tried on physical hardware yet" in PAGE.read_text(encoding="utf-8")
