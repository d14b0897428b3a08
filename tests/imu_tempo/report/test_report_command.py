"""``imu-tempo report``: one recording or several, and the mistakes that people make."""

from __future__ import annotations

from pathlib import Path

import pytest

from imu_tempo.cli.main import DONE, USER_MISTAKE, main

RECORDINGS = Path(__file__).parents[3] / "recordings"
SQUAT, DEADLIFT = (RECORDINGS / f"{name}.tempo" for name in ("squat_3-1-X-1", "deadlift_2-1-X-0"))


def test_several_recordings_are_one_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "session.html"
    assert main(["report", str(SQUAT), str(DEADLIFT), "-o", str(page), "--title", "Tuesday <b>"]) == DONE
    assert capsys.readouterr().out.split() == [str(page)]
    written = page.read_text(encoding="utf-8")
    assert "Tuesday &lt;b&gt;" in written
    assert "Set 1: back squat" in written
    assert "Set 2: deadlift" in written


def test_each_name_gets_its_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pdf, png = tmp_path / "set.pdf", tmp_path / "set.png"
    assert main(["report", str(SQUAT), "-o", str(pdf), "--png", str(png)]) == DONE
    assert capsys.readouterr().out.split() == [str(pdf), str(png)]
    assert pdf.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("out", "told"), [("set.docx", "HTML, PDF or PNG"), ("file/set.html", "cannot be written")]
)
def test_a_name_that_does_not_do_is_told_in_one_line(
    out: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert main(["report", str(SQUAT), "-o", str(tmp_path / out)]) == USER_MISTAKE
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_no_file_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report"]) == USER_MISTAKE
    assert "FILE" in capsys.readouterr().err


def test_a_report_is_held_against_a_protocol(tmp_path: Path) -> None:
    page, paper = tmp_path / "r.html", tmp_path / "r.pdf"
    told = ["--protocol", "slow_squat", "-o", str(page), "-o", str(paper)]
    assert main(["report", str(SQUAT), str(SQUAT), *told]) == DONE
    text = page.read_text()
    assert "Against Slow squat descents" in text
    for name in ("Set 1", "Set 2", "In all"):
        assert f">{name}<" in text
    assert "2 sets of Slow squat descents, fewer than the 3 asked for." in text
    assert paper.stat().st_size > 0
