"""Reading and writing y-protocols messages (lib0 encoding): varuints, byte strings, sync and awareness frames.

Everything read here comes from the network: each read is bounded, and whatever does not fit raises ``ProtocolError``.
Source of the format: y-protocols ``PROTOCOL.md`` and lib0 ``encoding.js``.
"""

import msgspec

from studium.protocol.documents import MessageType, SyncType

MAX_VARUINT = 2**53 - 1  # what a JavaScript number holds exactly
MAX_MESSAGES_PER_FRAME = 10_000  # a frame of more is an attack; the largest honest frame seen holds a few hundred


class ProtocolError(ValueError):
    """Bytes that no honest client sends. The sentence says what was wrong and where."""


class Decoder:
    """Reads values one after the other from ``data``."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.position >= len(self.data)

    def varuint(self) -> int:
        """An unsigned integer below 2**53: seven bits a byte, lowest first, the eighth bit says that more follow."""
        data, position = self.data, self.position
        number = shift = 0
        try:
            while True:
                byte = data[position]
                position += 1
                number |= (byte & 127) << shift
                if byte < 128:
                    break
                shift += 7
                if shift > 49:
                    raise ProtocolError(f"The number at byte {self.position} is too large.")
        except IndexError:
            raise ProtocolError(f"The message ends within a number at byte {self.position}.") from None
        self.position = position
        return number

    def varbytes(self) -> bytes:
        """A byte string: its length as varuint, then the bytes."""
        length = self.varuint()
        end = self.position + length
        if end > len(self.data):
            left = len(self.data) - self.position
            raise ProtocolError(f"{length} bytes are announced at byte {self.position}, {left} are there.")
        value = self.data[self.position : end]
        self.position = end
        return value

    def varstring(self) -> str:
        """A UTF-8 string: its length in bytes as varuint, then the bytes."""
        start = self.position
        try:
            return self.varbytes().decode()
        except UnicodeDecodeError:
            raise ProtocolError(f"The text at byte {start} is not UTF-8.") from None


def encode_varuint(number: int) -> bytes:
    """``number`` (0 … 2**53 - 1) as varuint."""
    if number < 128:
        if number < 0:
            raise ValueError(f"A varuint cannot be negative; got {number}.")
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 127:
        out.append(128 | number & 127)
        number >>= 7
    out.append(number)
    return bytes(out)


_ONE_BYTE = [bytes([number]) for number in range(128)]


def encode_varbytes(data: bytes) -> bytes:
    """``data`` after its length."""
    return encode_varuint(len(data)) + data


def encode_varstring(text: str) -> bytes:
    """``text`` as UTF-8 after its length in bytes."""
    return encode_varbytes(text.encode())


class SyncMessage(msgspec.Struct, frozen=True, gc=False):
    """``kind`` is a ``SyncType``; ``payload`` a state vector (step 1) or an update. ``goes_on``: it is a piece of one
    that was cut (``inspect.py``), and not the last."""

    kind: int
    payload: bytes
    goes_on: bool = False


class AwarenessMessage(msgspec.Struct, frozen=True, gc=False):
    """An encoded awareness update, not yet looked into."""

    payload: bytes


class QueryAwarenessMessage(msgspec.Struct, frozen=True, gc=False):
    """Asks for the awareness states of everybody."""


class ControlMessage(msgspec.Struct, frozen=True, gc=False):
    """JSON text of one of ``ControlToClient`` or ``ControlToServer``."""

    payload: str


Message = SyncMessage | AwarenessMessage | QueryAwarenessMessage | ControlMessage


def decode_frame(frame: bytes) -> list[Message]:
    """The messages of one binary frame, in order. Raises ``ProtocolError``."""
    decoder = Decoder(frame)
    messages: list[Message] = []
    while not decoder.at_end:
        if len(messages) == MAX_MESSAGES_PER_FRAME:
            raise ProtocolError(f"A frame may hold {MAX_MESSAGES_PER_FRAME} messages at most.")
        kind = decoder.varuint()
        if kind == MessageType.SYNC:
            step = decoder.varuint()
            if step > SyncType.UPDATE:
                raise ProtocolError(f"There is no sync message of type {step}.")
            messages.append(SyncMessage(step, decoder.varbytes()))
        elif kind == MessageType.AWARENESS:
            messages.append(AwarenessMessage(decoder.varbytes()))
        elif kind == MessageType.QUERY_AWARENESS:
            messages.append(QueryAwarenessMessage())
        elif kind == MessageType.CONTROL:
            messages.append(ControlMessage(decoder.varstring()))
        else:
            raise ProtocolError(f"There is no message of type {kind}.")
    return messages


def encode_sync(kind: int, payload: bytes) -> bytes:
    """One sync message; ``kind`` is a ``SyncType``."""
    return b"\x00" + _ONE_BYTE[kind] + encode_varuint(len(payload)) + payload


def encode_awareness(payload: bytes) -> bytes:
    """One awareness message."""
    return b"\x01" + encode_varbytes(payload)


def encode_control(json: bytes) -> bytes:
    """One control message with a struct already encoded as JSON."""
    return _ONE_BYTE[MessageType.CONTROL] + encode_varbytes(json)


def pack(parts: list[bytes]) -> bytes:
    """Byte strings one after the other, each after its length: how the store keeps a run of updates."""
    return b"".join([encode_varuint(len(part)) + part for part in parts])


def unpack(data: bytes) -> list[bytes]:
    """The inverse of ``pack``."""
    decoder = Decoder(data)
    parts = []
    while not decoder.at_end:
        parts.append(decoder.varbytes())
    return parts
