"""Canonical tables made from a formula: a bar that rests, nods slowly, and is lifted for a while."""

from __future__ import annotations

import numpy as np
import pandas as pd

GRAVITY_MPS2 = 9.81
ACC = ["acc_x_mps2", "acc_y_mps2", "acc_z_mps2"]
GYR = ["gyr_x_radps", "gyr_y_radps", "gyr_z_radps"]


def lifted_bar(
    seconds: float = 10.0, rate_hz: float = 200.0, nod_rad: float = 0.1, gyro: bool = True
) -> pd.DataFrame:
    """Return specific force and angular rate of a bar nodding about its y axis and bobbing from 3 to 8 s."""
    rng = np.random.default_rng(5)
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    angle = 0.3 + nod_rad * np.sin(2 * np.pi * 0.3 * t_s)
    up_mps2 = np.where((t_s > 3) & (t_s < 8), 2.0 * np.sin(np.pi * t_s), 0.0)
    gravity = np.column_stack([np.sin(angle), np.zeros_like(t_s), np.cos(angle)])
    acc = (GRAVITY_MPS2 + up_mps2)[:, None] * gravity + rng.normal(0.0, 0.05, (len(t_s), 3))
    table = pd.DataFrame(acc, columns=ACC)
    table.insert(0, "t_s", t_s)
    if gyro:
        # With z up at angle 0, gravity's direction (sin a, 0, cos a) turns by u x w: w_y = -da/dt.
        rate = -nod_rad * 2 * np.pi * 0.3 * np.cos(2 * np.pi * 0.3 * t_s)
        noise = rng.normal(0.0, 0.002, (len(t_s), 3))
        table[GYR] = noise + np.column_stack([0 * t_s, rate, 0 * t_s])
    return table
