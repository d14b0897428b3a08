"""Accuracy and speed as tables: ``python -m benchmarks.accuracy``, ``python -m benchmarks.speed``."""
