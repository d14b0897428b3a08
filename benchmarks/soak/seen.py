"""What a soak has seen, and what of it would be a fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from benchmarks.soak.after import Account
from benchmarks.soak.lifters import RATE_HZ
from benchmarks.soak.takes import Ledger, SoakError
from benchmarks.soak.trouble import Troubles
from benchmarks.soak.watch import Held, growth
from benchmarks.virtual_time import HELD_UP_S, Rounds

MAX_GROWTH_MB = 64.0
"""The page keeps the last eight analyses at hand, and recordings differ in length. A leak of one line a
packet would be a hundred in an hour."""
MAX_GROWTH = 4
"""Of files, threads and tasks: one more recording may be in the sealing."""
HELD_UP_RATIO = 0.1
"""The recorder's own patience is 20 ms. A busy computer may hold up a packet for longer now and then; a
recorder that waited for the disk would do so as often as that does not answer."""
MAX_ROUND_CPU_S = 1.0
"""A set's last pass is the most that is done at once; a link is taken for dead after a second."""
CLEAR_RATIO = 0.98
"""Of reps with no loss near, so many must have been told; some lie in sets of which a loss took a part."""


@dataclass
class Soak:
    """What was seen.

    Attributes
    ----------
    ledger, troubles, held, rounds, account
        Recordings in the making; what went wrong; what the process held; the loop; recordings afterwards.
    overlooked
        Errors of tasks and callbacks that nobody caught.
    setups
        Times that the coach chose something else: each begins a new recording.
    reads, wholes, viewers, astray
        Messages that the viewers had; times that one was sent all of it; times that they connected; viewers
        that in the end showed something else than the room.
    hours
        How long the session was.
    wall_s, cpu_s, after_s
        How long the session took, on the wall and on the processor; reading and replaying what it left.
    """

    ledger: Ledger = field(default_factory=Ledger)
    troubles: Troubles = field(default_factory=Troubles)
    held: Held = field(default_factory=Held)
    rounds: Rounds = field(default_factory=Rounds)
    account: Account = field(default_factory=Account)
    overlooked: list[str] = field(default_factory=list)
    setups: int = 0
    reads: int = 0
    wholes: int = 0
    viewers: int = 0
    astray: int = 0
    hours: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    after_s: float = 0.0

    def total(self, name: str) -> int:
        """Return the sum of a figure over the recordings."""
        return sum(int(getattr(take, name)) for take in self.ledger.takes)

    @property
    def counted(self) -> int:
        """Samples by the sensors' own count."""
        return sum(take.count.total for take in self.ledger.takes)

    def faults(self) -> list[str]:
        """Return what was lost, grew, or was told otherwise."""
        account, held = self.account, self.held
        equal = [
            (
                "received + lost, and the sensors' count",
                self.total("received") + self.total("lost"),
                self.counted,
            ),
            ("samples sealed and received", account.samples, self.total("received")),
            ("losses sealed and seen", account.lost, self.total("lost") + self.total("missed")),
            ("packets sealed and appended", account.packets, self.total("journalled")),
            ("events on the disk and told", account.events, self.total("events")),
            ("recordings sealed and begun", self.total("sealed"), len(self.ledger.takes)),
        ]
        wrong = [f"{what}: {one} and {other}" for what, one, other in equal if one != other]
        if account.differing:
            wrong.append(f"a replay says {account.differing} of {account.events} events otherwise")
        if account.clear_told < CLEAR_RATIO * account.clear_reps:
            wrong.append(f"of {account.clear_reps} reps clear of losses, {account.clear_told} were told")
        # A recording looks once a second of its own; virtual time may set the clock twice in that.
        if self.troubles.clock_sets and not 0 < account.clock_sets <= 2 * self.troubles.clock_sets:
            wrong.append(f"the clock was set {self.troubles.clock_sets} times, noticed {account.clock_sets}")
        wrong += [f"nobody caught {what}" for what in self.overlooked]
        if self.astray:
            wrong.append(f"{self.astray} viewers do not show what the room does")
        if (grown_mb := growth(held.memory_mb, median)) > MAX_GROWTH_MB:
            wrong.append(f"memory grew by {grown_mb:.1f} MB")
        wrong += [
            f"{name} grew by {grown:.0f}"
            for name in ("files", "threads", "tasks")
            if (grown := growth(getattr(held, name))) > MAX_GROWTH
        ]
        if self.ledger.held_up > 1 + HELD_UP_RATIO * self.troubles.slow_disk:
            wrong.append(f"the disk held up {self.ledger.held_up} packets")
        if self.rounds.longest_cpu_s > MAX_ROUND_CPU_S:
            wrong.append(f"the event loop was held up for {self.rounds.longest_cpu_s:.1f} s")
        return wrong

    def check(self) -> None:
        """Raise where anything was lost, grew, or was told otherwise.

        Raises
        ------
        SoakError
            What, and by how much.
        """
        if wrong := self.faults():
            raise SoakError("; ".join(wrong))

    def rows(self) -> list[list[str]]:
        """Write down what was seen."""
        account, rounds, held, bad = self.account, self.rounds, self.held, self.troubles
        return [
            ["session", f"{self.hours:.3g} h, 2 sensors at {RATE_HZ:g} Hz"],
            ["it took; of that the processor", f"{self.wall_s:.0f} s, {self.cpu_s:.0f} s"],
            ["stalls, lost links, sensors started again", _list(bad.stalls, bad.drops, bad.reboots)],
            ["recordings", f"{len(self.ledger.takes)}"],
            ["times that the disk was full; the clock set", _list(bad.full_disk, bad.clock_sets)],
            ["samples received", f"{self.total('received'):,}"],
            ["samples lost, by the sensors' count", f"{self.total('lost'):,}"],
            ["samples missed while a link was away", f"{self.total('missed'):,}"],
            [
                "received + lost - the sensors' count",
                f"{self.total('received') + self.total('lost') - self.counted}",
            ],
            ["samples sealed - received", f"{account.samples - self.total('received')}"],
            ["packets sealed - appended", f"{account.packets - self.total('journalled')}"],
            ["events told, and told otherwise by a replay", f"{account.events:,}, {account.differing}"],
            [
                "reps lifted; with no loss near; of those told",
                _list(account.reps, account.clear_reps, account.clear_told),
            ],
            ["sets with no loss near; counted right", _list(account.clear_sets, account.clear_right)],
            ["reps told where nobody lifted", f"{account.ghosts}"],
            ["messages to the viewers; all of it again", _list(self.reads, self.wholes)],
            ["most packets that waited for the disk", f"{self.ledger.most_waiting}"],
            ["times that it did not answer for 0.1 s", f"{self.troubles.slow_disk}"],
            ["packets that the loop was held up for 0.1 s by", f"{self.ledger.held_up}"],
            ["longest append", f"{self.ledger.longest_append_s * 1e3:.1f} ms"],
            [
                f"longest round of the loop; rounds over {HELD_UP_S:g} s",
                f"{rounds.longest_cpu_s * 1e3:.0f} ms, {rounds.held_up}",
            ],
            [
                "memory: most, and growth once settled",
                _grown(held.memory_mb, " MB", growth(held.memory_mb, median)),
            ],
            ["open files", _grown(held.files)],
            ["threads", _grown(held.threads)],
            ["tasks", _grown(held.tasks)],
            ["reading and replaying all of it", f"{self.after_s:.0f} s"],
        ]


def _list(*numbers: int) -> str:
    return ", ".join(f"{number:,}" for number in numbers)


def _grown(values: list[float] | list[int], unit: str = "", grown: float | None = None) -> str:
    if not values:
        return "not measured on this system"
    return f"{max(values):.0f}{unit}, {growth(values) if grown is None else grown:+.0f}{unit}"
