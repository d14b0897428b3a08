"""A session as it happens: from the link to reps on a screen."""
