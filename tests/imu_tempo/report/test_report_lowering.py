"""The cards of lowering and fatigue: what they show, and what they say where something is missing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from made_sets import make_empty_result, make_reps, make_result

from imu_tempo.metrics import SetContext, StopRule, parse_tempo, summarise
from imu_tempo.report import html
from imu_tempo.report.lowering import fatigue_card, lowering_card
from imu_tempo.report.page import render
from imu_tempo.report.view import set_views
from imu_tempo.report.words import sentences
from imu_tempo.schema import SetRow, table


def test_each_lowering_has_its_line_and_the_mass_is_named() -> None:
    [view] = set_views(make_result())
    card = html.card(lowering_card(view))
    assert card.count("<tr>") == 1 + 4
    assert "the bar alone, 100 kg" in card
    assert "exploratory" in card
    assert "<td>588</td>" in card  # 100 kg x 9.80665 m/s^2 x 0.6 m


def test_without_a_load_one_kilogram_is_shown() -> None:
    [view] = set_views(make_result(reps=[replace(rep, load_kg=math.nan) for rep in make_reps()]))
    card = html.card(lowering_card(view))
    assert "J/kg" in card
    assert "no load was given" in card


def test_every_sign_has_its_evidence_and_a_paced_one_its_warning() -> None:
    [view] = set_views(make_result("3-1-1-1"))
    card = html.card(fatigue_card(view))
    assert card.index("strong") < card.index("moderate") < card.index("exploratory")
    assert "Not to be read as fatigue: the lifting was paced" in card
    assert "no diagnosis" in card


@pytest.mark.usefixtures("without_figures")
def test_the_page_holds_both_and_an_empty_one_neither() -> None:
    assert "<h3>Lowering</h3>" in render(make_result())
    assert "<h3>Signs of fatigue</h3>" in render(make_result())
    assert "<h3>Lowering</h3>" not in render(make_empty_result())


def test_stop_overload_and_failure_are_said_in_sentences() -> None:
    context = SetContext(one_rm_kg=80, stop=StopRule(velocity_loss_pct=10))
    reps = make_reps([(5.0, 1, 0.8, 1), (4.8, 1, 0.9, 1), (3.0, 1, 1.2, 1)])
    row = summarise(reps, parse_tempo("5-1-X-1"), context=context)
    result = replace(make_result("5-1-X-1", reps=reps), sets=table([row], SetRow))
    said = " ".join(sentences(set_views(result)[0]))
    assert "The stop rule was reached at rep 2: 0.67 m/s: 11 % velocity loss, limit 10 %." in said
    assert "From rep 3 on the prescribed lowering time was no longer held." in said
    assert "125 % of the one-rep maximum, and nobody is said to have helped" in said
