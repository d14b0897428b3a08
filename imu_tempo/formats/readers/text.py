"""Bytes of an unknown text file to characters, or one sentence that says what they are instead."""

from __future__ import annotations

import codecs

import numpy as np

from imu_tempo.errors import SourceError

LONGEST_LINE = 1_000_000
"""Characters; a row of a sensor's file has a few hundred."""

_HEAD_BYTES = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of UTF-16 text in a Latin script nearly every second byte is 0, and no other.
_ZERO_SHARE = 0.8
# "acceleration" and "angular rate" in Chinese: only a file that says so is read in the Chinese encoding,
# because nearly any bytes can be.
_CHINESE = ("\u52a0\u901f\u5ea6", "\u89d2\u901f\u5ea6")
_LINE_FEED = 10


def decode(data: bytes, *, source: str) -> tuple[str, str]:
    """Return a file's text and its encoding.

    A byte-order mark decides; else UTF-16 by its zeros, UTF-8, the Chinese encoding where the words for
    acceleration stand in it, and Latin-1.

    Raises
    ------
    SourceError
        It is empty, binary, blank, or has a line no table has.
    """
    if not data:
        raise SourceError(f"{source} is empty: expected a table with a header line.", source=source)
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{source} is damaged {encoding} text (byte {error.start}): copy or export it again.",
            source=source,
        ) from error
    if "\0" in text:
        raise SourceError(
            f"{source} is a binary file (it holds NUL bytes): expected a table as text.", source=source
        )
    if text.isspace():
        raise SourceError(f"{source} holds nothing but blank space: expected a table.", source=source)
    _refuse_long_lines(data, source)
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding.removesuffix("-sig")


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:_HEAD_BYTES]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = head[first::2], head[1 - first :: 2]
        if high.count(0) > _ZERO_SHARE * len(high) > 0 and not low.count(0):
            return encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or any(word in text for word in _CHINESE):
            return encoding
    return "latin-1"


def _refuse_long_lines(data: bytes, source: str) -> None:
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LINE_FEED)
    longest = int(np.max(np.diff(np.concatenate([[-1], ends, [len(data)]])))) - 1
    if longest > LONGEST_LINE and b"\r" not in data[:_HEAD_BYTES]:
        raise SourceError(
            f"{source} has a line of {longest} characters, more than any table has: check what it is.",
            source=source,
        )
