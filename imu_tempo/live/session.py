"""One session from the link to its events: the same path whatever radio the packets come over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from firmware_bridge.errors import BridgeError, LinkError, RecordingError
from firmware_bridge.link import Backend, FoundSensor, Link, LinkStatus, find
from firmware_bridge.recording import DiskFullError, LeftOutError, Manifest, RecordingWriter
from firmware_bridge.samples import SampleBlock, SensorInfo
from firmware_bridge.sensors import RawPacket, StreamSettings
from firmware_bridge.stream import SampleStream, StreamStats
from imu_tempo.events import Event, SetEnded, to_json

if TYPE_CHECKING:
    from imu_tempo.live.lifting import Lifting

OnEvent = Callable[[Event], None]
OnStart = Callable[[SensorInfo], None]
OnSamples = Callable[[StreamStats], None]


class LiveEngine(Protocol):
    """What a session needs of :class:`imu_tempo.engine.Engine`."""

    def push(self, block: SampleBlock) -> list[Event]:
        """Take in samples, give what they made known."""

    def finish(self) -> list[Event]:
        """Say what is still open."""


MakeEngine = Callable[[SensorInfo], LiveEngine]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What to record and how.

    Attributes
    ----------
    sensor
        Which sensor: one that was found, or its name, address or kind; None takes the only one there is.
    parent
        Folder to put the recording folder in.
    lifting
        Exercise, load, tempo, athlete.
    settings
        What to ask of the sensor.
    simulated
        True for the virtual bar; the manifest says so for ever.
    extra_files
        Names of files that will be put beside the data, as a simulation's truth.
    """

    sensor: FoundSensor | str | None = None
    parent: Path
    lifting: Lifting
    settings: StreamSettings = field(default_factory=StreamSettings)
    simulated: bool = False
    extra_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionOutcome:
    """What a session leaves behind: its sealed folder, the sensor, and what came and what was lost.

    ``error`` is what ended it before its time; None where it ended as it was asked to.
    """

    folder: Path
    info: SensorInfo
    stats: StreamStats
    error: BridgeError | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what happens in a session.

    Attributes
    ----------
    found
        The sensor, once it was heard.
    start
        Its facts, at the first sample.
    samples
        What has come so far, after each packet of samples.
    event
        Each event of the engine, in order.
    status
        When the link is up, was lost, or is closed.
    disk
        When the recording cannot be written, and why; None when it can again. The session goes on meanwhile.
    """

    found: Callable[[FoundSensor], None] = lambda sensor: None
    start: OnStart = lambda info: None
    samples: OnSamples = lambda stats: None
    event: OnEvent = lambda event: None
    status: Callable[[LinkStatus], None] = lambda status: None
    disk: Callable[[RecordingError | None], None] = lambda trouble: None


async def run_session(
    link: Link,
    writer: RecordingWriter,
    make_engine: MakeEngine | None,
    *,
    on_start: OnStart = lambda info: None,
    on_event: OnEvent = lambda event: None,
    on_samples: OnSamples = lambda stats: None,
    stream: SampleStream | None = None,
) -> SampleStream:
    """Decode a link's packets, push the samples through the engine, pass its events on, till the link ends.

    The packets themselves are journalled by the link before anyone else sees them (``on_packet``).

    Parameters
    ----------
    link
        An open link.
    writer
        Takes the events.
    make_engine
        Called at the first sample, when the sensor has told what it is; None only records.
    on_start, on_event, on_samples
        Called with the sensor's facts at the first sample, with each event, in order, and with what has come
        so far after each packet of samples.
    stream
        What decodes the packets, where the caller needs it even if the link fails; the engine then still says
        what is open, and the failure is raised after that.
    """
    stream = stream or SampleStream(link.session)
    engine: LiveEngine | None = None
    started = False

    def tell(events: list[Event]) -> None:
        for event in events:
            writer.event(to_json(event))
            if isinstance(event, SetEnded):
                writer.sync_soon()
            on_event(event)

    failure: BridgeError | None = None
    try:
        async for packet in link.packets():
            for block in stream.feed(packet):
                if not started:
                    started = True
                    engine = make_engine(stream.info) if make_engine else None
                    on_start(stream.info)
                if engine is not None:
                    tell(engine.push(block))
                on_samples(stream.stats)
    except LinkError as error:
        failure = error
    if engine is not None:
        tell(engine.finish())
    if failure is not None:
        raise failure
    return stream


async def record_session(
    plan: SessionPlan,
    *,
    feedback: bool = True,
    on_event: OnEvent = lambda event: None,
    on_found: Callable[[FoundSensor], None] = lambda sensor: None,
    on_start: OnStart = lambda info: None,
    on_samples: OnSamples = lambda stats: None,
    until: asyncio.Event | None = None,
    backend: Backend | None = None,
) -> SessionOutcome:
    """Find the sensor, stream it into a recording, and seal that.

    Parameters
    ----------
    plan
        What to record.
    feedback
        False records without the live engine.
    on_found, on_start, on_samples, on_event
        Called with the sensor once it is heard, and as in :func:`run_session`.
    until
        Ends the session when set; without it the session lasts as long as the link.
    backend
        bleak's scanner and client classes; None is this computer's Bluetooth.

    Raises
    ------
    LinkError
        The sensor cannot be found, started or kept; what had come is sealed all the same.
    """
    found = plan.sensor
    if not isinstance(found, FoundSensor):
        found = await find(found, backend=backend)
    on_found(found)
    watch = Watch(start=on_start, samples=on_samples, event=on_event)
    outcome = await hold_session(
        replace(plan, sensor=found), found, feedback=feedback, watch=watch, until=until, backend=backend
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome


async def hold_session(
    plan: SessionPlan,
    found: FoundSensor,
    *,
    feedback: bool = True,
    watch: Watch,
    until: asyncio.Event | None = None,
    backend: Backend | None = None,
) -> SessionOutcome:
    """Stream a sensor that was found into a recording, and seal that.

    A link that is lost for good ends the session as any other end does: its recording is sealed, and its
    outcome says what happened. So does the outcome where the disk was full to the end, and what waited for it
    is lost. While it is full the session goes on.

    Raises
    ------
    BridgeError
        Nothing was recorded, and why; or the recording itself failed.
    """
    from imu_tempo.engine import Engine

    def engine(info: SensorInfo) -> LiveEngine:
        return Engine(**plan.lifting.arguments(), info=replace(info, name=found.name, address=found.address))

    journal = _Journal(plan, found, watch)
    stream: SampleStream | None = None
    failure: BridgeError | None = None
    try:
        async with Link.open(
            found,
            settings=plan.settings,
            on_packet=journal.append,
            on_status=watch.status,
            until=until,
            backend=backend,
        ) as link:
            stream = SampleStream(link.session)
            await run_session(
                link,
                journal.writer,
                engine if feedback else None,
                on_start=watch.start,
                on_event=watch.event,
                on_samples=watch.samples,
                stream=stream,
            )
    except LinkError as error:
        failure = error
    finally:
        try:
            await asyncio.to_thread(journal.seal)  # other bars go on meanwhile
        except (DiskFullError, LeftOutError) as error:
            both = f"{failure}. And {error}"
            failure = error if failure is None else type(error)(both, path=error.path)
    if stream is None or (failure is not None and not stream.stats.received):
        raise failure or LinkError(f"{found.label} gave nothing", sensor=found.label)
    info = replace(stream.info, name=found.name, address=found.address)
    return SessionOutcome(journal.writer.path, info, stream.stats, failure)


class _Journal:
    """A recording that begins with its first packet: a sensor that cannot be reached leaves no folder."""

    def __init__(self, plan: SessionPlan, found: FoundSensor, watch: Watch) -> None:
        self._parent = plan.parent
        self._manifest = _manifest(plan, found)
        self._watch = watch
        self._writer: RecordingWriter | None = None

    @property
    def writer(self) -> RecordingWriter:
        if self._writer is None:
            self._writer = RecordingWriter.create(self._parent, self._manifest, on_trouble=self._watch.disk)
        return self._writer

    def append(self, packet: RawPacket) -> None:
        self.writer.append(packet)

    def seal(self) -> None:
        if self._writer is not None:
            self._writer.seal()


def _manifest(plan: SessionPlan, found: FoundSensor) -> Manifest:
    return Manifest(
        sensor=SensorInfo(driver=found.driver.key, name=found.name, address=found.address),
        settings=plan.settings,
        exercise=plan.lifting.exercise,
        load_kg=plan.lifting.load_kg,
        athlete=plan.lifting.athlete,
        tempo=plan.lifting.tempo,
        simulated=plan.simulated,
        extra_files=plan.extra_files,
    )
