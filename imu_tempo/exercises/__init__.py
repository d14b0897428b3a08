"""Exercise profiles: where a lift starts, how far and how fast it may travel."""

from imu_tempo.exercises.profile import Exercise, exercise, exercises

__all__ = ["Exercise", "exercise", "exercises"]
