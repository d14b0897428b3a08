import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson
from scipy.spatial.transform import Rotation

from firmware_bridge.virtual.motion import Motion, Track, Vibration
from firmware_bridge.virtual.shapes import excursion, minimum_jerk, plateau

FINE_S = np.linspace(0.0, 6.0, 24001)


def busy_motion() -> Motion:
    """Return strokes on every axis in two layers, ringing, tremor, an offset and a skewed mount."""
    motion = Motion(offset_m=np.array([0.03, -0.2, 0.05]), duration_s=6.0)
    motion.mount = Rotation.from_euler("xyz", [20.0, -35.0, 110.0], degrees=True).as_matrix()
    amounts = {"up": -0.5, "forward": 0.1, "side": 0.05, "roll": 1.9, "tilt": 0.3, "yaw": -0.6}
    for axis, amount in amounts.items():
        track = Track()
        track.add(plateau(ramp_ratio=0.2), 0.5, 2.0, amount)
        track.add(minimum_jerk(), 3.0, 1.0, -amount)
        layer = Track()
        layer.add(excursion(), 1.0, 3.0, 0.2 * amount)
        compiled = [track.compile(), layer.compile()]
        motion.strokes[axis] = [c for c in compiled if c is not None]  # type: ignore[index]
    motion.vibrations["up"] = [
        Vibration(4.2, 5.0, (20.0,), (30.0,), (1.0,), 0.02, 0.2, 0.05),
        Vibration(0.5, 5.5, (0.5, 0.4), (8.5, 11.0), (0.3, 2.0), 0.2, 0.3),
    ]
    motion.vibrations["roll"] = [Vibration(1.0, 4.0, (2.0,), (3.0,), (0.0,), 0.3, 0.3)]
    return motion


def integral(y: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cumulative_simpson(y, x=t, axis=0, initial=0.0))


def test_integrating_acceleration_returns_velocity_and_position() -> None:
    k = busy_motion().evaluate(FINE_S)
    velocity = k.vel_mps[0] + integral(k.acc_mps2, FINE_S)
    np.testing.assert_allclose(velocity, k.vel_mps, atol=2e-6)
    np.testing.assert_allclose(k.pos_m[0] + integral(k.vel_mps, FINE_S), k.pos_m, atol=1e-8)


def test_integrating_the_gyro_returns_the_orientation() -> None:
    t = np.linspace(0.0, 4.5, 18001)
    k = busy_motion().evaluate(t)
    middle = busy_motion().evaluate((t[1:] + t[:-1]) / 2.0).rate_radps
    turn = Rotation.from_matrix(k.world_from_sensor[0])
    for step in Rotation.from_rotvec(middle * np.diff(t)[:, None]):
        turn = turn * step
    error = (turn.inv() * Rotation.from_matrix(k.world_from_sensor[-1])).magnitude()
    assert error < 1e-6


def test_orientations_are_rotations() -> None:
    r = busy_motion().evaluate(FINE_S[::100]).world_from_sensor
    np.testing.assert_allclose(np.swapaxes(r, 1, 2) @ r, np.broadcast_to(np.eye(3), r.shape), atol=1e-12)


def test_a_spinning_sensor_feels_the_centripetal_acceleration() -> None:
    spin = Track()
    spin.add(plateau(ramp_ratio=0.25), 0.0, 4.0, 60.0)  # radians: 20 rad/s in between
    compiled = spin.compile()
    assert compiled is not None
    motion = Motion(strokes={"roll": [compiled]}, offset_m=np.array([0.06, 0.0, 0.0]))
    k = motion.evaluate(np.linspace(1.5, 2.5, 201))
    np.testing.assert_allclose(k.rate_radps[:, 1], 20.0, rtol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(k.acc_mps2, axis=1), 0.06 * 20.0**2, rtol=1e-9)


def test_a_track_holds_its_value_between_and_after_shapes() -> None:
    track = Track()
    track.add(minimum_jerk(), 1.0, 1.0, 0.4)
    track.add(minimum_jerk(), 4.0, 1.0, -0.1)
    compiled = track.compile()
    assert compiled is not None
    total = np.zeros((3, 5))
    compiled.add_to(total, np.array([-5.0, 0.5, 3.0, 3.99, 99.0]))
    np.testing.assert_allclose(total, [[0.0, 0.0, 0.4, 0.4, 0.3], [0.0] * 5, [0.0] * 5], atol=1e-12)


def test_a_track_refuses_shapes_that_overlap() -> None:
    track = Track()
    track.add(minimum_jerk(), 1.0, 1.0, 0.4)
    with pytest.raises(ValueError, match="begins before the last one ends"):
        track.add(minimum_jerk(), 1.5, 1.0, 0.4)


def test_a_vibration_reaches_its_acceleration_and_is_silent_outside() -> None:
    v = Vibration(1.0, 3.0, (2.0,), (10.0,), (0.0,), 0.2, 0.2)
    total = np.zeros((3, FINE_S.size))
    v.add_to(total, FINE_S)
    outside = (FINE_S < 1.0) | (FINE_S > 3.0)
    assert not np.any(total[:, outside])
    assert v.peak_acceleration() == pytest.approx(2.0, rel=0.1)
    middle = (FINE_S > 1.5) & (FINE_S < 2.5)
    assert np.max(np.abs(total[2, middle])) == pytest.approx(2.0, rel=1e-3)


def test_strokes_are_told_from_vibration() -> None:
    motion = busy_motion()
    k = motion.evaluate(FINE_S)
    calm = Motion(strokes=motion.strokes, offset_m=motion.offset_m, mount=motion.mount)
    calm.vibrations = {"roll": motion.vibrations["roll"]}
    np.testing.assert_allclose(k.stroke_up.rate, calm.evaluate(FINE_S).vel_mps[:, 2], atol=1e-12)
