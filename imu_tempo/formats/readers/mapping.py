"""A mapping: what the columns of a table are that no reader knows, as a user says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.untrusted import read_toml
from imu_tempo.errors import TempoError
from imu_tempo.formats.readers.units import ACC, RATE, TIME, factor
from imu_tempo.formats.words import first_sentence

AXES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
_WORDS = ("t", *AXES)
_LONG = {"t_s": "t", **{f"{a}_mps2": a for a in AXES[:3]}, **{f"{g}_radps": g for g in AXES[3:]}}
_KINDS = {"acc": ACC, "gyr": RATE, "time": TIME}
_EXAMPLE = "write such as acc_x=ax, with acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z or t before the ="


@dataclass(frozen=True, slots=True)
class Mapping:
    """Columns, units and signs of a table.

    Attributes
    ----------
    columns
        For ``t``, ``acc_x`` ... ``gyr_z`` the name of a column, with ``-`` before it where its sign is the
        other.
    units
        For ``acc``, ``gyr`` and ``time`` the unit; m/s^2, rad/s and s where nothing is said.
    rate_hz
        Sample rate of a table without times; None otherwise.
    """

    columns: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    rate_hz: float | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.columns if name not in _WORDS]
        if unknown:
            raise TempoError(f"{unknown[0]!r} is no column of ours: {_EXAMPLE}.")
        missing = [name for name in AXES[:3] if name not in self.columns]
        if not missing and "t" not in self.columns and self.rate_hz is None:
            missing = ["t"]
        gyro = [name for name in AXES[3:] if name not in self.columns]
        if missing or 0 < len(gyro) < 3:
            lacking = ", ".join(missing or gyro)
            raise TempoError(
                f"The mapping lacks {lacking}: {_EXAMPLE}; rate_hz=100 does for a table without t."
            )
        for kind in self.units:
            self.factor(kind)

    def factor(self, kind: str) -> float:
        """Return what makes SI of ``acc``, ``gyr`` or ``time``."""
        if kind not in _KINDS:
            raise TempoError(f"{kind!r} has no unit: expected {', '.join(_KINDS)}, such as acc=g.")
        si = next(iter(_KINDS[kind]))
        return factor(self.units.get(kind, si), _KINDS[kind], what=kind)


def mapping_of(said: Iterable[str], units: Iterable[str] = ()) -> Mapping | None:
    """Return the mapping of ``acc_x=ax`` words and ``acc=g`` units, or of a TOML file; None of nothing.

    Raises
    ------
    TempoError
        They say nothing that can be used.
    """
    pairs, rate_hz = dict[str, str](), None
    told = dict(_split(unit) for unit in units)
    for word in said:
        if word.lower().endswith(".toml"):
            base = read_mapping(Path(word))
            pairs, told, rate_hz = {**base.columns, **pairs}, {**base.units, **told}, base.rate_hz
            continue
        name, value = _split(word)
        if name == "rate_hz":
            rate_hz = _rate(value)
        else:
            pairs[_LONG.get(name, name)] = value
    if not pairs and not told:
        return None
    return Mapping(pairs, told, rate_hz)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML file.

    It has ``[columns]`` (``acc_x = "name"`` and the like), ``[units]`` (acc, gyr, time) and ``rate_hz``.

    Raises
    ------
    TempoError
        It cannot be read, or says nothing that can be used.
    """
    try:
        document = read_toml(path)
    except OSError as error:
        raise TempoError(f"{path} cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except ValueError as error:
        raise TempoError(f"{path} is not TOML ({first_sentence(error)}).") from error
    columns, units = document.get("columns"), document.get("units", {})
    if not isinstance(columns, dict) or not isinstance(units, dict):
        raise TempoError(f'{path} has no [columns]: expected acc_x = "name" and the like below it.')
    rate = document.get("rate_hz")
    named = {_LONG.get(str(k), str(k)): str(v) for k, v in columns.items()}
    return Mapping(named, {k: str(v) for k, v in units.items()}, None if rate is None else _rate(str(rate)))


def _split(word: str) -> tuple[str, str]:
    name, found, value = word.partition("=")
    if not found or not name.strip() or not value.strip():
        raise TempoError(f"{word!r} maps nothing: {_EXAMPLE}.")
    return name.strip().lower(), value.strip()


def _rate(text: str) -> float:
    try:
        rate_hz = float(text)
    except ValueError as error:
        raise TempoError(f"rate_hz is {text!r}: expected a number of samples a second.") from error
    if not 1.0 <= rate_hz <= 10_000.0:
        raise TempoError(f"rate_hz is {rate_hz:g}: expected 10 to 10000.")
    return rate_hz
