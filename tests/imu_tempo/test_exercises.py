"""Every exercise profile is sane, and a misspelt name is helped."""

from __future__ import annotations

import typing

import pytest

from firmware_bridge.virtual import lift, lifts
from imu_tempo.errors import UnknownNameError
from imu_tempo.exercises import exercise, exercises
from imu_tempo.exercises.profile import StartsWith

ALL = sorted(exercises())


@pytest.mark.parametrize("name", ALL)
def test_a_profile_is_consistent(name: str) -> None:
    profile = exercise(name)
    assert profile.name == name
    assert profile.title
    assert profile.source
    assert 0.0 < profile.rom_min_m < profile.rom_max_m < 2.5
    assert 0.0 < profile.mvt_mps < profile.mcv_max_mps < 4.0
    assert profile.starts_with in typing.get_args(StartsWith)
    assert profile.level in {"top", "bottom"}
    assert profile.mount in {"bar", "implement", "body"}


@pytest.mark.parametrize("name", ALL)
def test_a_lift_comes_back_to_where_it_starts(name: str) -> None:
    profile = exercise(name)
    starts_at = {"ecc": "top", "con": "bottom"}
    if profile.starts_with in starts_at:
        assert profile.level == starts_at[profile.starts_with]
    if profile.floor:
        assert profile.level == "bottom"


@pytest.mark.parametrize("name", sorted(lifts()))
def test_the_simulators_lifts_lie_inside_the_profiles_bounds(name: str) -> None:
    profile, simulated = exercise(name), lift(name)
    assert profile.rom_min_m < simulated.rom_m < profile.rom_max_m


@pytest.mark.parametrize("written", ["Bench Press", "bench-press", " bench_press "])
def test_names_are_forgiving(written: str) -> None:
    assert exercise(written).name == "bench_press"


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'sqaut'.*squat"):
        exercise("sqaut")


def test_a_name_like_nothing_is_answered_with_the_list() -> None:
    with pytest.raises(UnknownNameError, match=r"squat.*deadlift"):
        exercise("zzz")


def test_tables_of_the_field_stand_in_the_profiles() -> None:
    published = {"bench_press": 0.17, "squat": 0.30, "deadlift": 0.15, "overhead_press": 0.20}
    assert {name: exercise(name).mvt_mps for name in published} == published
