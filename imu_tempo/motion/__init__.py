"""One stretch of bar motion solved: height and velocity without drift, slow lowering included.

Steps (SCIENCE notes, section 3; the numbers stand in the code):
1. Noise: what each frame's acceleration may be wrong by, from the local dynamics; huge inside impacts,
   holes, clipping.
2. First look: concentric lifts in band-passed velocity, in trains.
3. Solve height, velocity and bias with two kinds of pseudo-measurement:
   a. closure: the turning points of a train come back to the same height (robust);
   b. rest: a quiet stretch is rest or slow steady movement. It counts as rest only if the *solved* velocity,
      without the stretch's own evidence, says so by a Bayes factor; otherwise only the distance it can have
      covered is bounded.
4. Take new turning points and new rest verdicts from the solution; repeat until the path stands still. Where
   something speaks against the outcome, start again from other verdicts and keep the most probable.
"""

from imu_tempo.motion.solve import Motion, solve_motion

__all__ = ["Motion", "solve_motion"]
