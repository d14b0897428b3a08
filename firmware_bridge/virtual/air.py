"""The virtual air: Bumble's in-process link, made to behave like a radio.

Bumble's ``LocalLink`` delivers everything at once and for ever. Real air does not: data moves only at
connection events, a fixed number of packets each; the sender's buffers come back only when a packet has gone
out, so that a blocked radio is felt by the sensor; links die without a word. This module adds that, and a
`speed` that runs the radio faster than the wall clock, so that a minute of lifting takes seconds.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import time
from collections import defaultdict, deque
from typing import Any

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink

# Bumble warns of packets that come after a link died: daily life here, and nothing for a user's terminal.
logging.getLogger("bumble").setLevel(logging.CRITICAL)

CONNECTION_INTERVAL_S = 0.015
"""Time between connection events: what a sensor asks for and phones and laptops usually grant."""

PACKETS_PER_EVENT = 6
"""Full-length packets that fit in one connection event each way (laptop controllers manage four to eight)."""

SUPERVISION_TIMEOUT_S = 4.0
"""Silence after which both ends give the link up; the profile asks for 4 to 6 s."""

CONTROLLER_BUFFERS = 8
"""Packets that a controller holds before its host must wait (small BLE chips have about this many)."""

ACL_PACKET_BYTES = 251
"""Longest link-layer packet with data length extension."""

MIN_EVENT_WALL_S = 0.001
"""Shortest pause between events on the wall clock; at high speed events are merged instead."""


class VirtualAir(LocalLink):  # type: ignore[misc]
    """A radio channel between virtual controllers.

    Parameters
    ----------
    speed
        How much faster than the wall clock the radio and the sensors on it run; 1 is real time.
    interval_s, packets_per_event
        Time between connection events, and how many packets each carries in each direction.
    error_ratio
        Share of packets that the receiver cannot read. The link layer sends such a packet again at the next
        event, and the rest of the event is lost: errors cost time, never data.
    seed
        Of the errors.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        interval_s: float = CONNECTION_INTERVAL_S,
        packets_per_event: int = PACKETS_PER_EVENT,
        error_ratio: float = 0.0,
        seed: int = 0,
    ) -> None:
        if not 0.0 <= error_ratio < 1.0:
            raise ValueError(f"error_ratio must be at least 0 and below 1, got {error_ratio}")
        if speed <= 0 or interval_s <= 0 or packets_per_event < 1:
            raise ValueError(
                "speed, interval_s and packets_per_event must be positive, "
                f"got {speed}, {interval_s}, {packets_per_event}"
            )
        super().__init__()
        self.speed = speed
        self._origin_ns = time.monotonic_ns()
        self.scan_responses: dict[str, bytes] = {}
        self.event_wall_s = max(interval_s / speed, MIN_EVENT_WALL_S)
        self._budget = max(1, round(packets_per_event * self.event_wall_s * speed / interval_s))
        self._error_ratio = error_ratio
        self._chance = random.Random(seed)
        self._waiting: defaultdict[tuple[Any, str], deque[tuple[Any, bytes]]] = defaultdict(deque)
        self._timer: asyncio.TimerHandle | None = None
        self._stalled_until = 0.0
        self._absent_until = 0.0
        self._supervision: asyncio.TimerHandle | None = None

    def clock_ns(self) -> int:
        """Return the time on the air: the monotonic clock, `speed` times as fast.

        Stamped with it, packets of a fast demonstration arrive as they would have in the gym.
        """
        return self._origin_ns + round((time.monotonic_ns() - self._origin_ns) * self.speed)

    def stall(self, seconds: float) -> None:
        """Carry no connection event for so long (air time), as with a body or a busy Wi-Fi in between.

        A stall longer than the supervision timeout ends in `drop`, as on a real radio.
        """
        loop = asyncio.get_running_loop()
        self._stalled_until = loop.time() + seconds / self.speed
        if self._supervision is not None:
            self._supervision.cancel()
            self._supervision = None
        if seconds > SUPERVISION_TIMEOUT_S:
            self._supervision = loop.call_later(SUPERVISION_TIMEOUT_S / self.speed, self.drop)

    def drop(self, absent_s: float = 0.0, *, address: str | None = None) -> None:
        """Kill links without a goodbye: both ends see a supervision timeout.

        Parameters
        ----------
        absent_s
            For so long (air time) nobody hears an advertisement either, as when the bar left the room.
        address
            Only links with this device; all where None.
        """
        self._absent_until = asyncio.get_running_loop().time() + absent_s / self.speed
        for controller in list(self.controllers):
            for connection in list(controller.le_connections.values()):
                ends = (str(connection.self_address), str(connection.peer_address))
                if address is None or any(end.startswith(address) for end in ends):
                    controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def close(self) -> None:
        """Stop all timers; what is still in the air is gone."""
        for timer in (self._timer, self._supervision):
            if timer is not None:
                timer.cancel()
        self._timer = self._supervision = None
        self._waiting.clear()

    # What Bumble's controllers call

    def send_advertising_pdu(self, sender_controller: Any, packet: Any) -> None:
        """Carry an advertisement or a connection request, unless everybody is out of reach."""
        if asyncio.get_running_loop().time() >= self._absent_until:
            super().send_advertising_pdu(sender_controller, packet)

    def send_acl_data(
        self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes
    ) -> None:
        """Queue a packet for the next connection event."""
        self._waiting[sender_controller, str(destination_address)].append(
            ((destination_address, transport), data)
        )
        if self._timer is None:
            self._schedule()

    def forget(self, sender_controller: Any, peer_address: Any) -> None:
        """Throw away what a dead link still had to send."""
        self._waiting.pop((sender_controller, str(peer_address)), None)

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        next_event = (loop.time() // self.event_wall_s + 1) * self.event_wall_s
        self._timer = loop.call_at(next_event, self._connection_event)

    def _connection_event(self) -> None:
        self._timer = None
        if asyncio.get_running_loop().time() >= self._stalled_until:
            for (sender, _), packets in list(self._waiting.items()):
                for _ in range(min(self._budget, len(packets))):
                    if self._chance.random() < self._error_ratio:
                        break
                    (destination, transport), data = packets.popleft()
                    super().send_acl_data(sender, destination, transport, data)
                    sender.packet_sent(destination, data)
        if any(self._waiting.values()):
            self._schedule()


class AirController(Controller):  # type: ignore[misc]
    """Bumble's controller with true flow control, true scan responses and long packets."""

    le_acl_data_packet_length = ACL_PACKET_BYTES
    total_num_le_acl_data_packets = CONTROLLER_BUFFERS

    def __init__(self, name: str, air: VirtualAir) -> None:
        self._unsent: defaultdict[int, deque[Any]] = defaultdict(deque)
        super().__init__(name, link=air)

    def packet_sent(self, destination: Any, data: bytes) -> None:
        """Give the host back the buffers of a packet that has gone out."""
        connection = self.le_connections.get(destination)
        if connection is None:
            return
        held = self._unsent[connection.handle]
        for _ in range(min(len(held), -(-len(data) // ACL_PACKET_BYTES))):
            self._to_host(held.popleft())

    def send_hci_packet(self, packet: Any) -> None:
        """Pass events to the host, except those that claim what has not happened on the air."""
        if isinstance(packet, hci.HCI_Number_Of_Completed_Packets_Event):
            self._unsent[packet.connection_handles[0]].append(packet)
            return
        if isinstance(packet, hci.HCI_LE_Extended_Advertising_Report_Event):
            packet = self._with_scan_response(packet)
        if packet is not None:
            self._to_host(packet)

    def _to_host(self, packet: Any) -> None:
        """Pass a packet on as Bumble does, without its picture of each for a log that nobody reads."""
        if self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def on_hci_packet(self, packet: Any) -> None:
        """Take data at once, and leave the rest to Bumble; likewise without a picture of it."""
        if isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)
        else:
            super().on_hci_packet(packet)

    def send_advertising_pdu(self, packet: Any) -> None:
        """Advertise, and leave the scan response where scanners find it."""
        advertising_set = next(iter(self.advertising_sets.values()), None)
        source = advertising_set or self.le_legacy_advertiser
        if source.address is not None:
            self.link.scan_responses[str(source.address)] = bytes(source.scan_response_data)
        super().send_advertising_pdu(packet)

    def on_le_disconnected(self, connection: Any, reason: int) -> None:
        """Forget what a dead link still held."""
        self._unsent.pop(connection.handle, None)
        self.link.forget(self, connection.peer_address)
        super().on_le_disconnected(connection, reason)

    def _with_scan_response(self, packet: Any) -> Any | None:
        """Bumble reports the advertisement a second time as the scan response: put the right bytes in."""
        report = packet.reports[0]
        if not report.event_type & hci.HCI_LE_Extended_Advertising_Report_Event.EventType.SCAN_RESPONSE:
            return packet
        data = self.link.scan_responses.get(str(report.address))
        return type(packet)([dataclasses.replace(report, data=data)]) if data else None
