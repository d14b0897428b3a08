import numpy as np
import pytest

from firmware_bridge.virtual.shapes import (
    Shape,
    excursion,
    landing,
    minimum_jerk,
    plateau,
    sticking,
    traced,
    velocity_knots,
    wandering,
)

U = np.linspace(0.0, 1.0, 4001)
STROKES = {
    "minimum_jerk": minimum_jerk(),
    "early": minimum_jerk(skew=0.0),
    "late": minimum_jerk(skew=1.0),
    "minimum_jerk_turning": minimum_jerk(start_acc=6.0, end_acc=-4.0),
    "plateau": plateau(ramp_ratio=0.05),
    "plateau_turning": plateau(ramp_ratio=0.25, start_acc=5.0, end_acc=-8.0),
    "sticking": sticking(at_ratio=0.4, depth=0.9, start_acc=8.0),
    "landing": landing(contact_speed=1.5, contact_ratio=0.01),
    "traced": traced(np.linspace(0.1, 0.9, 30), 0.3 + np.sin(np.linspace(0.2, 3.0, 30))),
}


@pytest.mark.parametrize("name", STROKES)
def test_a_stroke_travels_one_and_begins_and_ends_at_rest(name: str) -> None:
    p = STROKES[name].polynomial
    assert p(0.0) == pytest.approx(0.0, abs=1e-12)
    assert p(1.0) == pytest.approx(1.0, abs=1e-9)
    assert p(0.0, 1) == pytest.approx(0.0, abs=1e-9)
    assert p(1.0, 1) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", STROKES)
def test_a_stroke_never_turns_back_and_its_velocity_is_continuous(name: str) -> None:
    p = STROKES[name].polynomial
    assert np.min(p(U, 1)) >= -1e-6
    inner = p.x[1:-1]
    for order in (0, 1):
        np.testing.assert_allclose(p(inner - 1e-9, order), p(inner + 1e-9, order), atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "start", "end"),
    [
        (minimum_jerk(), 0.0, 0.0),
        (minimum_jerk(skew=0.2, start_acc=6.0, end_acc=-4.0), 6.0, -4.0),
        (plateau(start_acc=5.0, end_acc=-8.0), 5.0, -8.0),
        (sticking(start_acc=7.0, end_acc=-3.0), 7.0, -3.0),
    ],
)
def test_a_stroke_has_the_end_accelerations_asked_for(shape: Shape, start: float, end: float) -> None:
    assert shape.polynomial(0.0, 2) == pytest.approx(start, abs=1e-9)
    assert shape.polynomial(1.0, 2) == pytest.approx(end, abs=1e-6)


def test_minimum_jerk_is_the_known_polynomial() -> None:
    expected = 10.0 * U**3 - 15.0 * U**4 + 6.0 * U**5
    np.testing.assert_allclose(minimum_jerk().polynomial(U), expected, atol=1e-12)


def test_skew_moves_the_peak() -> None:
    peaks = [U[np.argmax(minimum_jerk(skew=w).polynomial(U, 1))] for w in (0.0, 0.5, 1.0)]
    assert peaks == pytest.approx([0.4, 0.5, 0.6], abs=1e-3)


def test_a_plateau_keeps_one_speed_between_its_ramps() -> None:
    speed = plateau(ramp_ratio=0.1).polynomial(np.linspace(0.11, 0.89, 50), 1)
    np.testing.assert_allclose(speed, 1.0 / 0.9, atol=1e-9)  # trapezium with ramps of area half


def test_a_sticking_region_is_where_and_as_deep_as_asked() -> None:
    p = sticking(at_ratio=0.35, depth=0.95).polynomial
    middle = (p(U) > 0.2) & (p(U) < 0.6)
    stuck = U[middle][np.argmin(p(U[middle], 1))]
    assert float(p(stuck)) == pytest.approx(0.35, abs=2e-3)
    assert float(p(stuck, 1)) == pytest.approx(0.05 * np.max(p(U[p(U) < 0.35], 1)), rel=0.01)


def test_a_landing_arrives_at_its_contact_speed_and_stops_within_the_pulse() -> None:
    p = landing(contact_speed=1.2, contact_ratio=0.01).polynomial
    assert p(0.99, 1) == pytest.approx(1.2)
    pulse = p(np.linspace(0.99, 1.0, 101), 2)
    assert np.min(pulse) == pytest.approx(-1.5 * 1.2 / 0.01, rel=1e-3)  # cubic velocity: 1.5 times the mean


def test_excursions_come_back() -> None:
    assert excursion().polynomial(0.5) == pytest.approx(1.0)
    for shape in (excursion(), wandering([0.3, -1.0, 0.4])):
        ends = [shape.polynomial(x, order) for x in (0.0, 1.0) for order in (0, 1, 2)]
        assert ends == pytest.approx([0.0] * 6, abs=1e-8)
        assert shape.travel == 0.0


def test_wandering_passes_through_its_knots() -> None:
    knots = [0.3, -1.0, 0.4]
    np.testing.assert_allclose(wandering(knots).polynomial([0.25, 0.5, 0.75]), knots, atol=1e-9)


def test_a_trace_keeps_its_profile() -> None:
    t = np.linspace(0.0, 0.8, 81)
    v = np.sin(np.pi * t / 0.8) ** 2
    p = traced(t, v).polynomial
    np.testing.assert_allclose(p(t / 0.8, 1), 2.0 * v, atol=2e-3)


def test_a_trace_does_not_change_the_callers_arrays() -> None:
    t, v = np.linspace(0.0, 1.0, 10), np.full(10, 0.004)
    v[3:7] = 1.0
    before = v.copy()
    traced(t, v)
    np.testing.assert_array_equal(v, before)


def test_a_trace_on_a_broken_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="rising clock"):
        traced([0.0, 0.1, 0.1, 0.2], [0.0, 1.0, 1.0, 0.0])


def test_velocity_knots_scale_to_unit_travel() -> None:
    assert velocity_knots([0.0, 0.15, 1.0], [0.0, 7.0, 0.0]).polynomial(1.0) == pytest.approx(1.0)
