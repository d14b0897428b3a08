"""Names that other people chose, on the coach's terminal: shown as they are, whatever they look like."""

from __future__ import annotations

import io
import math

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from rich.console import Console

from firmware_bridge import profile
from firmware_bridge.link.search import _recognise
from imu_tempo.cli.holding import step
from imu_tempo.live.past import print_athletes
from imu_tempo.schema import table
from imu_tempo.schema.history import AthleteRow

MARKUP = "Bar [/] [red]x"


def heard(name: str | None) -> str | None:
    """Return what a sensor is called that calls itself so."""
    adv = AdvertisementData(name, {}, {}, [profile.SERVICE_UUID], None, -50, ())
    sensor = _recognise(BLEDevice("F0:0D:BA:2B:E1:01", name, None), adv)
    assert sensor is not None
    return sensor.name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bar A12", "Bar A12"),
        ("Штанга 1", "Штанга 1"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nopen  http://evil", "a\\r\\nopen  http://evil"),
        ("a\u202eb", "a\\u202eb"),
        (None, None),
    ],
)
def test_a_sensors_name_moves_no_cursor_and_begins_no_line(name: str | None, shown: str | None) -> None:
    assert heard(name) == shown


def test_a_name_that_looks_like_markup_is_a_name() -> None:
    out = io.StringIO()
    step(Console(file=out, width=80), "found", f"{MARKUP} by scanning")
    assert out.getvalue() == f"     found  {MARKUP} by scanning\n"


def test_an_athletes_note_that_looks_like_markup_is_a_note() -> None:
    values = {name: (math.nan if name.endswith("_kg") else "") for name in AthleteRow.__dataclass_fields__}
    out = io.StringIO()
    row = AthleteRow(**{**values, "athlete": "A[/]", "note": MARKUP})
    print_athletes(Console(file=out, width=120), table([row], AthleteRow), {"A[/]": "[b]Ann[/i]"})
    assert "A[/]" in out.getvalue()
    assert "[b]Ann[/i]" in out.getvalue()
    assert MARKUP in out.getvalue()
