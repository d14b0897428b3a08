"""The flags of ``imu-tempo live`` that serve the page."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from imu_tempo.cli import main


@pytest.mark.parametrize(
    "flags", [["--lan"], ["--port", "0"], ["--virtual"], ["--text", "--lan"], ["--new-link"]]
)
def test_flags_of_the_page_are_refused_without_it(
    flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", *flags]) == 1
    assert "add --web" in capsys.readouterr().err


def test_the_page_is_served_until_told_to_stop_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [
        "--web",
        "--port",
        "0",
        "--seconds",
        "1",
        "-o",
        str(tmp_path / "s"),
        "--history",
        str(tmp_path / "h"),
    ]
    assert main(["live", *flags]) == 0
    said = capsys.readouterr().out
    assert "http://127.0.0.1:" in said
    assert "token" not in said


def test_on_a_network_the_address_has_the_days_token_and_a_qr_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMU_TEMPO_HOME", str(tmp_path))
    flags = ["--web", "--lan", "--port", "0", "--seconds", "1", "-o", str(tmp_path / "s")]
    assert main(["live", *flags]) == 0
    said = capsys.readouterr().out
    token = (tmp_path / "live-token").read_text(encoding="ascii").split()[1]
    assert f"?token={token}" in said.replace("\n", "")
    assert "\N{FULL BLOCK}" in said


def test_a_port_that_is_taken_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["live", "--web", "--port", port, "-o", str(tmp_path)]) == 1
    assert f"Port {port} cannot be opened" in capsys.readouterr().err
