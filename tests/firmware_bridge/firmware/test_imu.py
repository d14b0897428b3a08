"""The IMU drivers on a register file that behaves as the data sheets say."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge import profile
from firmware_bridge.profile import Flag, StartSettings, Status
from tests.firmware_bridge.firmware.building import COMPILER
from tests.firmware_bridge.firmware.console import Console, console

pytestmark = COMPILER

G = 9.80665
BLOB = bytes(np.random.default_rng(3).integers(0, 256, 8192, dtype=np.uint8))
"""As long as Bosch's configuration file, and no part of it."""

LSM6DS3TR_C, LSM6DSOX, LSM6DS3 = 0x6A, 0x6C, 0x69


@pytest.fixture
def chip(programs: Path) -> Iterator[Console]:
    with console(programs / "check/registers") as running:
        yield running


def lsm6(chip: Console, who_am_i: int = LSM6DS3TR_C) -> Console:
    chip.ask("set", 0x0F, who_am_i)
    assert chip.ask("open", "lsm6", "-").split()[0] == "1"
    return chip


def bmi270(chip: Console) -> Console:
    chip.ask("set", 0x00, 0x24)
    assert chip.ask("open", "bmi270", BLOB.hex()).split()[0] == "1"
    return chip


def start(chip: Console, rate_hz: float = 208, acc_g: int = 16, gyr_dps: int = 2000) -> profile.Response:
    request = profile.encode_start(1, StartSettings(round(rate_hz * 1000), acc_g, gyr_dps, 40))
    return profile.decode_response(chip.value("write", request.hex()))


def registers(chip: Console, *places: int) -> list[int]:
    return [int(answer) for answer in chip.ask_all(("get", place) for place in places)]


def settled(chip: Console, rate_hz: float, acc_g: int, gyr_dps: int) -> tuple[float, int, int, float, float]:
    rate, acc, gyr, acc_scale, gyr_scale = chip.ask("settle", round(rate_hz * 1000), acc_g, gyr_dps).split()
    return int(rate) / 1000, int(acc), int(gyr), float(acc_scale), float(gyr_scale)


# LSM6


def test_lsm6_is_reset_so_that_nothing_of_an_earlier_program_stays(chip: Console):
    chip.ask_all([("set", 0x10, 0xFF), ("set", 0x11, 0xFF)])
    lsm6(chip)
    assert registers(chip, 0x10, 0x11) == [0, 0]


@pytest.mark.parametrize(("who_am_i", "ctrl9"), [(LSM6DS3TR_C, 0), (LSM6DSOX, 0xE2)])
def test_lsm6_opens_with_block_update_and_pulsed_data_ready(chip: Console, who_am_i: int, ctrl9: int):
    lsm6(chip, who_am_i)
    assert registers(chip, 0x12, 0x0B, 0x18) == [0x44, 0x80, ctrl9]


@pytest.mark.parametrize("who_am_i", [0x00, LSM6DS3, 0xFF])
def test_lsm6_refuses_other_chips(chip: Console, who_am_i: int):
    chip.ask("set", 0x0F, who_am_i)
    assert chip.ask("open", "lsm6", "-").split()[0] == "0"


@pytest.mark.parametrize(
    ("asked", "ctrl1", "ctrl2"),
    [
        ((208, 16, 2000), 0x54, 0x5C),
        ((416, 8, 1000), 0x6C, 0x68),
        ((104, 4, 500), 0x48, 0x44),
        ((52, 2, 250), 0x30, 0x30),
        ((26, 2, 125), 0x20, 0x22),
        ((1666, 16, 0), 0x84, 0x00),
    ],
)
def test_lsm6_sets_the_registers_of_the_data_sheet(chip: Console, asked, ctrl1: int, ctrl2: int):
    lsm6(chip)
    assert start(chip, *asked).status is Status.OK
    assert registers(chip, 0x10, 0x11, 0x0D) == [ctrl1, ctrl2, 0x01]


def test_lsm6_scales_are_the_sensitivities_of_the_data_sheet(chip: Console):
    lsm6(chip)
    for acc_g, mg in ((2, 0.061), (4, 0.122), (8, 0.244), (16, 0.488)):
        assert settled(chip, 208, acc_g, 2000)[3] == pytest.approx(mg / 1000 * G, rel=1e-6)
    for dps, mdps in ((125, 4.375), (250, 8.75), (500, 17.5), (1000, 35), (2000, 70)):
        assert settled(chip, 208, 16, dps)[4] == pytest.approx(math.radians(mdps / 1000), rel=1e-6)


def test_lsm6_powers_down_on_stop(chip: Console):
    lsm6(chip)
    start(chip)
    chip.ask("write", profile.encode_request(profile.Op.STOP, 2).hex())
    assert registers(chip, 0x10, 0x11, 0x0D) == [0, 0, 0]


# BMI270


def test_bmi270_is_given_its_whole_configuration_file_at_the_right_addresses(chip: Console):
    chip.ask("set", 0x00, 0x24)
    open_ok, waited_us = map(int, chip.ask("open", "bmi270", BLOB.hex()).split())
    assert open_ok
    assert waited_us >= 2000 + 450  # after the reset, and after power save
    assert registers(chip, 0x7C, 0x59, 0x53) == [0, 1, 0x0A]


@pytest.mark.parametrize("length", [2, 30, 32, 34, 8190])
def test_bmi270_takes_a_file_of_any_even_length(chip: Console, length: int):
    chip.ask("set", 0x00, 0x24)
    assert chip.ask("open", "bmi270", BLOB[:length].hex()).split()[0] == "1"


def test_bmi270_does_not_open_without_its_file_or_as_another_chip(chip: Console):
    chip.ask("set", 0x00, 0x24)
    assert chip.ask("open", "bmi270", "-").split()[0] == "0"
    chip.ask("set", 0x00, 0x26)
    assert chip.ask("open", "bmi270", BLOB.hex()).split()[0] == "0"


@pytest.mark.parametrize(
    ("asked", "acc", "gyr", "power"),
    [
        ((200, 16, 2000), (0xA9, 3), (0xE9, 0), 0x06),
        ((400, 8, 1000), (0xAA, 2), (0xEA, 1), 0x06),
        ((100, 4, 500), (0xA8, 1), (0xE8, 2), 0x06),
        ((25, 2, 125), (0xA6, 0), (0xE6, 4), 0x06),
        ((1600, 16, 0), (0xAC, 3), None, 0x04),
    ],
)
def test_bmi270_sets_the_registers_of_the_data_sheet(chip: Console, asked, acc, gyr, power: int):
    bmi270(chip)
    assert start(chip, *asked).status is Status.OK
    assert tuple(registers(chip, 0x40, 0x41)) == acc
    assert gyr is None or tuple(registers(chip, 0x42, 0x43)) == gyr
    assert registers(chip, 0x7D, 0x58) == [power, 0x04]


def test_bmi270_full_scale_is_its_range(chip: Console):
    bmi270(chip)
    _, _, _, acc, gyr = settled(chip, 200, 16, 2000)
    assert acc * 32768 == pytest.approx(16 * G, rel=1e-6)
    assert gyr * 32768 == pytest.approx(math.radians(2000), rel=1e-6)


# Both


@pytest.mark.parametrize(
    ("kind", "rates"), [(lsm6, (208, 416, 104, 1666, 12.5)), (bmi270, (200, 400, 100, 1600, 25))]
)
def test_the_nearest_rate_and_the_next_wider_range_are_chosen(chip: Console, kind, rates):
    kind(chip)
    for asked, got in zip((200, 400, 99, 1700, 1), rates, strict=True):
        assert settled(chip, asked, 16, 2000)[0] == got
    if kind is bmi270:
        assert settled(chip, 37.5, 16, 2000)[0] == 50  # the higher of two as near
    for asked, got in ((1, 2), (3, 4), (6, 8), (9, 16), (16, 16), (200, 16)):
        assert settled(chip, 200, asked, 2000)[1] == got
    for asked, got in ((0, 0), (1, 125), (300, 500), (2000, 2000), (4000, 2000)):
        assert settled(chip, 200, 16, asked)[2] == got


@pytest.mark.parametrize("kind", [lsm6, bmi270])
def test_a_bus_that_fails_is_noticed_everywhere(chip: Console, kind):
    kind(chip)
    chip.ask("deaf", 1)
    assert start(chip).status is Status.BAD_STATE
    word = "lsm6" if kind is lsm6 else "bmi270"
    assert chip.ask("open", word, BLOB.hex()).split()[0] == "0"
    chip.ask("deaf", 0)
    kind(chip)
    assert start(chip).status is Status.OK


# From the interrupt to the packet

ACC, GYR = (-100, 200, 32767), (7, -8, 9)


def measure(chip: Console, t_us: int, acc: tuple[int, int, int] = ACC, *, read: bool = True) -> None:
    """One sample in the LSM6's registers, and its pulse."""
    raw = struct.pack("<6h", *GYR, *acc)
    chip.ask_all([("set", 0x22 + place, byte) for place, byte in enumerate(raw)])
    chip.ask_all([("clock", t_us), ("pulse",)])
    if read:
        assert chip.ask("run") == "1"


def streaming(chip: Console) -> None:
    """Start, and let the chip wake up."""
    chip.ask("clock", 0)
    assert start(chip, 416).status is Status.OK
    for t_us in range(0, 100_000, 20_000):
        measure(chip, t_us)


def packet(chip: Console, now_us: int) -> profile.DataPacket:
    chip.ask("clock", now_us)
    return profile.decode_data(chip.value("packet"))


def test_a_sample_is_what_the_registers_held_at_the_time_of_its_pulse(chip: Console):
    lsm6(chip)
    streaming(chip)
    measure(chip, 100_000)
    measure(chip, 102_400)
    made = packet(chip, 150_000)
    assert (made.index, made.t_us, made.flags) == (0, 100_000, Flag.CLIP_ACC)
    assert made.acc.tolist() == [list(ACC)] * 2
    assert made.gyr is not None
    assert made.gyr.tolist() == [list(GYR)] * 2


def test_what_a_waking_chip_gives_is_no_sample(chip: Console):
    lsm6(chip)
    streaming(chip)
    assert chip.ask("packet") == "-"


def test_pulses_missed_while_the_chip_wakes_up_are_no_loss(chip: Console):
    lsm6(chip)
    streaming(chip)
    measure(chip, 98_000, read=False)
    measure(chip, 100_000)
    made = packet(chip, 150_000)
    assert (made.index, made.flags & Flag.LOST_BEFORE) == (0, 0)


def test_samples_that_were_not_read_in_time_are_counted_as_lost(chip: Console):
    lsm6(chip)
    streaming(chip)
    measure(chip, 100_000)
    for t_us in (102_400, 104_800, 107_200):
        measure(chip, t_us, read=False)
    measure(chip, 109_600)
    assert packet(chip, 150_000).index == 0
    after = packet(chip, 150_000)
    assert (after.index, after.t_us, after.flags & Flag.LOST_BEFORE) == (4, 109_600, Flag.LOST_BEFORE)


def test_a_pulse_during_the_read_gives_the_newer_sample_its_own_time(chip: Console):
    lsm6(chip)
    streaming(chip)
    measure(chip, 100_000)
    chip.ask("pulse-in-read", 1)
    measure(chip, 102_400)
    assert packet(chip, 150_000).index == 0
    after = packet(chip, 150_000)
    assert (after.index, after.t_us) == (2, 102_900)


def test_a_bus_too_slow_for_the_rate_does_not_hold_up_the_loop(chip: Console):
    lsm6(chip)
    streaming(chip)
    chip.ask("pulse-in-read", 1000)
    measure(chip, 100_000)
    assert chip.ask("packet") == "-"


def test_samples_behind_a_failing_bus_are_lost_and_counted(chip: Console):
    lsm6(chip)
    streaming(chip)
    measure(chip, 100_000)
    chip.ask("deaf", 1)
    measure(chip, 102_400, read=False)
    assert chip.ask("run") == "0"
    chip.ask("deaf", 0)
    measure(chip, 104_800)
    assert packet(chip, 150_000).index == 0
    assert packet(chip, 150_000).index == 2
