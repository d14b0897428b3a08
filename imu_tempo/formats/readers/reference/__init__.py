"""Readers of reference motion: what a string encoder, a camera or motion capture saw of the bar."""
