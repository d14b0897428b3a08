"""Links that leave the documentation's folder: to pages that include the file, else to its name.

The Markdown files link to each other as they lie in the repository, where people read them too.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = {
    "firmware_bridge/PROFILE.md": "profile.md",
    "firmware_bridge/RECORDING.md": "recording-format.md",
    "firmware_bridge/firmware/README.md": "firmware.md",
    "recordings/README.md": "recordings.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the repository that a page shows whole."""

_LINK = re.compile(r"(?<!\!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def inside(text: str, folder: str) -> str:
    """Return Markdown whose links out of ``docs/`` go to a page or have become plain words.

    Parameters
    ----------
    text
        Markdown.
    folder
        Folder in the repository that its links start from.
    """

    def mend(match: re.Match[str]) -> str:
        words, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        if "://" in target or target.startswith("mailto:"):
            return match.group(0)
        path = posixpath.normpath(posixpath.join(folder, target))
        if path in PAGES:
            return f"[{words}]({PAGES[path]}{anchor})"
        if path.startswith("docs/"):
            return f"[{words}]({path.removeprefix('docs/')}{anchor})"
        return words if path in words else f"{words} (`{path}`)"

    return _LINK.sub(mend, text)


def _mend_page(_: Sphinx, __: str, source: list[str]) -> None:
    source[0] = inside(source[0], "docs")


def _mend_included(app: Sphinx, path: Any, __: str, source: list[str]) -> None:
    relative = posixpath.relpath(str(path), posixpath.dirname(str(app.srcdir)))
    source[0] = inside(source[0], posixpath.dirname(relative))


def setup(app: Sphinx) -> dict[str, Any]:
    """Mend links when a page, or a file that it includes, is read."""
    app.connect("source-read", _mend_page)
    app.connect("include-read", _mend_included)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
