"""Reps on a terminal: all in words, 80 columns wide, one plain line each where nobody watches."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from made_sets import make_empty_result, make_result
from rich.console import Console

from imu_tempo.events import Event, PhaseChanged, Quality, RepEvent, SetEnded, SetStarted
from imu_tempo.live import words
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.tables import print_analysis, rep_table, set_panel
from imu_tempo.live.terminal import WIDTH, SessionView, make_console
from imu_tempo.metrics import parse_tempo, summarise
from imu_tempo.schema import NAN, RepRow

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def screen(*, terminal: bool, colour: bool = True) -> Console:
    return Console(
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=terminal,
        color_system="truecolor" if terminal and colour else None,
        highlight=False,
    )


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def rep(number: int, mcv_mps: float = 0.5, **other: float | str) -> RepRow:
    start = 10.0 * number
    values: dict[str, float | str] = {
        "ecc_start_s": start,
        "ecc_end_s": start + 3.1,
        "con_start_s": start + 4.0,
        "con_end_s": start + 4.8,
        "ecc_s": 3.1,
        "bottom_s": 0.9,
        "con_s": 0.8,
        "tut_s": 4.8,
        "mcv_mps": mcv_mps,
    }
    return RepRow(set_no=1, rep_no=number, **{**values, **other})  # type: ignore[arg-type]


def told(number: int, mcv_mps: float = 0.5, revision: str = "final", **other: float | str) -> RepEvent:
    made = rep(number, mcv_mps, **other)
    return RepEvent(t_s=made.con_end_s, revision=revision, rep=made)  # type: ignore[arg-type]


def show(console: Console, *events: Event) -> str:
    with SessionView(console, "Back squat") as view:
        for event in events:
            view.show(event)
    return printed(console)


def test_a_rep_is_one_plain_line_where_there_is_no_terminal() -> None:
    out = show(
        screen(terminal=False), SetStarted(t_s=0, set_no=1), told(1, 0.62), told(2, 0.55, quality="gap")
    )
    assert out.splitlines() == [
        "set 1 rep  1  tempo 3.1-0.9-0.8-?  ecc 3.1 s  MCV 0.62 m/s  loss 0 %",
        "set 1 rep  2  tempo 3.1-0.9-0.8-?  ecc 3.1 s  MCV 0.55 m/s  loss 11 %  gap",
    ]


def test_a_plain_line_is_said_again_only_if_it_changed() -> None:
    out = show(
        screen(terminal=False),
        told(1, 0.60, revision="provisional"),
        told(1, 0.620),
        told(1, 0.621),
        told(1, 0.70, revision="revised"),
        told(1, revision="withdrawn"),
    )
    lines = out.splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("MCV 0.70 m/s  loss 0 %  (corrected)")
    assert lines[2] == "set 1 rep  1  withdrawn"


def test_after_the_sum_of_a_set_nothing_more_is_said_of_it() -> None:
    reps = [rep(1), rep(2)]
    late = told(2, revision="withdrawn")
    out = show(screen(terminal=False), told(1), told(2), SetEnded(t_s=60, summary=summarise(reps)), late)
    assert out.splitlines()[-1].startswith("set 1: reps 2")


def test_plain_output_has_no_escape_codes() -> None:
    reps = [rep(1), rep(2)]
    end = SetEnded(t_s=60, summary=summarise(reps))
    phase = PhaseChanged(t_s=1, since_s=1, phase="ecc")
    gap = Quality(t_s=65.0, kind="gap", detail="11 samples are missing")
    out = show(screen(terminal=False), SetStarted(t_s=0, set_no=1), phase, told(1), told(2), gap, end)
    assert "\x1b" not in out
    assert "1:05  gap: 11 samples are missing" in out
    assert out.splitlines()[-1].startswith("set 1: reps 2, eccentric TUT 6.2 s")


def test_a_terminal_shows_the_reps_of_the_set_and_its_sum() -> None:
    events: list[Event] = [SetStarted(t_s=0, set_no=1), *(told(n, 0.7 - 0.05 * n) for n in range(1, 6))]
    out = show(
        screen(terminal=True), *events, SetEnded(t_s=90, summary=summarise([rep(n) for n in range(1, 6)]))
    )
    text = ESCAPE.sub("", out)
    assert "Set 1  Back squat" in text
    assert "eccentric TUT" in text
    final = text[text.rindex("Set 1  Back squat") :]
    assert [line.split()[0] for line in final.splitlines()[2:7]] == ["1", "2", "3", "4", "5"]
    # the pause at the top is known once the next rep starts
    assert "3.1-0.9-0.8-5.2" in final
    assert "3.1-0.9-0.8-?" in final.splitlines()[6]


def test_a_long_set_keeps_its_last_reps_on_a_low_screen() -> None:
    console = Console(file=io.StringIO(), width=WIDTH, height=10, force_terminal=True, color_system=None)
    with SessionView(console, "Back squat") as view:
        view.show(SetStarted(t_s=0, set_no=1))
        for number in range(1, 21):
            view.show(told(number))
        assert view._live is not None
        view._live.refresh()
        drawn = ESCAPE.sub("", printed(console)).splitlines()[-8:]
    assert any(line.startswith("  20") for line in drawn)
    final = ESCAPE.sub("", printed(console))
    final = final[final.rindex("Set 1") :]
    assert [line.split()[0] for line in final.splitlines()[2:22]] == [str(n) for n in range(1, 21)]


def test_without_colour_everything_is_still_said() -> None:
    events: list[Event] = [SetStarted(t_s=0, set_no=1), told(1, 0.6), told(2, 0.4)]
    plain = show(screen(terminal=True, colour=False), *events)
    coloured = show(screen(terminal=True), *events)
    last = plain[plain.rindex("Set 1") :]
    assert ESCAPE.sub("", coloured)[-len(ESCAPE.sub("", last)) :] == ESCAPE.sub("", last)
    assert "33 %" in last


@pytest.mark.parametrize("quality", ["", "gap clipped impact low_confidence partial edge_guess"])
def test_nothing_is_wider_than_80_columns(quality: str) -> None:
    reps = [rep(n, 1.234, quality=quality, ecc_s=12.3, bottom_s=10.1) for n in range(1, 31)]
    console = screen(terminal=False)
    console.print(rep_table(reps, title="Set 12"))
    console.print(set_panel(summarise(reps, parse_tempo("10-10-X-10"))))
    assert max(len(line) for line in printed(console).splitlines()) <= WIDTH


def test_reps_that_lack_a_phase_or_a_velocity_are_shown() -> None:
    console = screen(terminal=False)
    console.print(rep_table([rep(1, NAN, ecc_s=NAN, bottom_s=NAN)]))
    assert "?-?-0.8-?" in printed(console)
    assert words.NOTHING in printed(console)


def test_an_analysis_says_what_is_in_doubt_before_its_numbers() -> None:
    result = replace(
        make_result(),
        quality={
            "lost_samples": 291,
            "acc_scale": "reads 10.58 m/s^2 where gravity is 9.81",
            "truncated": "",
        },
    )
    console = screen(terminal=False)
    print_analysis(console, result)
    out = printed(console)
    assert "note: 291 samples are missing" in out
    assert "note: the accelerometer reads 10.58" in out
    assert "cut short" not in out
    assert out.index("note:") < out.index("eccentric TUT")
    assert out.count("not a rep") == len(result.rejected)


def test_an_analysis_without_reps_says_so() -> None:
    console = screen(terminal=False)
    print_analysis(console, make_empty_result())
    assert "No reps were found." in printed(console)


def test_a_paced_lift_has_no_loss() -> None:
    for terminal in (True, False):
        console = screen(terminal=terminal)
        with SessionView(console, "Bench press", loss=False) as view:
            view.show(SetStarted(t_s=0, set_no=1))
            view.show(told(1, 0.6))
            view.show(told(2, 0.4))
        assert "MCV" in printed(console)
        assert "loss" not in printed(console)
        assert "%" not in printed(console)
    assert not Lifting(tempo="4-0-1-0").all_out
    assert Lifting(tempo="4-0-X-0").all_out


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert make_console().no_color


def test_loss_is_told_against_the_fastest_rep_so_far() -> None:
    assert words.loss_pct(rep(1, 0.45), 0.6) == pytest.approx(25.0)
    assert words.loss_pct(rep(1, 0.7), 0.6) == 0.0
    assert words.percent(words.loss_pct(rep(1, NAN), 0.6)) == words.NOTHING
