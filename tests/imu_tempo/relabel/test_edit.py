"""Edits as they are said and written."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import make_reps

from imu_tempo.errors import TempoError
from imu_tempo.relabel import Edit, RepRef, add, assisted, confirm, delete, full, label, merge, partial, split
from imu_tempo.relabel import unassisted as not_assisted

REPS = make_reps()
EVERY = (
    confirm(REPS[0]),
    delete(REPS[1]),
    add(3.0, 4.5),
    split(REPS[2], REPS[2].con_start_s),
    merge(REPS[:2]),
    assisted(REPS[0]),
    not_assisted(REPS[0]),
    partial(REPS[0]),
    full(REPS[0]),
    label(exercise="deadlift", load_kg=82.5, athlete="B7", tempo="4-0-1-0"),
    label(load_kg=60.0, start_s=1.0, end_s=30.0),
)


@pytest.mark.parametrize("edit", EVERY, ids=str)
def test_an_edit_is_the_same_after_a_file(edit: Edit) -> None:
    assert Edit.from_json(json.loads(json.dumps(edit.to_json()))) == edit


def test_a_rep_is_named_by_its_time_not_by_its_number() -> None:
    document = delete(REPS[2]).to_json()
    (ref,) = document["reps"]
    assert ref["con_start_s"] == pytest.approx(REPS[2].con_start_s, abs=1e-4)
    assert not {"rep_no", "set_no"} & set(json.dumps(document).split('"'))


def test_a_rep_without_a_lowering_is_named_by_its_lift() -> None:
    bare = replace(REPS[0], ecc_start_s=float("nan"), ecc_end_s=float("nan"))
    ref = RepRef.of(bare)
    assert (ref.start_s, ref.end_s) == (ref.con_start_s, ref.con_end_s)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: split(REPS[0], 1.0), "inside the rep"),
        (lambda: merge(REPS[:1]), "needs 2"),
        (lambda: label(), "says nothing"),
        (lambda: label(exercise="squatt"), "Unknown exercise"),
        (lambda: label(load_kg=-1.0), "load of -1"),
        (lambda: label(tempo="4-0"), "two phases"),
        (lambda: add(4.0, 3.0), "start first"),
        (lambda: Edit(action="praise"), "no edit 'praise'"),  # type: ignore[arg-type]
    ],
)
def test_an_edit_that_says_nothing_is_refused(make: Any, message: str) -> None:
    with pytest.raises(TempoError, match=message):
        make()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
KEYS = st.sampled_from(["action", "reps", "at_s", "start_s", "end_s", "exercise", "load_kg", "tempo", "x"])


@given(st.dictionaries(KEYS, JSON | st.sampled_from(["delete", "label", "split", "add"]), max_size=6))
def test_whatever_a_line_holds_is_an_edit_or_a_value_error(document: dict[str, Any]) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(Edit.from_json(document), Edit)


def test_edits_are_said_in_plain_words() -> None:
    assert str(delete(REPS[0])) == "delete the rep of 5.0-9.9 s"
    assert str(label(load_kg=100.0, tempo="")) == "label load 100 kg, tempo none"
    assert str(add(3.0, 4.5)) == "add a rep in 3.0-4.5 s"
