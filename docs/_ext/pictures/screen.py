"""What a terminal shows of a set, as a picture."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from imu_tempo.live.tables import print_analysis
from imu_tempo.offline import analyze

_RECORDING = Path(__file__).resolve().parents[3] / "recordings" / "squat_3-1-X-1.tempo"
_WIDTH = 92
_FONT_FROM_THE_NET = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def screen() -> str:
    """Return an SVG of the terminal after a set; letters are those of the reader's machine."""
    result = analyze(_RECORDING, exercise="squat", load_kg=100, tempo="3-1-X-1", edits=False)
    result = replace(result, source=_RECORDING.name)
    console = Console(
        file=StringIO(),
        record=True,
        width=_WIDTH,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    print_analysis(console, result)
    svg = console.export_svg(title="imu-tempo", theme=DIMMED_MONOKAI, unique_id="imu-tempo")
    return _FONT_FROM_THE_NET.sub("", svg).replace("Fira Code", "DejaVu Sans Mono")
