"""Which movements are reps, and why the others are not."""
