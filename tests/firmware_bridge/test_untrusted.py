"""Files of others are opened, unpacked, parsed and told of within bounds."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import BridgeError
from firmware_bridge.untrusted import (
    MESSAGE_CHARS,
    SETTINGS_LINE,
    UnfitFileError,
    Unpacked,
    one_line,
    open_plain,
    parse_json,
    parse_toml,
    read_plain,
)
from imu_tempo.errors import SourceError

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices have no paths of this kind")


@posix
def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(UnfitFileError, match="a pipe or a device, expected a file"):
        open_plain(tmp_path / "x.csv")


@posix
def test_a_link_to_a_device_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to("/dev/zero")
    with pytest.raises(UnfitFileError):
        read_plain(tmp_path / "x.csv")


def test_folders_and_names_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_plain(tmp_path)
    with pytest.raises(UnfitFileError, match="name"):
        open_plain(tmp_path / "a\0b")
    with pytest.raises(OSError, match="long"):
        open_plain(tmp_path / ("a" * 5000))


def test_a_larger_file_than_expected_is_refused_by_its_size_or_where_the_bound_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(1025))
    assert len(read_plain(path, 1025)) == 1025
    with pytest.raises(UnfitFileError, match="more than 1 kibibyte,"):
        read_plain(path, 1024)


def test_every_member_of_a_gzip_file_is_unpacked_up_to_the_bound() -> None:
    packed = gzip.compress(b"a" * 3_000_000) + gzip.compress(b"b") + bytes(20)
    whole = Unpacked(packed)
    assert whole.data == b"a" * 3_000_000 + b"b"
    assert not whole.cut_off
    assert not whole.too_large
    bomb = Unpacked(packed, 1_000_000)
    assert bomb.too_large
    assert len(bomb.data) == 1_000_000
    torn = Unpacked(packed[:2000])
    assert torn.cut_off
    assert set(torn.data) == {ord("a")}
    many = Unpacked(gzip.compress(b"a", mtime=0) * 20_000)
    assert many.data == b"a" * 20_000
    with pytest.raises(zlib.error):
        Unpacked(packed[:1500] + b"damage" + packed[1506:])


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "{", "\udcff", ""])
def test_json_made_to_do_harm_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the claim
        parse_json(text)


@pytest.mark.parametrize(
    "data",
    [
        b"a=" + b"[" * 3000,
        b"a=" + b"{a=" * 1000,
        b"a=" + b"9" * 4400,
        b"a." * 100_000 + b"b=1",
        b"#" * (SETTINGS_LINE + 1),
        b"a='\xff'",
    ],
)
def test_toml_made_to_do_harm_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the claim
        parse_toml(data)


@given(st.text(max_size=2000))
def test_every_error_is_one_line_that_can_be_shown(text: str) -> None:
    for message in (one_line(text), str(BridgeError(text)), str(SourceError(text))):
        assert message.isprintable()  # and so no half of a surrogate pair
        assert len(message) < MESSAGE_CHARS + 10


def test_a_message_shows_controls_as_words_and_keeps_both_its_ends() -> None:
    assert one_line("file \x1b[2Jx\u202ecsv.\r\nGone") == "file \\x1b[2Jx\\u202ecsv. Gone"
    long = one_line("begin " + "x" * 10**6 + " end")
    assert len(long) < MESSAGE_CHARS + 10
    assert long.startswith("begin x")
    assert long.endswith("x end")
