"""Write what the code itself knows as Markdown into ``docs/_generated``, for the pages to include.

Columns, definitions, words, events, exercises, protocols and thresholds are read from the code each time the
site is built, so that no page can say something else.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import licences

from imu_tempo import events, schema
from imu_tempo.definitions import Definitions
from imu_tempo.exercises import exercises
from imu_tempo.formats.analysis_json import analysis_object
from imu_tempo.offline import analyze
from imu_tempo.protocols import protocols
from imu_tempo.report.words import REASON_WORDS
from imu_tempo.schema.columns import columns
from imu_tempo.schema.quality import QUALITY_WORDS
from imu_tempo.signal import constants

_RECORDING = Path(__file__).resolve().parents[2] / "recordings" / "squat_3-1-X-1.tempo"

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def markdown_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table; bars inside cells are escaped."""

    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(" ".join(c.split()).replace("|", r"\|") for c in cells) + " |"

    return "\n".join([line(heads), line(("---",) * len(heads)), *map(line, rows)])


# -- tables


def row_types() -> dict[str, list[type[Any]]]:
    """Return every row type of :mod:`imu_tempo.schema`, by the module that declares it."""
    found: dict[str, list[type[Any]]] = {}
    for info in pkgutil.iter_modules(schema.__path__):
        module = importlib.import_module(f"{schema.__name__}.{info.name}")
        own = [
            kind
            for kind in vars(module).values()
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind)
        ]
        if own:
            found[module.__name__] = own
    return dict(sorted(found.items(), key=lambda item: not item[0].endswith(".tables")))


def tables() -> str:
    """Return every column of every table."""
    return "\n\n".join(part for module, kinds in row_types().items() for part in _family(module, kinds))


def _family(module: str, kinds: list[type[Any]]) -> Iterator[str]:
    said = inspect.getdoc(importlib.import_module(module)) or module
    title = said.splitlines()[0].rstrip(".")
    yield f"## {title}"
    for kind in kinds:
        yield f"### `{kind.__name__}`"
        yield _prose(inspect.getdoc(kind) or "")
        parents = [base for base in kind.__mro__[1:] if dataclasses.is_dataclass(base)]
        inherited = {c.name for base in parents for c in columns(base)}
        if parents:
            yield f"The columns of {', '.join(f'`{base.__name__}`' for base in parents)}, and:"
        cells = [
            (f"`{c.name}`", c.unit, c.dtype, c.meaning) for c in columns(kind) if c.name not in inherited
        ]
        yield markdown_table(("column", "unit", "type", "meaning"), cells)


# -- definitions


def definitions() -> str:
    """Return the switchable definitions with their defaults."""
    meanings = attributes(inspect.getdoc(Definitions) or "")
    cells = [
        (f"`{f.name}`", f"`{f.default!r}`", _prose(meanings[f.name])) for f in dataclasses.fields(Definitions)
    ]
    return markdown_table(("definition", "default", "meaning"), cells)


def attributes(doc: str) -> dict[str, str]:
    """Return the Attributes section of a numpydoc docstring, by name."""
    section = re.search(r"^Attributes\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", doc, re.DOTALL | re.MULTILINE)
    found: dict[str, str] = {}
    for names, text in re.findall(
        r"^(\w[^\n]*)\n((?:(?: +[^\n]*)?\n?)+)", section.group(1) if section else "", re.MULTILINE
    ):
        for name in names.split(","):
            found[name.strip()] = " ".join(text.split())
    return found


def _prose(text: str) -> str:
    """Turn the little reStructuredText of a docstring into Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


# -- words


def quality() -> str:
    """Return the words of the quality columns."""
    return markdown_table(("flag", "what it says"), [(f"`{k}`", v) for k, v in QUALITY_WORDS.items()])


def reasons() -> str:
    """Return the reasons for which a movement is no rep."""
    return markdown_table(("reason", "what it was"), [(f"`{k}`", v) for k, v in REASON_WORDS.items()])


# -- events


def event_list() -> str:
    """Return the events of the live engine, by tag, with their fields."""
    parts = []
    for kind, tag in events._TAGS.items():
        meanings = attributes(inspect.getdoc(kind) or "")
        first = _prose((inspect.getdoc(kind) or "").splitlines()[0])
        parts.append(f"### `{tag}`\n\n{first}")
        cells = [
            (f"`{f.name}`", f"`{str(f.type).removeprefix('builtins.')}`", _prose(_meaning(f.name, meanings)))
            for f in dataclasses.fields(kind)
        ]
        parts.append(markdown_table(("field", "type", "meaning"), cells))
    return "\n\n".join(parts)


_EVENT_FIELDS = {
    "t_s": "when it was known, session clock",
    "since_s": "when it began, session clock",
    "phase": "`ecc`, `bottom`, `con`, `top` or `rest`",
    "revision": "`provisional`, `final`, `revised` or `withdrawn`",
    "rep": "a row of the reps table",
    "movement": "a row of the rejected table",
    "summary": "a row of the sets table",
    "set_no": "set, from 1",
    "kind": "one word",
    "detail": "one sentence",
}
"""Meanings that the classes leave to their names."""


def _meaning(name: str, said: dict[str, str]) -> str:
    return said.get(name) or _EVENT_FIELDS[name]


def analysis_keys() -> str:
    """Return the keys of the JSON of an analysis, from one that is made for it."""
    told = analysis_object(analyze(_RECORDING, exercise="squat", edits=False))
    cells = [(f"`{key}`", _kind(value)) for key, value in told.items()]
    return markdown_table(("key", "holds"), cells)


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "list of rows"
    if isinstance(value, dict):
        return "facts of the signal, and the definitions: " + ", ".join(f"`{key}`" for key in value)
    return "text" if isinstance(value, str) else "number"


# -- data that comes with the package


def exercise_list() -> str:
    """Return the exercise profiles."""
    cells = [
        (
            f"`{e.name}`",
            e.title,
            {"ecc": "lowering", "con": "lifting", "auto": "found from the data"}[e.starts_with],
            f"{e.rom_min_m:.2f} to {e.rom_max_m:.2f} m",
            f"{e.mvt_mps:.2f} m/s",
            e.mount,
            e.source,
        )
        for e in exercises().values()
    ]
    return markdown_table(("name", "", "starts with", "travel", "MVT", "sensor on", "source"), cells)


def protocol_list() -> str:
    """Return the protocols that come with the package."""
    cells = [
        (
            f"`{p.name}`",
            p.title + (" (under a clinician)" if p.clinician else ""),
            f"`{p.tempo}`",
            p.evidence,
            "; ".join(
                f"{s.text}{f', [doi:{s.doi}](https://doi.org/{s.doi})' if s.doi else ''}" for s in p.sources
            ),
        )
        for p in protocols().values()
    ]
    return markdown_table(("name", "", "tempo", "evidence", "source"), cells)


def thresholds() -> str:
    """Return the constants of the signal layer with their reasons."""
    body = ast.parse(inspect.getsource(constants)).body
    cells = []
    for before, after in itertools.pairwise(body):
        if (
            isinstance(before, ast.Assign)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            target = before.targets[0]
            assert isinstance(target, ast.Name)
            value = getattr(constants, target.id)
            cells.append((f"`{target.id}`", f"{value:.5g}", _prose(str(after.value.value))))
    return markdown_table(("constant", "value", "meaning and reason"), cells)


# -- licences


def licence_table() -> str:
    """Return the licence of everything that an installation brings along."""
    return markdown_table(("package", "licence", "brought by"), licences.table())


PARTS: dict[str, Callable[[], str]] = {
    "tables": tables,
    "definitions": definitions,
    "quality": quality,
    "reasons": reasons,
    "events": event_list,
    "analysis_json": analysis_keys,
    "exercises": exercise_list,
    "protocols": protocol_list,
    "thresholds": thresholds,
    "licences": licence_table,
}


def write_all(folder: Path) -> None:
    """Write every part; a file that would not change is left alone, so that nothing is built for it again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, tell in PARTS.items():
        path, text = folder / f"{name}.md", tell() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write when the builder is there."""
    app.connect("builder-inited", lambda app: write_all(Path(app.srcdir) / "_generated"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
