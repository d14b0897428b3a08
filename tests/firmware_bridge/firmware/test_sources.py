"""What can be said of the sources as they lie there: libc, stack and the board's glue."""

from __future__ import annotations

import subprocess
from pathlib import Path

from firmware_bridge import profile
from tests.firmware_bridge.firmware.building import COMPILER, FIRMWARE, make

pytestmark = COMPILER

MEMORY_FUNCTIONS = {"memcpy", "memset", "memcmp", "memmove"}
LINKER_NAMES = {"_GLOBAL_OFFSET_TABLE_"}
STACK_LIMIT_BYTES = 128
"""A Cortex-M's main stack has a few kilobytes; the README tells 96 bytes a function on a 64-bit machine."""


def test_core_and_drivers_need_no_heap_and_of_libc_only_memory_functions(tmp_path: Path):
    make("all", tmp_path, CC="gcc")
    objects = [*tmp_path.glob("core/*.o"), *tmp_path.glob("imu/*.o")]
    listed = subprocess.run(["nm", "-u", *objects], capture_output=True, text=True, check=True)
    undefined = {words[1] for line in listed.stdout.splitlines() if len(words := line.split()) == 2}
    ours = {name for name in undefined if name.startswith(("bip_", "imu_", "BIP_"))}
    assert len(objects) == 6
    assert undefined - ours <= MEMORY_FUNCTIONS | LINKER_NAMES


def test_the_stack_of_every_function_is_bounded_and_small(tmp_path: Path):
    table = make("stack", tmp_path, CC="gcc")
    sizes = [line.split("\t") for line in table.splitlines() if line.count("\t") == 2]
    assert len(sizes) > 10
    assert all(kind == "static" and int(size) <= STACK_LIMIT_BYTES for _, size, kind in sizes)


def test_the_boards_glue_compiles_against_the_stubs(tmp_path: Path):
    make("board", tmp_path, CC="gcc")


def test_uuids_are_those_of_the_profile():
    text = (FIRMWARE / "core/bip_wire.c").read_text(encoding="utf-8")
    uuids = (profile.SERVICE_UUID, profile.DATA_UUID, profile.CONTROL_UUID, profile.CONFIG_UUID)
    for number, uuid in enumerate(uuids):
        reversed_bytes = bytes.fromhex(uuid.replace("-", ""))[::-1]
        assert reversed_bytes[12] == number
        assert ", ".join(f"0x{byte:02x}" for byte in reversed_bytes[:12]) in text
