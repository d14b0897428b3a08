"""What all recordings of a run are analysed with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imu_tempo.bookkeeping import said_of
from imu_tempo.definitions import Definitions
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from imu_tempo.formats.readers import ReadOptions

DEFAULT = Lifting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to analyse.

    Attributes
    ----------
    lifting
        What the user said of every recording; a recording's own word holds where nothing was said.
    edited
        Whether what people said of a recording's reps afterwards is put on.
    check_units
        As in :func:`imu_tempo.formats.load`.
    reading
        What tables are that other tools wrote; None where they have our columns.
    """

    lifting: Lifting = DEFAULT
    edited: bool = True
    check_units: bool = True
    reading: ReadOptions | None = None

    def reading_of(self, path: Path) -> ReadOptions | None:
        """Return how to read a path: what is said of tables says nothing of our own recordings."""
        return self.reading if path.is_file() else None

    def check(self) -> None:
        """Refuse what no recording can be analysed with.

        Raises
        ------
        TempoError
            An exercise that does not exist, a tempo that is none, a stop rule that can mean nothing.
        """
        from imu_tempo.exercises import exercise
        from imu_tempo.offline import Labels

        given = self.lifting.arguments()
        exercise(given["exercise"])
        Labels.of(given["load_kg"], given["tempo"], given["athlete"], given["context"])

    def parameters(self) -> dict[str, Any]:
        """Return everything that moves a number, JSON-ready."""
        said = asdict(said_of(self.lifting, check_units=self.check_units))
        del said["protocol"]
        definitions = asdict(self.lifting.definitions or Definitions())
        parameters = {**said, "definitions": definitions, "edits": self.edited}
        if self.reading is not None:
            parameters["reading"] = asdict(self.reading)
        return dict(json.loads(json.dumps(parameters)))  # tuples as lists, as they are read back
