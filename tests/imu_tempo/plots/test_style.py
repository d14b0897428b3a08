import itertools

import numpy as np
import pytest

from imu_tempo.metrics.tempo import PHASES
from imu_tempo.plots.style import DARK, LIGHT, ON_PHASE, Palette, new_axes

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a: str, b: str) -> float:
    """Return the WCAG contrast ratio."""
    low, high = sorted(float(TO_XYZ[1] @ linear(c)) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_phases_are_told_apart_by_every_eye(palette: Palette, vision: str) -> None:
    for a, b in itertools.combinations(PHASES, 2):
        seen = [lab(VISION[vision] @ linear(palette.phase(p))) for p in (a, b)]
        assert np.linalg.norm(seen[0] - seen[1]) > 20, (a, b)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_read_on_the_page(palette: Palette) -> None:
    for colour in (palette.ink, palette.muted, palette.alarm, palette.ecc):
        assert contrast(colour, palette.paper) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_are_read_on_their_phase(palette: Palette) -> None:
    names = {LIGHT.paper: palette.paper, LIGHT.ink: palette.ink}
    for phase in PHASES:
        assert contrast(names[ON_PHASE[phase]], palette.phase(phase)) >= 4.4, phase


def test_colours_of_a_palette_are_all_different() -> None:
    assert len(set(LIGHT.css().split())) == len(LIGHT.css().split())


def test_a_notebook_shows_the_figure_of_axes() -> None:
    ax = new_axes((5.0, 3.0))
    picture, size = ax._repr_png_()  # type: ignore[attr-defined]
    assert picture.startswith(b"\x89PNG")
    assert size["width"] / size["height"] == pytest.approx(5 / 3)
