"""Draw the figures of the documentation into ``docs/_generated`` before the pages are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pictures import PICTURES
from pictures.screen import screen

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def draw_all(folder: Path) -> list[Path]:
    """Write every figure as SVG; return the files."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    # Letters as outlines look the same everywhere; salt and date keep a rebuild equal to the byte.
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "imu-tempo"}):
        for name, draw in PICTURES.items():
            path = folder / f"{name}.svg"
            draw().savefig(path, metadata={"Date": None})
            written.append(path)
    path = folder / "screen.svg"
    path.write_text(screen(), encoding="utf-8")
    return [*written, path]


def setup(app: Sphinx) -> dict[str, Any]:
    """Draw when the builder is there."""
    app.connect("builder-inited", lambda app: draw_all(Path(app.srcdir) / "_generated") and None)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
