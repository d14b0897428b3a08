"""Every figure in every case: nothing clipped, nothing over something else, at thumbnail and at print size.

Artists are judged where the renderer puts them, not pixels: fonts and Matplotlib versions move pixels.
"""

from __future__ import annotations

import inspect
from itertools import combinations, pairwise

import gallery
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from imu_tempo import plots
from imu_tempo.plots.style import figure_of

CASES = [(name, case) for name, by_case in gallery.cases().items() for case in by_case]
CROWDED = [(name, case) for name, case in CASES if case in ("usual", "twenty_reps", "two_sets", "many")]
AT_EDGE_PX = 1.0
OVERLAP = 0.2
"""Boxes of letters have room in them: neighbours may share a fifth of the smaller one."""


def laid_out(ax: Axes) -> Axes:
    figure_of(ax).draw_without_rendering()
    return ax


def thumbnail(name: str, case: str) -> Axes:
    figure = Figure(figsize=gallery.THUMBNAIL_IN, layout="constrained", dpi=100)
    return laid_out(gallery.cases()[name][case](ax=figure.add_subplot()))


def shown(ax: Axes) -> list[Text]:
    """Return every text that a reader sees."""
    legend = ax.get_legend()
    ticks = []
    if ax.axison:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            ticks += [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
        ticks += [ax.xaxis.label, ax.yaxis.label]
    texts = [*ax.texts, *ticks, *(legend.get_texts() if legend else [])]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def boxes(ax: Axes) -> list[tuple[str, Bbox]]:
    return [(text.get_text(), text.get_window_extent()) for text in shown(ax)]


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    found = []
    for (one, a), (other, b) in combinations(boxes(ax), 2):
        common = Bbox.intersection(a, b)
        if common is not None and common.width > 0 and common.height > 0:
            shared = common.width * common.height / min(a.width * a.height, b.width * b.height)
            found += [(one, other)] if shared > OVERLAP else []
    return found


def clipped(ax: Axes) -> list[str]:
    page = figure_of(ax).bbox
    return [
        text
        for text, box in boxes(ax)
        if box.x0 < page.x0 - AT_EDGE_PX
        or box.y0 < page.y0 - AT_EDGE_PX
        or box.x1 > page.x1 + AT_EDGE_PX
        or box.y1 > page.y1 + AT_EDGE_PX
    ]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_thumbnail_is_read_whole(name: str, case: str) -> None:
    ax = thumbnail(name, case)
    assert clipped(ax) == []
    assert overlaps(ax) == []
    box = ax.get_window_extent()
    assert box.width * box.height > 0.2 * ax.figure.bbox.width * ax.figure.bbox.height, "room for the data"
    assert min(text.get_fontsize() for text in shown(ax)) >= 6


@pytest.mark.parametrize(("name", "case"), CROWDED)
def test_a_print_is_read_whole(name: str, case: str) -> None:
    ax = laid_out(gallery.cases()[name][case]())
    assert clipped(ax) == []
    assert overlaps(ax) == []


@pytest.mark.parametrize("name", gallery.cases())
def test_an_empty_table_is_a_sentence(name: str) -> None:
    [text] = shown(thumbnail(name, "empty"))
    assert text.get_text().replace("\n", " ").endswith(".")


@pytest.mark.parametrize(("name", "case"), CROWDED)
def test_axes_that_have_a_unit_say_it(name: str, case: str) -> None:
    ax = gallery.cases()[name][case]()
    labels = ax.get_xlabel() + ax.get_ylabel()
    assert "(" in labels or name == "dose_calendar"


def test_every_figure_is_in_the_gallery() -> None:
    assert set(gallery.cases()) == set(plots.__all__) - {"trend_figure"}


@pytest.mark.parametrize("name", gallery.cases())
def test_figures_take_tables_first_and_their_axes_by_keyword(name: str) -> None:
    signature = inspect.signature(getattr(plots, name))
    assert signature.parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY
    assert signature.parameters["ax"].default is None
    assert next(iter(signature.parameters.values())).annotation == "pd.DataFrame"
    assert signature.return_annotation == "Axes"
    assert "Parameters" in inspect.getdoc(getattr(plots, name))


def test_bars_of_a_set_keep_their_order_when_there_are_two() -> None:
    ax = gallery.cases()["velocity_loss"]["two_sets"]()
    named = [t.get_text() for t in ax.get_xticklabels() if t.get_text()]
    assert named == sorted(named)
    places = [patch.get_x() for patch in ax.patches]
    assert places == sorted(places)
    steps = [b - a for a, b in pairwise(places)]
    assert max(steps) > 1.5 * min(steps), "sets stand apart"


def test_the_fatigue_panel_points_to_the_right_for_the_worse() -> None:
    result = gallery.results()["usual"]
    ax = plots.fatigue_panel(result.fatigue)
    names = [t.get_text() for t in ax.get_yticklabels()]
    widths = dict(zip(names, (p.get_width() for p in ax.patches), strict=True))
    loss = result.fatigue.set_index("measure")["value"]["velocity_loss_fastest_last"]
    assert widths["Velocity"] == pytest.approx(loss)
    assert widths["Lowering time"] > 0, "it shortened, which is not what was asked"
    assert widths["Pauses"] > 0


def test_what_is_not_valid_is_hollow_in_the_fatigue_panel() -> None:
    paced = gallery.results()["two_sets"]
    ax = plots.fatigue_panel(paced.fatigue)
    assert "not valid here" in [t.get_text() for t in ax.get_legend().get_texts()]


def test_a_turnaround_puts_the_end_of_the_lowering_at_zero() -> None:
    ax = gallery.cases()["rep_overlay"]["turnaround"]()
    lines = [line for line in ax.get_lines() if str(line.get_label()).startswith("rep ")]
    assert len(lines) == 6
    for line in lines:
        time_s, speed_mps = line.get_data()
        assert speed_mps[time_s < -0.02].max() <= 1e-9


def test_the_path_is_a_loop_of_lowering_and_lifting() -> None:
    ax = plots.bar_path(gallery.results()["usual"].samples, gallery.results()["usual"].reps)
    lines = ax.get_lines()[1:]
    assert len(lines) == 12
    lowering, lifting = lines[0].get_xdata(), lines[1].get_xdata()
    assert max(lowering) <= 0 <= min(lifting)
    assert ax.get_xlabel() == "vertical velocity (m/s)"
    assert gallery.cases()["bar_path"]["sideways"]().get_xlabel() == "sideways (cm)"


def test_signal_quality_tells_what_was_put_into_the_signal() -> None:
    samples = gallery.results()["usual"].samples
    said = [t.get_text() for t in plots.signal_quality(samples, gallery.raw(), acc_range_mps2=156.9).texts]
    # 60 samples at 100 Hz are missing; 4 in a row are at the end of the range, and hit like 2 others,
    # each of which rings on for 0.1 s.
    assert "gaps: 1, 0.60 s" in said
    assert "clipped: 1, 0.04 s" in said
    assert "impacts: 2, 0.35 s" in said
    clean = [t.get_text() for t in plots.signal_quality(samples, gallery.raw(bad=False)).texts]
    assert {"gaps: none", "clipped: none", "impacts: none"} <= set(clean)
