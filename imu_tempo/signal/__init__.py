"""Arrays in, arrays out: channels, orientation, vertical acceleration, rest, and the smoother."""
