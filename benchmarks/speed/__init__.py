"""How fast the analysis is, and how that grows: ``python -m benchmarks.speed``."""
