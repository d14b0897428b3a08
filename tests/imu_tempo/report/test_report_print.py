"""The PDF and the pictures: whole, readable as text, and within the paper."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from made_sets import NAN, make_empty_result, make_reps, make_result
from matplotlib.figure import Figure
from matplotlib.text import Text

from imu_tempo.errors import TempoError
from imu_tempo.report import letters, write_report
from imu_tempo.report.pdf import lay_out, write_pdf
from imu_tempo.report.view import session_of

KILO = 1000
LONG = make_reps([(3.0, 1.0, 0.8 + 0.03 * i, 1.0) for i in range(19)] + [(3.0, 1.0, 1.5, NAN)])
CASES = {
    "one_set": make_result(),
    "two_sets": make_result("3-1-1-1", sets=2),
    "one_rep": make_result(None, reps=make_reps([(3.0, 1.0, 0.9, NAN)])),
    "twenty_reps": make_result(reps=LONG),
    "noted": make_result(reps=[replace(rep, quality="gap impact") for rep in make_reps()]),
    "empty": make_empty_result(),
}
HOSTILE = "\N{CJK UNIFIED IDEOGRAPH-4E2D} $x^2$ <b> \\alpha " + "W" * 120


@cache
def pages_of(name: str) -> list[Figure]:
    return lay_out(session_of(CASES[name]), "Back squat").pages


def outside(page: Figure) -> list[str]:
    """Return the words on a page that leave it, or its figures' words that do."""
    page.draw_without_rendering()
    wide, high = page.bbox.width + 1, page.bbox.height + 1
    found = []
    for text in page.findobj(Text):
        if text.get_text() and text.get_visible() and text.get_in_layout():
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.x1 <= wide and box.y0 >= -1 and box.y1 <= high
            found += [] if inside else [text.get_text()]
    return found


def lines(page: Figure) -> list[tuple[float, float, str]]:
    return [(*text.get_position(), text.get_text()) for text in page.texts if text.get_text()]


def words(pages: list[Figure]) -> str:
    return " ".join(text for page in pages for _, _, text in lines(page))


@pytest.mark.parametrize("name", CASES)
def test_a_pdf_stays_on_its_paper(name: str) -> None:
    pages = pages_of(name)
    for page in pages:
        assert tuple(page.get_size_inches()) == (8.27, 11.69)
        assert outside(page) == []
        assert min(y for _, y, _ in lines(page)) > 0.02


@pytest.mark.parametrize("name", ["one_set", "twenty_reps", "two_sets"])
def test_lines_of_text_do_not_lie_on_each_other(name: str) -> None:
    for page in pages_of(name):
        by_place: dict[float, list[float]] = {}
        for x, y, _ in lines(page):
            by_place.setdefault(round(x, 4), []).append(y)
        for heights in by_place.values():
            for above, below in pairwise(sorted(heights, reverse=True)):
                assert above - below > 0.008, "a line is a hundredth of the page at least"


def test_a_pdf_says_what_the_page_says() -> None:
    said = words(pages_of("one_set")).replace("\N{NO-BREAK SPACE}", " ")
    for part in (
        "Lowering took 3.0 s on average",
        "Eccentric time under tension",
        "Tempo kept",
        "Signs of fatigue",
        "strong",
        "Seen and not counted",
        "taking the bar out of the rack",
        "How the numbers are defined",
        "not a diagnosis",
        "Made by imu-tempo",
        "page 1 of",
    ):
        assert part in said


def test_a_long_table_goes_on_under_its_heads() -> None:
    pages = pages_of("twenty_reps")
    numbers = [text for page in pages for _, _, text in lines(page) if text.isdigit()]
    assert {str(n) for n in range(1, 21)} <= set(numbers)


def test_a_pdf_is_small_and_does_not_change_from_run_to_run(tmp_path: Path) -> None:
    first, second = (write_pdf(CASES["one_rep"], tmp_path / f"{n}.pdf") for n in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(b"%PDF")
    assert first.stat().st_size < 150 * KILO


def test_names_of_any_script_are_printed_as_far_as_the_font_goes(tmp_path: Path) -> None:
    reps = [replace(rep, athlete=HOSTILE) for rep in make_reps()]
    result = make_result(reps=reps, source=f"{HOSTILE}.tempo")
    [page, *_] = lay_out(session_of(result), HOSTILE).pages
    page.savefig(tmp_path / "page.pdf")
    assert outside(page) == []
    assert letters.MISSING in lines(page)[0][2]


def test_words_are_wrapped_at_their_room_and_never_lost() -> None:
    text = "Lowering took 3.0 s on average, target 3 s; the last two reps were 0.4 s faster."
    wrapped = letters.wrap(text, 10.0, 120.0)
    assert " ".join(wrapped) == text
    assert all(letters.width_pt(line, 10.0) <= 120.0 for line in wrapped)
    cut = letters.wrap("W" * 50, 10.0, 60.0)
    assert "".join(cut) == "W" * 50
    assert all(letters.width_pt(line, 10.0) <= 60.0 for line in cut)


def test_the_ending_of_a_name_is_the_format(tmp_path: Path) -> None:
    result = CASES["one_rep"]
    starts = {".html": b"<!DOCTYPE", ".PDF": b"%PDF", ".png": b"\x89PNG"}
    for ending, start in starts.items():
        [path] = write_report(result, tmp_path / f"out{ending}")
        assert path.read_bytes().startswith(start)
    for wrong in ("out", "out.docx"):
        with pytest.raises(TempoError, match="HTML, PDF or PNG"):
            write_report(result, tmp_path / wrong)


def test_a_page_is_small() -> None:
    from imu_tempo.report.page import render

    assert len(render(CASES["one_set"])) < 150 * KILO
