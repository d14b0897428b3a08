"""Readers of samples: one file a format."""
