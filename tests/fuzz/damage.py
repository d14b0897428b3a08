"""Valid inputs made wrong: cut, flipped, spliced, repeated, with numbers and words that break parsers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

MAX_BYTES = 1 << 16
"""An input grows no longer: what is quadratic shows by then, and limits of size have tests of their own."""

MAX_TIMES = 4
"""Damages to one input: more, and little of the valid sample is left."""

NUMBERS = tuple(
    {
        struct.pack(order + kind, number)
        for order in "<>"
        for kind, numbers in {
            "B": (0, 1, 0x7F, 0x80, 0xFF),
            "H": (0, 1, 0x7FFF, 0x8000, 0xFFFF),
            "I": (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF),
            "Q": (0, 1, 2**63 - 1, 2**63, 2**64 - 1),
            "f": (float("nan"), float("inf"), float("-inf"), 3.4e38, 1e-45),
            "d": (float("nan"), float("inf"), float("-inf"), 1.7e308, 5e-324),
        }.items()
        for number in numbers
    }
)

WORDS = (
    *(b"NaN", b"nan", b"Infinity", b"-Infinity", b"inf", b"-inf", b"1e999", b"-1e999", b"1e308", b"5e-324"),
    *(b"-0", b"-1", b"0", b"00", b"+1", b"1_000", b"0x10", b"1.5", b"1,5", b"1e3", b"true", b"null", b"None"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616"),
    *(b"9" * 400, b"9" * 5000, b"1" + b"0" * 5000 + b".0"),  # int() stops at 4300 digits
    *(b"[" * 5000, b"{" * 5000, b'{"a":' * 5000, b"[[" * 500 + b"]]" * 500, b"(" * 5000),
    *(
        b"\0",
        b"\\u0000",
        b"\\ud800",
        b"\\udfff\\ud800",
        b"\xff",
        b"\xfe\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
    ),
    *(b"\r", b"\r\n", b"\n\n", b"\x1a", b"\x1b[31m", b"\x85", "\u2028".encode(), "\u202e".encode(), b"\t"),
    *(
        word.encode()
        for word in ("\u0663", "\u00b2", "\u00bd", "\uff0c", "\u22121", "\u00e9", "e\u0301", "\ufeff")
    ),
    *(
        b"../../etc/passwd",
        b"/etc/passwd",
        b"C:\\",
        b"//",
        b"..",
        b"file:///",
        b"a" * 5000,
        b"'",
        b'"',
        b"\\",
    ),
    *(b"%s%n", b"{0.__class__}", b"${x}", b"$(x)", b"=1+1", b"<script>", b"]]>", b"-->", b"&#0;", b"#", b";"),
    *(b"1970-01-01", b"0000-00-00", b"9999-12-31T23:59:60+99:99", b"2024-02-30", b"292277026597-01-01"),
)


def damaged_bytes(data: bytes, others: Sequence[bytes], random: Random, *, text: bool = False) -> bytes:
    """Damage an input a few times.

    Parameters
    ----------
    data
        A valid one.
    others
        More of them, to splice in.
    random
        Where the choices come from.
    text
        Words that break parsers of text are put in, too.
    """
    kinds = [*_ANY, *(_TEXT if text else ())]
    for _ in range(random.randint(1, MAX_TIMES)):
        data = random.choice(kinds)(data, others, random)[:MAX_BYTES]
    return data


def _stretch(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    length = random.choice((1, 2, 4, 8, 16, 64, len(data)))
    return start, min(start + length, len(data))


def _cut_end(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _cut_out(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    return data[:start] + data[end:]


def _flip_bit(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    if not data:
        return b"\0"
    place = random.randint(0, len(data) - 1)
    return data[:place] + bytes([data[place] ^ 1 << random.randint(0, 7)]) + data[place + 1 :]


def _random_byte(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + bytes([random.randint(0, 255)]) + data[place + 1 :]


def _number(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    place = random.randint(0, len(data))
    number = random.choice(NUMBERS)
    return data[:place] + number + data[place + len(number) :]


def _repeat(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    return data[:end] + data[start:end] * random.choice((1, 2, 10, 100)) + data[end:]


def _splice(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others)
    start, end = _stretch(other, random)
    place = random.randint(0, len(data))
    return data[:place] + other[start:end] + data[place:]


def _second_half(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _insert_word(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + random.choice(WORDS) + data[place:]


def _for_a_word(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    """Put a word where one was: a number for a number, whatever it is of."""
    places = _words(data)
    if not places:
        return random.choice(WORDS)
    start, end = random.choice(places)
    return data[:start] + random.choice(WORDS) + data[end:]


def _double_line(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b"\n"]
    place = random.randint(0, len(lines) - 1)
    return b"".join([*lines[: place + 1], *[lines[place]] * random.choice((1, 1000)), *lines[place + 1 :]])


def _swap_lines(data: bytes, _others: Sequence[bytes], random: Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b"\n"]
    one, other = random.randint(0, len(lines) - 1), random.randint(0, len(lines) - 1)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _words(data: bytes) -> list[tuple[int, int]]:
    """Return where numbers and names are, start and end."""
    found = []
    start = None
    for place, byte in enumerate(data[: 1 << 12] + b" "):
        within = chr(byte).isalnum() or byte in b"._-+"
        if within and start is None:
            start = place
        elif not within and start is not None:
            found.append((start, place))
            start = None
    return found


Damage = Callable[[bytes, Sequence[bytes], Random], bytes]
_ANY: tuple[Damage, ...] = (
    _cut_end,
    _cut_out,
    _flip_bit,
    _random_byte,
    _number,
    _repeat,
    _splice,
    _second_half,
)
_TEXT: tuple[Damage, ...] = (_insert_word, _for_a_word, _for_a_word, _double_line, _swap_lines)
