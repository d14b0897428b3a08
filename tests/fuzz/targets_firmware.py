"""The reference firmware under attack, with the sanitisers, held against the Python codec byte for byte."""

from __future__ import annotations

import atexit
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from firmware_bridge import profile
from firmware_bridge.errors import DecodeError
from firmware_bridge.profile import Flag, Op, StartSettings, Status
from tests.firmware_bridge.firmware.building import FIRMWARE
from tests.fuzz.harness import Target

CONTROL, ATT, CONTROLLER, SAMPLES, LOSE, CLOCK, MTU, NOTIFY, DRAIN, LINK, IMU, CONFIG = range(12)
ACCEPTED, BAD_LENGTH = 0, 0x0D
HEAD = struct.Struct("<cH")
MAX_BYTES = 1 << 14
NEEDED = ("gcc", "make")


class DiedError(AssertionError):
    """The firmware ended: a sanitiser or one of its own promises stopped it."""


class _Firmware:
    """The sensor in a process of its own, built with the sanitisers; started again after it died."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, data: bytes) -> list[tuple[str, bytes]]:
        """Run one input, and return what the sensor gave."""
        if self._process is None:
            self._process = subprocess.Popen(
                [self._program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                preexec_fn=_no_limit,
            )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack("<I", len(data)) + data)
            self._process.stdin.flush()
            return list(self._given(self._process))
        except (BrokenPipeError, EOFError):
            raise DiedError(self._ended()[-1500:]) from None
        except BaseException:  # its answer to this input must not be taken for that to the next
            self._process.kill()
            self._ended()
            raise

    def _given(self, process: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
        assert process.stdout is not None
        while kind := process.stdout.read(1):
            if kind == b"\0":
                return
            (length,) = struct.unpack("<H", process.stdout.read(2))
            yield kind.decode(), process.stdout.read(length)
        raise EOFError

    def _ended(self) -> str:
        process, self._process = self._process, None
        assert process is not None
        return process.communicate()[1].decode(errors="replace")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._ended()


def _no_limit() -> None:
    """Lift the bound on an input's address space: the sanitisers take terabytes of it, and no memory."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


@cache
def _firmware() -> _Firmware:
    build = tempfile.mkdtemp(prefix="fuzz-firmware-")
    atexit.register(shutil.rmtree, build, ignore_errors=True)
    words = ["make", "-C", FIRMWARE, "fuzz-stream", "CC=gcc", "-j2"]
    words += [f"BUILD={build}", "SANITIZE=1", "OPTIMISE=-O1"]  # for speed of building
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    firmware = _Firmware(Path(build) / "fuzz-stream")
    atexit.register(firmware.close)
    return firmware


def _feed(data: bytes) -> None:
    """Run an input, and hold all that the sensor gave against the Python codec."""
    reference = _Reference()
    for kind, given in _firmware().run(data[:MAX_BYTES]):
        {"W": reference.wrote, "A": reference.answered, "P": reference.packet, "C": reference.config}[kind](
            given
        )


class _Reference:
    """What PROFILE.md allows a sensor to give, by the Python codec."""

    def __init__(self) -> None:
        self._asked: bytes | None = None
        self._next: dict[tuple[int, int], int] = {}

    def wrote(self, told: bytes) -> None:
        result, request = told[0], told[1:]
        assert (result == BAD_LENGTH) == (len(request) < 2)
        if result == ACCEPTED:
            self._asked = request

    def answered(self, answer: bytes) -> None:
        response = profile.decode_response(answer)
        assert profile.encode_response(response) == answer
        request = self._asked
        if request is None or request[1] != response.ref or request[0] & 0x7F != response.op:
            return  # it answers a request that came by another way (ATT)
        try:
            decoded = profile.decode_request(request)
        except DecodeError:
            assert profile.refuse(request) == answer
        else:
            allowed = {Status.OK, Status.BAD_STATE} if decoded.op is Op.START else {Status.OK}
            assert response.status in allowed
            self._started(decoded.start, response)

    def _started(self, asked: StartSettings | None, response: profile.Response) -> None:
        config = response.config
        if asked is None or config is None:
            return
        told = StartSettings(config.rate_millihz, config.acc_range_g, config.gyr_range_dps, config.latency_ms)
        assert told == asked
        mtus = [
            mtu
            for mtu in range(23, 248)
            if profile.plan(mtu, asked) == (config.format, config.samples_per_packet)
        ]
        expected = profile.Config.from_settings(asked, mtu=mtus[0], stream_id=config.stream_id)
        assert profile.encode_config(config)[:3] == profile.encode_config(expected)[:3]
        assert (config.acc_scale_mps2, config.gyr_scale_radps) == (
            expected.acc_scale_mps2,
            expected.gyr_scale_radps,
        )

    def packet(self, data: bytes) -> None:
        packet = profile.decode_data(data)
        assert profile.encode_data(packet) == data
        here = packet.stream_id, packet.seq
        index = 0 if packet.seq == 0 else self._next.get(here)  # others went out over ATT
        if packet.index is not None and index is not None:
            assert (packet.index != index) == bool(packet.flags & Flag.LOST_BEFORE)
        if packet.index is not None:
            self._next = {
                (packet.stream_id, packet.seq + 1): (packet.index + len(packet)) % profile.INDEX_MODULUS
            }

    def config(self, data: bytes) -> None:
        config = profile.decode_config(data)
        assert profile.encode_config(config) == data


def _act(what: int, data: bytes = b"") -> bytes:
    return bytes([what, len(data)]) + data


def _samples() -> list[bytes]:
    """Return sessions with both formats, a subscription over ATT, and a controller's events."""
    _firmware()  # built here, where a compiler may take its time
    start = profile.encode_start(1, StartSettings(200_000, 16, 2000, 40))
    acc = profile.encode_start(2, StartSettings(100_000, 8, 0, 0))
    rows = _act(SAMPLES, bytes(range(240)))
    stop, time = (profile.encode_request(op, 3) for op in (Op.STOP, Op.TIME))
    on = _act(NOTIFY, b"\1")
    subscribe = b"\x12\x07\x00\x01\x00"
    connected = bytes([4, 0x3E, 4, 1, 0, 0x40, 0])
    frame = bytes([2, 0x40, 0x20, 7, 0, 3, 0, 4, 0, 2, 247, 0])
    session = [_act(MTU, b"\xf7"), on, _act(CONTROL, start), _act(DRAIN), rows, _act(DRAIN)]
    return [
        b"".join([*session, _act(LOSE, b"\3"), rows, _act(CONTROL, stop), _act(DRAIN), _act(CONFIG)]),
        b"".join([on, _act(CONTROL, acc), _act(DRAIN), rows, _act(CLOCK, b"\xff\xff\1"), _act(DRAIN)]),
        b"".join([_act(CONTROL, time), _act(DRAIN), _act(IMU, b"\1"), _act(CONTROL, start), _act(DRAIN)]),
        b"".join([_act(ATT, b"\2\xf7\0"), _act(ATT, b"\x10\1\0\xff\xff\0\x28"), _act(ATT, subscribe)]),
        b"".join(
            [_act(CONTROLLER, connected), _act(CONTROLLER, frame), _act(LINK, b"\0"), _act(LINK, b"\1")]
        ),
    ]


def acts_of(data: bytes) -> list[bytes]:
    """Cut an input into its acts."""
    pieces, at = [], 0
    while at + 2 <= len(data):
        pieces.append(data[at : at + 2 + data[at + 1]])
        at += 2 + data[at + 1]
    return [*pieces, data[at:]]


TARGETS = (
    (Target("firmware", _feed, (), _samples, seconds=20.0, examples=200, pieces=acts_of),)
    if all(map(shutil.which, NEEDED))
    else ()
)
