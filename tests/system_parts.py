"""Parts of the system that some tests need: where one is missing they skip, and in CI they fail."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "IMU_TEMPO_REQUIRE_SYSTEM_PARTS"
"""Environment variable that CI sets: what it has installed must be there, so nothing skips unseen."""


def needs(program: str, package: str | None = None) -> pytest.MarkDecorator:
    """Mark tests that need a program; the reason names the Debian package that has it."""
    missing = shutil.which(program) is None and not os.environ.get(REQUIRED)
    return pytest.mark.skipif(missing, reason=f"{program} is not installed (package {package or program})")
