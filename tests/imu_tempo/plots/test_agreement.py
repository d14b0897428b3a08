"""Figures of agreement: what is drawn, what is said, and nothing where there is nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from made_sets import make_reps
from matplotlib.axes import Axes

from imu_tempo.metrics.agreement import compare
from imu_tempo.plots import accuracy_overview, agreement_scatter, bland_altman, error_by_phase, style
from imu_tempo.schema import RepRow, table

REFERENCE = table(make_reps([(2.5 + 0.2 * i, 0.8, 0.7 + 0.1 * i, 1.0 + 0.1 * i) for i in range(8)]), RepRow)


def device(seed: int = 0, bias_mps: float = 0.02) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    off = {c: REFERENCE[c] + rng.normal(0, 0.02, 8) for c in ("ecc_s", "bottom_s", "con_s", "top_s", "rom_m")}
    return REFERENCE.assign(**off, mcv_mps=REFERENCE.mcv_mps + bias_mps + rng.normal(0, 0.01, 8))


STUDY = compare(device(), REFERENCE)
NOTHING = compare(device().assign(con_start_s=1e5, con_end_s=1e5 + 1), REFERENCE)
FIGURES: dict[str, Callable[..., Axes]] = {
    "bland_altman": lambda s, ax=None: bland_altman(s.pairs, ax=ax),
    "trend": lambda s, ax=None: bland_altman(s.pairs, "ecc_s", trend=True, ax=ax),
    "scatter": lambda s, ax=None: agreement_scatter(s.pairs, ax=ax),
    "phases": lambda s, ax=None: error_by_phase(s.pairs, ax=ax),
    "overview": lambda s, ax=None: accuracy_overview(s.quantities, ax=ax),
}


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.texts if t.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_names_its_axes_with_units_and_leaves_its_table_alone(name: str) -> None:
    before = STUDY.pairs.copy(), STUDY.quantities.copy()
    ax = FIGURES[name](STUDY)
    picture = io.BytesIO()
    style.figure_of(ax).savefig(picture, format="png", dpi=60)
    assert picture.getvalue().startswith(b"\x89PNG")
    assert any(
        unit in ax.get_xlabel() + ax.get_ylabel() for unit in ("(m/s)", "(s)", "(ms)", "(mm/s, mm, ms)")
    )
    pd.testing.assert_frame_equal(before[0], STUDY.pairs)
    pd.testing.assert_frame_equal(before[1], STUDY.quantities)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_so_when_nothing_was_matched(name: str) -> None:
    (said,) = texts(FIGURES[name](NOTHING))
    assert said.startswith("No ")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_on_given_axes(name: str) -> None:
    ax = style.new_axes()
    assert FIGURES[name](STUDY, ax) is ax


def test_bland_altman_draws_a_point_a_pair_and_the_numbers_of_the_table() -> None:
    ax = bland_altman(STUDY.pairs)
    row = STUDY.quantities.set_index("quantity").loc["mcv_mps"]
    levels = {float(np.asarray(line.get_ydata())[0]) for line in ax.get_lines()}
    for value in (row.bias, row.loa_low, row.loa_high, 0.0):
        assert min(abs(level - value) for level in levels) < 1e-12
    assert len(ax.collections[0].get_offsets()) == 8
    assert any(f"bias\n+{row.bias:.3f}" == said for said in texts(ax))


def test_limits_slope_where_the_differences_follow_the_size() -> None:
    grown = compare(
        REFERENCE.assign(mcv_mps=1.1 * REFERENCE.mcv_mps + 0.001 * (REFERENCE.rep_no % 2)), REFERENCE
    )
    flat, sloped = bland_altman(grown.pairs, trend=False), bland_altman(grown.pairs)
    assert len(flat.patches) == 3
    assert len(sloped.patches) == 0
    ends = [np.asarray(line.get_ydata()) for line in sloped.get_lines() if len(line.get_ydata()) > 2]
    assert len(ends) == 3
    assert all(y[-1] > y[0] for y in ends)


def test_the_scatter_is_square_and_says_its_line() -> None:
    ax = agreement_scatter(STUDY.pairs)
    assert ax.get_xlim() == ax.get_ylim()
    legend = ax.get_legend()
    assert legend is not None
    names = [t.get_text() for t in legend.get_texts()]
    row = STUDY.quantities.set_index("quantity").loc["mcv_mps"]
    assert names[0] == "identity"
    assert names[1].startswith(f"y = {row.lp_slope:.3f} x")


def test_phases_are_named_in_the_order_of_the_notation() -> None:
    ax = error_by_phase(STUDY.pairs)
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "lowering",
        "pause at the bottom",
        "lifting",
        "pause at the top",
    ]


def test_the_overview_says_bias_and_limits_of_each_quantity() -> None:
    said = texts(accuracy_overview(STUDY.quantities))
    row = STUDY.quantities.set_index("quantity").loc["mcv_mps"]
    assert said[0] == f"+{1e3 * row.bias:.0f} ± {1e3 * (row.loa_high - row.bias):.0f} mm/s"
