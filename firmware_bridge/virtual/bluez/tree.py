"""The objects that a D-Bus service shows: properties, methods, and the signals that tell of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"


class DBusFailure(Exception):  # noqa: N818 - an answer, not an error of ours
    """What a method answers instead of a result: a D-Bus error name, and a text."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


@dataclass(frozen=True, slots=True)
class Reply:
    """A method's result; `handed` is called when the file descriptors are the caller's."""

    signature: str = ""
    body: tuple[Any, ...] = ()
    fds: tuple[int, ...] = ()
    handed: Callable[[], None] | None = None


Method = Callable[..., Awaitable[Reply | None]]


class BusObject:
    """One object with one interface of its own.

    Parameters
    ----------
    tree
        Where it stands.
    path
        Its D-Bus path.
    properties
        Of its interface, as they are at first.
    """

    interface: ClassVar[str]

    def __init__(self, tree: ObjectTree, path: str, properties: dict[str, Variant]) -> None:
        self.tree = tree
        self.path = path
        self.properties = properties

    def methods(self) -> Mapping[str, Method]:
        """Return what can be called on its interface."""
        return {}

    def property_set(self, name: str, value: Variant) -> None:
        """Take what a client set."""
        self.change(**{name: value})

    def removed(self) -> None:
        """Let go of what it holds: the object is taken off the bus."""

    def change(self, *invalidated: str, **changed: Variant) -> None:
        """Change properties and tell whoever listens."""
        if self.path not in self.tree.objects:
            return
        self.properties.update(changed)
        for name in invalidated:
            self.properties.pop(name, None)
        body = [self.interface, changed, list(invalidated)]
        self.tree.signal(self.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)


class ObjectTree:
    """All objects of a service, on one bus connection."""

    def __init__(self, bus: MessageBus) -> None:
        self.objects: dict[str, BusObject] = {}
        self._bus = bus
        self._calls: set[asyncio.Task[None]] = set()
        bus.add_message_handler(self._on_message)

    def add(self, thing: BusObject) -> None:
        """Show an object, and say so."""
        self.objects[thing.path] = thing
        shown = {thing.interface: thing.properties}
        self.signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [thing.path, shown])

    def remove(self, path: str) -> None:
        """Take an object and all below it off the bus, the lowest first."""
        below = [known for known in self.objects if known == path or known.startswith(f"{path}/")]
        for gone in sorted(below, reverse=True):
            thing = self.objects.pop(gone)
            thing.removed()
            self.signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [gone, [thing.interface]])

    def signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        """Send a signal to whoever listens."""
        if self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, body))

    async def close(self) -> None:
        """End the calls that are still being served."""
        calls = list(self._calls)
        for call in calls:
            call.cancel()
        if calls:
            await asyncio.wait(calls)

    def _on_message(self, message: Message) -> bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        call = asyncio.get_running_loop().create_task(self._serve(message))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return True

    async def _serve(self, message: Message) -> None:
        reply = Reply()
        try:
            reply = await self._method(message)(*message.body) or reply
            answer = Message.new_method_return(message, reply.signature, list(reply.body), list(reply.fds))
        except DBusFailure as failure:
            answer = Message.new_error(message, failure.name, failure.text)
        if self._bus.connected:
            await self._bus.send(answer)
        if reply.handed is not None:
            reply.handed()

    def _method(self, message: Message) -> Method:
        if message.interface == OBJECT_MANAGER and message.member == "GetManagedObjects":
            return self._managed_objects
        thing = self.objects.get(message.path or "")
        if thing is None:
            raise DBusFailure(UNKNOWN_OBJECT, f"no object {message.path}")
        if message.interface == PROPERTIES:
            return _Properties(thing).methods()[message.member or ""]
        method = thing.methods().get(message.member or "") if message.interface == thing.interface else None
        if method is None:
            raise DBusFailure(UNKNOWN_METHOD, f"{message.interface}.{message.member} of {message.path}")
        return method

    async def _managed_objects(self) -> Reply:
        shown = {path: {thing.interface: thing.properties} for path, thing in self.objects.items()}
        return Reply("a{oa{sa{sv}}}", (shown,))


class _Properties:
    """The standard interface to an object's properties."""

    def __init__(self, thing: BusObject) -> None:
        self._thing = thing

    def methods(self) -> Mapping[str, Method]:
        return {"Get": self._get, "GetAll": self._get_all, "Set": self._set}

    async def _get(self, _interface: str, name: str) -> Reply:
        return Reply("v", (self._thing.properties[name],))

    async def _get_all(self, _interface: str) -> Reply:
        return Reply("a{sv}", (self._thing.properties,))

    async def _set(self, _interface: str, name: str, value: Variant) -> None:
        self._thing.property_set(name, value)
