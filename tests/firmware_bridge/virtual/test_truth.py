import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from firmware_bridge.virtual import (
    ReRack,
    Rest,
    Session,
    SetPlan,
    Simulation,
    StickingRegion,
    TruthRep,
    Unrack,
    imu,
    lift,
    lifts,
    simple_set,
    simulate,
)

STILL = {
    "jitter_ratio": 0.0,
    "rom_jitter_ratio": 0.0,
    "velocity_loss_ratio": 0.0,
    "tremor_mps2": 0.0,
    "breathing_m": 0.0,
    "sway_m": 0.0,
    "roll_deg": 0.0,
    "sweep_m": 0.0,
    "shift_m": 0.0,
}


def exact(exercise: str = "squat", **plan: object) -> Simulation:
    """One set of nothing but its strokes, 2 s of rest before and after."""
    the_set = SetPlan(**(STILL | plan))  # type: ignore[arg-type]
    return simulate(Session(exercise=exercise, parts=[Rest(2.0), the_set, Rest(2.0)]), "perfect")


def minimum_jerk_edge(travel_m: float, seconds: float, edge_mps: float = 0.02) -> float:
    """Time after the start at which 30 D/T (u^2 - 2u^3 + u^4) reaches the edge velocity."""
    u = brentq(lambda u: 30.0 * travel_m / seconds * u**2 * (1.0 - u) ** 2 - edge_mps, 0.0, 0.5)
    return float(u) * seconds


def minimum_jerk_height(u: float) -> float:
    return 10.0 * u**3 - 15.0 * u**4 + 6.0 * u**5


def test_minimum_jerk_strokes_have_the_closed_form_edges_and_velocities() -> None:
    sim = exact(reps=2, tempo="4-1-1.2-1.5", rom_m=0.5, ecc_shape="minimum_jerk")
    ecc, con = minimum_jerk_edge(0.5, 4.0), minimum_jerk_edge(0.5, 1.2)
    assert len(sim.truth_reps) == 2
    rep = sim.truth_reps[0]
    assert rep.ecc_start_s == pytest.approx(2.0 + ecc, abs=2e-5)
    assert rep.ecc_end_s == pytest.approx(6.0 - ecc, abs=2e-5)
    assert rep.con_start_s == pytest.approx(7.0 + con, abs=2e-5)
    assert rep.con_end_s == pytest.approx(8.2 - con, abs=2e-5)
    rom = 0.5 * (1.0 - 2.0 * minimum_jerk_height(con / 1.2))
    assert rep.rom_m == pytest.approx(rom, abs=1e-6)
    assert rep.mcv_mps == pytest.approx(rom / (1.2 - 2.0 * con), abs=2e-5)
    assert rep.mev_mps == pytest.approx(
        0.5 * (1.0 - 2.0 * minimum_jerk_height(ecc / 4.0)) / (4.0 - 2.0 * ecc), abs=2e-5
    )
    assert rep.pcv_mps == pytest.approx(1.875 * 0.5 / 1.2, rel=0.01)  # the 10 Hz low-pass hardly touches it
    assert rep.mpv_mps == pytest.approx(rep.mcv_mps, rel=2e-3)  # never brakes harder than gravity
    assert rep.bottom_s == pytest.approx(1.0 + ecc + con, abs=4e-5)
    assert rep.top_s == pytest.approx(1.5 + ecc + con, abs=4e-5)
    assert rep.tut_s == pytest.approx(rep.con_end_s - rep.ecc_start_s)
    assert math.isnan(sim.truth_reps[1].top_s)


def test_a_threshold_cuts_what_the_science_notes_say_off_a_slow_lowering() -> None:
    rep = exact(reps=1, tempo="4-1-1-1", rom_m=0.55, ecc_shape="minimum_jerk").truth_reps[0]
    assert 4.0 - rep.ecc_s == pytest.approx(2.0 * minimum_jerk_edge(0.55, 4.0), abs=1e-4)
    assert 4.0 - rep.ecc_s > 0.5


def test_propulsion_ends_where_braking_exceeds_gravity() -> None:
    # 0.8 m in 0.5 s: peak deceleration 5.77 D/T^2 = 18.5 m/s^2.
    rep = exact(reps=1, tempo="1-1-0.5-1", rom_m=0.8).truth_reps[0]
    u = np.linspace(0.0, 1.0, 200001)
    velocity = 30.0 * 0.8 / 0.5 * u**2 * (1.0 - u) ** 2
    acceleration = 60.0 * 0.8 / 0.25 * (u - 3.0 * u**2 + 2.0 * u**3)
    counted = (velocity >= 0.02) & (acceleration >= -9.81)
    assert rep.mpv_mps == pytest.approx(float(np.mean(velocity[counted])), rel=2e-3)
    assert rep.mpv_mps > 1.05 * rep.mcv_mps


def test_a_lift_that_starts_with_raising_has_its_pauses_the_other_way_round() -> None:
    first, last = exact("overhead_press", reps=2, tempo="2-1-1-0.7", rom_m=0.5).truth_reps
    assert first.con_start_s < first.con_end_s < first.ecc_start_s < first.ecc_end_s < last.con_start_s
    assert first.top_s == pytest.approx(first.ecc_start_s - first.con_end_s)
    assert first.bottom_s == pytest.approx(last.con_start_s - first.ecc_end_s)
    assert 0.7 < first.top_s < 1.1
    assert 1.0 < first.bottom_s < 1.5
    assert not math.isnan(last.top_s)
    assert math.isnan(last.bottom_s)
    assert first.tut_s == pytest.approx(first.ecc_end_s - first.con_start_s)


def test_a_sticking_region_does_not_end_the_concentric() -> None:
    sim = exact(reps=2, tempo="2-1-4-1", rom_m=0.5, sticking=StickingRegion(at_ratio=0.4, depth=1.0))
    rep = sim.truth_reps[1]
    inside = (sim.truth.t_s > rep.con_start_s) & (sim.truth.t_s < rep.con_end_s)
    assert np.min(sim.truth.vel_mps[inside, 2]) < 0.02 / 2.0
    assert rep.con_s > 3.5
    assert rep.rom_m == pytest.approx(0.5, abs=0.005)


def test_touch_and_go_turns_without_standing_still() -> None:
    sim = exact(reps=3, tempo="1.2-0-1-0", rom_m=0.5)
    rep = sim.truth_reps[1]
    assert rep.bottom_s < 0.05
    assert rep.top_s < 0.05
    at_bottom = np.argmin(np.abs(sim.truth.t_s - (rep.ecc_end_s + rep.bottom_s / 2.0)))
    assert sim.truth.acc_mps2[at_bottom, 2] > 1.0


def test_a_failed_attempt_is_kept_apart() -> None:
    for exercise in ("squat", "deadlift"):
        sim = simple_set(exercise, reps=3, tempo="2-1-X-1", failed_last_ratio=0.5, seed=4)
        assert [r.rep_no for r in sim.truth_reps] == [1, 2, 3]
        assert [r.failed for r in sim.uncounted] == [True]
        assert any(e.kind == "failed" for e in sim.truth_events)
        assert all(r.con_end_s < sim.uncounted[0].con_start_s for r in sim.truth_reps)


def test_a_failed_attempt_after_touch_and_go_has_no_jump() -> None:
    for exercise in ("squat", "overhead_press"):
        sim = exact(exercise, reps=2, tempo="1-0-1-0", failed_last_ratio=0.6)
        moving = np.abs(np.diff(sim.truth.acc_mps2[:, 2])) * 1000.0
        hit = sim.uncounted[0].ecc_end_s
        assert np.max(moving[sim.truth.t_s[1:] < hit - 0.1]) < 300.0  # jerk, m/s^3


@settings(max_examples=25, deadline=None)
@given(
    exercise=st.sampled_from(sorted(lifts())),
    reps=st.integers(1, 4),
    digits=st.tuples(*(st.floats(a, b) for a, b in ((0.8, 6.0), (0.0, 2.0), (0.5, 3.0), (0.0, 2.0)))),
    shapes=st.tuples(*[st.sampled_from(["minimum_jerk", "early", "late", "plateau"])] * 2),
    overshoot=st.floats(0.0, 0.03),
    seed=st.integers(0, 1000),
)
def test_any_plan_comes_out_as_planned(
    exercise: str,
    reps: int,
    digits: tuple[float, ...],
    shapes: tuple[str, str],
    overshoot: float,
    seed: int,
) -> None:
    tempo = "-".join(f"{d:.2f}" for d in digits)
    plan = SetPlan(reps=reps, tempo=tempo, ecc_shape=shapes[0], con_shape=shapes[1], overshoot_m=overshoot)  # type: ignore[arg-type]
    session = Session(exercise=exercise, parts=[Rest(1.0), plan, Rest(1.0)])
    sim = simulate(session, imu("perfect", rate_hz=25.0), seed)
    assert [r.rep_no for r in sim.truth_reps] == list(range(1, reps + 1))
    ecc, bottom, con, top = digits
    for rep in sim.truth_reps:
        assert 0.4 * ecc < rep.ecc_s < 1.15 * ecc
        assert 0.4 * con < rep.con_s < 1.15 * con / 0.9
        assert not rep.bottom_s < 0.85 * bottom
        assert not rep.top_s < 0.85 * top
        assert rep.rom_m == pytest.approx(lift(exercise).rom_m, rel=0.2)
        assert rep.mcv_mps * rep.con_s == pytest.approx(rep.rom_m)
        assert rep.pcv_mps > rep.mcv_mps
    floor = sim.truth.pos_m[:, 2]
    assert floor[-1] == pytest.approx(floor[0], abs=1e-3)


def test_partial_reps_count_and_say_so() -> None:
    reps = exact(reps=4, tempo="2-1-X-1", rom_m=0.6, partials={2: 0.5}).truth_reps
    assert [r.partial for r in reps] == [False, True, False, False]
    assert reps[1].rom_m == pytest.approx(0.3, abs=0.01)


def test_a_pause_does_not_run_across_a_set_down() -> None:
    sim = simple_set("biceps_curl", reps=3, tempo="2-1-X-1", set_down_after={1: 4.0}, seed=2)
    assert [math.isnan(r.bottom_s) for r in sim.truth_reps] == [True, False, True]
    kinds = [e.kind for e in sim.truth_events]
    assert kinds.count("setdown") == 2  # between the reps and at the end
    assert kinds.count("pickup") == 2


def test_sets_are_numbered_and_may_continue() -> None:
    plan = SetPlan(reps=2, tempo="1-0-X-1")
    more = SetPlan(reps=1, tempo="1-0-X-1", continues=True)
    parts = [Rest(1), plan, Rest(3), more, Rest(5), plan, Rest(1)]
    sim = simulate(Session(parts=parts))
    assert [(r.set_no, r.rep_no) for r in sim.truth_reps] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]


def test_a_rep_cut_by_the_recordings_edge_is_kept_apart_with_its_true_times() -> None:
    whole = exact(reps=3, tempo="3-1-1-1")
    start = whole.truth_reps[0].ecc_start_s + 1.0
    the_set = SetPlan(reps=3, tempo="3-1-1-1", **STILL)  # type: ignore[arg-type]
    session = Session(parts=[Rest(2.0), the_set, Rest(2.0)], crop_s=(start, 1e9))
    cut = simulate(session, "perfect")
    assert [r.rep_no for r in cut.truth_reps] == [1, 2]
    assert cut.truth_reps[0].con_start_s == pytest.approx(whole.truth_reps[1].con_start_s - start, abs=1e-4)
    assert cut.uncounted[0].cut
    assert cut.uncounted[0].ecc_start_s == pytest.approx(-1.0, abs=1e-4)


def test_durations_are_on_the_sensors_clock_and_velocities_are_true() -> None:
    session = Session(parts=[Rest(2.0), SetPlan(reps=2, tempo="3-1-1-1"), Rest(2.0)])
    good = simulate(session, imu("perfect"))
    fast = simulate(session, imu("perfect", clock_error_pct=2.0))
    for a, b in zip(good.truth_reps, fast.truth_reps, strict=True):
        assert b.ecc_s == pytest.approx(1.02 * a.ecc_s, rel=1e-5)
        assert b.con_start_s == pytest.approx(1.02 * a.con_start_s, rel=1e-5)
        assert b.mcv_mps == pytest.approx(a.mcv_mps, rel=1e-4)
    # The sensor's own acceleration, on its own clock, has its peaks where the truth says.
    peak = np.argmax(fast.truth.acc_mps2[:, 2])
    assert fast.t_s[np.argmax(np.linalg.norm(fast.acc_mps2, axis=1))] == pytest.approx(
        fast.truth.t_s[peak], abs=0.01
    )


def test_the_sensor_point_and_the_bar_differ_by_the_lever() -> None:
    plan = SetPlan(**(STILL | {"reps": 1, "tempo": "2-1-1-1", "rom_m": 0.4, "roll_deg": 90.0}))  # type: ignore[arg-type]
    session = Session(parts=[Rest(1), plan, Rest(1)], offset_m=(0.05, 0.0, 0.0))
    sim = simulate(session, "perfect")
    # The bar goes down 0.4 m while a point 5 cm in front of it turns from level to straight above.
    assert sim.bar_reps[0].rom_m == pytest.approx(0.4, abs=2e-3)
    assert sim.truth_reps[0].rom_m == pytest.approx(0.35, abs=2e-3)


def test_tremor_does_not_move_the_edges() -> None:
    calm = exact(reps=2, tempo="3-1-1-1").truth_reps
    shaky = exact(reps=2, tempo="3-1-1-1", tremor_mps2=1.0).truth_reps
    for a, b in zip(calm, shaky, strict=True):
        assert (a.ecc_s, a.con_s, a.rom_m) == pytest.approx((b.ecc_s, b.con_s, b.rom_m), abs=1e-9)
        assert b.pcv_mps != a.pcv_mps


def test_velocity_loss_is_the_one_asked_for() -> None:
    reps = exact(reps=6, tempo="2-1-X-1", velocity_loss_ratio=0.5).truth_reps
    assert reps[-1].mcv_mps / reps[0].mcv_mps == pytest.approx(0.5, abs=0.02)


def test_phases_are_painted_on_the_samples() -> None:
    sim = exact(reps=2, tempo="2-1-1-1")
    rep: TruthRep = sim.truth_reps[0]
    for edge, before, after in [
        (rep.ecc_start_s, "rest", "ecc"),
        (rep.ecc_end_s, "ecc", "bottom"),
        (rep.con_start_s, "bottom", "con"),
        (rep.con_end_s, "con", "top"),
    ]:
        i = int(np.searchsorted(sim.truth.t_s, edge))
        assert (sim.truth.phase[i - 1], sim.truth.phase[i]) == (before, after)


def test_events_tell_what_is_not_a_rep() -> None:
    session = Session(parts=[Rest(1), Unrack(), SetPlan(reps=1), ReRack(steps=1), Rest(1)])
    events = simulate(session).truth_events
    assert [e.kind for e in events] == ["unrack", "walkout", "rerack"]
    assert all(0.0 < e.start_s < e.end_s for e in events)
