"""Recordings: NDJSON, one message a line, as `mosquitto_sub -V 5 -F %j` prints it; read and written here.

Two keys are ours, for bytes that are no UTF-8: `payload-base64`, and `correlation-data-base64` among the properties;
each stands in the place of the key without `-base64`.

What mosquitto_sub 2.0.11 does, measured: it prints bytes that are no UTF-8 as they are, so such a line is no valid
JSON, but it loses nothing and is read here. It cuts payloads and correlation data at NUL. Of a cut payload
`payloadlen` tells, and the line counts as damaged; of cut correlation data nothing tells. `tst` is its local time:
behind the `Z` stands the offset from UTC.
"""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.bus.packets import Publish
from shared.bus.topics import has_wildcards
from shared.errors import HomeIQError

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest line that is read: a message of 8 MiB, the broker's limit, in base64 or plain text."""
_LONGEST_TEXT = 0xFFFF


class RecordingError(HomeIQError):
    """A recording can't be read or written."""


class DamagedLineError(RecordingError):
    """A line of a recording that does not hold the message it was made of. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line} of the recording is damaged: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of a recording: when it came, and the packet. `line` is where it stood, 0 for one not read."""

    at: datetime
    packet: Publish
    line: int = 0


# -- reading -----------------------------------------------------------------------------------------------------------


def read_recording(
    source: str | os.PathLike[str] | Iterable[bytes | str], *, damaged: Callable[[DamagedLineError], None] | None = None
) -> Iterator[Recorded]:
    """The messages of a recording, from a file or from lines; reads no further than it is asked to.

    A damaged line raises DamagedLineError, or with `damaged` is told to it and left out. Raises RecordingError where
    the file can't be read.
    """
    for number, line in _lines(source):
        if line is not None and not line.strip():
            continue
        try:
            recorded = _read_line(number, line)
        except DamagedLineError as error:
            if damaged is None:
                raise
            damaged(error)
        else:
            yield recorded


def _lines(source: str | os.PathLike[str] | Iterable[bytes | str]) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is too long."""
    if isinstance(source, str | os.PathLike):
        try:
            with Path(source).open("rb") as file:
                yield from enumerate(_short_lines(file), 1)
        except OSError as error:
            raise RecordingError(f"{source} can't be read: {error.strerror}") from None
    else:
        for number, given in enumerate(source, 1):
            line = given.encode(errors="surrogateescape") if isinstance(given, str) else given
            yield number, line if len(line) <= LONGEST_LINE else None


def _short_lines(file: BinaryIO) -> Iterator[bytes | None]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield None


class _Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object with its repeated keys."""

    __slots__ = ()


def _short(text: str) -> str:
    if len(text.encode()) > _LONGEST_TEXT:  # a lone surrogate raises a ValueError too
        raise ValueError(f"longer than {_LONGEST_TEXT} bytes")
    return text


def _to_publish_to(topic: str) -> str:
    if not topic or has_wildcards(topic) or "\0" in topic:
        raise ValueError("no topic that can be published to")
    return topic


def _time(text: Any) -> Any:
    """`…Z+0000` as ISO 8601 has it."""
    return datetime.fromisoformat(text.replace("Z+", "+").replace("Z-", "-")) if isinstance(text, str) else text


_Text = Annotated[str, AfterValidator(_short)]


class _Properties(BaseModel):
    model_config = ConfigDict(strict=True)

    content_type: _Text | None = Field(None, alias="content-type")
    response_topic: _Text | None = Field(None, alias="response-topic")
    correlation_data: Annotated[bytes, Field(max_length=_LONGEST_TEXT)] | None = Field(None, alias="correlation-data")
    user_properties: tuple[tuple[_Text, _Text], ...] = Field((), alias="user-properties")
    expiry: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] | None = Field(None, alias="message-expiry-interval")


class _Line(BaseModel):
    model_config = ConfigDict(strict=True)

    tst: Annotated[AwareDatetime, BeforeValidator(_time)]
    topic: Annotated[_Text, AfterValidator(_to_publish_to)]
    qos: Annotated[int, Field(ge=0, le=2)]
    retain: Annotated[int, Field(ge=0, le=1)]
    payloadlen: Annotated[int, Field(ge=0)]
    mid: Annotated[int, Field(ge=0, le=0xFFFF)] = 0
    payload: bytes
    properties: _Properties = _Properties()


def _read_line(number: int, line: bytes | None) -> Recorded:
    if line is None:
        raise DamagedLineError(number, f"it is longer than {LONGEST_LINE} bytes")
    try:
        read = _Line.model_validate(_fields(line))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        raise DamagedLineError(number, f"{'.'.join(map(str, found['loc']))}: {found['msg']}") from None
    except (ValueError, TypeError):
        raise DamagedLineError(number, "it is no JSON object as `mosquitto_sub -V 5 -F %j` prints it") from None
    except RecursionError:
        raise DamagedLineError(number, "it is nested too deeply") from None
    if len(read.payload) != read.payloadlen:
        raise DamagedLineError(number, f"it has {len(read.payload)} of {read.payloadlen} bytes of the payload")
    return Recorded(read.tst, _packet(read), number)


def _fields(line: bytes) -> dict[str, Any]:
    """The fields of a line, with bytes where bytes are meant. Raises ValueError, TypeError or RecursionError."""
    try:
        text, errors = line.decode(), "strict"
    except UnicodeDecodeError:
        text, errors = line.decode(errors="surrogateescape"), "surrogateescape"
    fields = _object(json.loads(text, object_pairs_hook=_Pairs))
    fields["payload"] = _bytes(fields, "payload", errors) or b""
    if "properties" in fields:
        properties = fields["properties"] = _object(fields["properties"])
        properties["correlation-data"] = _bytes(properties, "correlation-data", errors)
    return fields


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, _Pairs):
        raise TypeError("no object")
    return dict(value)


def _bytes(fields: dict[str, Any], key: str, errors: str) -> bytes | None:
    if (encoded := fields.get(f"{key}-base64")) is not None:
        return base64.b64decode(encoded, validate=True)
    text = fields.get(key)
    if text is not None and not isinstance(text, str):
        raise TypeError(f"{key} is no text")
    return None if text is None else text.encode(errors=errors)


def _packet(read: _Line) -> Publish:
    properties = read.properties
    return Publish(
        read.topic,
        read.payload,
        qos=read.qos,
        retain=bool(read.retain),
        response_topic=properties.response_topic,
        correlation_data=properties.correlation_data,
        expiry=properties.expiry,
        content_type=properties.content_type,
        user_properties=properties.user_properties,
        mid=read.mid,
    )


# -- writing -----------------------------------------------------------------------------------------------------------


class RecordingWriter:
    """A recording that is being written, readable by its owner only; what was written is with the system at once.

    An existing file is overwritten only with `force`. Raises RecordingError where the file can't be written.
    """

    def __init__(self, file: Path, *, force: bool = False) -> None:
        self.file, self.written = file, 0
        try:
            self._out = _open_private(file, force=force)
        except FileExistsError:
            raise RecordingError(f"{file} exists: name another file, or overwrite it with --force") from None
        except OSError as error:
            raise RecordingError(f"{file} can't be written: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()

    def write(self, recorded: Recorded) -> None:
        """Write one message. Raises RecordingError, as on a full disk."""
        line = memoryview(format_line(recorded).encode() + b"\n")
        try:
            while line:
                line = line[self._out.write(line) :]
        except OSError as error:
            raise RecordingError(f"{self.file} can't be written: {error.strerror}") from None
        self.written += 1


def _open_private(file: Path, *, force: bool) -> Any:
    """An unbuffered file of mode 0600. Only a regular file is ever emptied or changes its mode."""
    if force and file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "it is no regular file")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL), 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb", buffering=0)


def format_line(recorded: Recorded) -> str:
    """The line of a message, without the line's end."""
    packet = recorded.packet
    at = recorded.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ%z")
    fields = [("tst", _json(at)), ("topic", _json(packet.topic)), ("qos", str(packet.qos))]
    fields += [("retain", str(int(packet.retain))), ("payloadlen", str(len(packet.payload)))]
    if packet.qos:
        fields.append(("mid", str(packet.mid)))
    if properties := _properties(packet):
        fields.append(("properties", _json_object(properties)))
    fields.append(_carried("payload", packet.payload) if packet.payload else ("payload", "null"))
    return _json_object(fields)


def _properties(packet: Publish) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if packet.content_type is not None:
        pairs.append(("content-type", _json(packet.content_type)))
    if packet.response_topic is not None:
        pairs.append(("response-topic", _json(packet.response_topic)))
    if packet.correlation_data is not None:
        pairs.append(_carried("correlation-data", packet.correlation_data))
    if packet.user_properties:
        pairs.append(
            ("user-properties", _json_object([(name, _json(value)) for name, value in packet.user_properties]))
        )
    if packet.expiry is not None:
        pairs.append(("message-expiry-interval", str(packet.expiry)))
    return pairs


def _carried(key: str, data: bytes) -> tuple[str, str]:
    try:
        return key, _json(data.decode())
    except UnicodeDecodeError:
        return f"{key}-base64", _json(base64.b64encode(data).decode())


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _json_object(pairs: Iterable[tuple[str, str]]) -> str:
    """An object of values that are JSON already: keys may repeat."""
    return "{" + ",".join(f"{_json(key)}:{value}" for key, value in pairs) + "}"
