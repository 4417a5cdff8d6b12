"""The home's events in InfluxDB's own words: line protocol to write them, InfluxQL to ask for them. Pure.

The layout is HomeIQ's: one measurement, a tag for what an event belongs to, a field for what it says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote

from shared.history.event import Context

MEASUREMENT: Final = "home_assistant_events"
STATE: Final = "state_value"
CONTEXT: Final = ("context_user_id", "context_parent_id", "context_id")
"""The fields of a context, in the order of `Context`."""
DESCRIBED: Final = ("area_id", "device_class", "device_id")
"""The tags that an event itself does not tell."""

EARLIEST: Final = -9_223_372_036_854_775
LATEST: Final = 9_223_372_036_854_775
"""Microseconds since 1970: what InfluxDB's nanoseconds can count."""

_NANOSECONDS = 1_000
# Line protocol has no way to say these in a tag: a backslash escapes what follows it, a line break ends the line.
_UNSPEAKABLE = str.maketrans({character: f"%{ord(character):02X}" for character in "%\\\n\r\t\0"})
_IN_TAG = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_IN_FIELD = str.maketrans({'"': '\\"', "\\": "\\\\"})
_IN_QUERY = str.maketrans({"'": "\\'", "\\": "\\\\", "\n": "\\n"})


def nanoseconds(ticks: int, state: str, taken: Mapping[int, str]) -> int:
    """The time of a point, of an event at `ticks` (microseconds since 1970).

    Its last three digits follow from the state, so that two states of one microsecond are two points and the same event
    is always the same one. `taken` has the states of the times that are given away already.
    """
    offset = zlib.crc32(state.encode(errors="replace"))
    for step in range(_NANOSECONDS):
        time = ticks * _NANOSECONDS + (offset + step) % _NANOSECONDS
        if taken.get(time, state) == state:
            return time
    return time


def ticks_of(time: int) -> int:
    """The microseconds since 1970 of a point's time."""
    return time // _NANOSECONDS


def tag_value(text: str) -> str:
    """How a text stands in a tag: itself, but for what line protocol can't say, which is percent-encoded."""
    return text.translate(_UNSPEAKABLE)


def told_by_tag(value: str) -> str:
    """The text that stands in a tag."""
    return unquote(value) if "%" in value else value


def tags_of(entity_id: str, described: Mapping[str, str]) -> dict[str, str]:
    """The tags of an entity's events, as they are stored. Those that are not known are left out."""
    tags = {"domain": entity_id.partition(".")[0], "entity_id": entity_id, "event_type": "state_changed"}
    tags.update((name, described.get(name) or "") for name in DESCRIBED)
    return {name: tag_value(value) for name, value in sorted(tags.items()) if value}


def series(tags: Mapping[str, str]) -> str:
    """The beginning of a line: the measurement and stored tags in their order."""
    return ",".join((MEASUREMENT, *(f"{name}={value.translate(_IN_TAG)}" for name, value in tags.items())))


def line(beginning: str, state: str, context: Context, time: int) -> str:
    """A line of the protocol: an event of a series at a time in nanoseconds."""
    fields = [f'{STATE}="{state.translate(_IN_FIELD)}"']
    if context.user_id is not None or context.parent_id is not None:
        told = zip(CONTEXT, context, strict=True)
        fields += [f'{name}="{value.translate(_IN_FIELD)}"' for name, value in told if value is not None]
    return f"{beginning} {','.join(fields)} {time}"


def text(value: str) -> str:
    """A text as InfluxQL writes it."""
    return f"'{value.translate(_IN_QUERY)}'"


def within(since: int | None, until: int | None, entity_ids: Iterable[str] | None = None) -> str:
    """A WHERE clause: from `since` up to before `until`, in microseconds since 1970, and of these entities only."""
    bounds = ((">=", since), ("<", until))
    parts = [f"time {sign} {min(max(at, EARLIEST), LATEST) * _NANOSECONDS}" for sign, at in bounds if at is not None]
    if entity_ids is not None:
        parts.append("(" + " OR ".join(f'"entity_id" = {text(tag_value(each))}' for each in entity_ids) + ")")
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def select(what: str, where: str = "", rest: str = "") -> str:
    """A query of the measurement."""
    return f'SELECT {what} FROM "{MEASUREMENT}"{where}{rest}'  # noqa: S608 - texts are quoted by `text`


EVENTS: Final = ", ".join(f'"{name}"' for name in (STATE, *CONTEXT))
"""What makes an event, in the order of an answer's columns after the time."""
