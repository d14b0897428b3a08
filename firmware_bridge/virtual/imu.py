"""A model of an IMU: from what truly acts on it to the integers it puts out, and what gets lost on the way.

Signs are those of a physical part: at rest the axis that points up reads +1 g.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2
from firmware_bridge.virtual.shapes import Floats

MICRO_G = STANDARD_GRAVITY_MPS2 * 1e-6
MILLI_DPS = np.pi / 180.0 * 1e-3
INT16_MIN, INT16_MAX = -32768, 32767


@dataclass(frozen=True, slots=True, kw_only=True)
class ImuModel:
    """What a part does to the truth. Defaults are a good modern part.

    Attributes
    ----------
    rate_hz
        Nominal output data rate.
    acc_noise_ug, gyr_noise_mdps
        Noise density, ug and mdeg/s per root Hz.
    acc_bias_mg, gyr_bias_dps
        Turn-on bias: standard deviation, drawn per axis from the seed. ``fixed_*_bias`` adds a given one.
    fixed_acc_bias_mps2, fixed_gyr_bias_dps
        Given bias per axis.
    acc_walk_ug, gyr_walk_mdps
        In-run random walk, per root second.
    acc_scale_pct, gyr_scale_pct
        Scale error: standard deviation in percent, per axis. ``fixed_acc_scale_pct`` adds a given one.
    misalignment_deg
        Standard deviation of each axis's lean against the others.
    acc_drift_mg_min
        Temperature drift of the accelerometer bias, mg a minute.
    acc_range_g, gyr_range_dps
        Full scale: beyond it the part saturates, and one LSB is a 32768th of it.
    anti_alias
        Second-order low-pass at rate / 2.5 before sampling, as modern parts have. It delays by 0.56
        of a sample.
    quantise
        Round to LSB; False gives a perfect converter.
    gyro
        False for an accelerometer alone.
    clock_error_pct
        How much faster the part samples than it says: its seconds are short by that much.
    gravity_mps2
        Local gravity.
    """

    name: str = "ICM42688"
    rate_hz: float = 200.0
    acc_noise_ug: float = 70.0
    gyr_noise_mdps: float = 2.8
    acc_bias_mg: float = 8.0
    gyr_bias_dps: float = 0.3
    fixed_acc_bias_mps2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fixed_gyr_bias_dps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    acc_walk_ug: float = 15.0
    gyr_walk_mdps: float = 0.3
    acc_scale_pct: float = 0.3
    fixed_acc_scale_pct: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gyr_scale_pct: float = 0.5
    misalignment_deg: float = 0.3
    acc_drift_mg_min: float = 0.0
    acc_range_g: float = 16.0
    gyr_range_dps: float = 2000.0
    anti_alias: bool = True
    quantise: bool = True
    gyro: bool = True
    clock_error_pct: float = 0.0
    gravity_mps2: float = 9.81

    @property
    def clock_ratio(self) -> float:
        """Seconds on the part's clock for one true second."""
        return 1.0 + self.clock_error_pct / 100.0

    @property
    def acc_lsb_mps2(self) -> float:
        """One LSB of the accelerometer."""
        return self.acc_range_g * STANDARD_GRAVITY_MPS2 / -INT16_MIN

    @property
    def gyr_lsb_radps(self) -> float:
        """One LSB of the gyro."""
        return float(np.radians(self.gyr_range_dps)) / -INT16_MIN


IMUS: dict[str, ImuModel] = {
    "ICM42688": ImuModel(),
    "BMI270": ImuModel(
        name="BMI270",
        acc_noise_ug=160.0,
        gyr_noise_mdps=10.0,
        acc_bias_mg=20.0,
        gyr_bias_dps=0.5,
        acc_walk_ug=40.0,
        gyr_walk_mdps=0.8,
        acc_scale_pct=0.5,
        gyr_scale_pct=1.0,
        misalignment_deg=0.5,
    ),
    "LSM6DS3": ImuModel(
        name="LSM6DS3",
        acc_noise_ug=120.0,
        gyr_noise_mdps=7.0,
        acc_bias_mg=30.0,
        gyr_bias_dps=3.0,
        acc_walk_ug=40.0,
        gyr_walk_mdps=1.0,
        acc_scale_pct=1.0,
        gyr_scale_pct=1.5,
        misalignment_deg=0.7,
    ),
    "MPU6050_uncalibrated": ImuModel(
        name="MPU6050_uncalibrated",
        acc_noise_ug=400.0,
        gyr_noise_mdps=5.0,
        acc_bias_mg=40.0,
        gyr_bias_dps=0.8,
        fixed_gyr_bias_dps=(-4.0, 1.5, 0.7),
        acc_walk_ug=60.0,
        gyr_walk_mdps=1.5,
        acc_scale_pct=0.8,
        fixed_acc_scale_pct=(0.0, 0.0, 3.0),
        gyr_scale_pct=2.0,
        misalignment_deg=1.0,
    ),
    "perfect": ImuModel(
        name="perfect",
        acc_noise_ug=0.0,
        gyr_noise_mdps=0.0,
        acc_bias_mg=0.0,
        gyr_bias_dps=0.0,
        acc_walk_ug=0.0,
        gyr_walk_mdps=0.0,
        acc_scale_pct=0.0,
        gyr_scale_pct=0.0,
        misalignment_deg=0.0,
        acc_range_g=1000.0,
        gyr_range_dps=100000.0,
        anti_alias=False,
        quantise=False,
    ),
}


def imu(name: str, **changes: object) -> ImuModel:
    """Return a named part, changed: ``imu("BMI270", rate_hz=100, acc_range_g=8)``."""
    if name not in IMUS:
        raise ValueError(f"no IMU is called {name!r}; the simulator knows {', '.join(IMUS)}")
    return replace(IMUS[name], **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossModel:
    """What the radio does to packets.

    Attributes
    ----------
    packet_samples
        Samples a packet.
    loss_ratio, burst_packets
        Share of packets lost, and mean length of a burst (two-state Markov chain).
    holes_s
        (start, seconds) on the device clock in which every packet is lost.
    stalls_s
        (start, seconds) in which packets wait: they arrive late, all at once, none lost.
    latency_s, jitter_s
        Arrival after the packet's last sample, and the mean of an exponential extra.
    """

    packet_samples: int = 8
    loss_ratio: float = 0.0
    burst_packets: float = 3.0
    holes_s: tuple[tuple[float, float], ...] = ()
    stalls_s: tuple[tuple[float, float], ...] = ()
    latency_s: float = 0.01
    jitter_s: float = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Transmission:
    """Which samples come through, and when.

    Attributes
    ----------
    received
        (n,) bool for every sample taken.
    arrival_s
        (n,) device clock at which each sample's packet arrives; NaN where it is lost.
    """

    received: NDArray[np.bool_]
    arrival_s: Floats = field(repr=False)


def sense(
    model: ImuModel, specific_force: Floats, rate: Floats, oversampling: int, rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None, Floats, Floats | None]:
    """Return raw and SI samples (accelerometer, gyro) from the truth, sampled ``oversampling`` times finer.

    The output's sample k is the fine sample k * oversampling.
    """
    acc = _channel(
        model,
        specific_force,
        oversampling,
        rng,
        noise=model.acc_noise_ug * MICRO_G,
        bias=np.asarray(model.fixed_acc_bias_mps2)
        + model.acc_bias_mg * 1e3 * MICRO_G * rng.standard_normal(3),
        walk=model.acc_walk_ug * MICRO_G,
        scale=(np.asarray(model.fixed_acc_scale_pct) + model.acc_scale_pct * rng.standard_normal(3)) / 100.0,
        drift_per_s=model.acc_drift_mg_min * 1e3 * MICRO_G / 60.0,
        lsb=model.acc_lsb_mps2,
    )
    gyr = _channel(
        model,
        rate,
        oversampling,
        rng,
        noise=model.gyr_noise_mdps * MILLI_DPS,
        bias=np.radians(np.asarray(model.fixed_gyr_bias_dps) + model.gyr_bias_dps * rng.standard_normal(3)),
        walk=model.gyr_walk_mdps * MILLI_DPS,
        scale=model.gyr_scale_pct * rng.standard_normal(3) / 100.0,
        drift_per_s=0.0,
        lsb=model.gyr_lsb_radps,
    )
    if not model.gyro:
        return acc[0], None, acc[1], None
    return acc[0], gyr[0], acc[1], gyr[1]


def _channel(
    model: ImuModel,
    truth: Floats,
    oversampling: int,
    rng: np.random.Generator,
    *,
    noise: float,
    bias: Floats,
    walk: float,
    scale: Floats,
    drift_per_s: float,
    lsb: float,
) -> tuple[NDArray[np.int16], Floats]:
    """Apply one three-axis sensor: mix, scale, bias, saturate, low-pass, sample, add noise, quantise."""
    lean = np.radians(model.misalignment_deg) * rng.standard_normal((3, 3))
    mix = np.eye(3) + np.diag(scale) + lean * (1.0 - np.eye(3))
    full_scale = -INT16_MIN * lsb
    # The element saturates on what truly acts on it, bias included, before the digital filter smears it.
    analog = np.clip(truth @ mix.T + bias, -full_scale, full_scale)
    if model.anti_alias and oversampling > 1:
        sos = butter(2, model.rate_hz / 2.5, fs=model.rate_hz * oversampling, output="sos")
        start = sosfilt_zi(sos)[:, :, None] * analog[0]
        analog = sosfilt(sos, analog, axis=0, zi=start)[0]
    sampled = analog[::oversampling]
    n = sampled.shape[0]
    # A density over the output's own bandwidth of rate / 2 gives the standard deviation of a sample.
    sampled = sampled + noise * np.sqrt(model.rate_hz / 2.0) * rng.standard_normal((n, 3))
    steps = walk / np.sqrt(model.rate_hz) * rng.standard_normal((n, 3))
    sampled += np.cumsum(steps, axis=0) + drift_per_s * np.arange(n)[:, None] / model.rate_hz
    raw = np.clip(np.rint(sampled / lsb), INT16_MIN, INT16_MAX).astype(np.int16)
    return raw, raw * lsb if model.quantise else sampled


def transmit(model: LossModel, t_s: Floats, rng: np.random.Generator) -> Transmission:
    """Return which samples arrive and when, for samples taken at ``t_s`` on the device clock."""
    n = t_s.size
    packets = -(-n // model.packet_samples)
    packet_of = np.arange(n) // model.packet_samples
    ends = t_s[np.minimum((np.arange(packets) + 1) * model.packet_samples, n) - 1]
    starts = t_s[np.arange(packets) * model.packet_samples]
    lost = _bursts(model, packets, rng)
    for start, seconds in model.holes_s:
        lost |= (starts >= start) & (starts < start + seconds)
    arrival = (
        ends + model.latency_s + rng.exponential(model.jitter_s, packets)
        if model.jitter_s
        else ends + model.latency_s
    )
    for start, seconds in model.stalls_s:
        waiting = (arrival >= start) & (arrival < start + seconds)
        arrival = np.where(waiting, start + seconds, arrival)
    arrival = np.maximum.accumulate(arrival)  # a notification cannot overtake another
    arrival[lost] = np.nan
    return Transmission(received=~lost[packet_of], arrival_s=arrival[packet_of])


def _bursts(model: LossModel, packets: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return lost packets from a two-state Markov chain with the asked share and mean burst length."""
    lost = np.zeros(packets, dtype=bool)
    if model.loss_ratio <= 0.0:
        return lost
    leave = 1.0 / model.burst_packets
    enter = leave * model.loss_ratio / (1.0 - model.loss_ratio)
    position, state = 0, bool(rng.random() < model.loss_ratio)
    while position < packets:
        run = int(rng.geometric(min(leave if state else enter, 1.0)))
        lost[position : position + run] = state
        position, state = position + run, not state
    return lost
