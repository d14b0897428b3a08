"""What a notebook shows of a result: everything escaped, every column explained, nothing passed over."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from made_sets import make_reps, make_result

from imu_tempo.display.analysis import MOST_REPS
from imu_tempo.display.markup import number
from imu_tempo.metrics.agreement import compare
from imu_tempo.palette import DARK, LIGHT
from imu_tempo.schema import RejectedRow, RepRow, SetRow, columns, table
from imu_tempo.schema.quality import QUALITY_WORDS


class Balanced(HTMLParser):
    """Checks that every tag that opens closes, in order, and gathers what titles say."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.titles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.titles += [value for name, value in attrs if name == "title" and value]
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(html: str) -> Balanced:
    parser = Balanced()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser


def with_quality(quality: str) -> str:
    result = make_result()
    return dataclasses.replace(result, reps=result.reps.assign(quality=quality))._repr_html_()


def test_sets_reps_what_was_not_counted_and_facts_each_have_their_table() -> None:
    found = read(make_result()._repr_html_())
    assert found.seen.count("table") == 4
    assert found.seen.count("svg") == len(make_reps())


def test_every_heading_of_a_column_tells_its_meaning_and_unit() -> None:
    titles = read(make_result()._repr_html_()).titles
    meanings = {c.name: c for kind in (RepRow, SetRow) for c in columns(kind)}
    for name in ("ecc_s", "mcv_mps", "tut_ecc_s", "load_kg"):
        assert f"{meanings[name].meaning} ({meanings[name].unit})" in titles


def test_what_others_wrote_is_escaped() -> None:
    evil = "<script>alert('x')</script>\" onload=\"y"
    result = make_result()
    rejected = table([RejectedRow(start_s=1, end_s=2, reason=evil, detail=evil)], RejectedRow)
    html = dataclasses.replace(
        result,
        source=evil,
        exercise=evil,
        reps=result.reps.assign(quality=evil),
        sets=result.sets.assign(tempo=evil, tempo_target=evil, quality=evil),
        rejected=rejected,
        quality={evil: evil},
    )._repr_html_()
    assert "script" not in read(html).seen
    assert "alert(&#x27;x&#x27;)" in html
    assert 'onload="y' not in html


def test_doubts_are_told_from_what_people_said() -> None:
    html = with_quality("gap assisted")
    assert f'<span class="flag doubt" title="{QUALITY_WORDS["gap"]}">gap</span>' in html
    assert f'<span class="flag said" title="{QUALITY_WORDS["assisted"]}">assisted</span>' in html


def test_velocity_loss_of_a_paced_set_is_struck_out() -> None:
    result = make_result()
    paced = dataclasses.replace(result, sets=result.sets.assign(vl_valid=False))
    assert 'class="void"' in paced._repr_html_()
    free = dataclasses.replace(result, sets=result.sets.assign(vl_valid=True))
    assert 'class="void"' not in free._repr_html_()


def test_a_tempo_bar_has_the_phases_in_the_order_they_were_done_and_to_scale() -> None:
    rep = dataclasses.replace(make_reps()[0], con_start_s=1.0, con_end_s=2.0, ecc_start_s=3.0, ecc_end_s=7.0)
    rep = dataclasses.replace(rep, con_s=1.0, top_s=1.0, ecc_s=4.0, bottom_s=float("nan"))
    result = dataclasses.replace(make_result(), reps=table([rep], RepRow))
    svg = result._repr_html_().partition("<svg")[2].partition("</svg>")[0]
    bars = ET.fromstring(f"<svg{svg}</svg>")
    assert [bar.get("class") for bar in bars] == ["con", "top", "ecc"]
    widths = [float(bar.get("width", "nan")) for bar in bars]
    assert widths[2] == pytest.approx(4 * widths[0])


def test_a_result_without_reps_still_shows_its_facts() -> None:
    result = make_result()
    nothing = {name: getattr(result, name).iloc[:0] for name in ("reps", "sets", "rejected")}
    empty = dataclasses.replace(result, **nothing)
    html = empty._repr_html_()
    assert "0 sets, 0 reps" in html
    assert read(html).seen.count("table") == 1


def test_many_reps_are_cut_short_and_the_rest_is_told() -> None:
    reps = pd.concat([make_result().reps] * MOST_REPS, ignore_index=True)
    html = dataclasses.replace(make_result(), reps=reps)._repr_html_()
    assert html.count("<svg") == MOST_REPS
    assert f"and {len(reps) - MOST_REPS} reps more" in html


def test_both_themes_have_their_colours() -> None:
    html = make_result()._repr_html_()
    assert f"--ecc: {LIGHT.ecc};" in html
    assert f"--ecc: {DARK.ecc};" in html


@pytest.mark.parametrize(
    ("value", "decimals", "sd", "shown"),
    [
        (0.6, 2, 0.0041, "0.60<small> ± 0.004</small>"),
        (0.6, 2, 0.016, "0.60<small> ± 0.02</small>"),
        (-0.5, 1, float("nan"), "\N{MINUS SIGN}0.5"),
        (float("nan"), 1, 0.1, "\N{EN DASH}"),
    ],
)
def test_numbers_carry_their_spread_and_never_one_of_nothing(
    value: float, decimals: int, sd: float, shown: str
) -> None:
    assert number(value, decimals, sd).html == shown


def test_an_agreement_study_shows_what_a_paper_tells() -> None:
    rng = np.random.default_rng(1)
    start = np.arange(12) * 4.0
    reference = pd.DataFrame(
        {"con_start_s": start, "con_end_s": start + 1.0, "mcv_mps": rng.uniform(0.4, 0.8, 12)}
    )
    device = reference.assign(mcv_mps=reference["mcv_mps"] + 0.010)
    html = compare(device, reference)._repr_html_()
    assert read(html).seen.count("table") == 2
    assert "mean concentric velocity, mm/s" in html
    assert "10.0<small> (10.0 to 10.0)</small>" in html


def test_a_study_of_many_sessions_shows_those_in_which_reps_are_missing() -> None:
    start = np.arange(4) * 4.0
    one = pd.DataFrame({"con_start_s": start, "con_end_s": start + 1.0, "mcv_mps": 0.5})
    device = pd.concat([one.assign(session=name) for name in ("fine", "well", "short")])
    study = compare(device, device.iloc[:-1])
    html = study._repr_html_()
    assert '<td class="text">short</td>' in html
    assert "fine" not in html
    assert "2 sessions in which every rep was matched" in html
    assert repr(study) == "<Agreement: 11 of 11 reference reps matched, in 3 quantities>"
