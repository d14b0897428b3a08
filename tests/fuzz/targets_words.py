"""Names and notes of others on their way out: terminal, page, picture, tables for spreadsheets and programs.

Nothing that a name holds may be run, drawn as something else or break the output.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from firmware_bridge.recording import Manifest
from firmware_bridge.recording.manifest import folder_name
from firmware_bridge.samples import SensorInfo
from imu_tempo.calibration.store import stored_path
from imu_tempo.errors import TempoError
from imu_tempo.formats.analysis_json import analysis_object
from imu_tempo.formats.exports import write_csv, write_excel_csv, write_json, write_parquet, write_tidy
from imu_tempo.live.past import print_athletes, print_history
from imu_tempo.live.relabelled import print_change
from imu_tempo.live.tables import print_analysis
from imu_tempo.live.terminal import make_console
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, SetRow, rows, table
from imu_tempo.schema.history import AthleteRow, HistorySetRow
from tests.fuzz.harness import Target
from tests.imu_tempo.made_sets import make_result

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", '";=1;"')
HOSTILE = (
    *("Anna", *FORMULAS),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "' onload='x", "&lt;b&gt;", "]]>", "-->"),
    *("\x1b[2J\x1b]52;c;aGk=\x07", "\x9b31m", "a\rb", "a\u202eb", "\u2066x\u2069", "a\0b", "\x7f", "\u2028"),
    *(
        "[bold]x[/]",
        "[/nope]",
        "[link=http://x]y[/link]",
        "$x^$",
        r"$\frac{1$",
        r"\u0041",
        "{0}",
        "%s",
        "${x}",
    ),
    *(
        "../../etc/x",
        "..",
        "/",
        "C:\\x",
        "CON",
        "a/b\\c",
        ".",
        "~",
        "x" * 300,
        "\u00e9" * 300,
        "\U0001f3cb" * 40,
    ),
)
FORMULA = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")


def named(word: str) -> AnalysisResult:
    """Return an analysis whose athlete, source and sensor are called so."""
    made = make_result("3-1-X-1")
    reps = [replace(row, athlete=word) for row in rows(made.reps, RepRow)]
    sets = [replace(row, athlete=word) for row in rows(made.sets, SetRow)]
    facts = {**made.quality, "read_as": word, "sensor": word}
    return replace(made, source=word, reps=table(reps, RepRow), sets=table(sets, SetRow), quality=facts)


def _word(data: bytes) -> str:
    return data.decode("utf-8", "ignore")


def _screen(print_it: object, *tables: object) -> None:
    """Print as on a terminal; what comes out must be text and styles alone."""
    whole = io.StringIO()
    console = make_console()
    console.file = whole
    print_it(console, *tables)  # type: ignore[operator]
    assert all(c.isprintable() or c == "\n" for c in whole.getvalue())


def _terminal(data: bytes) -> None:
    word = _word(data)
    result = named(word)
    _screen(print_analysis, result)
    _screen(print_change, make_result("3-1-X-1"), result, word)
    days = [
        HistorySetRow(**asdict(row), recording="r", day="2026-03-01", at="", simulated=False)
        for row in rows(result.sets, SetRow)
    ]
    _screen(print_history, table(days, HistorySetRow), {word: word})
    athletes = [AthleteRow(athlete=word, body_mass_kg=80.0, note=word, body_mass_day="2026-03-01")]
    _screen(print_athletes, table(athletes, AthleteRow), {word: word})
    assert str(TempoError(word)).isprintable()


class _Tags(HTMLParser):
    """Collects the names of tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}


def _tags(html: str) -> set[str]:
    parser = _Tags()
    parser.feed(html)
    return parser.seen


def _notebook(data: bytes) -> None:
    assert _tags(named(_word(data))._repr_html_()) <= _tags(named("Anna")._repr_html_())


def _tables(data: bytes) -> None:
    word = _word(data)
    result = named(word)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        for separator, decimal in ((",", "."), (";", ",")):
            write_excel_csv(result.reps, path, separator=separator, decimal=decimal)  # type: ignore[arg-type]
            for row in list(
                csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=separator)
            )[1:]:
                assert not any(FORMULA.match(cell) and not NUMBER.fullmatch(cell) for cell in row)
        write_csv(result.reps, path)
        back = pd.read_csv(path, keep_default_na=False, lineterminator="\n")
        assert set(back["athlete"].astype(str)) == {word} or _is_read_otherwise(word)
        write_tidy(result.reps, path)
        write_parquet(result.reps, path, about={"source": word})
        assert set(pd.read_parquet(path)["athlete"]) == {word}
        write_json(analysis_object(result), path)
        assert json.loads(path.read_text("utf-8"))["source"] == word


NUMBER = re.compile(r"-?[0-9.,]+(e-?[0-9]+)?")


def _is_read_otherwise(word: str) -> bool:
    """Whether pandas takes a word for something else: a number, a line's end, nothing."""
    try:
        float(word)
    except ValueError:
        return word.lower() in ("true", "false", "") or any(c in word for c in '\r\n\0"')
    return True


def _names(data: bytes) -> None:
    """Names that become names of files stay inside their folder, and can be made."""
    word = _word(data)
    with tempfile.TemporaryDirectory() as folder:
        manifest = Manifest(
            sensor=SensorInfo("bip"), started="2026-03-01T18:05:00+01:00", exercise=word, athlete=word
        )
        for path in (Path(folder) / folder_name(manifest), Path(folder) / stored_path(word).name):
            assert path.parent == Path(folder)
            assert path.name not in ("", ".", "..")
            path.write_bytes(b"")
        assert stored_path(word).parent == stored_path("Anna").parent
        assert len(list(Path(folder).iterdir())) == 2


def _apart(words: Sequence[str]) -> Callable[[], list[bytes]]:
    return lambda: [word.encode() for word in words]


def _together() -> list[bytes]:
    """Return all words in a few, for where each must come out by itself."""
    return [" ".join(HOSTILE[start::4]).encode() for start in range(4)]


TARGETS = tuple(
    Target(f"words-{name}", feed, (TempoError,), samples, text=True, examples=examples)
    for name, feed, samples, examples in (
        ("terminal", _terminal, _together, 8),
        ("notebook", _notebook, _together, 8),
        ("tables", _tables, _apart(FORMULAS), 5),
        ("file-names", _names, _apart(HOSTILE), 40),
    )
)
