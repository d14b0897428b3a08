"""Physical constants and the thresholds of the signal layer; each has a unit, a reason and this one home."""

from __future__ import annotations

GRAVITY_MPS2 = 9.80665
"""Standard gravity, m/s^2. Readings are scaled so that rest equals it: local g varies by 0.5 %, parts by 3
%."""

FRAME_S = 0.02
"""Length of a frame, s: 50 Hz holds every lift (below 5 Hz) and tremor (8-12 Hz); integrals inside are
exact."""

IMPACT_HIGH_MPS2 = 5 * GRAVITY_MPS2
"""Specific force that only a collision reaches: the fastest concentric lifts stay under 3 g. There is no
lower limit: a bar that all but falls, thrown or dropped, is measured as well as any."""

SHARP_MPS2 = 16.0
"""Vertical acceleration over a frame that no lifter gives a loaded bar: floor, pins and chest do."""

IMPACT_RING_S = 0.10
"""Time a bar and plates ring after a hit, s."""

GAP_FACTOR = 1.5
"""A step this many sample periods long has a sample missing; clocks jitter less."""

LINEAR_FILL_S = 0.025
"""Holes up to this long may be bridged by a straight line: two samples at 100 Hz change a velocity by < 2
mm/s."""

GAP_ACC_SD_MPS2 = 2.0
"""Spread of vertical acceleration during a lift, m/s^2: what may have happened unseen inside a hole."""

CLIP_ACC_SD_MPS2 = 10.0
"""Spread of what a saturated axis hides, m/s^2."""

GYRO_BIAS_MAX_RADPS = 0.35
"""Largest credible zero-rate offset: the MPU6050's data sheet allows 20 deg/s; above, the sensor turns."""

REST_TURN_MAX_RAD = 0.03
"""Largest change of the direction of gravity over a rest window, rad: more means the sensor turns."""

REST_WINDOW_S = 0.5
"""Window for judging rest, s: shorter than any pause worth measuring, long enough for a mean."""

REST_SPREAD_MPS2 = 0.08
"""Spread of |f| in a window that was rest: twice the noise of the poorest part (400 ug/rtHz at 200 Hz); a
held bar has more."""

OFFSET_SD_RESTED_MPS2 = 4e-3 * GRAVITY_MPS2
"""Error of gravity read at rest, as it shows in vertical acceleration a minute later: drift with
temperature."""

OFFSET_SD_UNRESTED_MPS2 = 60e-3 * GRAVITY_MPS2
"""The same where the quietest moments were movement."""
