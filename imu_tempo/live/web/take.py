"""One recording of one bar: its packets journalled, decoded, and pushed through the live engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from firmware_bridge.link import FoundSensor
from firmware_bridge.recording import Manifest, RecordingWriter
from firmware_bridge.recording.writer import OnTrouble
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import RawPacket, StreamSettings
from firmware_bridge.stream import SampleStream, StreamStats
from imu_tempo.engine import Engine
from imu_tempo.events import Event, SetEnded, to_json
from imu_tempo.live.lifting import Lifting


class Take:
    """A recording in the making.

    Attributes
    ----------
    lifting
        What is lifted.
    sets
        How many sets have ended.
    """

    def __init__(
        self,
        parent: Path,
        sensor: FoundSensor,
        settings: StreamSettings,
        lifting: Lifting,
        *,
        simulated: bool,
        on_trouble: OnTrouble,
    ) -> None:
        self.lifting = lifting
        self.sets = 0
        self._sensor = sensor
        manifest = _manifest(sensor, settings, lifting, simulated)
        self._writer = RecordingWriter.create(parent, manifest, on_trouble=on_trouble)
        self._stream = SampleStream(sensor.driver.session(settings))
        self._engine: Engine | None = None
        self.last_s = 0.0

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return self._writer.path

    @property
    def stats(self) -> StreamStats:
        """What has come so far."""
        return self._stream.stats

    def append(self, packet: RawPacket) -> None:
        """Journal a packet: the first thing that is done with it."""
        self._writer.append(packet)

    def feed(self, packet: RawPacket) -> tuple[bool, list[Event]]:
        """Decode a packet that was journalled; say whether it held samples, and what they made known."""
        events: list[Event] = []
        blocks = self._stream.feed(packet)
        for block in blocks:
            if self._engine is None:
                self._engine = Engine(**self.lifting.arguments(), info=self._info(), keep=False)
            self.last_s = float(block.t_s[-1])
            events += self._engine.push(block)
        self._note(events)
        return bool(blocks), events

    def finish(self) -> list[Event]:
        """End the stream; return what was still open."""
        events = self._engine.finish() if self._engine is not None else []
        self._note(events)
        return events

    def seal(self) -> None:
        """Close the recording and make its tables; waits for the disk."""
        self._writer.seal()

    def _note(self, events: Sequence[Event]) -> None:
        for event in events:
            self._writer.event(to_json(event))
            if isinstance(event, SetEnded):
                self.sets += 1
                self._writer.sync_soon()

    def _info(self) -> SensorInfo:
        return replace(self._stream.info, name=self._sensor.name, address=self._sensor.address)


def _manifest(sensor: FoundSensor, settings: StreamSettings, lifting: Lifting, simulated: bool) -> Manifest:
    return Manifest(
        sensor=SensorInfo(driver=sensor.driver.key, name=sensor.name, address=sensor.address),
        settings=settings,
        exercise=lifting.exercise,
        load_kg=lifting.load_kg,
        athlete=lifting.athlete,
        tempo=lifting.tempo,
        simulated=simulated,
    )
