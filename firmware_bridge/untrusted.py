"""What others wrote, taken within bounds: files opened and unpacked, documents parsed, words shown.

The bounds, and why there are such:

- A session, packed or unpacked, as text or as numbers, is at most ``SESSION_BYTES``.
- A document whose values become Python objects, which take twenty times its bytes, is at most
  ``DOCUMENT_BYTES``; one that people write by hand at most ``SETTINGS_BYTES``, in lines of at most
  ``SETTINGS_LINE`` characters.
- Only plain files are read: a pipe may never answer, and a device may never end.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import stat
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SESSION_BYTES = 1 << 30
"""1 GiB: eight hours of a clock and six axes at 400 Hz as text of 90 characters a row; 13 h of it as float64.
More is no session, or made to fill the memory."""

NUMBER_BYTES = 8
"""Of a float64."""

DOCUMENT_BYTES = 64 << 20
"""64 MiB: some 200 000 reps as JSON; its values fill a gigabyte and a half at worst."""

SETTINGS_BYTES = 256 << 10
"""256 KiB: ten times the protocols that come with the package."""

SETTINGS_LINE = 4096
"""Characters, a page of text: parsing a key of many parts takes the square of its length."""

MOST_NESTED = 64
"""Levels: ours have six. Whatever walks through a document must come to its end."""

MESSAGE_CHARS = 800
"""Longest message to a person; of a longer one the middle is left out."""

_TOO_DEEP = "it is nested too deeply"
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_HALF_PAIR_BYTES = re.compile(rb"\\u[dD][89a-fA-F]")
_UNITS = ((1 << 30, "gibi"), (1 << 20, "mebi"), (1 << 10, "kibi"), (1, ""))
_PIECE, _CHUNK = 1 << 12, 1 << 20
"""Bytes that go into unpacking at a time, which costs a copy of them for each member, and come out of it."""
_PADDING = re.compile(rb"\0*")
_GZIP = zlib.MAX_WBITS | 16
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer is opened at once, and then refused
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class UnfitFileError(OSError):
    """A file that is not read, though the system would: no plain file, or larger than such a file can be."""

    def __init__(self, reason: str, path: str | os.PathLike[str]) -> None:
        super().__init__(errno.EINVAL, reason, str(path))


def open_plain(path: str | os.PathLike[str], most: int | None = None) -> io.BufferedReader:
    """Open a file for reading, if it is one; what it is called and links to it do not matter.

    Parameters
    ----------
    path
        The file.
    most
        Bytes that it may hold; None leaves that to the reader.

    Raises
    ------
    UnfitFileError
        It is a pipe, a socket or a device, is larger, or its name can be none.
    OSError
        It cannot be opened.
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except ValueError as error:  # a NUL in the name
        raise UnfitFileError("no file can have this name", repr(path)) from error
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and (most is None or found.st_size <= most):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if most is not None and stat.S_ISREG(found.st_mode):
        raise UnfitFileError(f"it holds more than {in_words(most)}, expected less", path)
    raise UnfitFileError("it is a pipe or a device, expected a file", path)


def read_plain(path: str | os.PathLike[str], most: int = SESSION_BYTES) -> bytes:
    """Return a file's bytes, of which there may be at most ``most``; what is appended meanwhile is left out.

    Raises
    ------
    UnfitFileError
        It is larger, or no plain file.
    OSError
        It cannot be read.
    """
    with open_plain(path, most) as file:
        return file.read(os.fstat(file.fileno()).st_size)


def in_words(size: int) -> str:
    """Return a bound in words."""
    unit, name = next((u, n) for u, n in _UNITS if size >= u)
    count = size // unit
    return f"{count} {name}byte{'' if count == 1 else 's'}"


class Unpacked:
    """What a gzip file holds, unpacked as far as it goes and as far as it may.

    Attributes
    ----------
    data
        The bytes, at most ``most`` of them.
    too_large
        Whether there would be more.
    cut_off
        Whether the file ends before its content does.

    Raises
    ------
    zlib.error
        It is damaged.
    """

    def __init__(self, packed: bytes, most: int = SESSION_BYTES) -> None:
        self.too_large = False
        self.cut_off = False
        whole = io.BytesIO()
        for piece in self._pieces(packed):
            whole.write(piece)
            if whole.tell() > most:
                self.too_large = True
                break
        self.data = whole.getvalue()[:most]

    def _pieces(self, packed: bytes) -> Iterator[bytes]:
        place = 0
        while place < len(packed):
            member = zlib.decompressobj(wbits=_GZIP)
            rest = b""
            while not member.eof:
                if not rest and place >= len(packed):
                    self.cut_off = True
                    return
                if not rest:
                    rest = packed[place : place + _PIECE]
                    place += len(rest)
                yield member.decompress(rest, _CHUNK)
                rest = member.unconsumed_tail
            place -= len(member.unused_data)
            if padding := _PADDING.match(packed, place):
                place = padding.end()


def parse_json(data: str | bytes) -> object:
    """Return what JSON says.

    Raises
    ------
    ValueError
        It is none, is nested too deeply, has a number of too many digits, or holds what is no text (half of a
        surrogate pair).
    """
    try:
        found: object = json.loads(data)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _refuse_depth(found)
    half = _HALF_PAIR_BYTES if isinstance(data, bytes) else _HALF_PAIR
    if half.search(data):  # type: ignore[arg-type]
        json.dumps(found, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return found


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(MOST_NESTED):
        level = [item for each in level for item in _inside(each) if isinstance(item, (dict, list))]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def parse_toml(data: bytes) -> dict[str, object]:
    """Return what TOML says.

    Raises
    ------
    ValueError
        It is none, or no text in UTF-8, or made to do harm.
    """
    text = data.decode("utf-8")
    longest = max(map(len, text.split("\n")))
    if longest > SETTINGS_LINE:
        raise ValueError(f"it has a line of {longest} characters, expected at most {SETTINGS_LINE}")
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _refuse_depth(found)
    return found


def read_toml(path: Path) -> dict[str, object]:
    """Return what a TOML file says that somebody wrote.

    Raises
    ------
    ValueError
        It says nothing that can be read.
    OSError
        It cannot be read.
    """
    return parse_toml(read_plain(path, SETTINGS_BYTES))


def one_line(message: str) -> str:
    r"""Return a message as one line that a terminal shows as it is, whatever words of others stand in it.

    Line breaks become spaces; control characters and marks that turn the direction of writing are shown as
    in Python (``\x1b``), so that they neither move the cursor nor hide a word. Of a long message the middle
    is left out.
    """
    if message.isprintable() and len(message) <= MESSAGE_CHARS:
        return message
    return _both_ends(shown(" ".join(_both_ends(message).split())))


def _both_ends(message: str) -> str:
    half = MESSAGE_CHARS // 2
    return message if len(message) <= MESSAGE_CHARS else f"{message[:half]} ... {message[-half:]}"


def shown(text: str) -> str:
    r"""Return text with what cannot be printed written as in Python, such as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
