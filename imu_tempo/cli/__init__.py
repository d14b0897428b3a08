"""Every command of ``imu-tempo``, each a thin call into the library."""

from imu_tempo.cli.main import cli, main

__all__ = ["cli", "main"]
