"""What tests of the report share."""

from __future__ import annotations

import pytest


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures of pages empty, for tests that read only words: most of the time goes into them."""
    monkeypatch.setattr("imu_tempo.report.sections.inline_svg", lambda ax, *, name, label: "<svg></svg>")
