"""Soak: hours of two sensors through the whole live chain, with everything going wrong that does in a gym."""
