"""Each way in which a link fails that a caller may want to tell apart."""

from __future__ import annotations

from firmware_bridge.errors import LinkError

IN_USE = "disconnect it from any phone: a sensor in use does not show itself"


class RadioError(LinkError):
    """Bluetooth cannot be used on this computer; no sensor is to blame. ``imu-tempo doctor`` says more."""


class NoAdapterError(RadioError):
    """There is no Bluetooth adapter, or none that speaks to BLE sensors."""


class BluetoothOffError(RadioError):
    """The adapter is switched off."""


class BluetoothDeniedError(RadioError):
    """The system does not let this program or this user use Bluetooth."""


class BluetoothServiceError(RadioError):
    """The system's Bluetooth service does not answer."""


class BluetoothBusyError(RadioError):
    """Another program holds the adapter."""


class SensorNotFoundError(LinkError):
    """No such sensor was heard.

    Attributes
    ----------
    waited_s
        How long was listened.
    heard
        Sensors that were heard and not wanted.
    """

    def __init__(self, sensor: str | None, *, waited_s: float, heard: tuple[str, ...] = ()) -> None:
        wanted = f"no sensor called {sensor}" if sensor else "no sensor"
        others = f" (heard: {', '.join(heard)})" if heard else ""
        super().__init__(
            f"{wanted} was heard in {waited_s:g} s{others}",
            sensor=sensor,
            advice=f"switch it on, bring it near, and {IN_USE}",
        )
        self.waited_s = waited_s
        self.heard = heard


class SeveralSensorsError(LinkError):
    """More than one sensor fits where one was wanted.

    Attributes
    ----------
    candidates
        Name and address of each.
    """

    def __init__(self, candidates: tuple[str, ...], *, sensor: str | None = None) -> None:
        super().__init__(
            f"{len(candidates)} sensors are in the air: {', '.join(candidates)}",
            sensor=sensor,
            advice="say which one you mean, with `--sensor NAME`",
        )
        self.candidates = candidates


class UnsupportedSensorError(LinkError):
    """The sensor is in the air, and no driver knows its kind."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            f"{sensor} is in the air, but no driver knows this kind of sensor",
            sensor=sensor,
            advice="`imu-tempo sensors` lists those that are supported",
        )


class SensorInUseError(LinkError):
    """Another program or another phone holds the sensor."""


class SensorUnreachableError(LinkError):
    """The sensor was heard, and no connection can be made."""


class SensorSilentError(LinkError):
    """The sensor is connected and does not answer, or sends no data."""


class SensorRefusedError(LinkError):
    """The sensor refused a command.

    Attributes
    ----------
    code
        The ATT error.
    """

    def __init__(self, sensor: str, reason: str, *, code: int) -> None:
        super().__init__(
            f"{sensor} refused a command ({reason})",
            sensor=sensor,
            advice="switch it off and on, and try again",
        )
        self.code = code


class CannotIdentifyError(LinkError):
    """The sensor has no light or buzzer that its driver knows how to ask for."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            f"{sensor} cannot be asked to show itself",
            sensor=sensor,
            advice="move it: the page shows which bar moves",
        )


class UnsupportedFirmwareError(LinkError):
    """The sensor lacks what its kind must have.

    Attributes
    ----------
    characteristic
        UUID of what is missing.
    """

    def __init__(self, sensor: str, characteristic: str) -> None:
        super().__init__(
            f"{sensor} does not offer what its kind of sensor must (characteristic {characteristic})",
            sensor=sensor,
            advice="update its firmware",
        )
        self.characteristic = characteristic


class BrokenLinkError(LinkError):
    """A link that broke or was not made, for a reason that may be gone the next moment."""

    def __init__(self, problem: str, *, sensor: str | None = None) -> None:
        super().__init__(problem, sensor=sensor, advice="try again")


class LinkLostError(LinkError):
    """The sensor was lost in mid-stream and did not come back.

    Attributes
    ----------
    waited_s
        How long it was waited for.
    """

    def __init__(self, sensor: str, *, waited_s: float, last: LinkError) -> None:
        super().__init__(
            f"{sensor} was lost and did not come back in {waited_s:g} s: {last.problem}",
            sensor=sensor,
            advice=last.advice,
        )
        self.waited_s = waited_s
