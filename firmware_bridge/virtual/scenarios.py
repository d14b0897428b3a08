"""The situations an analysis has to survive, by name: ``SCENARIOS["deadlift/dead_stop"](seed=3)``.

Names are ``family/case``. A scenario is a session, a part and a radio; each can be replaced when it is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from firmware_bridge.virtual.imu import IMUS, ImuModel, LossModel, imu
from firmware_bridge.virtual.lifts import lifts
from firmware_bridge.virtual.parts import (
    Carry,
    Handling,
    Hold,
    Part,
    PickUp,
    PlateLoading,
    ReRack,
    Rest,
    SetDown,
    Unrack,
    WalkOut,
)
from firmware_bridge.virtual.sets import SetPlan, StickingRegion
from firmware_bridge.virtual.simulate import Session, Simulation, simulate, surround

TEMPOS = ("2-0-X-0", "2-0-X-1", "3-1-X-1", "4-0-1-0", "5-2-1-0", "8-0-2-0", "10-0-X-0")
RATES_HZ = (12.5, 25.0, 50.0, 52.0, 100.0, 104.0, 200.0, 400.0, 800.0)
MAIN_TEMPO = "3-1-X-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One situation, ready to run with any seed."""

    session: Session
    imu: ImuModel = field(default_factory=ImuModel)
    loss: LossModel = field(default_factory=LossModel)

    def __call__(
        self,
        seed: int = 0,
        *,
        imu: ImuModel | None = None,
        loss: LossModel | None = None,
        rate_hz: float | None = None,
        gyro: bool | None = None,
    ) -> Simulation:
        """Run it, with another part, radio or rate where one is given."""
        model = self.imu if imu is None else imu
        model = replace(
            model,
            rate_hz=model.rate_hz if rate_hz is None else rate_hz,
            gyro=model.gyro if gyro is None else gyro,
        )
        return simulate(self.session, model, seed, loss=self.loss if loss is None else loss)


def _set(exercise: str, plan: SetPlan | None = None, **session: object) -> Session:
    """Return a session of one set with what usually surrounds it."""
    the_set = plan or SetPlan(tempo=MAIN_TEMPO)
    usual = Session(exercise=exercise, parts=surround(exercise, the_set))
    return replace(usual, **session)  # type: ignore[arg-type]


def _plan(exercise: str = "squat", /, **plan: object) -> Scenario:
    """Return a scenario of one set, planned by keyword."""
    tempo: dict[str, object] = {"tempo": MAIN_TEMPO}
    return Scenario(session=_set(exercise, SetPlan(**(tempo | plan))))  # type: ignore[arg-type]


def _parts(exercise: str, *parts: Part) -> Scenario:
    return Scenario(session=Session(exercise=exercise, parts=parts))


def _lifting() -> Iterator[tuple[str, Scenario]]:
    for name in lifts():
        yield f"exercise/{name}", _plan(name)
    for tempo in TEMPOS:
        yield f"tempo/{tempo}", _plan(tempo=tempo)
    yield "tempo/bench_8-0-2-0", _plan("bench_press", tempo="8-0-2-0", reps=4)
    yield "tempo/press_4-0-1-0", _plan("overhead_press", tempo="4-0-1-0")
    for reps in (1, 2, 3, 12, 20):
        yield f"reps/{reps}", _plan(reps=reps, tempo="2-0-X-1")
    yield "turn/touch_and_go", _plan("bench_press", tempo="1.5-0-X-0", reps=8)
    yield "turn/paused", _plan("bench_press", tempo="2-3-X-2")
    yield "turn/fast", _plan(tempo="1-0-X-0", reps=10)
    yield "turn/whip", _plan(tempo="1.5-0-X-1", whip_mps2=4.0)
    yield "turn/overshoot", _plan(overshoot_m=0.02)
    for shape in ("minimum_jerk", "early", "late", "plateau"):
        yield f"shape/{shape}", _plan(ecc_shape=shape, con_shape=shape)
    yield "shape/long_plateau", _plan(tempo="8-1-X-1", ramp_ratio=0.05)
    smooth: dict[str, object] = {
        "tremor_mps2": 0.0,
        "breathing_m": 0.0,
        "sway_m": 0.0,
        "jitter_ratio": 0.0,
        "rom_jitter_ratio": 0.0,
    }
    yield "body/smooth", _plan(**smooth)
    yield "body/tremor", _plan(tempo="5-1-X-1", tremor_mps2=0.5, tremor_growth=3.0)
    yield "body/light_rehab", _plan("step_down", tempo="5-1-3-1", rom_m=0.15, con_shape="plateau")


def _going_wrong() -> Iterator[tuple[str, Scenario]]:
    stuck = StickingRegion(at_ratio=0.35, depth=0.97)
    yield (
        "failure/velocity_loss",
        _plan(reps=8, tempo="2-0-X-1", velocity_loss_ratio=0.5, sticking=stuck, tremor_growth=4.0),
    )
    for name in ("squat", "bench_press", "deadlift", "overhead_press", "biceps_curl"):
        yield (
            f"failure/last_{name}",
            _plan(
                name,
                tempo="2-0-X-1",
                velocity_loss_ratio=0.45,
                sticking=replace(stuck, depth=0.8),
                failed_last_ratio=0.5,
            ),
        )
    yield "partial/squat", _plan(reps=6, tempo="2-0-X-1", partials={3: 0.5, 6: 0.4})
    yield "partial/curl", _plan("biceps_curl", reps=6, tempo="2-0-X-1", partials={2: 0.6, 5: 0.45})
    yield "setdown/curl", _plan("biceps_curl", tempo="2-0-X-1", set_down_after={2: 5.0, 4: 3.0})
    yield "setdown/shoulder_press", _plan("shoulder_press", tempo="2-0-X-1", set_down_after={3: 4.0})


def _from_the_floor() -> Iterator[tuple[str, Scenario]]:
    for impact in (20.0, 40.0, 60.0):
        yield (
            f"deadlift/dead_stop_{impact:.0f}",
            _plan("deadlift", tempo="1.2-2-X-1", floor_impact_mps2=impact),
        )
    yield "deadlift/touch_and_go", _plan("deadlift", tempo="1-0-X-0.5", reps=8, floor_impact_mps2=45.0)
    yield "deadlift/slow", _plan("deadlift", tempo="4-1-X-1", floor_impact_mps2=30.0)
    yield "deadlift/regrip", _plan("deadlift", tempo="1.5-1-X-1", regrip_after=(2, 3))


def _around_a_set() -> Iterator[tuple[str, Scenario]]:
    plan = SetPlan(tempo="2-0-X-1")
    quick = (Rest(1.0), Unrack(height_m=0.1, jolt_mps2=8.0), WalkOut(steps=4, bob_m=0.04), plan, ReRack())
    yield "rack/hurried", _parts("squat", *quick, Rest(1.0))
    yield (
        "rack/hard",
        _parts("bench_press", *surround("bench_press", plan)[:-2], ReRack(impact_mps2=50.0), Rest(2.0)),
    )
    short = replace(plan, reps=3)
    one = surround("squat", short, rest_s=20.0)
    yield "sets/three_squat", _parts("squat", *one, *one, *one)
    pull = (Rest(15.0), replace(short, floor_impact_mps2=40.0))
    yield "sets/two_deadlift", _parts("deadlift", *pull, PlateLoading(), *pull, Rest(5.0))
    yield (
        "sets/curl_with_clutter",
        _parts(
            "biceps_curl",
            Handling(),
            Rest(3.0),
            PickUp(),
            Hold(),
            short,
            SetDown(),
            Rest(5.0),
            Carry(),
            Rest(3.0),
        ),
    )
    yield "nothing/rest", _parts("squat", Rest(60.0))
    yield "nothing/held", _parts("squat", Rest(40.0, breathing_m=0.004, sway_m=0.005, tremor_mps2=0.1))
    yield "nothing/plates", _parts("squat", Rest(3.0), PlateLoading(plates=8), Rest(3.0))
    yield (
        "nothing/carry",
        _parts("deadlift", Rest(3.0), Carry(steps=12), Rest(4.0), Carry(steps=8), Rest(3.0)),
    )
    yield "nothing/handling", _parts("squat", Rest(2.0), Handling(15.0), Rest(5.0))
    yield (
        "nothing/rack_only",
        _parts("squat", Rest(3.0), Unrack(), WalkOut(), Hold(3.0), ReRack(steps=2), Rest(3.0)),
    )
    bare = (Rest(3.0), SetPlan(tempo=MAIN_TEMPO), Rest(3.0))
    cut = Session(exercise="squat", parts=bare)
    yield "crop/begins_in_lowering", Scenario(session=replace(cut, crop_s=(4.3, 1e6)))
    yield "crop/begins_in_lifting", Scenario(session=replace(cut, crop_s=(7.4, 1e6)))
    yield "crop/ends_in_lowering", Scenario(session=replace(cut, crop_s=(0.0, 22.3)))


def _bar_and_sensor() -> Iterator[tuple[str, Scenario]]:
    yield "roll/bar_60", _plan(roll_deg=60.0)
    yield "roll/drift_60", _plan(roll_drift_deg=60.0)
    yield "roll/handle_120", _plan("biceps_curl", roll_deg=120.0)
    yield "roll/sleeve_spin", _plan(tempo="2-0-X-1", spin_hz=3.0)
    yield "path/horizontal_20cm", _plan(sweep_m=0.2, shift_m=0.1)
    off_axis = (0.04, 0.0, 0.0447)  # 6 cm
    yield "mount/off_axis_squat", Scenario(session=_set("squat", offset_m=off_axis))
    yield (
        "mount/off_axis_roll_60",
        Scenario(session=_set("bench_press", SetPlan(tempo=MAIN_TEMPO, roll_deg=60.0), offset_m=off_axis)),
    )
    yield "mount/off_axis_curl", Scenario(session=_set("biceps_curl", offset_m=off_axis))
    hit = SetPlan(tempo="1-0-X-0.5", floor_impact_mps2=80.0)
    for full_scale in (4.0, 8.0):
        yield (
            f"range/{full_scale:.0f}g_deadlift",
            Scenario(session=_set("deadlift", hit), imu=imu("BMI270", acc_range_g=full_scale, rate_hz=400.0)),
        )


def _parts_and_radio() -> Iterator[tuple[str, Scenario]]:
    squat = _set("squat")
    for rate in RATES_HZ:
        yield f"rate/{rate:g}", Scenario(session=squat, imu=imu("BMI270", rate_hz=rate))
    for name in IMUS:
        yield f"sensor/{name}", Scenario(session=squat, imu=imu(name, rate_hz=100.0))
        if name != "perfect":
            yield f"sensor/{name}_no_gyro", Scenario(session=squat, imu=imu(name, rate_hz=100.0, gyro=False))
    yield "sensor/no_anti_alias", Scenario(session=squat, imu=imu("BMI270", rate_hz=100.0, anti_alias=False))
    yield "sensor/drifting", Scenario(session=squat, imu=imu("LSM6DS3", acc_drift_mg_min=10.0))
    yield "sensor/low_gravity", Scenario(session=squat, imu=imu("ICM42688", gravity_mps2=9.78))
    yield "clock/fast_1pct", Scenario(session=squat, imu=imu("BMI270", clock_error_pct=1.0))
    yield "clock/slow_2pct", Scenario(session=squat, imu=imu("BMI270", clock_error_pct=-2.0))
    for percent in (1, 5, 10):
        yield f"loss/{percent}pct", Scenario(session=squat, loss=LossModel(loss_ratio=percent / 100.0))
    yield "loss/hole_2s", Scenario(session=squat, loss=LossModel(holes_s=((15.0, 2.0),)))
    yield "loss/stall", Scenario(session=squat, loss=LossModel(stalls_s=((12.0, 1.0), (20.0, 2.5))))


def _all() -> Iterator[tuple[str, Scenario]]:
    yield from _lifting()
    yield from _going_wrong()
    yield from _from_the_floor()
    yield from _around_a_set()
    yield from _bar_and_sensor()
    yield from _parts_and_radio()


SCENARIOS: Mapping[str, Scenario] = dict(_all())
