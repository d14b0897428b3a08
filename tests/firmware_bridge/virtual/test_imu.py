import numpy as np
import pytest

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2
from firmware_bridge.virtual import IMUS, ImuModel, LossModel, Rest, Session, imu, simple_set, simulate
from firmware_bridge.virtual.imu import transmit

QUIET = Session(parts=[Rest(20.0)], mount="level")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_at_rest_the_axis_that_points_up_reads_plus_one_g() -> None:
    acc = simulate(QUIET, imu("perfect", gravity_mps2=9.81)).acc_mps2
    np.testing.assert_allclose(acc, [[0.0, 0.0, 9.81]] * len(acc), atol=1e-9)


@pytest.mark.parametrize("name", ["ICM42688", "BMI270", "LSM6DS3", "MPU6050_uncalibrated"])
def test_noise_has_the_density_of_the_part(name: str) -> None:
    part = imu(name, acc_walk_ug=0.0, gyr_walk_mdps=0.0)
    sim = simulate(QUIET, part)
    assert sim.gyr_radps is not None
    lsb = STANDARD_GRAVITY_MPS2 * part.acc_range_g / 32768
    expected = np.hypot(
        part.acc_noise_ug * 1e-6 * STANDARD_GRAVITY_MPS2 * np.sqrt(100.0), lsb / np.sqrt(12.0)
    )
    assert np.std(sim.acc_mps2, axis=0) == pytest.approx([expected] * 3, rel=0.06)
    gyr_lsb = np.radians(2000.0) / 32768
    gyr = np.hypot(np.radians(part.gyr_noise_mdps * 1e-3) * np.sqrt(100.0), gyr_lsb / np.sqrt(12.0))
    assert np.std(sim.gyr_radps, axis=0) == pytest.approx([gyr] * 3, rel=0.12)


def test_an_uncalibrated_mpu_has_its_gyro_bias_and_stretched_axis() -> None:
    sim = simulate(QUIET, imu("MPU6050_uncalibrated", acc_bias_mg=0.0))
    assert sim.gyr_radps is not None
    bias = np.degrees(np.mean(sim.gyr_radps, axis=0))
    assert bias[0] == pytest.approx(-4.0, abs=2.5)
    assert np.mean(sim.acc_mps2[:, 2]) / 9.81 == pytest.approx(1.03, abs=0.025)


def test_bias_walks_with_the_root_of_time() -> None:
    part = imu("perfect", acc_walk_ug=1000.0, rate_hz=25.0)
    long = Session(parts=[Rest(50.0)], mount="level")
    ends = np.concatenate([simulate(long, part, seed).acc_mps2[-1] - [0.0, 0.0, 9.81] for seed in range(20)])
    assert np.std(ends) == pytest.approx(1e-3 * STANDARD_GRAVITY_MPS2 * np.sqrt(50.0), rel=0.25)


def test_samples_are_whole_lsb_of_the_raw_stream() -> None:
    sim = simple_set("squat", reps=1, imu="BMI270")
    assert sim.gyr_raw is not None
    assert sim.gyr_radps is not None
    np.testing.assert_allclose(sim.acc_mps2, sim.acc_raw * sim.imu.acc_lsb_mps2, rtol=0, atol=1e-12)
    np.testing.assert_allclose(sim.gyr_radps, sim.gyr_raw * sim.imu.gyr_lsb_radps, rtol=0, atol=1e-12)
    assert sim.imu.acc_lsb_mps2 == pytest.approx(16.0 * STANDARD_GRAVITY_MPS2 / 32768)


def test_a_small_range_saturates_and_never_wraps() -> None:
    wide = simple_set("deadlift", reps=2, tempo="1-0-X-1", imu=imu("perfect"), rate_hz=400.0, mount="level")
    assert np.max(wide.acc_mps2) > 4.0 * STANDARD_GRAVITY_MPS2
    part = imu("perfect", acc_range_g=4.0, quantise=True)
    narrow = simple_set("deadlift", reps=2, tempo="1-0-X-1", imu=part, rate_hz=400.0, mount="level")
    assert np.max(narrow.acc_raw) == 32767
    clipped = np.clip(wide.acc_mps2, -part.acc_range_g * STANDARD_GRAVITY_MPS2, 32767 * part.acc_lsb_mps2)
    np.testing.assert_allclose(narrow.acc_mps2, clipped, atol=part.acc_lsb_mps2)


def test_the_anti_alias_filter_keeps_rest_and_takes_the_edge_off_a_hit() -> None:
    raw = simple_set("deadlift", reps=1, imu=imu("perfect"), rate_hz=50.0, mount="level")
    smooth = simple_set("deadlift", reps=1, imu=imu("perfect", anti_alias=True), rate_hz=50.0, mount="level")
    assert np.ptp(smooth.acc_mps2[:, 2]) < np.ptp(raw.acc_mps2[:, 2])
    np.testing.assert_allclose(smooth.acc_mps2[:100], raw.acc_mps2[:100], atol=1e-6)


def test_without_a_gyro_the_accelerometer_is_the_same() -> None:
    six, three = (simple_set("squat", reps=1, gyro=gyro) for gyro in (True, False))
    assert three.gyr_radps is None
    assert three.gyr_raw is None
    np.testing.assert_array_equal(six.acc_raw, three.acc_raw)
    assert three.info.gyr_range_radps is None


def test_an_unknown_part_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"ADXL9.*ICM42688"):
        imu("ADXL9")


def test_every_named_part_is_what_its_name_says() -> None:
    assert all(isinstance(part, ImuModel) and part.name == name for name, part in IMUS.items())


CLOCK_S = np.arange(80_000) / 200.0


def test_no_loss_loses_nothing() -> None:
    sent = transmit(LossModel(), CLOCK_S, rng())
    assert sent.received.all()
    assert np.all(sent.arrival_s > CLOCK_S)


@pytest.mark.parametrize("ratio", [0.01, 0.05, 0.10])
def test_packets_are_lost_whole_in_bursts_and_at_the_asked_rate(ratio: float) -> None:
    model = LossModel(loss_ratio=ratio, burst_packets=3.0, packet_samples=8)
    shares, bursts = [], []
    for seed in range(5):
        lost = ~transmit(model, CLOCK_S, rng(seed)).received
        packets = lost.reshape(-1, 8)
        assert np.all(packets.all(axis=1) == packets.any(axis=1))
        shares.append(packets.any(axis=1).mean())
        edges = np.flatnonzero(np.diff(packets[:, 0].astype(int), prepend=0, append=0))
        bursts.extend(np.diff(edges)[::2])
    assert np.mean(shares) == pytest.approx(ratio, rel=0.25)
    assert np.mean(bursts) == pytest.approx(3.0, rel=0.25)


def test_a_hole_takes_every_packet_and_a_stall_none() -> None:
    hole = transmit(LossModel(holes_s=((10.0, 2.0),)), CLOCK_S, rng())
    assert (~hole.received).sum() == pytest.approx(400, abs=8)
    stall = transmit(LossModel(stalls_s=((10.0, 2.0),)), CLOCK_S, rng())
    assert stall.received.all()
    assert np.all(np.diff(stall.arrival_s) >= 0.0)
    late = stall.arrival_s - CLOCK_S
    assert np.max(late) == pytest.approx(2.0, abs=0.1)
    assert not np.any((stall.arrival_s >= 10.0) & (stall.arrival_s < 12.0))
