"""Two tables of reps compared: pairs, counts, and every measure of agreement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import TempoError
from imu_tempo.metrics.agreement.clock import SAME_CLOCK, Clock
from imu_tempo.metrics.agreement.estimate import Estimate, varies
from imu_tempo.metrics.agreement.limits import Limits, limits_of_agreement, trend_limits
from imu_tempo.metrics.agreement.lines import least_products, standard_error_of_estimate
from imu_tempo.metrics.agreement.matching import By, Match, match_reps
from imu_tempo.metrics.agreement.quantities import QUANTITIES, Quantity
from imu_tempo.metrics.agreement.reliability import (
    concordance,
    icc_agreement,
    icc_consistency,
    standard_error_of_measurement,
)
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.agreement import AgreementRow, CountRow, PairRow

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

_SDC = 1.96 * math.sqrt(2.0)
_SESSION = "session"


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """The outcome of :func:`compare`.

    Attributes
    ----------
    quantities, counts, pairs
        Tables of :class:`imu_tempo.schema.agreement.AgreementRow`, ``CountRow`` and ``PairRow``.
    by
        How reps were matched.
    clock_fitted
        Whether the clock offset was estimated.
    """

    quantities: pd.DataFrame
    counts: pd.DataFrame
    pairs: pd.DataFrame
    by: By
    clock_fitted: bool

    def __repr__(self) -> str:
        matched, of = self.counts["matched"].iloc[0], self.counts["reference_reps"].iloc[0]
        return f"<Agreement: {matched} of {of} reference reps matched, in {len(self.quantities)} quantities>"

    def _repr_html_(self) -> str:
        """Show the counts, and the measures that a paper's table has, in a notebook."""
        from imu_tempo.display import agreement_html

        return agreement_html(self.counts, self.quantities)


def compare(
    device: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    by: By = "time",
    clock: float | Literal["fit"] = 0.0,
    within_s: float | None = None,
    quantities: Sequence[str] | None = None,
) -> Agreement:
    """Compare two tables of reps, such as a sensor's and a string encoder's.

    Parameters
    ----------
    device, reference
        Tables with columns of :class:`imu_tempo.schema.RepRow`, as many as there are (see
        :func:`imu_tempo.metrics.agreement.mapped` for other names and units). Where both have a column
        ``session``, reps are matched within it. Where the device's has ``athlete`` (or else the
        reference's), several pairs of one athlete are allowed for.
    by
        Match by ``"time"`` or by ``"number"``.
    clock
        What to add to the reference's times, s, or ``"fit"`` to estimate it for each session.
    within_s
        Largest offset to consider.
    quantities
        Columns to compare; by default all that both tables have.

    Returns
    -------
    Agreement

    Raises
    ------
    TempoError
        The tables share no column to match or to compare by.
    """
    wanted = _wanted(device, reference, quantities)
    fixed: Clock | Literal["fit"] = "fit" if clock == "fit" else Clock(float(clock)) if clock else SAME_CLOCK
    pairs: list[PairRow] = []
    counts: list[CountRow] = []
    for session, own, other in _sessions(device, reference):
        found = match_reps(own, other, by=by, clock=fixed, within_s=within_s)
        counts.append(_count(session, len(own), len(other), found))
        pairs += _pairs(session, own, other, found, wanted)
    summed = counts if len(counts) == 1 else [_total(counts), *counts]
    done = table(pairs, PairRow)
    measured = [row for quantity in wanted if (row := _measure(done, quantity)) is not None]
    return Agreement(table(measured, AgreementRow), table(summed, CountRow), done, by, clock == "fit")


def agreement_of(
    device: Array, reference: Array, quantity: Quantity, subjects: Sequence[str] | None = None
) -> AgreementRow:
    """Return every measure of agreement of paired values without NaN; see :class:`AgreementRow`."""
    d, middle = device - reference, (device + reference) / 2.0
    limits = limits_of_agreement(d, subjects)
    row = {
        "quantity": quantity.column,
        "title": quantity.title,
        "unit": quantity.unit,
        **_spread(limits),
        "mae": float(np.abs(d).mean()),
        "rmse": math.sqrt(float((d**2).mean())),
        "p95": float(np.percentile(np.abs(d), 95)),
    }
    if quantity.kind != "edge":
        row |= {"device_mean": float(device.mean()), "reference_mean": float(reference.mean())}
        row |= _related(device, reference, subjects) | _trend(d, middle)
    return AgreementRow(**row)  # type: ignore[arg-type]


def _spread(limits: Limits) -> dict[str, object]:
    return {
        "n": limits.n,
        "subjects": limits.subjects,
        "repeated": math.isfinite(limits.sd_within),
        "sd": limits.sd,
        "sd_within": limits.sd_within,
        **_three("bias", limits.bias),
        **_three("loa_low", limits.low),
        **_three("loa_high", limits.high),
    }


def _related(device: Array, reference: Array, subjects: Sequence[str] | None) -> dict[str, object]:
    both = np.column_stack([device, reference])
    line = least_products(reference, device, subjects)
    sem = standard_error_of_measurement(both)
    known = reference != 0.0
    relative = np.abs(device - reference)[known] / np.abs(reference[known])
    return {
        "mape_pct": 100.0 * float(relative.mean()) if len(relative) else NAN,
        "r": float(np.corrcoef(device, reference)[0, 1]) if varies(device) and varies(reference) else NAN,
        **_three("see", standard_error_of_estimate(device, reference)),
        **_three("icc2", icc_agreement(both)),
        **_three("icc3", icc_consistency(both)),
        **_three("ccc", concordance(device, reference)),
        **_three("lp_slope", line.slope),
        **_three("lp_intercept", line.intercept),
        "fixed_bias": line.fixed_bias,
        "proportional_bias": line.proportional_bias,
        "sem": sem,
        "sdc": _SDC * sem,
    }


def _trend(d: Array, middle: Array) -> dict[str, object]:
    trend = trend_limits(d, middle)
    if trend is None:
        return {}
    return {
        **_three("trend_slope", trend.slope),
        "trend_p": trend.slope_p,
        "trend_intercept": trend.intercept,
        "trend_sd_intercept": trend.sd_intercept,
        "trend_sd_slope": trend.sd_slope,
    }


def _three(name: str, estimate: Estimate) -> dict[str, object]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _wanted(device: pd.DataFrame, reference: pd.DataFrame, names: Sequence[str] | None) -> list[Quantity]:
    shared = [q for q in QUANTITIES if q.column in device and q.column in reference]
    if names is not None:
        missing = sorted(set(names) - {q.column for q in shared})
        if missing:
            raise TempoError(f"Both tables need {', '.join(missing)} to be compared by it.")
        shared = [q for q in shared if q.column in names]
    if not shared:
        raise TempoError(
            "The two tables share no column that can be compared, such as mcv_mps, rom_m or ecc_s: map the"
            " columns that hold them."
        )
    return shared


def _sessions(
    device: pd.DataFrame, reference: pd.DataFrame
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    if not (_SESSION in device and _SESSION in reference):
        yield "", device, reference
        return
    for name in dict.fromkeys([*device[_SESSION], *reference[_SESSION]]):
        yield str(name), device[device[_SESSION] == name], reference[reference[_SESSION] == name]


def _pairs(
    session: str, device: pd.DataFrame, reference: pd.DataFrame, found: Match, wanted: Sequence[Quantity]
) -> Iterator[PairRow]:
    own, other = device.iloc[found.device], reference.iloc[found.reference]
    for (_, a), (_, b) in zip(own.iterrows(), other.iterrows(), strict=True):
        for quantity in wanted:
            shift = found.clock.offset_s if quantity.kind == "edge" else 0.0
            x, y = float(a[quantity.column]), float(b[quantity.column]) + shift
            if math.isfinite(x) and math.isfinite(y):
                yield PairRow(
                    session=session,
                    athlete=_word(a, b, "athlete"),
                    exercise=_word(a, b, "exercise"),
                    set_no=int(a.get("set_no", 1)),
                    rep_no=int(a.get("rep_no", 0)),
                    quantity=quantity.column,
                    device=x,
                    reference=y,
                    difference=x - y,
                    mean=(x + y) / 2.0,
                )


def _word(a: pd.Series, b: pd.Series, name: str) -> str:
    found = [row[name] for row in (a, b) if name in row and isinstance(row[name], str)]
    return next((word for word in found if word), "")


def _measure(pairs: pd.DataFrame, quantity: Quantity) -> AgreementRow | None:
    own = pairs[pairs["quantity"] == quantity.column]
    if own.empty:
        return None
    athletes = [row.athlete for row in rows(own, PairRow)]
    subjects = athletes if all(athletes) else None
    return agreement_of(own["device"].to_numpy(), own["reference"].to_numpy(), quantity, subjects)


def _count(session: str, device: int, reference: int, found: Match) -> CountRow:
    matched = len(found.device)
    return CountRow(
        session=session,
        device_reps=device,
        reference_reps=reference,
        matched=matched,
        missed=found.missed,
        ghosts=found.ghosts,
        **_scores(matched, device, reference),
        clock_s=found.clock.offset_s,
        clock_se_s=found.clock.se_s,
        clock_ambiguous=found.clock.ambiguous,
    )


def _total(counts: Sequence[CountRow]) -> CountRow:
    device, reference = sum(c.device_reps for c in counts), sum(c.reference_reps for c in counts)
    matched = sum(c.matched for c in counts)
    return CountRow(
        session="",
        device_reps=device,
        reference_reps=reference,
        matched=matched,
        missed=sum(c.missed for c in counts),
        ghosts=sum(c.ghosts for c in counts),
        **_scores(matched, device, reference),
        clock_s=NAN,
        clock_ambiguous=any(c.clock_ambiguous for c in counts),
    )


def _scores(matched: int, device: int, reference: int) -> dict[str, float]:
    return {
        "precision": matched / device if device else NAN,
        "recall": matched / reference if reference else NAN,
        "f1": 2.0 * matched / (device + reference) if device + reference else NAN,
    }
