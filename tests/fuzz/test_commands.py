"""Whatever stands on the command line, a command ends with a status and at most a sentence, never a crash."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.cli import main
from tests.fuzz.small_files import canonical_tables
from tests.fuzz.targets_words import HOSTILE

ASKED = 130
"""A question that nobody answers, as forget asks one, ends a command as Ctrl-C does."""

NUMBERS = (
    *("0", "-1", "1e308", "-1e308", "nan", "inf", "-inf", "1e-300", "1_000", "0x10", "\u0663", "1,5", "5"),
    *("9" * 400, ""),
)
WORDS = (
    *(word for word in HOSTILE if "\0" not in word),  # no command line can hold it
    *("\udcff", "x" * 5000, "squat", "3-1-X-1", "-", "--", "@x", "{}", "*", ""),
)
DAYS = (
    *("2026-03-01", "8w", "9999y", "0000-00-00", "9999-12-31", "2026-W10-7", "today", "-8w", "8", "\u0668w"),
    *("1e3", ""),
)
EDGES = ("speed", "travel", "both", "", "\udcff")
LIFTS = ("squat", "auto", "Bench press", "sqat", *WORDS)
FILES = (
    *(
        "bar.csv",
        "bar.tempo",
        "no.csv",
        "",
        ".",
        "x" * 5000,
        "\udcff.csv",
        "/dev/null",
        "bar.csv/x",
        "~",
        "-",
    ),
)
OUTS = ("out.html", "out.csv", "out", "", "/proc/x", "bar.csv/out", "x" * 300 + ".csv", "\udcff.csv", ".")
UNITS = ("acc=g", "acc=", "x=y", *WORDS)
MAPS = ("acc_x=a", "rate_hz=nan", "rate_hz=1e999", "x.toml", "/", *WORDS)
EDITS = ("delete", "confirm", "log", "undo", "redo", "add", "label", *WORDS)

Values = tuple[str, ...] | None
Options = dict[str, Values]
LIFTING: Options = {"--exercise": LIFTS, "--load": NUMBERS, "--tempo": WORDS, "--athlete": WORDS}
MEASURING: Options = {
    **dict.fromkeys(("--edges", "--velocity-loss-from"), EDGES),
    **dict.fromkeys(("--edge-velocity", "--1rm", "--body-mass", "--body-ratio"), NUMBERS),
    **dict.fromkeys(("--stop-loss", "--stop-tempo", "--stop-ecc"), NUMBERS),
    **{"--calibration": WORDS, "--assisted": None},
}
READING: Options = {
    **{"--format": ("mapped", "dot", *WORDS), "--device": WORDS, "--unit": UNITS, "--map": MAPS},
    "--no-unit-check": None,
}
CHOOSING: Options = {
    **{"--athlete": WORDS, "--exercise": LIFTS, "--since": DAYS, "--until": DAYS, "--simulated": None},
}
SIMULATING: Options = {
    **dict.fromkeys(("--reps", "--rate", "--seed", "--load"), NUMBERS),
    **dict.fromkeys(("--tempo", "--sensor", "--scenario"), WORDS),
    **{"-e": LIFTS, "--out": OUTS},
}
EXPORTING: Options = {
    **{"--as": ("csv", "excel", "json", "ndjson", "tidy", "parquet"), "-t": ("reps", "trend", "x")},
    **{"-o": OUTS, "--dictionary": OUTS},
}
COMMANDS: dict[str, tuple[tuple[tuple[str, ...], ...], Options]] = {
    "analyze": ((FILES,), {**LIFTING, **MEASURING, **READING, "--no-edits": None, "--json": None}),
    "replay": ((FILES,), {**LIFTING, **MEASURING, **READING, "--json": None}),
    "simulate": ((), SIMULATING),
    "relabel": ((FILES, EDITS, ("1", "9.9", *NUMBERS)), {"--who": WORDS, "--from": NUMBERS, "--to": NUMBERS}),
    "export": ((FILES,), {**CHOOSING, **EXPORTING}),
    "batch": ((FILES,), {**LIFTING, **MEASURING, "-o": OUTS, "--workers": ("0", "nan")}),
    "history": ((), CHOOSING),
    "trend": ((), {**CHOOSING, "--load": NUMBERS}),
    "import": ((FILES,), {**LIFTING, **READING, "-o": OUTS, "--up": ("+z", "up", "")}),
    "soreness": ((WORDS, NUMBERS), {"--day": DAYS, "--area": WORDS, "--note": WORDS}),
    "one-rm": ((WORDS, LIFTS, NUMBERS), {"--day": DAYS, "--note": WORDS}),
    "athlete": ((WORDS,), {"--name": WORDS, "--body-mass": NUMBERS, "--note": WORDS}),
    "forget": ((WORDS,), {"--yes": None, "--recordings": ("keep", "delete", "x")}),
    "protocols": ((("show", "list", "x"), WORDS), {}),
}


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Draw a command with hostile values of some of its options."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    operands, options = COMMANDS[command]
    line = [command, *(draw(st.sampled_from(values)) for values in operands)]
    chosen = draw(st.lists(st.sampled_from(sorted(options)), max_size=4, unique=True)) if options else []
    for name in chosen:
        values = options[name]
        value = "" if values is None else draw(st.sampled_from(values))
        line.append(name if values is None else f"{name}={value}" if name[1] == "-" else f"{name}{value}")
    if command in ("batch", "import", "simulate") and not {"-o", "--out"} & set(chosen):
        line += ["-o", draw(st.sampled_from(OUTS))]
    return line


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a table and a recording in it."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "bar.csv").write_bytes(canonical_tables()[0])
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert main(["import", str(folder / "bar.csv"), "-o", str(folder / "bar.tempo")]) == 0
    return folder


@pytest.fixture
def inside(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of it, with a home of its own."""
    shutil.copytree(place, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("IMU_TEMPO_HOME", str(tmp_path / "home"))
    return tmp_path / "work"


def run(line: list[str]) -> int:
    """Run a command, and see that it ends as it should."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(line)
    assert status in (0, 1, 2, ASKED), (status, line)
    assert all(said.isprintable() for said in err.getvalue().split("\n")), line
    return status


def test_no_command_line_is_a_crash(inside: Path) -> None:
    @settings(derandomize=True, database=None, max_examples=80)
    @given(lines())
    def whatever(line: list[str]) -> None:
        run(line)

    whatever()
    assert (inside / "bar.csv").read_bytes() == canonical_tables()[0]
