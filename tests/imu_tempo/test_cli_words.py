"""The command line as a user meets it: every command is walked, and the same word is the same thing."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator

import click
import pytest

from imu_tempo.cli import main
from imu_tempo.cli.main import cli
from imu_tempo.cli.told import SECTIONS

LONGEST_LINE = 80

# Metavars that name a unit, or count something that needs none.
UNITS = {"KG", "S", "HZ", "M/S", "PCT", "REPS", "WEEKS", "PART", "N", "PORT"}

# Options that mean one thing, and say it in the words of their command.
ONE_THING = {
    "--json": "print JSON in the place of words",
    "--out": "where what the command makes goes",
    "--load": "load on the bar, kg",
    "--athlete": "an athlete's id",
    "--exercise": "an exercise's name",
    "--tempo": "a tempo, lowering-bottom-lifting-top",
    "--sensor": "a sensor's name or address",
    "--format": "format of another tool's file",
    "--assisted": "someone helps with the lifting",
    "--body-mass": "body mass, kg",
    "--name": "a person's name",
    "--day": "a day",
    "--note": "free text",
    "--reps": "reps of a set",
    "--rate": "samples a second",
    "--off": "takes a mark back",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command and subcommand with its name."""
    for name, command in cli.commands.items():
        yield name, command
        if isinstance(command, click.Group):
            for sub, inner in command.commands.items():
                yield f"{name} {sub}", inner


EVERY = dict(commands())


def options(command: click.Command) -> list[click.Option]:
    return [p for p in command.params if isinstance(p, click.Option) and not p.hidden]


def long_name(option: click.Option) -> str:
    return max(option.opts, key=len)


def is_number(option: click.Option) -> bool:
    return isinstance(option.type, (click.IntRange, click.FloatRange)) or option.type in (
        click.INT,
        click.FLOAT,
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_option_says_what_it_is_and_in_which_unit(name: str) -> None:
    for option in options(EVERY[name]):
        where = f"{name} {long_name(option)}"
        assert option.help, f"{where} has no help"
        assert option.help.split("  [")[0].endswith("."), f"{where}: {option.help!r} is no sentence"
        if is_number(option):
            assert option.metavar in UNITS, f"{where} is a number in {option.metavar}"
        elif not option.is_flag and not isinstance(option.type, click.Choice):
            assert option.metavar, f"{where} does not say what to put in"


def test_no_option_means_two_things_in_two_commands() -> None:
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    kinds: dict[str, set[object]] = defaultdict(set)
    for command in EVERY.values():
        for option in options(command):
            words = re.split(r"  \[|: only", option.help or "")[0]
            said[long_name(option)].add((words, option.metavar or ""))
            kinds[long_name(option)].add((option.is_flag, type(option.type).__name__.replace("Int", "Float")))
    several = {name: words for name, words in said.items() if len(words) > 1 and name not in ONE_THING}
    assert several == {}, "say it in the same words, or choose another name"
    assert {name for name in ONE_THING if len({flag for flag, _ in kinds[name]}) > 1} == set()
    assert set(ONE_THING) <= set(said), "a name that is no longer an option"


def test_a_short_name_is_of_one_option() -> None:
    long_of: dict[str, set[str]] = defaultdict(set)
    for command in EVERY.values():
        for option in options(command):
            for short in (o for o in option.opts if not o.startswith("--")):
                long_of[short].add(long_name(option))
    assert {short: names for short, names in long_of.items() if len(names) > 1} == {}


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_is_listed_and_has_examples_that_parse(name: str) -> None:
    [told] = [commands[name] for commands in SECTIONS.values() if name in commands]
    assert len(told.short) <= LONGEST_LINE - 20
    assert told.examples
    for example in told.examples:
        first, *rest = shlex.split(example)
        assert first == name
        cli.commands[name].make_context(name, rest)  # an option or value that does not exist raises


@pytest.mark.parametrize("name", EVERY)
def test_help_fits_a_terminal_of_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name.startswith("relabel "):
        pytest.skip("needs a recording before its name")
    assert main([*name.split(), "--help"]) == 0
    told = capsys.readouterr().out
    head = told.split("Examples:")[0]
    assert max(map(len, head.splitlines())) <= LONGEST_LINE


@pytest.mark.parametrize("name", EVERY)
def test_an_unknown_option_is_one_line_and_status_1(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = name.split()
    at = ["x.tempo"] if words[0] == "relabel" else []
    assert main([words[0], *at, "--nonsense"]) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "--nonsense" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "given",
    [
        ("--1rm", "0"),
        ("--body-mass", "0"),
        ("--body-ratio", "0"),
        ("--stop-loss", "0"),
        ("--stop-tempo", "0"),
        ("--stop-ecc", "0"),
        ("--stop-reserve", "-1"),
        ("--load", "-1"),
        ("--edge-velocity", "0"),
    ],
)
def test_a_number_that_cannot_be_is_refused_and_never_taken_for_none(
    given: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("analyze", "replay", "report", "live"):
        extra = [] if command == "live" else ["x.tempo"]
        assert main([command, *extra, *given]) == 1
        assert "does not exist" not in capsys.readouterr().err
