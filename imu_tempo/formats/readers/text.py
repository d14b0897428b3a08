"""Bytes of an unknown text file to characters, or one sentence that says what they are instead."""

from __future__ import annotations

import codecs

from firmware_bridge.untrusted import DOCUMENT_BYTES, in_words
from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import LONGEST_LINE, MAX_ROWS

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
_JSON = ("{", "[")
_BLANK_CHARS = 64


def decode(data: bytes, *, source: str) -> tuple[str, str]:
    """Return a file's text and its encoding.

    A byte-order mark decides; else UTF-16 by its zeros, UTF-8, the Chinese encoding where the words for
    acceleration stand in it, and Latin-1.

    Raises
    ------
    SourceError
        It is empty, binary, blank, or has a line no table has, or more lines than one has.
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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_json(text):
        _refuse_large(text, source)
    else:
        _refuse_strange_lines(text, source)
    return text, encoding.removesuffix("-sig")


def is_json(text: str) -> bool:
    """Whether text begins as JSON does, and a header does not."""
    return text[:_BLANK_CHARS].lstrip().startswith(_JSON)


def _refuse_large(text: str, source: str) -> None:
    if len(text) > DOCUMENT_BYTES:
        raise SourceError(
            f"{source} holds more than {in_words(DOCUMENT_BYTES)} of JSON: export fewer sets at a time.",
            source=source,
        )


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


def _refuse_strange_lines(text: str, source: str) -> None:
    lines = text.count("\n")
    if lines > MAX_ROWS:
        raise SourceError(
            f"{source} has {lines} lines, more than {MAX_ROWS}: give one session at a time.", source=source
        )
    start = 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind("\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            stop = text.find("\n", start)
            raise SourceError(
                f"{source} has a line of {(stop if stop >= 0 else len(text)) - start} characters, more than"
                " any table has: check what it is.",
                source=source,
            )
        start = end + 1
