"""What the help says beside the options: commands by task, each in a few words, and examples to copy."""

from __future__ import annotations

from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Told:
    """A command in the list of all: a few words, and examples without the program's name."""

    short: str
    examples: tuple[str, ...]


SECTIONS: dict[str, dict[str, Told]] = {
    "At the rack": {
        "demo": Told(
            "Hold a session with no hardware at all", ("demo", "demo --protocol slow_squat --realtime")
        ),
        "scan": Told("Listen for bar sensors", ("scan", "scan --battery", "scan --identify A12")),
        "live": Told(
            "Tell reps as they happen: terminal, or a page with --web",
            (
                "live -e squat --load 100 --tempo 3-1-X-1 --stop-loss 20",
                "live --athlete anna -e squat --load 100 --stop-reserve 2",
                "live --web --sensor 'Bar A=anna' --sensor 'Bar B=ben'",
            ),
        ),
        "record": Told("Stream a sensor to a recording", ("record -e deadlift --load 140 --seconds 120",)),
        "doctor": Told("Find what is wrong with this machine", ("doctor", "doctor --json")),
        "calibrate": Told("Calibrate a sensor that lies still", ("calibrate sides.tempo",)),
    },
    "Recordings": {
        "analyze": Told(
            "Find sets and reps: tempo, velocity, fatigue",
            (
                "analyze squat.tempo -e squat --load 100 --tempo 3-1-X-1",
                "analyze squat.tempo --athlete anna --protocol slow_squat --json",
                "analyze bar.csv --map acc_x=ax --map acc_y=ay --map acc_z=az --map t=sec --unit acc=g",
            ),
        ),
        "report": Told(
            "Write a report: page, PDF or picture",
            ("report squat.tempo", "report monday1.tempo monday2.tempo --protocol slow_squat -o monday.pdf"),
        ),
        "replay": Told("Run a recording through the live engine", ("replay squat.tempo --realtime",)),
        "relabel": Told(
            "Correct what the analysis got wrong; undo",
            (
                "relabel squat.tempo",
                "relabel squat.tempo delete 3",
                "relabel squat.tempo failure 8",
                "relabel squat.tempo set --load 100 --of 2",
            ),
        ),
        "repair": Told("Seal recordings that were cut off", ("repair sessions",)),
        "import": Told("Make recordings of other tools' files", ("import export.zip -o sessions -e squat",)),
        "export": Told(
            "Write tables for other programs",
            ("export squat.tempo --as tidy -o squat.csv", "export --table sets --as excel --since 8w"),
        ),
        "compare": Told(
            "Compare two tables of reps: agreement of two devices",
            ("compare squat.tempo encoder.csv --column 'rom_m=ROM (mm) * 0.001' --clock fit",),
        ),
        "batch": Told(
            "Analyse thousands of recordings into one dataset",
            ("batch recordings -o results --workers 4", "batch tables -o results --format phyphox"),
        ),
    },
    "Past sessions": {
        "history": Told("List past sessions", ("history --athlete anna --since 4w",)),
        "trend": Told(
            "Compare weeks",
            ("trend --athlete anna -e squat", "trend --athlete anna -e squat --plot anna.png"),
        ),
        "strength": Told(
            "Estimate the one-rep max from velocity", ("strength --athlete anna -e squat --load 110",)
        ),
        "dose": Told("Tell the eccentric dose of each day", ("dose --athlete anna --since 4w",)),
        "athlete": Told("List athletes, or enter one", ("athlete", "athlete anna --body-mass 72")),
        "one-rm": Told("Enter a tested one-rep max", ("one-rm anna squat 140 --day 2026-10-02",)),
        "soreness": Told(
            "Enter how sore an athlete is", ("soreness anna 3 --area quadriceps -e squat --day yesterday",)
        ),
        "reindex": Told("Read recordings into the history again", ("reindex sessions", "reindex --prune")),
        "forget": Told("Remove an athlete", ("forget anna --recordings anonymise",)),
    },
    "What there is": {
        "exercises": Told("List the exercises", ("exercises",)),
        "protocols": Told("List the training protocols", ("protocols", "protocols show slow_squat")),
        "sensors": Told("List the sensors that are supported", ("sensors",)),
        "formats": Told("List the files of other tools that are read", ("formats",)),
    },
    "Without a lifter": {
        "simulate": Told(
            "Write a simulated recording", ("simulate -e squat --reps 5 --tempo 4-0-X-0 -o made",)
        ),
        "simulate-season": Told(
            "Write a simulated season", ("simulate-season --athletes 2 --weeks 4 -o season",)
        ),
    },
}
"""Commands by what a user wants to do, in the order of a first week."""


class Sectioned(click.Group):
    """A group whose commands are listed by task."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists."""
        listed = {name for commands in SECTIONS.values() for name in commands}
        rest = {name: Told(self.commands[name].get_short_help_str(), ()) for name in self.commands}
        others = {name: told for name, told in rest.items() if name not in listed}
        for title, commands in (*SECTIONS.items(), ("Others", others)):
            lines = [(name, told.short) for name, told in commands.items() if name in self.commands]
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)


def tell(command: click.Command) -> None:
    """Put a command's examples below its options, and its few words into lists."""
    for commands in SECTIONS.values():
        if command.name in commands:
            told = commands[command.name]
            command.short_help = told.short
            lines = "\n".join(f"  imu-tempo {example}" for example in told.examples)
            command.epilog = f"\b\nExamples:\n{lines}"
