"""Two tables compared: matching, the clock, counts, mapping, the tables that come out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sets import make_reps

from imu_tempo.errors import SourceError, TempoError
from imu_tempo.metrics.agreement import (
    QUANTITIES,
    compare,
    estimate_clock,
    mapped,
    match_reps,
    methods_sentence,
)
from imu_tempo.schema import RepRow, columns, table
from imu_tempo.schema.agreement import AgreementRow, CountRow, PairRow

PHASES = [(2.0 + 0.3 * (i % 5), 0.6 + 0.1 * (i % 3), 0.7 + 0.05 * i, 1.0 + 0.15 * (i % 4)) for i in range(8)]
REFERENCE = make_reps(PHASES)
EDGES = ["ecc_start_s", "ecc_end_s", "con_start_s", "con_end_s"]


def reps(rows: list[RepRow] = REFERENCE) -> pd.DataFrame:
    return table(rows, RepRow)


def shifted(frame: pd.DataFrame, seconds: float) -> pd.DataFrame:
    return frame.assign(**{edge: frame[edge] + seconds for edge in EDGES})


def noisy(seed: int = 0, bias_mps: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = reps()
    return frame.assign(mcv_mps=frame.mcv_mps + bias_mps + rng.normal(0, 0.02, len(frame)))


def test_a_known_error_is_found() -> None:
    frame = reps()
    study = compare(frame.assign(mcv_mps=frame.mcv_mps + 0.03, ecc_s=frame.ecc_s - 0.1), frame)
    found = study.quantities.set_index("quantity")
    assert found.bias["mcv_mps"] == pytest.approx(0.03)
    assert found.bias["ecc_s"] == pytest.approx(-0.1)
    assert found.loa_high["mcv_mps"] == pytest.approx(0.03)
    assert found.rmse["rom_m"] == 0.0
    assert found.mape_pct["mcv_mps"] == pytest.approx(100 * np.mean(0.03 / frame.mcv_mps))


def test_reps_that_only_one_of_them_saw_are_counted() -> None:
    ghost = make_reps([(2.0, 0.5, 0.8, 1.0)], start_s=200.0)
    study = compare(reps([*REFERENCE[1:], *ghost]), reps())
    counts = study.counts.iloc[0]
    assert (counts.matched, counts.missed, counts.ghosts) == (7, 1, 1)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((7 / 8, 7 / 8, 7 / 8))


def test_each_rep_has_one_partner_at_most() -> None:
    doubled = [
        REFERENCE[0],
        replace(REFERENCE[0], con_start_s=REFERENCE[0].con_start_s + 0.05),
        *REFERENCE[1:],
    ]
    found = match_reps(reps(doubled), reps())
    assert len(found.device) == 8
    assert len(set(found.device)) == len(set(found.reference)) == 8
    assert found.ghosts == 1


@given(st.floats(-500, 500), st.integers(0, 2))
@settings(max_examples=30)
def test_any_clock_offset_is_found_though_reps_are_missing(offset_s: float, lost: int) -> None:
    rng = np.random.default_rng(lost)
    own = shifted(reps(), offset_s)
    own = own.assign(con_end_s=own.con_end_s + rng.normal(0, 0.005, len(own)))
    found = match_reps(own.iloc[lost:], reps().iloc[: len(own) - lost], clock="fit")
    assert found.clock.offset_s == pytest.approx(offset_s, abs=0.01)
    assert found.missed == lost


def test_an_even_long_set_says_that_its_clock_may_be_a_rep_off() -> None:
    even = np.array([[5.0 * i, 5.0 * i + 1.0] for i in range(20)])
    uneven = np.array([[5.0 * i + 0.12 * i**2, 5.0 * i + 0.12 * i**2 + 1.0] for i in range(20)])
    assert estimate_clock(even, even).ambiguous
    assert not estimate_clock(uneven, uneven).ambiguous
    assert estimate_clock(even, even).offset_s == pytest.approx(0.0)


def test_a_given_clock_offset_is_used_as_it_is() -> None:
    own = shifted(reps(), 2.0)
    assert compare(own, reps()).counts.matched.iloc[0] < 8
    study = compare(own, reps(), clock=2.0)
    assert study.counts.matched.iloc[0] == 8
    edges = study.quantities.set_index("quantity").bias[EDGES]
    assert edges.abs().max() == pytest.approx(0.0, abs=1e-9)


def test_of_times_on_the_clock_only_the_difference_is_told() -> None:
    found = compare(noisy(), reps()).quantities.set_index("quantity")
    assert np.isnan(found.ccc["con_start_s"])
    assert found.mae["con_start_s"] == 0.0


def test_reps_may_be_matched_by_number_where_there_is_no_time() -> None:
    bare = reps().drop(columns=EDGES)
    with pytest.raises(TempoError, match="match by number"):
        compare(bare, reps())
    study = compare(noisy(), bare.iloc[1:], by="number")
    assert study.counts.matched.iloc[0] == 7
    with pytest.raises(TempoError, match="rep_no"):
        compare(bare.drop(columns="rep_no"), bare, by="number")


def test_sessions_are_matched_apart_and_summed_up() -> None:
    own = pd.concat([noisy(i).assign(session=f"S{i}", athlete=f"A{i}") for i in range(3)])
    other = pd.concat([shifted(reps(), 10.0 * i).assign(session=f"S{i}") for i in range(3)])
    study = compare(own, other, clock="fit")
    assert study.counts.session.tolist() == ["", "S0", "S1", "S2"]
    assert study.counts.matched.tolist() == [24, 8, 8, 8]
    assert study.counts.clock_s.tolist()[1:] == pytest.approx([0.0, -10.0, -20.0], abs=1e-6)
    row = study.quantities.set_index("quantity").loc["mcv_mps"]
    assert (row.n, row.subjects, row.repeated) == (24, 3, True)
    assert "of 3 athletes" in methods_sentence(study)
    assert "Bland & Altman 2007" in methods_sentence(study)


def test_a_session_of_which_one_has_nothing_is_missed_in_full() -> None:
    own, other = noisy().assign(session="S0"), pd.concat([reps().assign(session=s) for s in ("S0", "S1")])
    assert compare(own, other).counts.missed.tolist() == [8, 0, 8]


def test_pairs_hold_what_the_figures_and_other_programs_need() -> None:
    pairs = compare(noisy(), reps()).pairs
    own = pairs[pairs.quantity == "mcv_mps"]
    assert own.rep_no.tolist() == list(range(1, 9))
    assert (own.difference == own.device - own.reference).all()
    assert set(own.athlete) == {"A12"}


def test_tables_have_their_columns_and_dtypes_also_when_nothing_matched() -> None:
    full, empty = compare(noisy(), reps()), compare(shifted(reps(), 1e4), reps())
    assert empty.quantities.empty
    assert empty.counts.matched.iloc[0] == 0
    for name, row_type in (("quantities", AgreementRow), ("counts", CountRow), ("pairs", PairRow)):
        for study in (full, empty):
            assert list(getattr(study, name)) == [c.name for c in columns(row_type)]
        assert list(getattr(full, name).dtypes) == list(getattr(empty, name).dtypes)
    assert "0 of 8 reference reps" in methods_sentence(empty)


def test_an_empty_table_is_compared_without_an_error() -> None:
    assert compare(reps().iloc[:0], reps(), clock="fit").counts.missed.iloc[0] == 8


def test_every_quantity_is_a_column_of_the_reps_table() -> None:
    assert {q.column for q in QUANTITIES} <= {c.name for c in columns(RepRow)}
    assert all(c.unit == q.unit for q in QUANTITIES for c in columns(RepRow) if c.name == q.column)


def test_only_what_is_asked_for_is_compared() -> None:
    assert compare(noisy(), reps(), quantities=["rom_m"]).quantities.quantity.tolist() == ["rom_m"]
    with pytest.raises(TempoError, match="Both tables need power_w"):
        compare(noisy(), reps(), quantities=["power_w"])
    with pytest.raises(TempoError, match="share no column"):
        compare(noisy(), pd.DataFrame({"x": [1.0]}))


# Another device's table


def test_another_devices_columns_are_mapped_with_their_units() -> None:
    theirs = pd.DataFrame({"Rep": [1], "ROM (mm)": [612.0], "Avg Velocity (m/s)": [0.71], "t": [4.0]})
    ours = mapped(
        theirs,
        {"rep_no": "Rep", "rom_m": "ROM (mm) * 0.001", "mcv_mps": "Avg Velocity (m/s)", "con_start_s": "t"},
    )
    assert ours.rom_m.tolist() == [pytest.approx(0.612)]
    assert ours.mcv_mps.tolist() == [0.71]
    assert "rom_m" not in theirs


def test_the_end_of_a_lift_follows_from_its_start_and_duration() -> None:
    theirs = pd.DataFrame({"con_start_s": [4.0], "ms": [900.0]})
    assert mapped(theirs, {"con_s": "ms * 0.001"}).con_end_s.tolist() == [pytest.approx(4.9)]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"rom_m": "Height"}, "no column 'Height' for rom_m: the table has Rep, name"),
        ({"rom_m": "name"}, "'name' does not hold numbers"),
        ({"rom_m": "Rep * 1-e"}, "no number behind"),
    ],
)
def test_a_mapping_that_fits_nothing_says_what_there_is(mapping: dict[str, str], message: str) -> None:
    with pytest.raises((SourceError, TempoError), match=message):
        mapped(pd.DataFrame({"Rep": [1.0], "name": ["squat"]}), mapping)
