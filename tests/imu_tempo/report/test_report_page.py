import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_sets import NAN, make_empty_result, make_reps, make_result
from matplotlib.image import imread

from imu_tempo.metrics import parse_tempo
from imu_tempo.report import write_png, write_report
from imu_tempo.report.page import render
from imu_tempo.report.view import set_views
from imu_tempo.report.words import sentences, tiles

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Outline(HTMLParser):
    """What a page holds: balanced tags, links, and its text without style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.links += [found[key] or "" for key in ("src", "href", "xlink:href") if key in found]
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_page_is_one_file_that_asks_for_nothing(tmp_path: Path) -> None:
    [path] = write_report(make_result(sets=2), tmp_path / "new folder" / "report.html")
    page = path.read_text(encoding="utf-8")
    outline = Outline(page)
    assert "http" not in page
    assert not re.search(r"@import|url\((?!#)", page)
    assert all(link.startswith("#") for link in outline.links)
    assert not {"script", "link", "iframe", "img", "object"} & set(outline.tags)
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_the_page_has_a_figure_of_each_kind_for_every_set() -> None:
    outline = Outline(render(make_result(sets=2)))
    assert outline.tags.count("svg") == 2 * 4 + 1
    assert len(set(outline.ids)) == len(outline.ids)
    assert Outline(usual_page()).tags.count("svg") == 4


@cache
def usual_page() -> str:
    return render(make_result())


def test_the_page_does_not_change_from_run_to_run() -> None:
    assert render(make_result()) == usual_page()


def test_headline_numbers_are_there() -> None:
    text = Outline(render(make_result("3-1-X-1"))).text
    for said in (
        "Back squat, 100 kg",
        "athlete A12",
        "Eccentric time under tension 11.9 s \N{PLUS-MINUS SIGN} 0.1 s (SD)",
        "Mean lowering 3.0 s target 3 s",
        "0.75 \N{RIGHTWARDS ARROW} 0.50",
        "Velocity loss 33 %",
        "3.0-1.0-0.9-1.2 target 3-1-X-1",
        "Tempo compliance 100 % 15 of 15 phases within tolerance",
        "where the bar passes 0.02 m/s",
        "not a diagnosis",
    ):
        assert said in text


@pytest.mark.usefixtures("without_figures")
def test_simulated_data_is_said_to_be_simulated() -> None:
    assert "nobody lifted this" in Outline(render(make_result(simulated=1))).text
    assert "nobody lifted this" not in Outline(render(make_result(simulated=0))).text
    assert "nobody lifted this" not in Outline(render(make_result())).text


@pytest.mark.usefixtures("without_figures")
def test_paced_lifting_makes_velocity_loss_not_valid() -> None:
    text = Outline(render(make_result("3-1-1-1"))).text
    assert "Velocity loss not valid the lifting was paced by the tempo" in text
    assert "below the fastest rep" not in text


@pytest.mark.usefixtures("without_figures")
def test_rejected_movements_are_listed_with_reasons() -> None:
    text = Outline(usual_page()).text
    assert (
        "1.2\N{EN DASH}2.9 taking the bar out of the rack Rise of 0.08 m, below the 0.20 m of a squat."
        in text
    )


@pytest.mark.usefixtures("without_figures")
def test_flags_are_said_in_words() -> None:
    reps = make_reps()
    reps[1] = replace(reps[1], quality="gap some_new_flag")
    reps[2] = replace(reps[2], confidence=0.1)
    text = Outline(render(make_result(reps=reps))).text
    assert "samples lost inside a phase; some new flag" in text
    assert "too uncertain to use for velocity and tempo" in text
    assert "Reps 2 and 3 carry a note" in text


@pytest.mark.usefixtures("without_figures")
def test_phases_out_of_tolerance_are_marked() -> None:
    page = render(make_result("5-1-X-1"))
    assert page.count('<td class="off">') == 4 + 1, "each lowering, and their sum"
    assert "outside the tolerance" in page


HOSTILE = "<script>alert('x')<b>&amp; \"$title\" ${style} $$x^2$"


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("where", ["title", "athlete", "source", "exercise", "quality", "fact"])
def test_names_from_users_stay_text(where: str, tmp_path: Path) -> None:
    reps = make_reps()
    options: dict = {"reps": reps}
    if where in ("athlete", "quality"):
        reps[:] = [replace(rep, **{where: HOSTILE}) for rep in reps]
    elif where in ("source", "exercise"):
        options[where] = HOSTILE
    elif where == "fact":
        options[HOSTILE] = HOSTILE
    result = make_result("3-1-X-1", **options)
    title = HOSTILE if where == "title" else None
    page = render(result, title=title)
    assert "<script" not in page
    assert "alert(" in Outline(page).text
    if where in ("title", "athlete"):  # of these the picture shows something
        write_png(result, tmp_path / "set.png", title=title)


@pytest.mark.usefixtures("without_figures")
def test_the_folder_of_the_recording_is_not_published() -> None:
    text = render(make_result(source="/home/someone/private/squat.tempo"))
    assert "squat.tempo" in text
    assert "someone" not in text


@pytest.mark.usefixtures("without_figures")
def test_a_recording_without_reps_says_so_and_why(tmp_path: Path) -> None:
    text = Outline(render(make_empty_result())).text
    assert "No rep was found" in text
    assert "1 movement was looked at" in text
    assert "handling the bar Moved by 0.05 m and back." in text
    assert write_png(make_empty_result(), tmp_path / "none.png")[0].stat().st_size > 1000


@pytest.mark.usefixtures("without_figures")
def test_a_single_rep_without_load_or_target_is_enough(tmp_path: Path) -> None:
    reps = [replace(make_reps([(3.0, 1.0, 1.0, NAN)])[0], load_kg=NAN, ecc_sd_s=NAN, athlete="")]
    result = make_result(None, reps=reps)
    text = Outline(render(result)).text
    assert "nan" not in text.lower()
    assert "Velocity loss \N{EN DASH}" in text
    assert "compliance" not in text.lower()
    write_png(result, tmp_path / "one.png")


def test_the_picture_has_the_shape_that_phones_show(tmp_path: Path) -> None:
    [path] = write_png(make_result(), tmp_path / "a" / "set.png")
    assert imread(path).shape[:2] == (1350, 1080)


def test_several_sets_give_a_picture_each(tmp_path: Path) -> None:
    paths = write_png(make_result(sets=3), tmp_path / "sets.png")
    assert [p.name for p in paths] == ["sets.png", "sets-set1.png", "sets-set2.png", "sets-set3.png"]
    assert all(p.stat().st_size > 10_000 for p in paths)


def said(phases: list[tuple[float, float, float, float]], tempo: str | None) -> list[str]:
    return sentences(set_views(make_result(tempo, reps=make_reps(phases)))[0])


def test_sentences_name_target_and_drift() -> None:
    phases = [(3.2, 1.0, 0.8, 1.0), (3.2, 1.0, 1.0, 1.0), (2.8, 1.0, 1.0, 1.0), (2.8, 1.0, 1.0, NAN)]
    first, second, third, *_ = said(phases, "3-1-X-1")
    assert first == "Lowering took 3.0 s on average, target 3 s; the last two reps were 0.4 s faster."
    assert second.startswith("Lifting slowed from 0.75 m/s on rep 1, the fastest, to 0.60 m/s on the last: ")
    assert second.endswith("a velocity loss of 20 %.")
    assert third == "All 15 scored phases kept to 3-1-X-1."


def test_sentences_name_the_phase_that_was_off() -> None:
    assert (
        "5 of 7 scored phases kept to 3-1-X-1; the lowering was off most often, on average 1.0 s too short."
        in said([(2.0, 1.0, 0.8, 1.0), (2.0, 1.0, 0.8, NAN)], "3-1-X-1")
    )


def test_sentences_say_when_velocity_means_nothing() -> None:
    assert "The lifting was assisted, so its velocity says nothing about fatigue." in said(
        [(5.0, 1.0, 1.0, NAN)], "5-1-A-0"
    )


def test_a_spread_is_never_shown_as_zero() -> None:
    reps = [replace(rep, ecc_sd_s=0.001) for rep in make_reps()]
    [tut, *_] = tiles(set_views(make_result(reps=reps))[0])
    assert "\N{PLUS-MINUS SIGN} <0.1 s" in tut.note


def test_the_target_of_a_page_is_read_back_as_it_was_prescribed() -> None:
    [view] = set_views(make_result("3-1-A"))
    assert view.prescription == parse_tempo("3-1-A")
