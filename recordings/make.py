"""Make the recordings of this folder anew: `python recordings/make.py`.

They are simulated, and small enough to keep in the repository. Each holds its own truth.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from firmware_bridge.recording import Manifest
from firmware_bridge.virtual import Simulation, simple_set
from firmware_bridge.virtual.recorded import record

HERE = Path(__file__).parent
# A fixed time, so that making them again changes nothing that was not meant to change.
STARTED = "2026-03-01T18:05:00.000+01:00"


def squat() -> Simulation:
    """Six reps that slow down, with an eye on the lowering."""
    return simple_set("squat", reps=6, tempo="3-1-X-1", rate_hz=100.0, seed=11, velocity_loss_ratio=0.25)


def bench_press() -> Simulation:
    """Five slow lowerings, touch and go, paced both ways."""
    return simple_set("bench_press", reps=5, tempo="4-0-1-0", rate_hz=100.0, seed=12)


def deadlift() -> Simulation:
    """Five reps from the floor, with its knocks."""
    return simple_set("deadlift", reps=5, tempo="2-1-X-0", rate_hz=200.0, seed=13, velocity_loss_ratio=0.15)


def overhead_press() -> Simulation:
    """Five reps of a lift that starts with the lifting, with a simpler sensor."""
    return simple_set("overhead_press", reps=5, tempo="2-0-X-1", rate_hz=104.0, seed=14, imu="LSM6DS3")


RECORDINGS = {
    "squat_3-1-X-1": (squat, 100.0, "3-1-X-1"),
    "bench_press_4-0-1-0": (bench_press, 70.0, "4-0-1-0"),
    "deadlift_2-1-X-0": (deadlift, 140.0, "2-1-X-0"),
    "overhead_press_2-0-X-1": (overhead_press, 45.0, "2-0-X-1"),
}


def main() -> None:
    """Write every recording, in place of what was there."""
    for name, (make, load_kg, tempo) in RECORDINGS.items():
        simulation = make()
        folder = HERE / f"{name}.tempo"
        shutil.rmtree(folder, ignore_errors=True)
        manifest = Manifest(
            sensor=simulation.info,
            started=STARTED,
            exercise=simulation.exercise,
            load_kg=load_kg,
            tempo=tempo,
            athlete="A12",
            note=f"simulated, seed {simulation.seed}",
        )
        record(simulation, folder, manifest)
        size_kb = sum(file.stat().st_size for file in folder.iterdir()) / 1000
        facts = f"{len(simulation.truth_reps)} reps, {simulation.t_s[-1]:.0f} s, {size_kb:.0f} kB"
        print(f"{folder.name}: {facts}")


if __name__ == "__main__":
    main()
