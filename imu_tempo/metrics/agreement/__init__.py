"""How well two ways of measuring the same reps agree: what a validity study reports."""

from imu_tempo.metrics.agreement.clock import Clock, estimate_clock
from imu_tempo.metrics.agreement.estimate import Estimate
from imu_tempo.metrics.agreement.limits import Limits, TrendLimits, limits_of_agreement, trend_limits
from imu_tempo.metrics.agreement.lines import (
    LineFit,
    deming,
    least_products,
    standard_error_of_estimate,
)
from imu_tempo.metrics.agreement.matching import Match, match_reps
from imu_tempo.metrics.agreement.quantities import QUANTITIES, Quantity
from imu_tempo.metrics.agreement.reference import mapped
from imu_tempo.metrics.agreement.reliability import concordance, icc_agreement, icc_consistency
from imu_tempo.metrics.agreement.study import Agreement, compare
from imu_tempo.metrics.agreement.words import methods_sentence

__all__ = [
    "QUANTITIES",
    "Agreement",
    "Clock",
    "Estimate",
    "Limits",
    "LineFit",
    "Match",
    "Quantity",
    "TrendLimits",
    "compare",
    "concordance",
    "deming",
    "estimate_clock",
    "icc_agreement",
    "icc_consistency",
    "least_products",
    "limits_of_agreement",
    "mapped",
    "match_reps",
    "methods_sentence",
    "standard_error_of_estimate",
    "trend_limits",
]
