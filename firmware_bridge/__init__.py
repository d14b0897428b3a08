"""From a bar sensor's bytes to samples in SI units on one clock; it knows nothing of reps."""
