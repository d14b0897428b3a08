from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_bridge import profile
from firmware_bridge.errors import LinkError
from firmware_bridge.profile import Config, Op, Response, StartSettings, Status
from firmware_bridge.sensors import (
    Advertisement,
    PacketKind,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
    driver,
    driver_for,
)
from firmware_bridge.sensors.base import FIRMWARE_UUID, MODEL_UUID
from tests.firmware_bridge.made_packets import MadeSensor

IDLE = Config.from_settings(StartSettings(100_000, 8, 1000, 40), mtu=247, stream_id=4, streaming=False)
ASKED = StartSettings(rate_millihz=400_000, acc_range_g=16, gyr_range_dps=0, latency_ms=20)
SETTINGS = StreamSettings(rate_hz=400, acc_range_g=16, gyr_range_dps=0, latency_ms=20)


def begun(config: Config):
    """Return a start that has come to its first request, and that request."""
    script = driver("bip").session(SETTINGS).start()
    actions = [next(script), script.send(None), script.send(None)]
    assert actions == [
        Subscribe(profile.CONTROL_UUID),
        Subscribe(profile.DATA_UUID),
        Read(profile.CONFIG_UUID),
    ]
    assert script.send(profile.encode_config(config)) == Read(MODEL_UUID, optional=True)
    assert script.send(b"Bar One") == Read(FIRMWARE_UUID, optional=True)
    return script, script.send(None)


def test_it_is_known_by_its_service():
    found = driver_for(Advertisement(None, "00:11:22:33:44:55", -50, (profile.SERVICE_UUID,)))
    assert found is driver("bip")


def test_start_asks_for_what_the_user_set():
    script, request = begun(IDLE)
    assert request == Request(profile.CONTROL_UUID, profile.encode_start(1, ASKED))
    with pytest.raises(StopIteration):
        script.send(profile.encode_response(Response(Op.START, 1, Status.OK, IDLE)))


def test_where_the_mtu_does_not_hold_the_configuration_it_is_read_after_the_start():
    script, _ = begun(IDLE)
    bare = profile.encode_response(Response(Op.START, 1, Status.OK))
    assert len(bare) <= 20
    assert script.send(bare) == Read(profile.CONFIG_UUID)
    with pytest.raises(StopIteration):
        script.send(profile.encode_config(IDLE))


def test_a_configuration_read_after_a_bare_answer_opens_the_stream():
    session = driver("bip").session(SETTINGS)
    sensor = MadeSensor(mtu=23)
    connected, reply = sensor.connect()
    first, second = sensor.send(2)
    bare = replace(reply, payload=reply.payload[:3])
    config = RawPacket(0, profile.CONFIG_UUID, profile.encode_config(sensor.config), PacketKind.READ)
    decoded = [session.decode(packet) for packet in (connected, config, bare, first, config, second)]
    assert [len(chunks) for chunks in decoded] == [0, 0, 0, 0, 1, 1]


def test_a_stream_that_an_earlier_client_left_running_is_stopped_first():
    script, request = begun(replace(IDLE, streaming=True))
    assert request == Request(profile.CONTROL_UUID, profile.encode_request(Op.STOP, 1))
    request = script.send(profile.encode_response(Response(Op.STOP, 1, Status.OK)))
    assert request == Request(profile.CONTROL_UUID, profile.encode_start(2, ASKED))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response(Op.START, 1, Status.BAD_PARAMETER), "refused to start at .*400.*BAD_PARAMETER"),
        (Response(Op.START, 9, Status.OK, IDLE), "another request"),
        (Response(Op.STOP, 1, Status.OK), "another request"),
    ],
)
def test_a_refusal_is_told(answer: Response, message: str):
    script, _ = begun(IDLE)
    with pytest.raises(LinkError, match=message):
        script.send(profile.encode_response(answer))


def test_a_sensor_of_a_newer_version_is_refused_with_advice():
    script = driver("bip").session(SETTINGS).start()
    next(script), script.send(None), script.send(None)
    with pytest.raises(LinkError, match=r"version 2.*update"):
        script.send(b"\x02" + profile.encode_config(IDLE)[1:])


def test_the_sensor_tells_its_model_and_firmware():
    session = driver("bip").session(SETTINGS)
    session.decode(RawPacket(0, MODEL_UUID, b"Bar One\0", PacketKind.READ))
    session.decode(RawPacket(0, FIRMWARE_UUID, b"1.2\xff", PacketKind.READ))
    session.decode(RawPacket(0, profile.CONFIG_UUID, profile.encode_config(IDLE), PacketKind.READ))
    info = session.info
    assert (info.model, info.firmware, info.rate_hz) == ("Bar One", "1.2�", 100.0)
    assert info.acc_range_mps2 == pytest.approx(8 * 9.80665)
