"""What a sensor does, or is asked to do: settings, configuration, and how many samples a packet takes."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from firmware_bridge.errors import DecodeError
from firmware_bridge.profile.wire import (
    ATT_HEADER_LEN,
    AXES,
    FULL_SCALE,
    HEADER_COMPACT_LEN,
    HEADER_LEN,
    MAX_RATE_MILLIHZ,
    MAX_VALUE_LEN,
    MILLI,
    MIN_RATE_MILLIHZ,
    STANDARD_GRAVITY_MPS2,
    VERSION,
    Format,
)
from firmware_bridge.samples import MOST_ACC_MPS2, MOST_GYR_RADPS

_CONFIG = struct.Struct("<BBBBIHHffHBB")
CONFIG_LEN = _CONFIG.size


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What START asks for. ``gyr_range_dps = 0`` asks for the accelerometer alone."""

    rate_millihz: int
    acc_range_g: int
    gyr_range_dps: int
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Config:
    """What a sensor does now, or would do at START; the scales turn its integers into SI units.

    Attributes
    ----------
    acc_scale_mps2, gyr_scale_radps
        m/s^2 and rad/s of one LSB, exactly as the 32-bit float on the wire.
    latency_ms
        A packet waits no longer than this for more samples.
    stream_id
        0 to 255, one more at each START.
    """

    format: Format
    samples_per_packet: int
    streaming: bool
    rate_millihz: int
    acc_range_g: int
    gyr_range_dps: int
    acc_scale_mps2: float
    gyr_scale_radps: float
    latency_ms: int
    stream_id: int

    @property
    def rate_hz(self) -> float:
        """Sample rate that the sensor was set to."""
        return self.rate_millihz / MILLI

    @classmethod
    def from_settings(
        cls, settings: StartSettings, *, mtu: int, stream_id: int, streaming: bool = True
    ) -> Config:
        """Answer START as a sensor without calibration does.

        Raises
        ------
        DecodeError
            The MTU holds no sample, or a setting is out of bounds.
        """
        check_settings(settings)
        packet_format, count = plan(mtu, settings)
        acc_scale = STANDARD_GRAVITY_MPS2 * settings.acc_range_g / FULL_SCALE
        gyr_scale = math.radians(settings.gyr_range_dps) / FULL_SCALE
        return cls(
            format=packet_format,
            samples_per_packet=count,
            streaming=streaming,
            rate_millihz=settings.rate_millihz,
            acc_range_g=settings.acc_range_g,
            gyr_range_dps=settings.gyr_range_dps,
            acc_scale_mps2=float(np.float32(acc_scale)),
            gyr_scale_radps=float(np.float32(gyr_scale)),
            latency_ms=settings.latency_ms,
            stream_id=stream_id % 256,
        )


def plan(mtu: int, settings: StartSettings) -> tuple[Format, int]:
    """Choose the packet format and samples per packet for a connection.

    Parameters
    ----------
    mtu
        ATT MTU of the connection, bytes.
    settings
        Rate, gyro or none, and the longest wait.

    Raises
    ------
    DecodeError
        Not even one sample fits the MTU.
    """
    room = min(mtu - ATT_HEADER_LEN, MAX_VALUE_LEN)
    wanted = Format.ACC_GYR if settings.gyr_range_dps else Format.ACC
    fits = (room - HEADER_LEN) // (2 * AXES[wanted])
    if fits < 1:
        if wanted is Format.ACC or room < HEADER_COMPACT_LEN + 2 * AXES[Format.COMPACT]:
            raise DecodeError(f"an MTU of {mtu} bytes holds no sample; at least 23 are needed")
        return Format.COMPACT, 1
    in_time = settings.rate_millihz * settings.latency_ms // (MILLI * MILLI)
    return wanted, max(1, min(fits, in_time))


def encode_config(config: Config) -> bytes:
    """Write the 24-byte configuration."""
    return _CONFIG.pack(
        VERSION,
        config.format,
        config.samples_per_packet,
        config.streaming,
        config.rate_millihz,
        config.acc_range_g,
        config.gyr_range_dps,
        config.acc_scale_mps2,
        config.gyr_scale_radps,
        config.latency_ms,
        config.stream_id,
        0,
    )


def decode_config(data: bytes, *, offset: int = 0) -> Config:
    """Read the 24-byte configuration that starts at ``offset`` and ends the data.

    Raises
    ------
    DecodeError
        Wrong length or version, an unknown format, a rate out of bounds, or a scale that is not positive.
    """
    if len(data) - offset != CONFIG_LEN:
        raise DecodeError(
            f"configuration of {len(data) - offset} bytes; {CONFIG_LEN} were expected", offset=offset
        )
    fields = _CONFIG.unpack_from(data, offset)
    version, kind, count, streaming, rate, acc_g, gyr_dps, acc_scale, gyr_scale, latency, stream_id, _ = (
        fields
    )
    if version != VERSION:
        raise DecodeError(
            f"sensor speaks profile version {version}; this software speaks {VERSION}", offset=offset
        )
    if kind not in AXES:
        raise DecodeError(
            f"configuration with unknown format {kind}; known are 0, 1 and 15", offset=offset + 1
        )
    if streaming > 1:
        raise DecodeError(f"streaming is {streaming}; 0 or 1 was expected", offset=offset + 3)
    _check_rate(rate, offset + 4)
    if not 0 < acc_scale * FULL_SCALE < MOST_ACC_MPS2:
        raise DecodeError(
            f"accelerometer scale {acc_scale}; m/s^2 of one LSB were expected", offset=offset + 12
        )
    has_gyr = Format(kind) is not Format.ACC
    if not 0 <= gyr_scale * FULL_SCALE < MOST_GYR_RADPS or (has_gyr and gyr_scale == 0):
        raise DecodeError(f"gyro scale {gyr_scale}; rad/s of one LSB were expected", offset=offset + 16)
    return Config(
        format=Format(kind),
        samples_per_packet=count,
        streaming=bool(streaming),
        rate_millihz=rate,
        acc_range_g=acc_g,
        gyr_range_dps=gyr_dps,
        acc_scale_mps2=acc_scale,
        gyr_scale_radps=gyr_scale,
        latency_ms=latency,
        stream_id=stream_id,
    )


def _check_rate(rate_millihz: int, offset: int) -> None:
    if not MIN_RATE_MILLIHZ <= rate_millihz <= MAX_RATE_MILLIHZ:
        raise DecodeError(f"sample rate {rate_millihz / MILLI} Hz; 1 to 1700 Hz was expected", offset=offset)


def check_settings(settings: StartSettings) -> None:
    """Refuse what no sensor can do; offsets are those of the START request.

    Raises
    ------
    DecodeError
        The rate is outside 1 to 1700 Hz, or the accelerometer range is 0.
    """
    _check_rate(settings.rate_millihz, 2)
    if settings.acc_range_g < 1:
        raise DecodeError("accelerometer range 0 g; at least 1 g was expected", offset=6)
