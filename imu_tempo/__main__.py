"""``python -m imu_tempo`` is the command ``imu-tempo``."""

import sys

from imu_tempo.cli import main

if __name__ == "__main__":
    sys.exit(main())
